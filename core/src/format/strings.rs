//! Texts in a row, each `u16 length ‖ bytes`: the tags and the aliases of a key.

use core::ops::Range;

use super::bytes::{Malformed, Reader};

/// Texts in a row, borrowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strings<'a>(&'a [u8]);

impl<'a> Strings<'a> {
    /// The texts in these bytes; behind bytes that are none there are no more.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Strings(bytes)
    }

    /// The texts.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut reader = Reader::new(self.0);
        core::iter::from_fn(move || reader.text().ok())
    }

    /// Two and two.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut reader = Reader::new(self.0);
        core::iter::from_fn(move || reader.text().ok().zip(reader.text().ok()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where a text lies that is alone, if it is there.
    pub(crate) fn place_of(&self, text: &str) -> Option<Range<usize>> {
        self.places().find(|(found, _)| *found == text).map(|(_, place)| place)
    }

    /// Where a pair lies that has this first text, if it is there.
    pub(crate) fn place_of_pair(&self, name: &str) -> Option<Range<usize>> {
        let mut places = self.places();
        core::iter::from_fn(|| places.next().zip(places.next()))
            .find(|((found, _), _)| *found == name)
            .map(|((_, first), (_, second))| first.start..second.end)
    }

    /// Every text with the bytes that it takes, its length included.
    fn places(&self) -> impl Iterator<Item = (&'a str, Range<usize>)> + use<'a> {
        let mut at = 0usize;
        self.iter().map(move |text| {
            let start = at;
            at = start.saturating_add(2).saturating_add(text.len());
            (text, start..at)
        })
    }

    /// How many bytes they take.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Checks that there is nothing but texts, and answers how many.
    pub(crate) fn count(&self) -> Result<usize, Malformed> {
        let (mut reader, mut count) = (Reader::new(self.0), 0usize);
        while !reader.rest().is_empty() {
            reader.text()?;
            count = count.saturating_add(1);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &[u8] = b"\0\x01a\0\x02bc\0\0\0\x01a";

    #[test]
    fn texts_are_found_where_they_lie() {
        let strings = Strings::new(BYTES);
        assert!(strings.iter().eq(["a", "bc", "", "a"]));
        assert!(strings.pairs().eq([("a", "bc"), ("", "a")]));
        assert_eq!(
            (strings.count(), strings.place_of("bc"), strings.place_of("b")),
            (Ok(4), Some(3..7), None)
        );
        assert_eq!((strings.place_of_pair(""), strings.place_of_pair("bc")), (Some(7..12), None));
        assert_eq!(Strings::new(&BYTES[..2]).count(), Err(Malformed));
    }
}
