//! An event of the log, as people and scripts read it.

use std::collections::BTreeMap;

use serde::Serialize;
use strongroom_std::audit::{PolicyKind, RecordedEvent, Touched, context_pairs};

use crate::instant::Instant;
use crate::output::hex;

/// An event, owned.
#[derive(Serialize)]
pub(super) struct Event {
    pub(super) sequence: u64,
    pub(super) time: Option<Instant>,
    request_id: String,
    revision: u64,
    pub(super) action: &'static str,
    principal: String,
    subject: Option<String>,
    key: Option<TouchedInJson>,
    source_key: Option<TouchedInJson>,
    dry_run: bool,
    /// `success`, or the name of the exception.
    pub(super) outcome: &'static str,
    reason: Option<String>,
    #[serde(skip)]
    reason_words: Option<String>,
    statement: Option<StatementInJson>,
    mismatch: Option<MismatchInJson>,
    detail: u64,
    deciding_grant: Option<String>,
    grant_id: Option<String>,
    repeats: Option<RepeatsInJson>,
    context: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct RepeatsInJson {
    first: String,
    count: u64,
    since: Option<Instant>,
}

#[derive(Serialize)]
struct TouchedInJson {
    key_id: String,
    version: u32,
}

#[derive(Serialize)]
struct StatementInJson {
    policy: &'static str,
    document: u8,
    statement: u16,
    sid: Option<String>,
}

#[derive(Serialize)]
struct MismatchInJson {
    element: &'static str,
    expected: String,
    found: String,
}

/// Over the columns of [`Event::row`].
pub(super) const fn headings() -> [&'static str; 6] {
    ["ENTRY", "TIME", "ACTION", "CALLER", "OUTCOME", "ABOUT"]
}

impl Event {
    pub(super) fn of(sequence: u64, event: &RecordedEvent<'_>) -> Self {
        let touched =
            |touched: Touched| TouchedInJson { key_id: touched.key_id.to_string(), version: touched.version };
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let pairs = if event.context.is_empty() { None } else { Some(context_pairs(event.context)) };
        let pairs = pairs.into_iter().flatten().flatten();
        Event {
            sequence,
            time: event.time_ms.map(Instant),
            request_id: hex(&event.request_id),
            revision: event.revision,
            action: event.action.name(),
            principal: event.principal.to_owned(),
            subject: some(event.subject),
            key: event.key.map(touched),
            source_key: event.source_key.map(touched),
            dry_run: event.dry_run,
            outcome: event.error_code.unwrap_or("success"),
            reason: event.reason.map(|reason| format!("{reason:?}")),
            reason_words: event.reason.map(|reason| reason.to_string()),
            statement: event.decider.map(|decider| StatementInJson {
                policy: match decider.policy {
                    PolicyKind::Key => "key",
                    PolicyKind::Identity => "identity",
                    PolicyKind::Grant => "grant",
                    PolicyKind::None => "none",
                },
                document: decider.document,
                statement: decider.statement,
                sid: some(event.sid),
            }),
            mismatch: event.mismatch.map(|mismatch| MismatchInJson {
                element: mismatch.element,
                expected: mismatch.expected.to_owned(),
                found: mismatch.found.to_owned(),
            }),
            detail: event.detail,
            deciding_grant: event.deciding_grant.map(|grant| grant.to_string()),
            grant_id: event.grant_id.map(|grant| grant.to_string()),
            repeats: event.repeats.map(|repeats| RepeatsInJson {
                first: hex(&repeats.first),
                count: repeats.count,
                since: repeats.since_ms.map(Instant),
            }),
            context: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    /// Who asked, as short as it is clear.
    pub(super) fn who(&self) -> String {
        let name = self.principal.splitn(6, ':').nth(5);
        name.unwrap_or(&self.principal).to_owned()
    }

    /// The key or the name that it was about.
    pub(super) fn about(&self) -> String {
        let key = self.key.as_ref().map(|key| key.key_id.clone());
        let dry_run = self.dry_run.then(|| "dry run".to_owned());
        let repeated = self.repeats.as_ref().map(|repeats| format!("repeated {} times", repeats.count));
        [key, self.subject.clone(), dry_run, repeated].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// All of it, for people.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("entry", self.sequence.to_string()),
            ("time", self.time.map_or_else(|| "-".to_owned(), |time| time.to_string())),
            ("action", self.action.to_owned()),
            ("outcome", self.outcome.to_owned()),
            ("caller", self.principal.clone()),
        ];
        let mut add = |label, text: Option<String>| facts.extend(text.map(|text| (label, text)));
        add("reason", self.reason_words.clone());
        add(
            "statement",
            self.statement.as_ref().map(|statement| {
                let sid = statement.sid.as_ref().map(|sid| format!(" (Sid \"{sid}\")")).unwrap_or_default();
                let document = match statement.policy {
                    "identity" => format!("identity policy {}", statement.document),
                    _ => "the key policy".to_owned(),
                };
                format!("{} of {document}{sid}", statement.statement)
            }),
        );
        add(
            "mismatch",
            self.mismatch.as_ref().map(|mismatch| {
                format!("{}: expected {}, found {}", mismatch.element, mismatch.expected, mismatch.found)
            }),
        );
        let touched = |touched: &TouchedInJson| match touched.version {
            0 => touched.key_id.clone(),
            version => format!("{} version {version}", touched.key_id),
        };
        add("key", self.key.as_ref().map(touched));
        add("source key", self.source_key.as_ref().map(touched));
        add("subject", self.subject.clone());
        add("dry run", self.dry_run.then(|| "yes".to_owned()));
        add("allowed by grant", self.deciding_grant.clone());
        add("grant", self.grant_id.clone());
        add(
            "repeats",
            self.repeats.as_ref().map(|repeats| {
                let since = repeats.since.map(|since| format!(" since {since}")).unwrap_or_default();
                format!("request {}, {} times{since}", repeats.first, repeats.count)
            }),
        );
        let context: Vec<String> =
            self.context.iter().map(|(name, value)| format!("{name}={value}")).collect();
        add("context", Some(context.join(", ")).filter(|context| !context.is_empty()));
        add("detail", Some(self.detail.to_string()).filter(|_| self.detail != 0));
        add("request", Some(self.request_id.clone()));
        add("revision", Some(self.revision.to_string()));
        facts
    }
}
