//! How much keys and versions are used, how much they may be, and the vault's quotas.

use strongroom_core::Error;
use strongroom_core::operation::{
    DescribeQuotas, GetKeyLastUsage, KeyLastUsage, PutQuotas, PutUsageBudget, RetireCheck, VersionUsage,
};
use strongroom_core::policy::Caller;
use strongroom_core::quota::Quotas;

use crate::vault::Vault;

impl Vault {
    /// Tells when a key was last used.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::get_key_last_usage`].
    pub fn get_key_last_usage(
        &self,
        caller: &Caller<'_>,
        request: GetKeyLastUsage<'_>,
    ) -> Result<KeyLastUsage, Error> {
        self.core().get_key_last_usage(caller, request)
    }

    /// Tells whether a version is still in use, when it was last used, and how often.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::retire_check`].
    pub fn retire_check(&self, caller: &Caller<'_>, request: RetireCheck<'_>) -> Result<VersionUsage, Error> {
        self.core().retire_check(caller, request)
    }

    /// Bounds how often each version of a key may seal, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::put_usage_budget`].
    pub fn put_usage_budget(&self, caller: &Caller<'_>, request: PutUsageBudget<'_>) -> Result<(), Error> {
        self.core().put_usage_budget(caller, request)
    }

    /// Sets the quotas of the vault, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::put_quotas`].
    pub fn put_quotas(&self, caller: &Caller<'_>, request: PutQuotas) -> Result<(), Error> {
        self.core().put_quotas(caller, request)
    }

    /// Tells the quotas of the vault.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::describe_quotas`].
    pub fn describe_quotas(&self, caller: &Caller<'_>, request: DescribeQuotas) -> Result<Quotas, Error> {
        self.core().describe_quotas(caller, request)
    }
}
