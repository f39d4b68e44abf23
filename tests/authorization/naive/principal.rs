//! Who asks, and who is named (section 4).

use super::super::json::Json;

/// A caller, or an entry of a policy that names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Principal {
    Service(String),
    Aws {
        partition: String,
        account: String,
        /// `root`, `user/…`, `role/…`, `assumed-role/…` or `federated-user/…`.
        name: String,
    },
}

/// How an entry names a caller; the higher wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Account,
    Direct,
}

impl Principal {
    pub(super) fn read(text: &str) -> Option<Principal> {
        if text.len() > 512 {
            return None;
        }
        if let Some(name) = text.strip_suffix(".amazonaws.com") {
            let is_name = name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-' | '.'));
            return (is_name && !name.is_empty()).then(|| Principal::Service(text.to_string()));
        }
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, "", account, name] = fields[..] else { return None };
        let is_partition =
            !partition.is_empty() && partition.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'));
        let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-/:".contains(c));
        let is_named = match (service, name.split('/').collect::<Vec<_>>().as_slice()) {
            ("iam", ["root"]) => true,
            ("iam", ["user" | "role", .., name]) | ("sts", ["federated-user", .., name]) => !name.is_empty(),
            ("sts", ["assumed-role", role, session]) => !role.is_empty() && !session.is_empty(),
            _ => false,
        };
        (is_partition && is_account && is_plain && is_named).then(|| Principal::Aws {
            partition: partition.to_string(),
            account: account.to_string(),
            name: name.to_string(),
        })
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self, Principal::Aws { name, .. } if name == "root")
    }

    /// How a value of `Principal` or `NotPrincipal` names this caller.
    pub(super) fn level(&self, value: &Json) -> Option<Level> {
        if value.as_text() == Some("*") {
            return self.level_of("AWS", "*");
        }
        let entries = value.members().iter().flat_map(|(kind, entries)| {
            entries.one_or_many().into_iter().map(move |entry| (kind.as_str(), entry.as_text().unwrap()))
        });
        entries.filter_map(|(kind, entry)| self.level_of(kind, entry)).max()
    }

    fn level_of(&self, kind: &str, entry: &str) -> Option<Level> {
        let Principal::Aws { partition, account, name } = self else {
            let is_named = kind == "Service" && *self == Principal::read(entry).unwrap();
            return is_named.then_some(Level::Direct);
        };
        if kind == "Service" {
            return None;
        }
        if entry == "*" {
            return Some(Level::Direct);
        }
        let of_account = if self.is_root() { Level::Direct } else { Level::Account };
        match Principal::read(entry) {
            None => (entry == account).then_some(of_account),
            Some(Principal::Aws { partition: their_partition, account: their_account, name: their_name }) => {
                if (&their_partition, &their_account) != (partition, account) {
                    None
                } else if their_name == "root" {
                    Some(of_account)
                } else if their_name == *name {
                    Some(Level::Direct)
                } else {
                    is_session_of(name, &their_name).then_some(Level::Direct)
                }
            }
            Some(Principal::Service(_)) => None,
        }
    }
}

/// `assumed-role/NAME/SESSION` is a session of `role/PATH/NAME`.
fn is_session_of(session: &str, role: &str) -> bool {
    let session: Vec<&str> = session.split('/').collect();
    let role: Vec<&str> = role.split('/').collect();
    session[0] == "assumed-role" && role[0] == "role" && role.last() == Some(&session[1])
}
