//! The condition keys of a request on its way through the vault.

use core::cell::OnceCell;
use core::fmt::Write;

use crate::format::strings::Strings;
use crate::grant::GrantOperations;
use crate::import::{WrappingAlgorithm, WrappingKeySpec};
use crate::key::{KeyFacts, KeyOrigin, KeySpec, KeyUsage, MacAlgorithm};
use crate::operation::{CreateGrant, ExpirationModel, GrantConstraints};
use crate::policy::{Action, Caller, ConditionKeys, Values, same_name};
use crate::realm::Realm;
use crate::time::Timestamp;

/// What a request says of itself (AWS KMS Developer Guide, *AWS KMS condition keys*; IAM User Guide, *AWS global
/// condition context keys*). Values that need writing out are written when a policy asks for them.
pub(crate) struct RequestKeys<'a> {
    pub(crate) caller: &'a Caller<'a>,
    pub(crate) realm: &'a Realm,
    pub(crate) action: Action,
    /// Vault time.
    pub(crate) time_ms: Option<u64>,
    /// The key, unless there is none.
    pub(crate) key: Option<&'a KeyFacts>,
    /// The names of the key's aliases.
    pub(crate) aliases: Strings<'a>,
    /// The key's tags.
    pub(crate) tags: KeyTags<'a>,
    /// The alias that the request has instead of the key.
    pub(crate) request_alias: Option<&'a str>,
    /// The encryption context.
    pub(crate) pairs: &'a [(&'a str, &'a str)],
    pub(crate) parameters: Parameters<'a>,
    pub(crate) written: Written,
}

/// The tags of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyTags<'a> {
    /// In its record: names and values in turn.
    Stored(Strings<'a>),
    /// In the request that makes it.
    Given(&'a [(&'a str, &'a str)]),
}

/// Parameters of a request that policies can ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters<'a> {
    /// `BypassPolicyLockoutSafetyCheck`, where it is set.
    pub(crate) is_lockout_check_bypassed: bool,
    /// What a key that is to be made will be.
    pub(crate) new_key: Option<(KeySpec, KeyUsage, KeyOrigin)>,
    /// Whether both keys of a ReEncrypt are one.
    pub(crate) is_on_same_key: bool,
    /// The grant that is to be made.
    pub(crate) grant: Option<&'a CreateGrant<'a>>,
    /// How a MAC is made.
    pub(crate) mac_algorithm: Option<MacAlgorithm>,
    /// Tags that a key is to have.
    pub(crate) tags: &'a [(&'a str, &'a str)],
    /// Names of tags that a key is not to have any more.
    pub(crate) tag_keys: &'a [&'a str],
    /// How material to be imported will be wrapped.
    pub(crate) wrapping: Option<(WrappingAlgorithm, WrappingKeySpec)>,
    /// Whether imported material expires, where that is said.
    pub(crate) expiration_model: Option<ExpirationModel>,
    /// When it does.
    pub(crate) valid_to_ms: Option<u64>,
    /// How long a key is to wait for its deletion, in days.
    pub(crate) pending_window_days: Option<u16>,
    /// How often a key is to rotate, in days.
    pub(crate) rotation_period_days: Option<u16>,
    /// How long the key was not used.
    pub(crate) unused: Unused,
}

/// How long a key was not used, in whole days.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unused {
    /// It is no question for this action.
    NotAsked,
    /// Nobody knows: uses are not counted, or there was no clock.
    Unknown,
    Days(u64),
}

impl Parameters<'_> {
    pub(crate) const NONE: Self = Parameters {
        is_lockout_check_bypassed: false,
        new_key: None,
        is_on_same_key: false,
        grant: None,
        mac_algorithm: None,
        tags: &[],
        tag_keys: &[],
        wrapping: None,
        expiration_model: None,
        valid_to_ms: None,
        pending_window_days: None,
        rotation_period_days: None,
        unused: Unused::NotAsked,
    };
}

/// Values in text, once somebody has asked.
#[derive(Default)]
pub(crate) struct Written {
    time: OnceCell<heapless::String<24>>,
    seconds: OnceCell<heapless::String<24>>,
    operations: OnceCell<heapless::Vec<&'static str, { GrantOperations::COUNT_MAX }>>,
    valid_to: OnceCell<heapless::String<24>>,
    days: OnceCell<heapless::String<24>>,
    unused_days: OnceCell<heapless::String<24>>,
    role: OnceCell<heapless::String<{ crate::limits::PRINCIPAL_LEN_MAX }>>,
}

impl<'a> KeyTags<'a> {
    /// The value of the one tag with this name, whatever its case.
    fn value(&self, name: &str) -> Values<'a> {
        match self {
            KeyTags::Stored(strings) => Values::of_pairs(strings.pairs(), name),
            KeyTags::Given(pairs) => Values::of_pair(pairs, name),
        }
    }
}

const fn truth(holds: bool) -> Values<'static> {
    Values::One(if holds { "true" } else { "false" })
}

impl ConditionKeys for RequestKeys<'_> {
    fn values(&self, name: &str) -> Values<'_> {
        let known = match name.split_once(':') {
            Some((service, rest)) if same_name(service, "kms") => self.of_kms(rest),
            Some((service, rest)) if same_name(service, "aws") => self.of_request(rest),
            _ => Values::Absent,
        };
        match known {
            Values::Absent => Values::of_pair(self.caller.session(), name),
            known => known,
        }
    }
}

impl RequestKeys<'_> {
    fn of_kms(&self, name: &str) -> Values<'_> {
        let has_context = matches!(
            self.action,
            Action::Encrypt
                | Action::Decrypt
                | Action::ReEncryptFrom
                | Action::ReEncryptTo
                | Action::GenerateDataKey
                | Action::GenerateDataKeyWithoutPlaintext
        );
        let has_pairs = has_context || self.action == Action::CreateGrant;
        let is = |other| same_name(name, other);
        if let Some((prefix, pair)) = name.split_once(':') {
            let is_context = has_pairs && same_name(prefix, "EncryptionContext");
            return if is_context { Values::of_pair(self.pairs, pair) } else { Values::Absent };
        }
        // Of the key there is, or of the one that is to be made.
        let kind = self.key.map(|key| (key.spec, key.usage, key.origin)).or(self.parameters.new_key);
        let of_key = |value: fn(KeySpec, KeyUsage, KeyOrigin) -> &'static str| {
            kind.map_or(Values::Absent, |(spec, usage, origin)| Values::One(value(spec, usage, origin)))
        };
        if is("CallerAccount") && self.key.is_some() && !self.caller.principal.is_service() {
            Values::One(self.caller.principal.account())
        } else if is("EncryptionContextKeys") && has_pairs {
            Values::Names(self.pairs)
        } else if is("EncryptionAlgorithm") && has_context {
            of_key(|spec, _, _| spec.name())
        } else if is("KeySpec") || is("CustomerMasterKeySpec") {
            of_key(|spec, _, _| spec.name())
        } else if is("KeyUsage") || is("CustomerMasterKeyUsage") {
            of_key(|_, usage, _| usage.name())
        } else if is("KeyOrigin") {
            of_key(|_, _, origin| origin.name())
        } else if is("MultiRegion") {
            of_key(|_, _, _| "false")
        } else if is("MacAlgorithm") {
            self.parameters.mac_algorithm.map_or(Values::Absent, |algorithm| Values::One(algorithm.name()))
        } else if is("RotationPeriodInDays") {
            self.parameters.rotation_period_days.map_or(Values::Absent, |days| self.days(days))
        } else if is("ReEncryptOnSameKey")
            && matches!(self.action, Action::ReEncryptFrom | Action::ReEncryptTo)
        {
            truth(self.parameters.is_on_same_key)
        } else if is("BypassPolicyLockoutSafetyCheck") && self.parameters.is_lockout_check_bypassed {
            truth(true)
        } else if is("WrappingAlgorithm") {
            self.parameters.wrapping.map_or(Values::Absent, |(algorithm, _)| Values::One(algorithm.name()))
        } else if is("WrappingKeySpec") {
            self.parameters.wrapping.map_or(Values::Absent, |(_, spec)| Values::One(spec.name()))
        } else if is("ExpirationModel") {
            self.parameters.expiration_model.map_or(Values::Absent, |model| Values::One(model.name()))
        } else if is("ValidTo") {
            self.parameters.valid_to_ms.map_or(Values::Absent, |ms| {
                Values::One(written(&self.written.valid_to, |text| {
                    write!(text, "{}", Timestamp::from_ms(ms))
                }))
            })
        } else if is("ScheduleKeyDeletionPendingWindowInDays") {
            self.parameters.pending_window_days.map_or(Values::Absent, |days| {
                Values::One(written(&self.written.days, |text| write!(text, "{days}")))
            })
        } else if is("TrailingDaysWithoutKeyUsage") {
            match self.parameters.unused {
                Unused::NotAsked => Values::Absent,
                Unused::Unknown => Values::Unknown,
                Unused::Days(days) => {
                    Values::One(written(&self.written.unused_days, |text| write!(text, "{days}")))
                }
            }
        } else if is("GrantIsForAWSResource")
            && matches!(self.action, Action::CreateGrant | Action::ListGrants | Action::RevokeGrant)
        {
            truth(false)
        } else if is("RequestAlias") {
            self.request_alias.map_or(Values::Absent, Values::One)
        } else if is("ResourceAliases") {
            Values::Stored(self.aliases)
        } else {
            self.parameters.grant.map_or(Values::Absent, |grant| self.of_grant(grant, name))
        }
    }

    /// What CreateGrant asks for.
    fn of_grant<'g>(&'g self, grant: &'g CreateGrant<'_>, name: &str) -> Values<'g> {
        let is = |other| same_name(name, other);
        if is("GranteePrincipal") {
            Values::One(grant.grantee_principal)
        } else if is("RetiringPrincipal") {
            grant.retiring_principal.map_or(Values::Absent, Values::One)
        } else if is("GrantConstraintType") {
            grant.constraints.map_or(Values::Absent, |constraints| {
                Values::One(match constraints {
                    GrantConstraints::EncryptionContextSubset(_) => "EncryptionContextSubset",
                    GrantConstraints::EncryptionContextEquals(_) => "EncryptionContextEquals",
                })
            })
        } else if is("GrantOperations") {
            Values::Many(self.written.operations.get_or_init(|| {
                // Checked when the request was parsed.
                let operations = GrantOperations::new(grant.operations);
                operations.iter().flat_map(GrantOperations::iter).map(Action::name).collect()
            }))
        } else {
            Values::Absent
        }
    }

    fn of_request(&self, name: &str) -> Values<'_> {
        let principal = &self.caller.principal;
        let is = |other| same_name(name, other);
        if let Some((prefix, tag)) = name.split_once('/') {
            let is = |other| same_name(prefix, other);
            return if is("PrincipalTag") {
                Values::of_pair(self.caller.tags(), tag)
            } else if is("RequestTag") {
                Values::of_pair(self.parameters.tags, tag)
            } else if is("ResourceTag") {
                self.tags.value(tag)
            } else {
                Values::Absent
            };
        }
        let unless_service = |value| if principal.is_service() { Values::Absent } else { Values::One(value) };
        if is("CurrentTime") {
            self.time(&self.written.time, |time, out| write!(out, "{time}"))
        } else if is("EpochTime") {
            self.time(&self.written.seconds, |time, out| write!(out, "{}", time.seconds()))
        } else if is("PrincipalArn") {
            match (self.caller.role(), principal.session_role()) {
                (Some(role), _) => Values::One(role),
                (None, Some((partition, account, role))) => {
                    Values::One(self.written.role.get_or_init(|| {
                        let mut arn = heapless::String::new();
                        // Fits: a session's own ARN is longer than its role's.
                        let _ = write!(arn, "arn:{partition}:iam::{account}:role/{role}");
                        arn
                    }))
                }
                (None, None) => unless_service(principal.as_str()),
            }
        } else if is("PrincipalAccount") {
            unless_service(principal.account())
        } else if is("PrincipalType") {
            unless_service(principal.type_name())
        } else if is("PrincipalIsAWSService") {
            truth(principal.is_service())
        } else if is("PrincipalServiceName") && principal.is_service() {
            Values::One(principal.as_str())
        } else if is("username") {
            principal.user_name().map_or(Values::Absent, Values::One)
        } else if is("RequestedRegion") {
            Values::One(self.realm.region())
        } else if is("TagKeys") && !self.parameters.tag_keys.is_empty() {
            Values::Many(self.parameters.tag_keys)
        } else if is("TagKeys") {
            Values::Names(self.parameters.tags)
        } else {
            Values::Absent
        }
    }

    fn days(&self, days: u16) -> Values<'_> {
        Values::One(self.written.days.get_or_init(|| {
            let mut text = heapless::String::new();
            // Fits: it has five digits at most.
            let _ = write!(text, "{days}");
            text
        }))
    }

    /// The time in some spelling; without a clock nobody can tell.
    fn time<'s>(
        &self,
        cell: &'s OnceCell<heapless::String<24>>,
        write: impl Fn(&Timestamp, &mut heapless::String<24>) -> core::fmt::Result,
    ) -> Values<'s> {
        let Some(time_ms) = self.time_ms else { return Values::Unknown };
        Values::One(written(cell, |text| write(&Timestamp::from_ms(time_ms), text)))
    }
}

/// A time in text, written once.
fn written(
    cell: &OnceCell<heapless::String<24>>,
    write: impl FnOnce(&mut heapless::String<24>) -> core::fmt::Result,
) -> &str {
    cell.get_or_init(|| {
        let mut text = heapless::String::new();
        // Fits: the longest time has 24 characters.
        let _ = write(&mut text);
        text
    })
}
