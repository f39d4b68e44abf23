use core::fmt;

use crate::error::{Error, Parameter};
use crate::limits::GRANT_ID_TEXT_LEN_MAX;
use crate::platform::Entropy;

/// Thirty-two bytes that name a grant; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantId([u8; 32]);

/// How many bytes of an id say where the grant lies.
pub(crate) const PLACE_LEN: usize = 15;

impl GrantId {
    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        GrantId(bytes)
    }

    /// The bytes of the id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses 64 lower-case hexadecimal digits, and nothing else.
    ///
    /// # Errors
    /// [`Error::Validation`]: nothing, or more than [`GRANT_ID_TEXT_LEN_MAX`] bytes. [`Error::InvalidGrantId`]: anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if !(1..=GRANT_ID_TEXT_LEN_MAX).contains(&text.len()) {
            return Err(Error::Validation(Parameter::GrantId));
        }
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte.wrapping_sub(b'0')),
            b'a'..=b'f' => Ok(byte.wrapping_sub(b'a').wrapping_add(10)),
            _ => Err(Error::InvalidGrantId),
        };
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| Error::InvalidGrantId)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
            let [high, low] = *pair;
            *byte = digit(high)? << 4 | digit(low)?;
        }
        Ok(GrantId(bytes))
    }

    /// A new id for a grant whose grantee has this hash.
    pub(crate) fn draw(grantee: [u8; 7], entropy: &impl Entropy) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes).map_err(|_| Error::Entropy)?;
        for (to, from) in bytes.iter_mut().zip(grantee) {
            *to = from;
        }
        // A walk starts behind the address with zeros there.
        if bytes.iter().skip(7).take(8).all(|byte| *byte == 0) {
            return Err(Error::Entropy);
        }
        Ok(GrantId(bytes))
    }

    /// The id of the same grant where its grantee has this hash.
    pub(crate) fn moved(&self, grantee: [u8; 7]) -> Self {
        let mut bytes = self.0;
        for (to, from) in bytes.iter_mut().zip(grantee) {
            *to = from;
        }
        GrantId(bytes)
    }

    /// The part that says where the grant lies.
    pub(crate) fn place(&self) -> [u8; PLACE_LEN] {
        let mut place = [0; PLACE_LEN];
        for (to, from) in place.iter_mut().zip(self.0) {
            *to = from;
        }
        place
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_it_prints_and_in_no_other_spelling() {
        let id = GrantId::from_bytes(core::array::from_fn(|at| 0xf0 ^ u8::try_from(at).unwrap()));
        let mut text = heapless::String::<64>::new();
        fmt::write(&mut text, format_args!("{id}")).unwrap();
        assert_eq!(GrantId::parse(&text), Ok(id));
        let capitals: heapless::String<64> = text.chars().map(|digit| digit.to_ascii_uppercase()).collect();
        for wrong in ["0", &text[1..], &capitals] {
            assert_eq!(GrantId::parse(wrong), Err(Error::InvalidGrantId), "{wrong}");
        }
    }
}
