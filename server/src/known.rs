//! Who was established lately, so that a vault is not asked for the same signing key again with every request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use strongroom_core::Secret;
use strongroom_core::access_key::AccessKeyId;
use strongroom_std::{Error, Vault};

use crate::clock::now_ms;
use crate::signature::{Flaw, Received, Signed};
use crate::who::{KeptCaller, Policies, Who};

/// How many are kept; when there would be more, all are forgotten.
const KEPT_MAX: usize = 1024;

/// Somebody with an access key, and what verifies signatures of it on one day, in one Region, for one service.
pub(crate) struct Established {
    key: Secret<32>,
    who: Who,
    vault: Vault,
    /// What the vault said of its callers when it was asked.
    revision: u64,
    /// When the session is over, whatever becomes of the clock.
    until: Option<Instant>,
}

impl std::fmt::Debug for Established {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Established").field("who", &self.who.principal).finish_non_exhaustive()
    }
}

impl Established {
    /// The user that an access key is of.
    pub(crate) fn user(vault: &Vault, id: &AccessKeyId, signed: &Signed) -> Result<Self, Error> {
        // Before the rest: what changes meanwhile is asked for again.
        let revision = vault.callers_revision()?;
        let mut key = Secret::zeroed();
        let name = vault.signing_key(id, &signed.scope(), &mut key)?;
        let kept = KeptCaller::read(vault, &name)?;
        let principal = kept.principal().to_owned();
        let policies = Policies::Kept {
            vault: vault.clone(),
            name: name.to_string(),
            is_session: false,
            kept: Arc::new(kept),
        };
        let (account, region) = (id.account(), signed.region.clone());
        let who = Who { principal, account, region, policies, request_id: None, facts: Vec::new() };
        Ok(Established { key, who, vault: vault.clone(), revision, until: None })
    }

    /// The session that an access key and a token are of.
    pub(crate) fn session(
        vault: &Vault,
        id: &AccessKeyId,
        token: &[u8],
        signed: &Signed,
    ) -> Result<Self, Error> {
        let revision = vault.callers_revision()?;
        let mut key = Secret::zeroed();
        let session = vault.session_signing_key(id, token, &signed.scope(), &mut key)?;
        let kept = KeptCaller::read(vault, session.role)?;
        let rest = session.expires_ms.saturating_sub(now_ms());
        let until = Instant::now().checked_add(Duration::from_millis(rest));
        let (partition, account) = (vault.realm().partition(), vault.realm().account());
        let principal =
            format!("arn:{partition}:sts::{account}:assumed-role/{}/{}", session.role, session.name);
        let policies = Policies::Kept {
            vault: vault.clone(),
            name: session.role.to_owned(),
            is_session: true,
            kept: Arc::new(kept),
        };
        let (account, region) = (id.account(), signed.region.clone());
        let who = Who { principal, account, region, policies, request_id: None, facts: Vec::new() };
        Ok(Established { key, who, vault: vault.clone(), revision, until })
    }

    /// Who it is, if the signature is the right one.
    pub(crate) const fn who(&self) -> &Who {
        &self.who
    }

    /// Whether the request was signed by it.
    pub(crate) fn is_by(&self, signed: &Signed, received: &Received<'_>) -> Result<(), Flaw> {
        signed.is_by(&self.key, received)
    }

    /// Whether the vault would say the same again.
    fn is_current(&self) -> bool {
        let is_over = self.until.is_some_and(|until| until <= Instant::now());
        !is_over && self.vault.callers_revision().is_ok_and(|revision| revision == self.revision)
    }
}

/// What a request claims of itself, and what a signing key is good for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Claim {
    access_key: String,
    date: String,
    region: String,
    service: String,
    token: Option<String>,
}

impl Claim {
    fn of(signed: &Signed) -> Self {
        let Signed { access_key, date, region, service, token, .. } = signed.clone();
        Claim { access_key, date, region, service, token }
    }
}

/// Who was established lately.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<Claim, Arc<Established>>>);

impl Known {
    /// Whoever made the same claim before, if the vault would say the same again. The signature is yet to be verified.
    pub(crate) fn find(&self, signed: &Signed) -> Option<Arc<Established>> {
        let claim = Claim::of(signed);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(&claim)?;
        if found.is_current() {
            return Some(Arc::clone(found));
        }
        known.remove(&claim);
        None
    }

    /// Keeps somebody whose signature was verified.
    pub(crate) fn keep(&self, signed: &Signed, established: Established) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT_MAX {
            known.clear();
        }
        known.insert(Claim::of(signed), Arc::new(established));
    }

    /// Forgets everybody.
    pub(crate) fn forget_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;
    use strongroom_std::operation::{CreateAccessKey, PutCaller, PutRoleTrust, UpdateAccessKey};
    use strongroom_std::{Caller, NewVault, Realm, UnlockSecret};

    use super::*;

    const ROOT: &str = "arn:aws:iam::111122223333:root";
    const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

    fn vault(folder: &std::path::Path) -> Vault {
        let realm = Realm::new("aws", "111122223333", "eu-west-1").unwrap();
        let secret = UnlockSecret::key_file(&[7; 32]).unwrap();
        Vault::create(&folder.join("test.vault"), &NewVault { realm }, &secret).unwrap()
    }

    fn keep(vault: &Vault, name: &str, principal: &str) {
        let put = PutCaller { name, principal, tags: &[], identity_policies: &[] };
        vault.put_caller(&Caller::new(ROOT).unwrap(), put).unwrap();
    }

    fn claimed(access_key: &str) -> Signed {
        let header = format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/20260101/eu-west-1/kms/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=00"
        );
        let request = Request::builder()
            .header("host", "h")
            .header("x-amz-date", "20260101T000000Z")
            .header("authorization", header)
            .body(())
            .unwrap();
        let (method, uri, headers) = ("POST", request.uri(), request.headers());
        Signed::read(&Received { method, uri, headers, body: &[] }).unwrap()
    }

    #[test]
    fn an_access_key_is_asked_for_again_once_callers_have_changed() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path());
        let root = Caller::new(ROOT).unwrap();
        keep(&vault, "alice", ALICE);
        let id = vault.create_access_key(&root, CreateAccessKey { caller: "alice" }).unwrap().id;
        let (known, signed) = (Known::default(), claimed(id.as_str()));
        assert!(known.find(&signed).is_none());
        known.keep(&signed, Established::user(&vault, &id, &signed).unwrap());
        assert_eq!(known.find(&signed).unwrap().who().principal, ALICE);
        let mut other = signed.clone();
        other.date = "20260102".to_owned();
        assert!(known.find(&other).is_none());
        let request = UpdateAccessKey { caller: "alice", access_key_id: id, is_active: false };
        vault.update_access_key(&root, request).unwrap();
        assert!(known.find(&signed).is_none());
        assert_eq!(Established::user(&vault, &id, &signed).map(drop), Err(Error::NotFound));
        vault.update_access_key(&root, UpdateAccessKey { is_active: true, ..request }).unwrap();
        known.keep(&signed, Established::user(&vault, &id, &signed).unwrap());
        assert!(known.find(&signed).is_some());
        known.forget_all();
        assert!(known.find(&signed).is_none());
    }

    #[test]
    fn a_session_that_is_over_is_asked_for_again_although_nothing_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path());
        let root = Caller::new(ROOT).unwrap();
        let role = "arn:aws:iam::111122223333:role/App";
        keep(&vault, "App", role);
        let trust = PutRoleTrust { role: "App", principals: &[ALICE], external_id: None };
        vault.put_role_trust(&root, trust).unwrap();
        let assume = strongroom_std::operation::AssumeRole {
            role_arn: role,
            session_name: "one",
            duration_seconds: 900,
            external_id: None,
        };
        let made = vault.assume_role(&Caller::new(ALICE).unwrap(), assume).unwrap();
        let signed = claimed(made.access_key_id.as_str());
        let mut session = Established::session(&vault, &made.access_key_id, &made.token, &signed).unwrap();
        assert_eq!(session.who().principal, "arn:aws:sts::111122223333:assumed-role/App/one");
        assert!(session.is_current());
        assert!(session.until.is_some_and(|until| until > Instant::now() + Duration::from_secs(800)));
        session.until = Some(Instant::now());
        assert!(!session.is_current());
    }
}
