//! The record of a line of the usage ledger.

use super::bytes::{Malformed, Reader, Writer};
use super::key_record::{UNKNOWN_TIME, content, time};
use crate::error::Error;
use crate::key::KeyId;
use crate::limits::{PADDING, SEALINGS_PER_VERSION_MAX};
use crate::policy::Action;
use crate::usage::{BudgetEnd, Counted, LastUse, UsageBudget, UsageLine};

/// The type of a ledger record.
pub(crate) const USAGE: u8 = 8;
const FORMAT: u8 = 1;
const CONTENT_LEN: u32 = 104;
/// An action where there was no use.
const NO_ACTION: u8 = 255;

/// Length of the plaintext of a ledger record, padded.
pub(crate) const USAGE_RECORD_LEN: usize = (4 + 104usize).next_multiple_of(PADDING);

impl UsageLine {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.u32(CONTENT_LEN);
        writer.put(&[USAGE, FORMAT]);
        writer.put(self.key_id.as_bytes());
        writer.u32(self.version);
        writer.u64(self.since_ms.unwrap_or(UNKNOWN_TIME));
        for Counted { most, unsure } in [self.sealing, self.opening] {
            writer.u64(most);
            writer.u64(unsure);
        }
        writer.u64(self.last.and_then(|last| last.time_ms).unwrap_or(UNKNOWN_TIME));
        writer.u8(self.last.map_or(NO_ACTION, |last| last.operation.number()));
        writer.put(&self.last.map_or([0; 16], |last| last.request_id));
        writer.u64(self.until_ms);
        writer.u64(self.budget.map_or(0, |budget| budget.sealings));
        writer.u8(match self.budget.map(|budget| budget.end) {
            None => 0,
            Some(BudgetEnd::Rotate) => 1,
            Some(BudgetEnd::Refuse) => 2,
        });
        writer.pad(PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [USAGE, FORMAT] {
            return Err(Malformed);
        }
        let key_id = KeyId::from_bytes(reader.array()?);
        let version = reader.u32()?;
        let since_ms = time(reader.u64()?);
        let counted = |reader: &mut Reader<'_>| {
            let (most, unsure) = (reader.u64()?, reader.u64()?);
            if unsure > most { Err(Malformed) } else { Ok(Counted { most, unsure }) }
        };
        let (sealing, opening) = (counted(&mut reader)?, counted(&mut reader)?);
        let (time_ms, action, request_id) = (time(reader.u64()?), reader.u8()?, reader.array()?);
        let last = match (action, time_ms, request_id) {
            (NO_ACTION, None, request_id) if request_id == [0; 16] => None,
            (NO_ACTION, ..) => return Err(Malformed),
            (number, time_ms, request_id) => {
                let operation = Action::from_number(number).ok_or(Malformed)?;
                Some(LastUse { operation, time_ms, request_id })
            }
        };
        let until_ms = reader.u64()?;
        let budget = match (reader.u64()?, reader.u8()?) {
            (0, 0) => None,
            (sealings, end) if (1..=SEALINGS_PER_VERSION_MAX).contains(&sealings) && version == 0 => {
                let end = match end {
                    1 => BudgetEnd::Rotate,
                    2 => BudgetEnd::Refuse,
                    _ => return Err(Malformed),
                };
                Some(UsageBudget { sealings, end })
            }
            _ => return Err(Malformed),
        };
        reader.end()?;
        let line = UsageLine { key_id, version, since_ms, sealing, opening, last, until_ms, budget };
        // Only what is unsure needs a bound.
        if !line.is_unsure() && until_ms != 0 { Err(Malformed) } else { Ok(line) }
    }
}
