//! Authorization of AssumeRole: the role says whom it trusts.

use super::authorize::{Judge, verdict};
use crate::error::{Error, Reason};
use crate::format::trust_record::{TrustRecord, role_name};
use crate::keyring::with_snapshot;
use crate::platform::Platform;
use crate::policy::{Action, Caller, Decision, Level, PrincipalEntry};
use crate::vault::{Vault, lend_trust};

impl Judge<'_, '_> {
    /// Judges whether the caller may assume a role of this vault, and answers the trust that admits it.
    ///
    /// Whom the role trusts by name may, unless an identity policy denies it. Whom it trusts as one of this account needs an
    /// identity policy that allows it; what policies another account has is for that account to say. A root user never may.
    pub(super) fn on_role<P: Platform>(
        &mut self,
        vault: &Vault<P>,
        arn: &str,
        external_id: Option<&str>,
    ) -> Result<[u8; 16], Error> {
        if !cfg!(feature = "provisioning") {
            return Err(Error::UnsupportedOperation);
        }
        let denied = Error::AccessDenied(Reason::NotTrusted);
        let decision = self.decide(Action::AssumeRole, None, None, &[]).decision;
        if matches!(decision, Decision::ExplicitDeny(_)) {
            return verdict(decision).map(|()| [0; 16]);
        }
        let admitted = with_snapshot(vault.platform(), |snapshot| {
            lend_trust(vault.platform(), snapshot, role_name(arn), |trust| {
                Ok(level(trust, self.caller, arn, external_id).map(|level| (level, trust.trust_id)))
            })
        });
        match admitted {
            Ok(Some(Some((Level::Direct, trust_id)))) => Ok(trust_id),
            Ok(Some(Some((Level::Account, trust_id)))) => {
                if self.caller.principal().is_of(self.realm) {
                    verdict(decision)?;
                }
                Ok(trust_id)
            }
            Ok(Some(None) | None) => Err(denied),
            Err(Error::Damaged(_)) => Err(Error::AccessDenied(Reason::PolicyUnreadable)),
            Err(other) => Err(other),
        }
    }
}

/// How a role names a caller who brings this external id, if it does.
fn level(
    trust: &TrustRecord<'_>,
    caller: &Caller<'_>,
    arn: &str,
    external_id: Option<&str>,
) -> Option<Level> {
    let is_asked_for = trust.external_id.is_empty() || external_id == Some(trust.external_id);
    if trust.role != arn || !is_asked_for || caller.principal().is_root() {
        return None;
    }
    let levels =
        trust.principals.iter().map(|entry| caller.principal().matched_by(&PrincipalEntry::Arn(entry)));
    levels.flatten().max()
}
