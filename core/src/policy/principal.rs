//! Who asks. The caller is an argument: whoever embeds the vault establishes it.

use super::form::PrincipalEntry;
use crate::error::Error;
use crate::limits::PRINCIPAL_LEN_MAX;
use crate::realm::Realm;

/// The kinds of principals that can call (IAM User Guide, *AWS JSON policy elements: Principal*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind<'a> {
    Root,
    /// A user or a role itself, or a federated user.
    Named,
    /// A session of a role: its ARN has no path.
    Session {
        role: &'a str,
    },
    Service,
}

/// A principal, by its ARN or service name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal<'a> {
    text: &'a str,
    partition: &'a str,
    account: &'a str,
    kind: Kind<'a>,
}

/// How a statement names a caller: the caller itself, or only its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Account,
    Direct,
}

impl<'a> Principal<'a> {
    /// Reads a principal: `arn:aws:iam::ACCOUNT:root`, `…:user/NAME`, `…:role/NAME`,
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, `…:federated-user/NAME`, or `NAME.amazonaws.com`.
    ///
    /// # Errors
    /// [`Error::InvalidCaller`] for anything else, or more than [`PRINCIPAL_LEN_MAX`] bytes.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        if text.len() > PRINCIPAL_LEN_MAX {
            return Err(Error::InvalidCaller);
        }
        Self::recognize(text).ok_or(Error::InvalidCaller)
    }

    fn recognize(text: &'a str) -> Option<Self> {
        if let Some(name) = text.strip_suffix(".amazonaws.com") {
            let is_name = !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
            return is_name.then_some(Principal { text, partition: "", account: "", kind: Kind::Service });
        }
        let mut fields = text.splitn(6, ':');
        let (arn, partition, service) = (fields.next()?, fields.next()?, fields.next()?);
        let (region, account, resource) = (fields.next()?, fields.next()?, fields.next()?);
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        if arn != "arn" || partition.is_empty() || !region.is_empty() || !is_account {
            return None;
        }
        let kind = match (service, resource.split_once('/')) {
            ("iam", None) if resource == "root" => Kind::Root,
            ("iam", Some(("user" | "role", name))) if is_path(name) => Kind::Named,
            ("sts", Some(("federated-user", name))) if is_path(name) => Kind::Named,
            ("sts", Some(("assumed-role", rest))) => match rest.split_once('/') {
                Some((role, session)) if is_path(role) && is_path(session) && !session.contains('/') => {
                    Kind::Session { role }
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(Principal { text, partition, account, kind })
    }

    /// The ARN or name.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    pub(crate) fn is_service(&self) -> bool {
        self.kind == Kind::Service
    }

    pub(crate) fn is_root(&self) -> bool {
        self.kind == Kind::Root
    }

    pub(crate) fn is_in_partition(&self, realm: &Realm) -> bool {
        self.partition == realm.partition()
    }

    /// Whether the principal belongs to the account of this vault.
    pub(crate) fn is_of(&self, realm: &Realm) -> bool {
        !self.is_service() && self.is_in_partition(realm) && self.account == realm.account()
    }

    /// Whether a principal entry of a statement names this caller, and how (`policy-evaluation`, section 4).
    pub(crate) fn matched_by(&self, entry: &PrincipalEntry<'_>) -> Option<Level> {
        let account_level = || Some(if self.is_root() { Level::Direct } else { Level::Account });
        match entry {
            PrincipalEntry::Everyone => (!self.is_service()).then_some(Level::Direct),
            PrincipalEntry::Service(name) => {
                (self.is_service() && self.text == *name).then_some(Level::Direct)
            }
            _ if self.is_service() => None,
            PrincipalEntry::Account(account) if *account == self.account => account_level(),
            PrincipalEntry::Account(_) => None,
            PrincipalEntry::Arn(arn) if *arn == self.text => Some(Level::Direct),
            PrincipalEntry::Arn(arn) => {
                let named = Principal::recognize(arn)
                    .filter(|named| (named.partition, named.account) == (self.partition, self.account))?;
                match (named.kind, self.kind) {
                    (Kind::Root, _) => account_level(),
                    (Kind::Named, Kind::Session { role }) => {
                        let path = arn.splitn(6, ':').last()?.strip_prefix("role/")?;
                        (path.rsplit('/').next() == Some(role)).then_some(Level::Direct)
                    }
                    _ => None,
                }
            }
        }
    }
}

fn is_path(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-/:".contains(&b))
}

impl PrincipalEntry<'_> {
    /// Whether a key policy may name this (`policy-evaluation`, section 4, decisions).
    pub(super) fn is_valid(&self) -> bool {
        match self {
            PrincipalEntry::Everyone => true,
            PrincipalEntry::Account(account) => {
                account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
            }
            PrincipalEntry::Arn(arn) => Principal::parse(arn).is_ok_and(|principal| !principal.is_service()),
            PrincipalEntry::Service(name) => {
                Principal::parse(name).is_ok_and(|principal| principal.is_service())
            }
        }
    }
}

/// Who asks, and what is attached to them.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    pub(crate) principal: Principal<'a>,
    /// Compiled identity policies. There is no way to attach one yet, so the list is empty.
    pub(crate) identity_policies: &'a [&'a [u8]],
}

impl<'a> Caller<'a> {
    /// The caller with this principal, see [`Principal::parse`].
    ///
    /// # Errors
    /// [`Error::InvalidCaller`].
    ///
    /// # Security
    /// The vault believes whoever embeds it: the principal must have been authenticated before.
    pub fn new(principal: &'a str) -> Result<Self, Error> {
        Ok(Caller { principal: Principal::parse(principal)?, identity_policies: &[] })
    }

    /// Whether explanations of denials may be shown: to whom the default key policy would have admitted, which is the
    /// root user of the vault's own account.
    pub(crate) fn may_see_reasons(&self, realm: &Realm) -> bool {
        self.principal.is_root() && self.principal.is_of(realm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_covers_its_sessions_and_no_other_role() {
        let session = Principal::parse("arn:aws:sts::111122223333:assumed-role/App/one").unwrap();
        let level = |arn| session.matched_by(&PrincipalEntry::Arn(arn));
        assert_eq!(level("arn:aws:iam::111122223333:role/App"), Some(Level::Direct));
        assert_eq!(level("arn:aws:iam::111122223333:role/path/App"), Some(Level::Direct));
        assert_eq!(level("arn:aws:iam::111122223333:role/App2"), None);
        assert_eq!(level("arn:aws:iam::111122223333:user/App"), None);
        assert_eq!(level("arn:aws:iam::444455556666:role/App"), None);
        assert_eq!(level("arn:aws:sts::111122223333:assumed-role/App/two"), None);
        assert_eq!(level("arn:aws:iam::111122223333:root"), Some(Level::Account));
    }

    #[test]
    fn everyone_is_no_service() {
        let service = Principal::parse("s3.amazonaws.com").unwrap();
        assert_eq!(service.matched_by(&PrincipalEntry::Everyone), None);
        assert_eq!(service.matched_by(&PrincipalEntry::Service("s3.amazonaws.com")), Some(Level::Direct));
    }

    #[test]
    fn what_is_no_principal_is_no_caller() {
        for text in
            ["", "root", "*", "arn:aws:iam::1234:root", "arn:aws:iam::111122223333:group/g", ".amazonaws.com"]
        {
            assert_eq!(Caller::new(text).err(), Some(Error::InvalidCaller), "{text}");
        }
    }
}
