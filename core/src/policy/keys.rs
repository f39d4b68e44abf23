//! Condition keys: what a request says of itself.

use crate::format::strings::Strings;

/// Gives the values of condition keys (AWS KMS Developer Guide, *AWS KMS condition keys*; IAM User Guide, *AWS global
/// condition context keys*). Names are compared without regard to case, see [`same_name`].
///
/// The vault implements it for the requests it decides; whoever evaluates policies apart from a vault brings their own,
/// for example a slice of pairs.
pub trait ConditionKeys {
    /// The values of the key with this name.
    fn values(&self, name: &str) -> Values<'_>;
}

/// The values of one condition key in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values<'a> {
    /// The request does not have the key.
    Absent,
    /// A key with a single value.
    One(&'a str),
    /// A key with many values; an empty list counts as absent.
    Many(&'a [&'a str]),
    /// A key with many values, which are the names of these pairs; an empty list counts as absent.
    Names(&'a [(&'a str, &'a str)]),
    /// A key with many values, as a key's record holds them; an empty list counts as absent.
    Stored(Strings<'a>),
    /// The request has the key in two spellings, hence no single value: nothing equals it.
    Ambiguous,
    /// The key has a value that cannot be told, such as the time without a clock: whatever depends on it denies.
    Unknown,
}

impl<'a> Values<'a> {
    /// Whether the request lacks the key.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        match self {
            Values::Absent => true,
            Values::Many(values) => values.is_empty(),
            Values::Names(pairs) => pairs.is_empty(),
            Values::Stored(strings) => strings.is_empty(),
            Values::One(_) | Values::Ambiguous | Values::Unknown => false,
        }
    }

    /// Whether the key can have many values.
    pub(super) fn is_multivalued(&self) -> bool {
        matches!(self, Values::Many(_) | Values::Names(_) | Values::Stored(_))
    }

    /// Every value.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (mut one, mut many, mut names, mut stored) = (None, &[][..], &[][..], Strings::default());
        match *self {
            Values::One(value) => one = Some(value),
            Values::Many(values) => many = values,
            Values::Names(pairs) => names = pairs,
            Values::Stored(strings) => stored = strings,
            Values::Absent | Values::Ambiguous | Values::Unknown => {}
        }
        let names = names.iter().map(|(name, _): &'a (&'a str, &'a str)| *name);
        one.into_iter().chain(many.iter().copied()).chain(names).chain(stored.iter())
    }

    /// The value of the one pair with this name, whatever its case.
    pub(crate) fn of_pair(pairs: &'a [(&'a str, &'a str)], name: &str) -> Self {
        Self::of_pairs(pairs.iter().copied(), name)
    }

    /// As [`Values::of_pair`], of pairs wherever they lie.
    pub(crate) fn of_pairs(pairs: impl Iterator<Item = (&'a str, &'a str)>, name: &str) -> Self {
        let mut found = pairs.filter(|(other, _)| same_name(other, name));
        match (found.next(), found.next()) {
            (None, _) => Values::Absent,
            (Some((_, value)), None) => Values::One(value),
            (Some(_), Some(_)) => Values::Ambiguous,
        }
    }
}

/// A request that consists of nothing but its condition keys. A name that stands there twice is ambiguous.
impl ConditionKeys for [(&str, Values<'_>)] {
    fn values(&self, name: &str) -> Values<'_> {
        let mut found = self.iter().filter(|(other, _)| same_name(other, name));
        match (found.next(), found.next()) {
            (None, _) => Values::Absent,
            (Some((_, values)), None) => *values,
            (Some(_), Some(_)) => Values::Ambiguous,
        }
    }
}

/// Whether two names are one but for case: of A to Z, and of the letters U+00C0 to U+00DE that policies can hold.
#[must_use]
#[inline]
pub fn same_name(left: &str, right: &str) -> bool {
    // Most names differ in length or in their last letter.
    left.len() == right.len() && same_last(left, right) && same_letters(left, right)
}

fn same_last(left: &str, right: &str) -> bool {
    let last = |text: &str| text.as_bytes().last().map(u8::to_ascii_lowercase);
    let (left, right) = (last(left), last(right));
    left == right || left.is_some_and(|byte| !byte.is_ascii())
}

fn same_letters(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right) || (!left.is_ascii() && fold(left.bytes()).eq(fold(right.bytes())))
}

/// The bytes of a UTF-8 text with its letters in lower case, as far as case does not matter.
pub(super) fn fold(bytes: impl Iterator<Item = u8>) -> impl Iterator<Item = u8> {
    bytes.scan(0, |before, byte| {
        // U+00C0 to U+00DE are C3 80 to C3 9E; C3 97 is the multiplication sign.
        let is_letter = *before == 0xc3 && (0x80..=0x9e).contains(&byte) && byte != 0x97;
        *before = byte;
        Some(if is_letter { byte | 0x20 } else { byte.to_ascii_lowercase() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_nothing_else() {
        for (left, right) in
            [("aws:PrincipalTag/Team", "AWS:principaltag/team"), ("\u{c9}t\u{e9}", "\u{e9}T\u{c9}"), ("", "")]
        {
            assert!(same_name(left, right), "{left} {right}");
        }
        for (left, right) in [
            ("a", "b"),
            ("a", "aa"),
            ("\u{d7}", "\u{f7}"),
            ("\u{178}", "\u{ff}"),
            ("\u{100}", "\u{120}"),
            ("@", "`"),
            ("[", "{"),
        ] {
            assert!(!same_name(left, right), "{left} {right}");
        }
    }

    #[test]
    fn a_name_in_two_spellings_is_ambiguous() {
        let pairs = [("App", "1"), ("other", "2"), ("APP", "3")];
        assert_eq!(Values::of_pair(&pairs, "app"), Values::Ambiguous);
        assert_eq!(Values::of_pair(&pairs, "OTHER"), Values::One("2"));
        assert_eq!(Values::of_pair(&pairs, "none"), Values::Absent);
        let keys = pairs.map(|(name, value)| (name, Values::One(value)));
        assert_eq!(keys.as_slice().values("app"), Values::Ambiguous);
    }
}
