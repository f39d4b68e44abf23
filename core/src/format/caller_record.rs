//! The record of a named caller.

use super::bytes::{Malformed, Reader, Writer};
use super::key_record::{UNKNOWN_TIME, content, time, write_padded};
use crate::caller::StoredCaller;
use crate::error::Error;
use crate::limits::PADDING;

/// The type of a caller record, in its name, its owner and its first byte.
pub(crate) const CALLER: u8 = 5;
const FORMAT: u8 = 1;

/// A caller record to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallerRecord<'a> {
    pub(crate) name: &'a str,
    pub(crate) principal: &'a str,
    pub(crate) written_ms: Option<u64>,
    pub(crate) tags: &'a [(&'a str, &'a str)],
    pub(crate) identity_policies: &'a [&'a [u8]],
}

impl CallerRecord<'_> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        write_padded(buffer, &|writer| self.write_content(writer))
    }

    /// How long the plaintext is.
    pub(crate) fn padded_len(&self) -> usize {
        let mut measure = Writer::new(&mut []);
        // Lengths that do not fit are refused when it is written.
        let _ = self.write_content(&mut measure);
        measure.written().saturating_add(4).next_multiple_of(PADDING)
    }

    fn write_content(&self, writer: &mut Writer<'_>) -> Result<(), Error> {
        writer.put(&[CALLER, FORMAT]);
        writer.u64(self.written_ms.unwrap_or(UNKNOWN_TIME));
        writer.string(self.name.as_bytes())?;
        writer.string(self.principal.as_bytes())?;
        writer.u8(u8::try_from(self.tags.len()).map_err(|_| Error::LimitExceeded)?);
        for (name, value) in self.tags {
            writer.string(name.as_bytes())?;
            writer.string(value.as_bytes())?;
        }
        writer.u8(u8::try_from(self.identity_policies.len()).map_err(|_| Error::LimitExceeded)?);
        for policy in self.identity_policies {
            writer.u32(u32::try_from(policy.len()).map_err(|_| Error::LimitExceeded)?);
            writer.put(policy);
        }
        Ok(())
    }
}

/// Reads a record's plaintext.
pub(crate) fn read(plaintext: &[u8]) -> Result<StoredCaller<'_>, Malformed> {
    read_content(content(plaintext)?)
}

fn read_content(mut reader: Reader<'_>) -> Result<StoredCaller<'_>, Malformed> {
    if reader.array()? != [CALLER, FORMAT] {
        return Err(Malformed);
    }
    let written_ms = time(reader.u64()?);
    let mut caller = StoredCaller::new(reader.text()?, reader.text()?, written_ms);
    for _ in 0..reader.u8()? {
        caller.push_tag(reader.text()?, reader.text()?)?;
    }
    for _ in 0..reader.u8()? {
        let len = usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
        caller.push_policy(reader.take(len)?)?;
    }
    reader.end()?;
    Ok(caller)
}
