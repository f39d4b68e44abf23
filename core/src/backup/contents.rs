//! What stands in the first and in the last segment of a bundle.

use crate::error::Error;
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::format::manifest::{Manifest, Timers};
use crate::limits::PADDING;
use crate::realm::Realm;
use crate::secret::Secret;

const FORMAT: u8 = 1;

/// What a vault knows of itself and takes with it: who it is to others, the ids of its material, and its time. Not its keys
/// for names, tokens and the log, which the vault that is made of the bundle draws anew.
pub(crate) struct VaultFacts {
    pub(crate) realm: Realm,
    pub(crate) material_id_key: Secret<32>,
    pub(crate) clock_mark_ms: u64,
    pub(crate) timers: Timers,
    pub(crate) due_day: u32,
}

/// What the end mark says: how much there is before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EndMark {
    pub(crate) records: u64,
    pub(crate) keys: u64,
    pub(crate) versions: u64,
    /// Keys whose destruction has begun.
    pub(crate) left_out: u64,
}

impl VaultFacts {
    /// Writes those of a vault whose timers stand so, padded.
    pub(crate) fn write_of(manifest: &Manifest, timers: &Timers, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.put(&[FORMAT, u8::from(timers.is_epoch)]);
        for text in [manifest.realm.partition(), manifest.realm.account(), manifest.realm.region()] {
            writer.string(text.as_bytes())?;
        }
        manifest.material_id_key.expose(|key| writer.put(key));
        writer.u64(manifest.clock_mark_ms);
        writer.u64(timers.timer_ms);
        writer.u64(timers.observed_ms);
        writer.u64(timers.mounts_added_ms);
        writer.u32(manifest.due_day);
        writer.pad(PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(plaintext);
        let [format, flags] = reader.array()?;
        if format != FORMAT || flags > 1 {
            return Err(Malformed);
        }
        let realm =
            Realm::new(reader.text()?, reader.text()?, reader.text()?).map_err(|_: Error| Malformed)?;
        let mut material_id_key = Secret::zeroed();
        let bytes = reader.take(32)?;
        material_id_key.fill_with(|key| key.copy_from_slice(bytes));
        let clock_mark_ms = reader.u64()?;
        let timers = Timers {
            timer_ms: reader.u64()?,
            observed_ms: reader.u64()?,
            mounts_added_ms: reader.u64()?,
            is_epoch: flags == 1,
        };
        let due_day = reader.u32()?;
        reader.end_padded()?;
        Ok(VaultFacts { realm, material_id_key, clock_mark_ms, timers, due_day })
    }
}

impl EndMark {
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.put(&[FORMAT]);
        for count in [self.records, self.keys, self.versions, self.left_out] {
            writer.u64(count);
        }
        writer.pad(PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(plaintext);
        if reader.u8()? != FORMAT {
            return Err(Malformed);
        }
        let mark = EndMark {
            records: reader.u64()?,
            keys: reader.u64()?,
            versions: reader.u64()?,
            left_out: reader.u64()?,
        };
        reader.end_padded()?;
        Ok(mark)
    }
}
