//! The operations on grants, with answers that own their bytes.

use strongroom_core::Error;
use strongroom_core::operation::{
    CreateGrant, CreatedGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant,
};
use strongroom_core::policy::Caller;

use crate::output::GrantPage;
use crate::vault::Vault;

/// Room for a page: at least for one of the largest grants, and for a hundred of the usual ones.
const PAGE_LEN: usize = 64 << 10;

impl Vault {
    /// Gives a principal rights on a key, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::create_grant`].
    pub fn create_grant(&self, caller: &Caller<'_>, request: CreateGrant<'_>) -> Result<CreatedGrant, Error> {
        self.core().create_grant(caller, request)
    }

    /// Gives up a grant, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::retire_grant`].
    pub fn retire_grant(&self, caller: &Caller<'_>, request: RetireGrant<'_>) -> Result<(), Error> {
        self.core().retire_grant(caller, request)
    }

    /// Takes a grant away, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::revoke_grant`].
    pub fn revoke_grant(&self, caller: &Caller<'_>, request: RevokeGrant<'_>) -> Result<(), Error> {
        self.core().revoke_grant(caller, request)
    }

    /// Lists the grants of a key.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_grants`].
    pub fn list_grants(&self, caller: &Caller<'_>, request: ListGrants<'_>) -> Result<GrantPage, Error> {
        let mut page = vec![0; PAGE_LEN];
        self.core().list_grants(caller, request, &mut page).map(|listed| GrantPage::of(&listed))
    }

    /// Lists the grants that a principal can retire.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_retirable_grants`].
    pub fn list_retirable_grants(
        &self,
        caller: &Caller<'_>,
        request: ListRetirableGrants<'_>,
    ) -> Result<GrantPage, Error> {
        let mut page = vec![0; PAGE_LEN];
        self.core().list_retirable_grants(caller, request, &mut page).map(|listed| GrantPage::of(&listed))
    }
}
