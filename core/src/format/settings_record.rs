//! The settings of the vault, and what it counts because of them.

use super::bytes::{Malformed, Reader, Writer};
use super::key_record::content;
use crate::error::Error;
use crate::key::KeyId;
use crate::limits::PADDING;
use crate::quota::{Quotas, RequestRates};

/// The type of the settings record, and of the record that counts a key's grants.
pub(crate) const SETTINGS: u8 = 10;
const FORMAT: u8 = 1;
/// A quota or a count that is not there.
const NONE: u32 = u32::MAX;

/// Length of the plaintext of a settings record, padded.
pub(crate) const SETTINGS_RECORD_LEN: usize = (4 + 74usize).next_multiple_of(PADDING);
/// Length of the plaintext of a count of grants, padded.
pub(crate) const GRANT_COUNT_LEN: usize = PADDING;

/// The settings of the vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) quotas: Quotas,
    /// How many keys there are; counted only while their number is bounded.
    pub(crate) keys: u32,
    /// The revision since which the grants of keys are counted.
    pub(crate) grants_since: u64,
}

impl Settings {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let quotas = &self.quotas;
        let mut writer = Writer::new(buffer);
        writer.u32(74);
        writer.put(&[SETTINGS, FORMAT]);
        for quota in [
            quotas.keys,
            quotas.aliases_per_key,
            quotas.grants_per_key,
            quotas.on_demand_rotations_per_key,
            quotas.tags_per_key,
        ] {
            writer.u32(quota.unwrap_or(NONE));
        }
        for rate in quotas.request_rates.numbers() {
            writer.u32(*rate);
        }
        writer.u32(self.keys);
        writer.u64(self.grants_since);
        writer.pad(PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [SETTINGS, FORMAT] {
            return Err(Malformed);
        }
        let quota = |reader: &mut Reader<'_>| Ok(Some(reader.u32()?).filter(|quota| *quota != NONE));
        let (keys, aliases_per_key) = (quota(&mut reader)?, quota(&mut reader)?);
        let (grants_per_key, on_demand_rotations_per_key) = (quota(&mut reader)?, quota(&mut reader)?);
        let tags_per_key = quota(&mut reader)?;
        let mut rates = [0; 10];
        for rate in &mut rates {
            *rate = reader.u32()?;
        }
        let request_rates = RequestRates::from_numbers(rates);
        let quotas = Quotas {
            keys,
            aliases_per_key,
            grants_per_key,
            on_demand_rotations_per_key,
            tags_per_key,
            request_rates,
        };
        let settings = Settings { quotas, keys: reader.u32()?, grants_since: reader.u64()? };
        reader.end()?;
        Ok(settings)
    }
}

/// How many grants a key has, counted since a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GrantCount {
    pub(crate) key_id: KeyId,
    pub(crate) since: u64,
    pub(crate) grants: u32,
}

impl GrantCount {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.u32(30);
        writer.put(&[SETTINGS, FORMAT]);
        writer.put(self.key_id.as_bytes());
        writer.u64(self.since);
        writer.u32(self.grants);
        writer.pad(PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [SETTINGS, FORMAT] {
            return Err(Malformed);
        }
        let count = GrantCount {
            key_id: KeyId::from_bytes(reader.array()?),
            since: reader.u64()?,
            grants: reader.u32()?,
        };
        reader.end()?;
        Ok(count)
    }
}
