//! Principals: what policies name, and what a caller is.

use super::language::PrincipalEntry;
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
        let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if arn != "arn"
            || partition.is_empty()
            || !partition.bytes().all(is_word)
            || !region.is_empty()
            || !is_account
        {
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

    /// The account, or nothing for a service.
    pub(crate) fn account(&self) -> &'a str {
        self.account
    }

    /// The partition, or nothing for a service.
    pub(crate) fn partition(&self) -> &'a str {
        self.partition
    }

    pub(crate) fn is_service(&self) -> bool {
        self.kind == Kind::Service
    }

    /// For a session of a role: partition, account and role.
    pub(crate) fn session_role(&self) -> Option<(&'a str, &'a str, &'a str)> {
        match self.kind {
            Kind::Session { role } => Some((self.partition, self.account, role)),
            Kind::Root | Kind::Named | Kind::Service => None,
        }
    }

    /// What policies call this kind of principal (`aws:PrincipalType`).
    pub(crate) fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Root => "Account",
            Kind::Session { .. } => "AssumedRole",
            Kind::Service => "Service",
            Kind::Named if self.user_name().is_some() => "User",
            Kind::Named if self.text.contains(":federated-user/") => "FederatedUser",
            Kind::Named => "Role",
        }
    }

    /// The last part of a user's path.
    pub(crate) fn user_name(&self) -> Option<&'a str> {
        let path = self.text.splitn(6, ':').last()?.strip_prefix("user/")?;
        path.rsplit('/').next()
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
            // Only root users and roles stand for anybody but themselves.
            PrincipalEntry::Arn(arn) if !arn.ends_with(":root") && self.session_role().is_none() => None,
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

/// A name, with or without a path before it: what stands behind the last slash is the name.
fn is_path(name: &str) -> bool {
    !name.is_empty()
        && !name.ends_with('/')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-/:".contains(&b))
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
        assert_eq!(service.matched_by(&PrincipalEntry::Arn("s3.amazonaws.com")), None, "its name is no ARN");
    }

    #[test]
    fn every_kind_of_principal_has_the_name_that_policies_know() {
        for (text, name) in [
            ("arn:aws:iam::111122223333:root", "Account"),
            ("arn:aws:iam::111122223333:user/path/alice", "User"),
            ("arn:aws:iam::111122223333:role/App", "Role"),
            ("arn:aws:sts::111122223333:assumed-role/App/one", "AssumedRole"),
            ("arn:aws:sts::111122223333:federated-user/bob", "FederatedUser"),
            ("s3.amazonaws.com", "Service"),
        ] {
            assert_eq!(Principal::parse(text).unwrap().type_name(), name, "{text}");
        }
    }

    #[test]
    fn what_is_no_principal_is_no_caller() {
        for text in [
            "",
            "root",
            "*",
            ".amazonaws.com",
            "S3.amazonaws.com",
            "s3_x.amazonaws.com",
            "arn:aws:iam::111122223333",
            "arn:aws:iam::1234:root",
            "arn:aws:iam::11112222333a:root",
            "arn:aws:iam::11112222333\u{e9}:root",
            "xrn:aws:iam::111122223333:root",
            "arn::iam::111122223333:root",
            "arn:AWS:iam::111122223333:root",
            "arn:aws_x:iam::111122223333:root",
            "arn:aws:iam:us-east-1:111122223333:root",
            "arn:aws:sts::111122223333:root",
            "arn:aws:iam::111122223333:user",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:user/a b",
            "arn:aws:iam::111122223333:group/g",
            "arn:aws:sts::111122223333:user/alice",
            "arn:aws:sts::111122223333:federated-user/",
            "arn:aws:sts::111122223333:assumed-role/App",
            "arn:aws:sts::111122223333:assumed-role/App/",
            "arn:aws:sts::111122223333:assumed-role//one",
            "arn:aws:sts::111122223333:assumed-role/App/one/two",
        ] {
            assert_eq!(Principal::parse(text).err(), Some(Error::InvalidCaller), "{text}");
        }
    }

    #[test]
    fn every_form_of_principal_is_a_caller() {
        for text in [
            "s3.amazonaws.com",
            "my-2.service.amazonaws.com",
            "arn:aws-us-gov2:iam::111122223333:root",
            "arn:aws:iam::111122223333:user/team/A-b_c.d@e,f=g+h",
            "arn:aws:iam::111122223333:role/App",
            "arn:aws:sts::111122223333:federated-user/carol",
            "arn:aws:sts::111122223333:assumed-role/App/one",
        ] {
            assert_eq!(Principal::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_principal_has_512_bytes_at_most() {
        let start = "arn:aws:iam::111122223333:user/";
        let mut text = heapless::String::<513>::new();
        text.push_str(start).unwrap();
        while text.len() < PRINCIPAL_LEN_MAX {
            text.push('n').unwrap();
        }
        assert!(Principal::parse(&text).is_ok());
        text.push('n').unwrap();
        assert_eq!(Principal::parse(&text), Err(Error::InvalidCaller));
    }
}
