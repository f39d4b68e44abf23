//! Who may do what: key policies and the callers that the vault keeps.

use strongroom_core::Error;
use strongroom_core::caller::StoredCaller;
use strongroom_core::key::KeyFacts;
use strongroom_core::limits::{CALLER_NAME_LEN_MAX, CALLER_RECORD_LEN_MAX, LIST_LIMIT_MAX, POLICY_LEN_MAX};
use strongroom_core::operation::{
    CallerMarker, DeleteCaller, DescribeCaller, GetKeyPolicy, ListCallers, ListKeyPolicies, PutCaller,
    PutKeyPolicy, RecordRefusal,
};
use strongroom_core::policy::Caller;

use crate::vault::Vault;

/// A page of callers' names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallerPage {
    /// The names, in an order of the vault's own.
    pub names: Vec<String>,
    /// Where to go on, or `None` if this was the last page.
    pub next_marker: Option<CallerMarker>,
}

impl Vault {
    /// Reads the compiled policy of a key.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::get_key_policy`].
    pub fn get_key_policy(&self, caller: &Caller<'_>, request: GetKeyPolicy<'_>) -> Result<Vec<u8>, Error> {
        let mut buffer = vec![0; POLICY_LEN_MAX];
        let len = self.core().get_key_policy(caller, request, &mut buffer)?.len();
        buffer.truncate(len);
        Ok(buffer)
    }

    /// Replaces the policy of a key, durably; [`crate::compile_key_policy`] makes one from JSON.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::put_key_policy`].
    pub fn put_key_policy(&self, caller: &Caller<'_>, request: PutKeyPolicy<'_>) -> Result<KeyFacts, Error> {
        self.core().put_key_policy(caller, request)
    }

    /// The names of a key's policies.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_key_policies`].
    pub fn list_key_policies(
        &self,
        caller: &Caller<'_>,
        request: ListKeyPolicies<'_>,
    ) -> Result<&'static [&'static str], Error> {
        self.core().list_key_policies(caller, request)
    }

    /// Records that a request was refused before the vault could judge it, and answers what the caller is to be told.
    #[must_use]
    pub fn record_refusal(&self, caller: &Caller<'_>, refusal: RecordRefusal) -> Error {
        self.core().record_refusal(caller, refusal)
    }

    /// Keeps a caller, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::put_caller`].
    pub fn put_caller(&self, caller: &Caller<'_>, request: PutCaller<'_>) -> Result<(), Error> {
        self.core().put_caller(caller, request)
    }

    /// Takes a caller out, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::delete_caller`].
    pub fn delete_caller(&self, caller: &Caller<'_>, request: DeleteCaller<'_>) -> Result<(), Error> {
        self.core().delete_caller(caller, request)
    }

    /// Reads a caller, for people who administer the vault. The answer borrows from `buffer`.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::describe_caller`].
    pub fn describe_caller<'b>(
        &self,
        caller: &Caller<'_>,
        request: DescribeCaller<'_>,
        buffer: &'b mut Vec<u8>,
    ) -> Result<StoredCaller<'b>, Error> {
        buffer.resize(CALLER_RECORD_LEN_MAX, 0);
        self.core().describe_caller(caller, request, buffer)
    }

    /// Lists the names of callers.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_callers`].
    pub fn list_callers(&self, caller: &Caller<'_>, request: ListCallers<'_>) -> Result<CallerPage, Error> {
        let mut buffer = vec![0; request.limit.min(LIST_LIMIT_MAX).saturating_mul(CALLER_NAME_LEN_MAX + 2)];
        let listed = self.core().list_callers(caller, request, &mut buffer)?;
        let names = listed.names().map(str::to_owned).collect();
        Ok(CallerPage { names, next_marker: listed.next_marker })
    }

    /// Reads a caller in order to ask in its name, once whoever embeds the vault has established that it is this one who
    /// asks. The answer borrows from `buffer`.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::caller`].
    pub fn caller<'b>(&self, name: &str, buffer: &'b mut Vec<u8>) -> Result<StoredCaller<'b>, Error> {
        buffer.resize(CALLER_RECORD_LEN_MAX, 0);
        self.core().caller(name, buffer)
    }
}
