//! Quotas: how much of everything a vault may hold, and how fast it may be asked. Settings of the vault, all unlimited until
//! somebody says otherwise.

mod rate;

pub(crate) use rate::{Buckets, Leases};
pub use rate::{RequestClass, RequestRates};

use crate::error::Error;
use crate::limits;

/// The quotas of a vault (AWS KMS Developer Guide, *Quotas*). `None` is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Keys, in any state.
    pub keys: Option<u32>,
    /// Aliases of one key.
    pub aliases_per_key: Option<u32>,
    /// Grants of one key.
    pub grants_per_key: Option<u32>,
    /// How often one key can be rotated on demand, in its life.
    pub on_demand_rotations_per_key: Option<u32>,
    /// Tags of one key; 50 at most in any case.
    pub tags_per_key: Option<u32>,
    /// How fast requests may come.
    pub request_rates: RequestRates,
}

impl Quotas {
    /// The resource quotas that AWS has by default. Request rates stay unlimited: see [`RequestRates::aws`].
    #[must_use]
    pub const fn aws() -> Self {
        Quotas {
            keys: Some(limits::KEYS_AWS),
            aliases_per_key: Some(limits::ALIASES_PER_KEY_AWS),
            grants_per_key: Some(limits::GRANTS_PER_KEY_AWS),
            on_demand_rotations_per_key: Some(limits::ON_DEMAND_ROTATIONS_AWS),
            tags_per_key: Some(limits::TAGS_PER_KEY_AWS),
            request_rates: RequestRates::UNLIMITED,
        }
    }
}

/// Whether one more than `now` is within a quota.
///
/// # Errors
/// [`Error::LimitExceeded`].
pub(crate) fn check_one_more(quota: Option<u32>, now: u32) -> Result<(), Error> {
    if quota.is_some_and(|quota| now >= quota) { Err(Error::LimitExceeded) } else { Ok(()) }
}
