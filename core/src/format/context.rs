//! The encryption context and its one canonical form.

use super::bytes::{Malformed, Reader};
use crate::error::{Error, Parameter};
use crate::limits::{CONTEXT_LEN_MAX, CONTEXT_PAIRS_MAX};

/// A checked encryption context: name and value pairs, and the order that makes them canonical.
///
/// Canonical form: `u16 count ‖ pairs sorted by name bytes, each u16 length ‖ name ‖ u16 length ‖ value`. It is
/// injective: two contexts have the same form exactly if they hold the same pairs.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pairs: &'a [(&'a str, &'a str)],
    /// `pairs[order[i]]` is the i-th pair by name.
    order: [u8; CONTEXT_PAIRS_MAX],
    canonical_len: usize,
}

impl core::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self.sorted()).finish()
    }
}

impl<'a> Context<'a> {
    /// The empty context.
    pub(crate) const EMPTY: Context<'static> =
        Context { pairs: &[], order: [0; CONTEXT_PAIRS_MAX], canonical_len: 2 };

    /// Checks the bounds and that no name is given twice.
    pub(crate) fn parse(pairs: &'a [(&'a str, &'a str)]) -> Result<Self, Error> {
        const REFUSED: Error = Error::Validation(Parameter::EncryptionContext);
        if pairs.len() > CONTEXT_PAIRS_MAX {
            return Err(REFUSED);
        }
        let mut order = [0; CONTEXT_PAIRS_MAX];
        for (position, index) in (0u8..).zip(order.iter_mut()) {
            *index = position;
        }
        let name = |index: &u8| pairs.get(usize::from(*index)).map_or("", |pair| pair.0);
        let used = order.get_mut(..pairs.len()).ok_or(Error::Bug)?;
        used.sort_unstable_by(|left, right| name(left).as_bytes().cmp(name(right).as_bytes()));
        if used.is_sorted_by(|left, right| name(left) < name(right)) {
            let canonical_len = pairs.iter().fold(2usize, |len, (name, value)| {
                len.saturating_add(4).saturating_add(name.len()).saturating_add(value.len())
            });
            if canonical_len <= CONTEXT_LEN_MAX {
                return Ok(Context { pairs, order, canonical_len });
            }
        }
        Err(REFUSED)
    }

    /// The pairs by name.
    pub(crate) fn sorted(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.into_sorted()
    }

    /// The pairs by name, for longer than the context itself.
    pub(crate) fn into_sorted(self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let Context { pairs, order, .. } = self;
        order.into_iter().take(pairs.len()).filter_map(move |index| pairs.get(usize::from(index)).copied())
    }

    /// The pairs, as they were given.
    pub(crate) fn pairs(&self) -> &'a [(&'a str, &'a str)] {
        self.pairs
    }

    /// Length of the canonical form in bytes.
    pub(crate) fn canonical_len(&self) -> usize {
        self.canonical_len
    }

    /// Lends the canonical form, piece by piece.
    pub(crate) fn with_canonical<R>(
        &self,
        read: impl for<'p> FnOnce(&mut dyn Iterator<Item = &'p [u8]>) -> R,
    ) -> R {
        // Every length fits in two bytes, since the whole form is at most CONTEXT_LEN_MAX bytes.
        let length = |len: usize| u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes();
        let count = length(self.pairs.len());
        if self.pairs.is_empty() {
            return read(&mut core::iter::once(&count[..]));
        }
        let mut lengths = [([0; 2], [0; 2]); CONTEXT_PAIRS_MAX];
        for (slot, (name, value)) in lengths.iter_mut().zip(self.sorted()) {
            *slot = (length(name.len()), length(value.len()));
        }
        let pairs = lengths
            .iter()
            .zip(self.sorted())
            .flat_map(|((a, b), (name, value))| [&a[..], name.as_bytes(), &b[..], value.as_bytes()]);
        read(&mut core::iter::once(&count[..]).chain(pairs))
    }
}

/// The pairs of a canonical form, as an audit record holds them.
///
/// # Errors
/// [`Malformed`] as the last item, where the bytes are no canonical form.
pub fn pairs(canonical: &[u8]) -> impl Iterator<Item = Result<(&str, &str), Malformed>> {
    let mut reader = Reader::new(canonical);
    let mut left = Some(reader.u16());
    let mut before: Option<&str> = None;
    core::iter::from_fn(move || {
        let pair = match left.take()? {
            Ok(0) if reader.rest().is_empty() => return None,
            Ok(0) | Err(Malformed) => Err(Malformed),
            Ok(count) => {
                left = Some(Ok(count.saturating_sub(1)));
                reader.text().and_then(|name| Ok((name, reader.text()?)))
            }
        };
        let pair = pair.and_then(|(name, value)| match before.replace(name) {
            Some(before) if before >= name => Err(Malformed),
            _ => Ok((name, value)),
        });
        if pair.is_err() {
            left = None;
        }
        Some(pair)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(pairs: &[(&str, &str)]) -> heapless::Vec<u8, 256> {
        let mut bytes = heapless::Vec::new();
        let context = Context::parse(pairs).unwrap();
        context.with_canonical(|pieces| pieces.for_each(|piece| bytes.extend_from_slice(piece).unwrap()));
        assert_eq!(bytes.len(), context.canonical_len());
        bytes
    }

    #[test]
    fn the_order_of_pairs_does_not_matter() {
        assert_eq!(canonical(&[("a", "1"), ("b", "2")]), canonical(&[("b", "2"), ("a", "1")]));
    }

    #[test]
    fn moving_a_byte_from_name_to_value_matters() {
        assert_ne!(canonical(&[("a", "bc")]), canonical(&[("ab", "c")]));
    }

    #[test]
    fn a_name_given_twice_is_refused() {
        let twice = Context::parse(&[("a", "1"), ("b", "1"), ("a", "2")]);
        assert_eq!(twice.err(), Some(Error::Validation(Parameter::EncryptionContext)));
    }

    #[test]
    fn the_bounds_are_exact() {
        let value = [b'v'; CONTEXT_LEN_MAX];
        let value = core::str::from_utf8(&value).unwrap();
        let fits = &value[..CONTEXT_LEN_MAX - 2 - 4 - 1];
        assert!(Context::parse(&[("k", fits)]).is_ok());
        assert!(Context::parse(&[("kk", fits)]).is_err());
        let many = [("", ""); CONTEXT_PAIRS_MAX + 1];
        assert!(Context::parse(&many).is_err());
    }

    #[test]
    fn what_was_written_reads_back_sorted() {
        let bytes = canonical(&[("b", "2"), ("a", "1")]);
        let read: heapless::Vec<_, 2> = pairs(&bytes).map(Result::unwrap).collect();
        assert_eq!(read, [("a", "1"), ("b", "2")]);
    }
}
