//! Everything that can be seen from outside, as steps: what differs anywhere shows in one of them.

use super::state::Model;
use super::step::{Ask, Damage, KeyName, Step, User};

/// Asks for everything there is and was: every key, every listing, every ciphertext, every MAC.
pub fn look_at_everything(model: &Model) -> Vec<Step> {
    let mut asks = vec![
        Ask::ListKeys { limit: 3 },
        Ask::ListAliases { key: None, limit: 2 },
        Ask::DescribeQuotas,
        Ask::ListSlots,
        Ask::ListCallers { limit: 2 },
        Ask::ListAccessKeys { name: 0 },
        Ask::ListAccessKeys { name: 1 },
        Ask::ListRetirableGrants { retiring: User::Ann, limit: 2 },
        Ask::ListRetirableGrants { retiring: User::Bob, limit: 100 },
    ];
    for key in (0..model.keys.len()).map(KeyName::Id) {
        asks.extend([
            Ask::DescribeKey { key },
            Ask::GetKeyRotationStatus { key },
            Ask::ListKeyVersions { key, limit: 3 },
            Ask::ListKeyRotations { key, is_all: false, limit: 1000 },
            Ask::ListResourceTags { key, limit: 2 },
            Ask::ListAliases { key: Some(key), limit: 100 },
            Ask::ListGrants { key, limit: 3 },
            Ask::GetKeyLastUsage { key },
        ]);
    }
    for (key, versions) in model.keys.iter().map(|key| key.newest()).enumerate() {
        let check = |version| Ask::RetireCheck { key: KeyName::Id(key), version, within_days: 30 };
        asks.extend((1..=versions).map(check));
    }
    for alias in 0..8 {
        asks.push(Ask::DescribeKey { key: KeyName::Alias(alias) });
    }
    for (message, sealed) in model.messages.iter().enumerate() {
        let (damage, context) = (Damage::None, sealed.context);
        asks.push(Ask::Decrypt { key: None, message, damage, context, token: None, is_dry_run: false });
    }
    for (mac, made) in model.macs.iter().enumerate() {
        asks.push(Ask::VerifyMac {
            key: KeyName::Id(made.by.key),
            algorithm: made.algorithm,
            message: made.message,
            mac,
            damage: Damage::None,
            is_versioned: made.is_versioned,
            is_dry_run: false,
        });
    }
    asks.into_iter().map(|ask| Step { by: User::Root, ask }).collect()
}

/// Asks for what differs between two states that a vault may be in.
pub fn look_at_changes(one: &Model, other: &Model) -> Vec<Ask> {
    let mut asks = vec![
        Ask::ListAliases { key: None, limit: 100 },
        Ask::DescribeQuotas,
        Ask::DescribeCaller { name: 0 },
        Ask::DescribeCaller { name: 1 },
        Ask::ListAccessKeys { name: 0 },
        Ask::ListAccessKeys { name: 1 },
    ];
    let differs = |key: &usize| {
        let grants =
            |model: &Model| model.grants.iter().map(|grant| grant.is_live_on(*key)).collect::<Vec<_>>();
        format!("{:?}", one.keys.get(*key)) != format!("{:?}", other.keys.get(*key))
            || grants(one) != grants(other)
    };
    for key in (0..one.keys.len().min(other.keys.len())).filter(differs).map(KeyName::Id) {
        asks.extend([
            Ask::DescribeKey { key },
            Ask::GetKeyRotationStatus { key },
            Ask::ListKeyVersions { key, limit: 1000 },
            Ask::ListResourceTags { key, limit: 50 },
            Ask::ListGrants { key, limit: 100 },
            Ask::GetKeyLastUsage { key },
        ]);
    }
    asks
}
