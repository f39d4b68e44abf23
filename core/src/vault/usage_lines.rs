//! Lines of the ledger: what of them is stored, and what the next commit makes of them.

use heapless::Vec;

use super::Snapshot;
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::usage_record::USAGE_RECORD_LEN;
use crate::key::KeyId;
use crate::platform::Platform;
use crate::usage::{Rest, UsageLine};

/// A commit writes the lines of so many versions, and those of their keys.
pub(super) const VERSIONS_PER_COMMIT: usize = 2;

/// The lines that one commit writes.
pub(super) struct Lines(pub(super) Vec<UsageLine, { 2 * VERSIONS_PER_COMMIT }>);

impl Lines {
    /// The line of a version, or of a key, as it is to be written.
    pub(super) fn line<P: Platform>(
        &mut self,
        platform: &P,
        snapshot: &Snapshot<P::Primitives>,
        key_id: &KeyId,
        version: u32,
        since_ms: Option<u64>,
    ) -> Result<&mut UsageLine, Error> {
        let at = match self.known_or_stored(platform, snapshot, key_id, version)? {
            Some(at) => at,
            None => self.push(UsageLine::new(*key_id, version, since_ms))?,
        };
        self.0.get_mut(at).ok_or(Error::Bug)
    }

    fn known_or_stored<P: Platform>(
        &mut self,
        platform: &P,
        snapshot: &Snapshot<P::Primitives>,
        key_id: &KeyId,
        version: u32,
    ) -> Result<Option<usize>, Error> {
        let known = self.0.iter().position(|line| line.key_id == *key_id && line.version == version);
        match known {
            Some(at) => Ok(Some(at)),
            None => read_line(platform, snapshot, key_id, version)?.map(|line| self.push(line)).transpose(),
        }
    }

    fn push(&mut self, line: UsageLine) -> Result<usize, Error> {
        self.0.push(line).map_err(|_| Error::Bug)?;
        Ok(self.0.len().saturating_sub(1))
    }

    /// What came back was granted out of lines that were durable then: where one is missing, its key is gone.
    pub(super) fn give_back<P: Platform>(
        &mut self,
        platform: &P,
        snapshot: &Snapshot<P::Primitives>,
        rest: &Rest,
    ) -> Result<(), Error> {
        for version in [rest.version, 0] {
            let at = self.known_or_stored(platform, snapshot, &rest.key_id, version)?;
            if let Some(line) = at.and_then(|at| self.0.get_mut(at)) {
                line.give_back(rest);
            }
        }
        Ok(())
    }
}

/// Reads a line; `None` if nothing was ever counted.
pub(super) fn read_line<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    key_id: &KeyId,
    version: u32,
) -> Result<Option<UsageLine>, Error> {
    let address = snapshot.keys.names.usage(&snapshot.keys.names.owner(key_id), version);
    let mut buffer = [0; USAGE_RECORD_LEN + sr1::OVERHEAD];
    let Some(plaintext) = snapshot.view(platform.storage()).record(&address, &mut buffer)? else {
        return Ok(None);
    };
    let line = UsageLine::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
    if line.key_id != *key_id || line.version != version {
        return Err(Error::Damaged(Part::Record));
    }
    Ok(Some(line))
}
