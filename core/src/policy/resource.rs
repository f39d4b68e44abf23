//! What a request is about: a key, a vault, or nothing in particular.

use core::fmt::Write;

use super::keys::ConditionKeys;
use super::language::ResourcePattern;
use super::pattern::{Pattern, matches_exactly};
use crate::key::KeyId;
use crate::realm::Realm;

/// The resource of a request, by its ARN (AWS KMS Developer Guide, *Specifying KMS keys in IAM policy statements*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The partition, or empty for nowhere in particular.
    partition: &'a str,
    region: &'a str,
    /// The account it belongs to, or empty for nowhere in particular.
    account: &'a str,
    name: Name<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name<'a> {
    /// `*`: actions without a key.
    Everything,
    Key(KeyId),
    /// By its name, `alias/` included.
    Alias(&'a str),
    /// Its id reads like that of a key.
    Vault(KeyId),
    Other {
        service: &'a str,
        resource: &'a str,
    },
}

/// Room for `vault/` and an id in text.
type OwnName = heapless::String<42>;

impl<'a> Resource<'a> {
    /// A key of a vault.
    #[must_use]
    pub fn key(realm: &'a Realm, key_id: KeyId) -> Self {
        Self::of(realm, Name::Key(key_id))
    }

    /// An alias of a vault, by its name: what CreateAlias, UpdateAlias and DeleteAlias are about besides keys.
    #[must_use]
    pub fn alias(realm: &'a Realm, name: &'a str) -> Self {
        Self::of(realm, Name::Alias(name))
    }

    /// No key: what only the pattern `*` covers.
    #[must_use]
    pub fn everything(realm: &'a Realm) -> Self {
        Self::of(realm, Name::Everything)
    }

    /// A vault itself, `vault/ID`: what our own actions on it are about.
    #[must_use]
    pub fn vault(realm: &'a Realm, vault_id: [u8; 16]) -> Self {
        Self::of(realm, Name::Vault(KeyId::from_bytes(vault_id)))
    }

    fn of(realm: &'a Realm, name: Name<'a>) -> Self {
        Resource { partition: realm.partition(), region: realm.region(), account: realm.account(), name }
    }

    /// Reads an ARN, or `*` for no resource in particular.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if text == "*" {
            return Some(Resource { partition: "", region: "", account: "", name: Name::Everything });
        }
        let [_, partition, service, region, account, resource] = super::check::split_resource(text)?;
        Some(Resource { partition, region, account, name: Name::Other { service, resource } })
    }

    /// Whether it lies in this partition. What is nowhere in particular lies in every one, unless a key policy guards it.
    pub(super) fn is_in_partition(&self, partition: &str, is_guarded: bool) -> bool {
        self.partition == partition || (!is_guarded && self.partition.is_empty())
    }

    /// Whether it belongs to this account. What belongs to nobody belongs to everyone, unless a key policy guards it.
    pub(super) fn is_of_account(&self, account: &str, is_guarded: bool) -> bool {
        self.account == account || (!is_guarded && self.account.is_empty())
    }

    /// Whether a pattern covers it; `None` if the pattern has a variable without a value.
    pub(super) fn is_listed_by<C: ConditionKeys + ?Sized>(
        &self,
        pattern: &ResourcePattern<'_>,
        keys: Option<&C>,
    ) -> Option<bool> {
        let ResourcePattern::Arn([arn, partition, service, region, account, last]) = *pattern else {
            return Some(true);
        };
        let last = Pattern::wild(last, keys);
        if !last.is_resolved() {
            return None;
        }
        let mut buffer = OwnName::new();
        let (own_service, own_name) = match self.name {
            Name::Everything => return Some(false),
            Name::Other { service, resource } => (service, resource),
            Name::Alias(name) => ("kms", name),
            // They fit: the buffer has room for any id.
            Name::Key(key_id) => {
                let _ = write!(buffer, "key/{key_id}");
                ("kms", buffer.as_str())
            }
            Name::Vault(vault_id) => {
                let _ = write!(buffer, "vault/{vault_id}");
                ("kms", buffer.as_str())
            }
        };
        // No wildcard stands for the service or for the resource's type.
        Some(
            arn == "arn"
                && service == own_service
                && !last.is_wild_before_slash()
                && matches_exactly(partition, self.partition)
                && matches_exactly(region, self.region)
                && matches_exactly(account, self.account)
                && last.matches(own_name),
        )
    }
}

impl core::fmt::Display for Resource<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Resource { partition, region, account, name } = self;
        match name {
            Name::Everything => f.write_str("*"),
            Name::Key(key_id) => write!(f, "arn:{partition}:kms:{region}:{account}:key/{key_id}"),
            Name::Vault(vault_id) => write!(f, "arn:{partition}:kms:{region}:{account}:vault/{vault_id}"),
            Name::Alias(name) => write!(f, "arn:{partition}:kms:{region}:{account}:{name}"),
            Name::Other { service, resource } => {
                write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
            }
        }
    }
}
