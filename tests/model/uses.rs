//! How much versions were used.

use super::answer::{Answer, Outcome, Under, Usage};
use super::may::{NOT_FOUND, check};
use super::state::Model;
use super::step::{KeyName, User};
use super::times::DAY;

impl Model {
    /// A version made a ciphertext or a MAC.
    pub fn count_sealing(&mut self, under: Under) {
        let uses = &mut self.keys[under.key].version_mut(under.version).uses;
        uses.sealings += 1;
        uses.last_ms = Some(self.times.wall_ms);
    }

    /// A version opened a ciphertext or verified a MAC.
    pub fn count_opening(&mut self, under: Under) {
        let uses = &mut self.keys[under.key].version_mut(under.version).uses;
        uses.openings += 1;
        uses.last_ms = Some(self.times.wall_ms);
    }

    pub fn retire_check(&mut self, by: User, name: KeyName, version: u32, within_days: u16) -> Outcome {
        check(version > 0)?;
        let number = self.manage(by, name, "ListKeyVersions")?;
        let key = &self.keys[number];
        if version > key.newest() {
            return Err(NOT_FOUND);
        }
        let uses = key.version(version).uses;
        let since = self.times.wall_ms - u64::from(within_days) * DAY;
        Ok(Answer::Usage(Usage {
            is_tracked: true,
            sealings: [uses.sealings; 2],
            openings: [uses.openings; 2],
            is_in_use: version == key.current || uses.last_ms.is_some_and(|last| last >= since),
        }))
    }
}
