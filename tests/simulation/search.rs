//! Looking for secrets wherever a vault leaves anything.

use super::run::Simulation;

impl Simulation<'_, '_> {
    /// An answer, or what is said of an error, in words.
    pub fn search_text(&mut self, text: &str) {
        self.tally.searched += text.len() as u64;
        if let Some(part) = self.world.canaries.find_in_text(text) {
            self.leak.get_or_insert(format!("{part:02x?} of a secret in an answer: {text}"));
        }
    }

    /// What lies on the medium, in the log, and in the hands of callers.
    pub fn search_bytes(&mut self) {
        let (image, entries) = (self.world.storage.image(), self.world.log.entries());
        let blobs = image.blobs.values().map(|blob| (&blob[..], "on the medium"));
        let entries = entries.values().map(|entry| (entry.as_slice(), "in the log"));
        let handed_out = self.real.handed_out().map(|bytes| (bytes, "in what was handed out"));
        for (bytes, place) in blobs.chain(entries).chain(handed_out) {
            self.tally.searched += bytes.len() as u64;
            if let Some(start) = self.world.canaries.find(bytes) {
                self.leak
                    .get_or_insert(format!("eight bytes of a secret {place}, at {start} of {bytes:02x?}"));
            }
        }
    }
}
