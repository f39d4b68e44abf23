//! The topics of `strongroom help`, each a text beside this file.

const TOPICS: [(&str, &str); 11] = [
    ("vault", include_str!("topics/vault.txt")),
    ("slots", include_str!("topics/slots.txt")),
    ("keys", include_str!("topics/keys.txt")),
    ("callers", include_str!("topics/callers.txt")),
    ("context", include_str!("topics/context.txt")),
    ("files", include_str!("topics/files.txt")),
    ("audit-log", include_str!("topics/audit-log.txt")),
    ("keys-as-code", include_str!("topics/keys-as-code.txt")),
    ("backups", include_str!("topics/backups.txt")),
    ("json", include_str!("topics/json.txt")),
    ("exit-status", include_str!("topics/exit-status.txt")),
];

/// The text of a topic.
pub(super) fn text(name: &str) -> Option<&'static str> {
    TOPICS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names of the topics.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TOPICS.iter().map(|(name, _)| *name)
}
