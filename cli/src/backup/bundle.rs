//! What is in a bundle, for people and for scripts.

use serde::Serialize;
use strongroom_std::BundleSummary;

use crate::instant::Instant;
use crate::output::hex;

/// What is in a bundle.
#[derive(Serialize)]
pub(super) struct BundleInJson {
    bundle_id: String,
    vault_id: String,
    revision: u64,
    made: Option<Instant>,
    records: u64,
    keys: u64,
    versions: u64,
    opened: u64,
    without_material: u64,
    grants: u64,
    aliases: u64,
    callers: u64,
    left_out: u64,
}

impl BundleInJson {
    pub(super) fn of(summary: &BundleSummary) -> Self {
        BundleInJson {
            bundle_id: hex(&summary.bundle_id),
            vault_id: hex(&summary.vault_id),
            revision: summary.revision,
            made: summary.made_ms.map(Instant),
            records: summary.records,
            keys: summary.keys,
            versions: summary.versions,
            opened: summary.opened,
            without_material: summary.without_material,
            grants: summary.grants,
            aliases: summary.aliases,
            callers: summary.callers,
            left_out: summary.left_out,
        }
    }

    /// The same in words.
    pub(super) fn words(&self, name: &str) -> String {
        let made = self.made.map_or_else(|| "without a date".to_owned(), |made| format!("of {made}"));
        let mut words = format!(
            "{name}: bundle {} {made}, revision {}\n{}, {}, {}, {}\n{} of {} open",
            self.bundle_id,
            self.revision,
            count(self.keys, "key", "keys"),
            count(self.aliases, "alias", "aliases"),
            count(self.grants, "grant", "grants"),
            count(self.callers, "caller", "callers"),
            self.opened,
            count(self.versions, "version", "versions"),
        );
        if self.without_material > 0 {
            words +=
                &format!("; {} without material: destroyed, expired, or not imported", self.without_material);
        }
        if self.left_out > 0 {
            words +=
                &format!("\nleft out: {}, whose destruction has begun", count(self.left_out, "key", "keys"));
        }
        words
    }
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
