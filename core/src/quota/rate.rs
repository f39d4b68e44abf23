//! How fast requests may come: a token bucket for each class of operations.
//!
//! The buckets are the writer's. Each copy of the published half takes some tokens at a time, for a second at most, so that
//! a thread asks the writer now and then and not at every request. Nobody asks anybody while every rate is unlimited.

use core::cell::Cell;

use crate::policy::Action;

/// Operations that share a bucket (AWS KMS Developer Guide, *Request quotas*). There, most operations have one of their own
/// with the rate of their class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestClass {
    /// Encrypt, Decrypt, ReEncrypt, `GenerateDataKey…`, GenerateMac, VerifyMac, GenerateRandom.
    Cryptographic,
    /// DescribeKey, GetPublicKey, ListResourceTags.
    Describe,
    /// GetKeyPolicy, GetKeyRotationStatus.
    Read,
    /// ListAliases, ListKeys.
    ListNames,
    /// The other listings.
    List,
    /// CreateGrant, RetireGrant, RevokeGrant.
    Grant,
    /// PutKeyPolicy, ScheduleKeyDeletion, EnableKeyRotation, DeleteAlias, ImportKeyMaterial, DeleteImportedKeyMaterial.
    ChangeKey,
    /// TagResource.
    Tag,
    /// Everything else.
    Manage,
    /// GetParametersForImport.
    Import,
}

const CLASSES: usize = 10;
/// One token, in thousandths.
const TOKEN: u64 = 1000;
/// How long tokens that a thread took are good for, in milliseconds.
const LEASE_MS: u64 = 1000;
/// A thread takes this part of a second's tokens at a time.
const LEASES_PER_SECOND: u64 = 16;

impl RequestClass {
    /// Every class, in the order of their numbers.
    pub const ALL: [RequestClass; CLASSES] = [
        RequestClass::Cryptographic,
        RequestClass::Describe,
        RequestClass::Read,
        RequestClass::ListNames,
        RequestClass::List,
        RequestClass::Grant,
        RequestClass::ChangeKey,
        RequestClass::Tag,
        RequestClass::Manage,
        RequestClass::Import,
    ];

    /// The class of an operation.
    #[must_use]
    pub const fn of(action: Action) -> Self {
        match action {
            Action::Encrypt
            | Action::Decrypt
            | Action::ReEncrypt
            | Action::GenerateDataKey
            | Action::GenerateDataKeyWithoutPlaintext
            | Action::GenerateMac
            | Action::VerifyMac
            | Action::GenerateRandom => RequestClass::Cryptographic,
            Action::DescribeKey | Action::GetPublicKey | Action::ListResourceTags => RequestClass::Describe,
            Action::GetKeyPolicy | Action::GetKeyRotationStatus => RequestClass::Read,
            Action::ListAliases | Action::ListKeys => RequestClass::ListNames,
            Action::ListGrants
            | Action::ListKeyPolicies
            | Action::ListKeyRotations
            | Action::ListRetirableGrants
            | Action::ListKeyVersions
            | Action::ListCallers
            | Action::ListAccessKeys => RequestClass::List,
            Action::CreateGrant | Action::RetireGrant | Action::RevokeGrant => RequestClass::Grant,
            Action::DeleteAlias
            | Action::DeleteImportedKeyMaterial
            | Action::EnableKeyRotation
            | Action::ImportKeyMaterial
            | Action::PutKeyPolicy
            | Action::ScheduleKeyDeletion => RequestClass::ChangeKey,
            Action::TagResource => RequestClass::Tag,
            Action::GetParametersForImport => RequestClass::Import,
            _ => RequestClass::Manage,
        }
    }

    const fn number(self) -> usize {
        match self {
            RequestClass::Cryptographic => 0,
            RequestClass::Describe => 1,
            RequestClass::Read => 2,
            RequestClass::ListNames => 3,
            RequestClass::List => 4,
            RequestClass::Grant => 5,
            RequestClass::ChangeKey => 6,
            RequestClass::Tag => 7,
            RequestClass::Manage => 8,
            RequestClass::Import => 9,
        }
    }
}

/// How many requests of each class may come in a second; as many may come at once after a second's rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestRates([u32; CLASSES]);

impl RequestRates {
    /// No bound at all.
    pub const UNLIMITED: RequestRates = RequestRates([0; CLASSES]);

    /// The rates that AWS has by default, in the Regions with the lowest ones. Stricter than AWS where several operations of
    /// a class come at once: here they share one bucket.
    #[must_use]
    pub const fn aws() -> Self {
        RequestRates([10_000, 2000, 1000, 500, 100, 50, 15, 10, 5, 1])
    }

    /// The same with another rate for a class; `None` is unlimited, and so is 0.
    #[must_use]
    pub fn with(mut self, class: RequestClass, per_second: Option<u32>) -> Self {
        if let Some(rate) = self.0.get_mut(class.number()) {
            *rate = per_second.unwrap_or(0);
        }
        self
    }

    /// The rate of a class, or `None` for unlimited.
    #[must_use]
    pub fn per_second(&self, class: RequestClass) -> Option<u32> {
        self.0.get(class.number()).copied().filter(|rate| *rate > 0)
    }

    pub(crate) fn is_unlimited(&self) -> bool {
        self.0 == [0; CLASSES]
    }

    pub(crate) fn numbers(&self) -> &[u32; CLASSES] {
        &self.0
    }

    pub(crate) fn from_numbers(numbers: [u32; CLASSES]) -> Self {
        RequestRates(numbers)
    }
}

/// One bucket for each class: thousandths of tokens, and when they were counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Buckets([Bucket; CLASSES]);

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// What was taken out and has not come back yet.
    taken: u64,
    at_ms: u64,
}

impl Buckets {
    /// Takes tokens for one thread: none where the bucket is empty.
    pub(crate) fn take(&mut self, rates: &RequestRates, class: RequestClass, now_ms: u64) -> u64 {
        let Some(rate) = rates.per_second(class).map(u64::from) else { return 1 };
        let Some(bucket) = self.0.get_mut(class.number()) else { return 0 };
        let elapsed = now_ms.saturating_sub(bucket.at_ms);
        // A rate of so many a second is as many thousandths in a millisecond.
        bucket.taken = bucket.taken.saturating_sub(elapsed.saturating_mul(rate));
        bucket.at_ms = bucket.at_ms.max(now_ms);
        let there = rate.saturating_mul(TOKEN).saturating_sub(bucket.taken).checked_div(TOKEN).unwrap_or(0);
        let taken = rate.checked_div(LEASES_PER_SECOND).unwrap_or(0).max(1).min(there);
        bucket.taken = bucket.taken.saturating_add(taken.saturating_mul(TOKEN));
        taken
    }
}

/// Tokens that one copy of the published half has taken: how many are left, and until when.
#[derive(Debug, Default)]
pub(crate) struct Leases([Cell<(u64, u64)>; CLASSES]);

impl Leases {
    /// Uses a token, if there is one.
    pub(crate) fn use_one(&self, class: RequestClass, now_ms: u64) -> bool {
        let Some(lease) = self.0.get(class.number()) else { return false };
        match lease.get() {
            (left, until_ms) if left > 0 && now_ms < until_ms => {
                lease.set((left.saturating_sub(1), until_ms));
                true
            }
            _ => false,
        }
    }

    /// Keeps tokens that were taken.
    pub(crate) fn put(&self, class: RequestClass, tokens: u64, now_ms: u64) {
        if let Some(lease) = self.0.get(class.number()) {
            lease.set((tokens, now_ms.saturating_add(LEASE_MS)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_a_second_at_once_and_then_its_rate() {
        let rates = RequestRates::UNLIMITED.with(RequestClass::Manage, Some(5));
        let mut buckets = Buckets::default();
        let mut all =
            |now_ms| (0..100).map(|_| buckets.take(&rates, RequestClass::Manage, now_ms)).sum::<u64>();
        assert_eq!(all(10_000), 5);
        assert_eq!(all(10_000), 0);
        assert_eq!(all(10_399), 1);
        assert_eq!(all(10_400), 1);
        assert_eq!(all(9000), 0, "a clock that goes back gives nothing");
        assert_eq!(all(90_000), 5);
    }

    #[test]
    fn a_lease_ends_after_a_second() {
        let leases = Leases::default();
        assert!(!leases.use_one(RequestClass::Grant, 0));
        leases.put(RequestClass::Grant, 2, 0);
        assert!(leases.use_one(RequestClass::Grant, 999));
        assert!(!leases.use_one(RequestClass::Manage, 999));
        assert!(!leases.use_one(RequestClass::Grant, 1000));
    }

    #[test]
    fn every_class_has_its_own_place_and_no_rate_is_forgotten() {
        let rates = RequestRates::aws();
        for (number, class) in RequestClass::ALL.into_iter().enumerate() {
            assert_eq!(class.number(), number);
            assert!(rates.per_second(class).is_some());
        }
    }
}
