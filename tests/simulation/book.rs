use std::collections::BTreeMap;

use strongroom_core::audit::{Entry, RecordedEvent, split_event};
use strongroom_core::platform::AuditSink;

use crate::model::step::Ask;
use crate::world::Log;

/// What changes something, by the names of its events.
const CHANGES: [&str; 36] = [
    "CreateKey",
    "EnableKey",
    "DisableKey",
    "UpdateKeyDescription",
    "PutKeyPolicy",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
    "ConfirmKeyDeletion",
    "RotateKeyOnDemand",
    "EnableKeyRotation",
    "DisableKeyRotation",
    "ScheduleKeyRotation",
    "CreateKeyVersion",
    "RevokeKeyVersion",
    "RestoreKeyVersion",
    "ScheduleKeyVersionDestruction",
    "CancelKeyVersionDestruction",
    "ConfirmKeyVersionDestruction",
    "GetParametersForImport",
    "ImportKeyMaterial",
    "DeleteImportedKeyMaterial",
    "CreateAlias",
    "UpdateAlias",
    "DeleteAlias",
    "TagResource",
    "UntagResource",
    "CreateGrant",
    "RevokeGrant",
    "RetireGrant",
    "PutCaller",
    "DeleteCaller",
    "PutQuotas",
    "PutUsageBudget",
    "CreateAccessKey",
    "UpdateAccessKey",
    "DeleteAccessKey",
];

/// Which changes were made, and which of them stand in the audit log.
#[derive(Debug, Default)]
pub struct Book {
    made: BTreeMap<String, u64>,
    /// Of these, what was committed: its event stands in the manifest until the log has it.
    committed: BTreeMap<String, u64>,
    recorded: BTreeMap<String, u64>,
    /// A request that changed nothing and whose answer was withheld, since its event could not be flushed. The event may
    /// have reached the log all the same.
    withheld: Option<String>,
    next_sequence: u64,
}

impl Book {
    /// A change was made: it was acknowledged, or was found to be there.
    pub fn note(&mut self, ask: &Ask, is_committed: bool) {
        let name = name_of(ask);
        if CHANGES.contains(&name.as_str()) {
            *self.committed.entry(name.clone()).or_default() += u64::from(is_committed);
            *self.made.entry(name).or_default() += 1;
        }
    }

    /// An answer was withheld for the log's sake, and nothing was committed.
    pub fn note_withheld(&mut self, ask: &Ask) {
        self.withheld = Some(name_of(ask));
    }

    /// Whether the log has one change of this name more than is known of.
    pub fn has_one_more(&mut self, ask: &Ask, log: &Log) -> bool {
        let _ = self.read(log);
        let name = name_of(ask);
        let count = |map: &BTreeMap<String, u64>| map.get(&name).copied().unwrap_or_default();
        count(&self.recorded) > count(&self.made)
    }

    /// Reads on in the log, and compares. What was made is recorded once, and nothing else is; a log that is `batched` may
    /// lose what changed nothing.
    pub fn check(&mut self, log: &Log, is_batched: bool) -> Result<(), String> {
        self.read(log)?;
        if let Some(name) = self.withheld.take()
            && self.recorded.get(&name) > Some(self.made.get(&name).unwrap_or(&0))
        {
            *self.made.entry(name).or_default() += 1;
        }
        let of = |map: &BTreeMap<String, u64>, name: &str| map.get(name).copied().unwrap_or_default();
        let least = if is_batched { &self.committed } else { &self.made };
        let is_wrong =
            |name: &&str| !(of(least, name)..=of(&self.made, name)).contains(&of(&self.recorded, name));
        let Some(name) = CHANGES.into_iter().find(is_wrong) else { return Ok(()) };
        let [made, committed, recorded] =
            [&self.made, &self.committed, &self.recorded].map(|map| of(map, name));
        Err(format!("{name}: {made} done, {committed} of them committed, {recorded} in the audit log"))
    }

    fn read(&mut self, log: &Log) -> Result<(), String> {
        let (mut next, mut wrong) = (self.next_sequence, None);
        let scanned = log.scan(self.next_sequence, &mut |bytes| {
            let entry = Entry::read(bytes).unwrap();
            next = entry.sequence + 1;
            let mut left = entry.events;
            while let Some((bytes, rest)) = split_event(left) {
                let event = RecordedEvent::read(bytes).unwrap();
                left = rest;
                let name = event.action.name();
                if name == "LogTruncated" {
                    wrong = Some("the vault takes its log for cut off".to_owned());
                }
                if event.error_code.is_none() && event.principal != "vault" && CHANGES.contains(&name) {
                    *self.recorded.entry(name.to_owned()).or_default() += 1;
                }
            }
            true
        });
        self.next_sequence = next;
        if scanned.is_err() {
            wrong = Some("the log cannot be read".to_owned());
        }
        wrong.map_or(Ok(()), Err)
    }
}

/// The name of a request's event.
fn name_of(ask: &Ask) -> String {
    match ask {
        Ask::RetireGrantByToken { .. } => "RetireGrant".to_owned(),
        Ask::DisableAccessKey { .. } => "UpdateAccessKey".to_owned(),
        ask => ask.name(),
    }
}
