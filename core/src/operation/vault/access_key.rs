//! CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey: what kept users sign requests with. The names are those
//! of IAM, the actions ours, on the vault itself.

use heapless::Vec;

use crate::access_key::{ACCESS_KEY_SECRET_LEN, AccessKeyDraft, AccessKeyId, SigningScope, derive};
use crate::caller::check_name;
use crate::error::Error;
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::keyring::with_snapshot;
use crate::limits::{ACCESS_KEYS_MAX, CALLER_NAME_LEN_MAX};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::secret::Secret;
use crate::vault::{AccessKeyChange, Change, Vault, access_keys_of, lend_access_key};

/// Makes an access key of a kept user, of which it can have two.
#[derive(Clone, Copy, Debug)]
pub struct CreateAccessKey<'a> {
    /// The name of the kept user.
    pub caller: &'a str,
}

/// Lists the access keys of a kept caller.
#[derive(Clone, Copy, Debug)]
pub struct ListAccessKeys<'a> {
    /// Its name.
    pub caller: &'a str,
}

/// Makes an access key usable, or unusable.
#[derive(Clone, Copy, Debug)]
pub struct UpdateAccessKey<'a> {
    /// The name of the kept user.
    pub caller: &'a str,
    /// One of its access keys.
    pub access_key_id: AccessKeyId,
    /// Whether it can be used from now on.
    pub is_active: bool,
}

/// Takes an access key out.
#[derive(Clone, Copy, Debug)]
pub struct DeleteAccessKey<'a> {
    /// The name of the kept user.
    pub caller: &'a str,
    /// One of its access keys.
    pub access_key_id: AccessKeyId,
}

/// What there is to say of an access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessKeyFacts {
    /// Its id.
    pub id: AccessKeyId,
    /// When it was made, or `None` where the vault had no clock.
    pub created_ms: Option<u64>,
    /// Whether it can be used.
    pub is_active: bool,
}

/// The name of a kept caller, copied.
pub type CallerName = heapless::String<CALLER_NAME_LEN_MAX>;

impl<P: Platform> Vault<P> {
    /// Makes an access key, durably. Its secret is written to `secret`, and nobody is shown it again.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is no such caller. [`Error::InvalidCaller`]: it is no user. [`Error::LimitExceeded`]: it
    /// has two. [`Error::Busy`]: asking again helps. `secret` is wiped.
    pub fn create_access_key(
        &self,
        caller: &Caller<'_>,
        request: CreateAccessKey<'_>,
        secret: &mut Secret<ACCESS_KEY_SECRET_LEN>,
    ) -> Result<AccessKeyId, Error> {
        let (realm, entropy) = (self.realm()?, self.platform().entropy());
        let mut draft = AccessKeyDraft::new::<P::Primitives>(realm.account(), request.caller, entropy)?;
        draft.draw(entropy)?;
        let operation = Creating { caller: request.caller, draft: &draft };
        secret.fill_with(|secret| run(self, caller, operation, Buffers::plaintext(secret)).map(|_| draft.id))
    }

    /// The access keys of a caller. One that is not kept has none.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn list_access_keys(
        &self,
        caller: &Caller<'_>,
        request: ListAccessKeys<'_>,
    ) -> Result<Vec<AccessKeyFacts, ACCESS_KEYS_MAX>, Error> {
        run(self, caller, request, Buffers::default()).map(|released| released.output)
    }

    /// Makes an access key usable or unusable, durably. Whoever is asking with it has to be established again.
    ///
    /// # Errors
    /// [`Error::NotFound`]: the caller has no such access key.
    pub fn update_access_key(&self, caller: &Caller<'_>, request: UpdateAccessKey<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }

    /// Takes an access key out, durably. Whoever is asking with it has to be established again.
    ///
    /// # Errors
    /// [`Error::NotFound`]: the caller has no such access key.
    pub fn delete_access_key(&self, caller: &Caller<'_>, request: DeleteAccessKey<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }

    /// Writes to `key` what verifies signatures of an access key on one day, in one Region, for one service, and answers
    /// whose it is; for whoever embeds the vault and establishes who asks. Not a request, so neither authorized nor
    /// recorded. The secret itself stays inside.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is no such access key, or it is inactive. [`Error::Damaged`].
    pub fn signing_key(
        &self,
        id: &AccessKeyId,
        scope: &SigningScope<'_>,
        key: &mut Secret<32>,
    ) -> Result<CallerName, Error> {
        scope.check()?;
        with_snapshot(self.platform(), |snapshot| {
            lend_access_key(self.platform(), snapshot, id, |record| {
                if !record.is_active {
                    return Err(Error::NotFound);
                }
                derive::<P::Primitives>(record.secret, scope, key)?;
                CallerName::try_from(record.caller).map_err(|_| Error::Bug)
            })
        })?
        .ok_or(Error::NotFound)
    }
}

/// An access key that is to be kept.
pub(in crate::operation) struct Creating<'a> {
    caller: &'a str,
    draft: &'a AccessKeyDraft,
}

impl<'a> Operation<'a> for Creating<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::CreateAccessKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.caller)?;
        Ok(Parsed { subject: self.caller, ..Parsed::on_vault(Action::CreateAccessKey) })
    }

    fn execute<P: Platform>(
        self,
        _: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, ()>, Error> {
        let Creating { caller, draft } = self;
        let needed = ACCESS_KEY_SECRET_LEN;
        let room = buffers.plaintext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
        draft.secret.expose(|secret| room.copy_from_slice(secret));
        buffers.plaintext_len = needed;
        let change = Some(Change::AccessKey(AccessKeyChange::Create(caller, draft)));
        Ok(Done { change, detail: ACTIVE | draft.id.rest(), ..Done::with(()) })
    }
}

/// In the audit log, with the last bits of the id: the access key can be used.
const ACTIVE: u64 = 1 << 63;

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListAccessKeys<'a> {
    type Output = Vec<AccessKeyFacts, ACCESS_KEYS_MAX>;

    fn action(&self) -> Action {
        Action::ListAccessKeys
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.caller)?;
        Ok(Parsed { subject: self.caller, ..Parsed::on_vault(Action::ListAccessKeys) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        let platform = scene.vault.platform();
        with_snapshot(platform, |snapshot| {
            access_keys_of::<P>(&snapshot.view(platform.storage()), snapshot, self.caller)
        })
        .map(Done::with)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for UpdateAccessKey<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::UpdateAccessKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.caller)?;
        Ok(Parsed { subject: self.caller, ..Parsed::on_vault(Action::UpdateAccessKey) })
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let UpdateAccessKey { caller, access_key_id, is_active } = self;
        let change = Change::AccessKey(AccessKeyChange::SetActive(caller, access_key_id, is_active));
        let state = if is_active { ACTIVE } else { 0 };
        Ok(Done { change: Some(change), detail: state | access_key_id.rest(), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DeleteAccessKey<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::DeleteAccessKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.caller)?;
        Ok(Parsed { subject: self.caller, ..Parsed::on_vault(Action::DeleteAccessKey) })
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let DeleteAccessKey { caller, access_key_id } = self;
        let change = Some(Change::AccessKey(AccessKeyChange::Remove(caller, access_key_id)));
        Ok(Done { change, detail: access_key_id.rest(), ..Done::with(()) })
    }
}
