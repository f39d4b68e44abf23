//! Patterns: `*` for any run of characters, `?` for exactly one, `${name}` for a value of the request.

use core::cell::Cell;

use super::keys::{ConditionKeys, Values};
use super::variable::{Variable, variables};

/// A text of a policy, to be compared with one of a request.
#[derive(Debug)]
pub(super) struct Pattern<'a, C: ?Sized> {
    text: &'a str,
    /// Whether `*` and `?` are wildcards.
    has_wildcards: bool,
    /// Where variables get their values; without it, `${` is plain text.
    keys: Option<&'a C>,
    /// Behind the last brace that could close a variable.
    variables_end: usize,
    /// How many steps are left, where they are counted.
    steps_left: Option<&'a Cell<u32>>,
}

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Byte(u8),
    AnyRun,
    AnyOne,
}

/// A place in a pattern: in its own text, and within the value of a variable before that.
#[derive(Clone, Copy, Debug)]
struct Place<'a> {
    at: usize,
    value: &'a [u8],
}

const START: Place<'_> = Place { at: 0, value: &[] };

/// How many colons of an ARN part its fields; the last field keeps any later ones.
const ARN_COLONS: usize = 5;

/// Nothing has a value.
#[derive(Debug)]
pub(super) struct NoKeys;

impl ConditionKeys for NoKeys {
    fn values(&self, _: &str) -> Values<'_> {
        Values::Absent
    }
}

impl<'a, C: ConditionKeys + ?Sized> Pattern<'a, C> {
    /// A pattern with wildcards; with variables if `keys` is there.
    pub(super) fn wild(text: &'a str, keys: Option<&'a C>) -> Self {
        Self::new(text, true, keys)
    }

    /// A pattern in which `*` and `?` stand for themselves.
    pub(super) fn literal(text: &'a str, keys: Option<&'a C>) -> Self {
        Self::new(text, false, keys)
    }

    fn new(text: &'a str, has_wildcards: bool, keys: Option<&'a C>) -> Self {
        let variables_end = if keys.is_some() { text.rfind('}').unwrap_or(0) } else { 0 };
        Pattern { text, has_wildcards, keys, variables_end, steps_left: None }
    }

    /// Counts steps down; once there are none left, nothing matches.
    pub(super) fn counted(self, steps_left: &'a Cell<u32>) -> Self {
        Pattern { steps_left: Some(steps_left), ..self }
    }

    /// Whether every variable stands for something. A pattern of which one does not matches nothing.
    pub(super) fn is_resolved(&self) -> bool {
        self.keys
            .filter(|_| self.variables_end > 0)
            .is_none_or(|keys| variables(self.text).all(|(_, variable)| variable.text(keys).is_some()))
    }

    /// Whether the whole of `text` matches, case and all.
    pub(super) fn matches(&self, text: &str) -> bool {
        if self.variables_end == 0 && !self.has_wildcards {
            return self.text == text;
        }
        self.is_resolved() && self.compare(START, text.as_bytes(), false, |a, b| a == b)
    }

    /// Whether the whole of `text` matches but for the case of ASCII letters.
    pub(super) fn matches_ignoring_ascii_case(&self, text: &str) -> bool {
        self.is_resolved() && self.compare(START, text.as_bytes(), false, |a, b| a.eq_ignore_ascii_case(&b))
    }

    /// Whether `text` is an ARN whose six fields match this pattern's, one by one: no wildcard crosses the colons
    /// between them.
    pub(super) fn matches_arn(&self, text: &str) -> bool {
        let mut place = START;
        let mut rest = text;
        if !self.is_resolved() || !text.starts_with("arn:") {
            return false;
        }
        for _ in 0..ARN_COLONS {
            let (Some((field, behind)), Some(next)) = (rest.split_once(':'), self.behind_colon(place)) else {
                return false;
            };
            if !self.compare(place, field.as_bytes(), true, |a, b| a == b) {
                return false;
            }
            (place, rest) = (next, behind);
        }
        self.compare(place, rest.as_bytes(), false, |a, b| a == b)
    }

    /// Whether a wildcard stands before the first `/`, other than a single `*` that is all there is.
    pub(super) fn is_wild_before_slash(&self) -> bool {
        let mut place = START;
        while let Some(step) = self.step(&mut place) {
            match step {
                Step::Byte(b'/') => return false,
                Step::Byte(_) => {}
                Step::AnyRun | Step::AnyOne => return self.text != "*",
            }
        }
        false
    }

    /// The bytes of a pattern without wildcards, variables resolved.
    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> {
        let mut place = START;
        core::iter::from_fn(move || match self.step(&mut place)? {
            Step::Byte(byte) => Some(byte),
            Step::AnyRun | Step::AnyOne => None,
        })
    }

    /// Takes the next step and moves on; `None` at the end.
    fn step(&self, place: &mut Place<'a>) -> Option<Step> {
        loop {
            if let Some((byte, rest)) = place.value.split_first() {
                place.value = rest;
                return Some(Step::Byte(*byte));
            }
            let byte = *self.text.as_bytes().get(place.at)?;
            if byte == b'$'
                && place.at < self.variables_end
                && let Some(keys) = self.keys
                && let Some(variable) = self.text.get(place.at..).and_then(Variable::at_start)
            {
                place.at = place.at.saturating_add(variable.len);
                // Never `None` here: patterns that are not resolved are not stepped through.
                place.value = variable.text(keys).unwrap_or_default().as_bytes();
                continue;
            }
            place.at = place.at.saturating_add(1);
            return Some(match byte {
                b'*' if self.has_wildcards => Step::AnyRun,
                b'?' if self.has_wildcards => Step::AnyOne,
                byte => Step::Byte(byte),
            });
        }
    }

    /// The place behind the next colon.
    fn behind_colon(&self, mut place: Place<'a>) -> Option<Place<'a>> {
        while self.step(&mut place)? != Step::Byte(b':') {}
        Some(place)
    }

    /// Whether the pattern from `start` on, to its end or to the next colon, matches the whole of `text`; `same`
    /// compares two bytes. At most `pattern × text` steps.
    fn compare(&self, start: Place<'a>, text: &[u8], to_colon: bool, same: impl Fn(u8, u8) -> bool) -> bool {
        let (mut place, mut t) = (start, 0usize);
        let mut star: Option<(Place<'a>, usize)> = None;
        loop {
            if let Some(steps_left) = self.steps_left {
                match steps_left.get().checked_sub(1) {
                    Some(fewer) => steps_left.set(fewer),
                    None => return false,
                }
            }
            let mut next = place;
            let step = self.step(&mut next).filter(|step| !(to_colon && *step == Step::Byte(b':')));
            match (step, text.get(t)) {
                (Some(Step::AnyRun), _) => {
                    star = Some((next, t));
                    place = next;
                }
                (Some(Step::AnyOne), Some(_)) => {
                    // One character, whatever the number of its bytes in UTF-8.
                    t = text
                        .get(t.saturating_add(1)..)
                        .and_then(|rest| rest.iter().position(|byte| byte & 0xc0 != 0x80))
                        .map_or(text.len(), |more| t.saturating_add(1).saturating_add(more));
                    place = next;
                }
                (Some(Step::Byte(a)), Some(b)) if same(a, *b) => {
                    place = next;
                    t = t.saturating_add(1);
                }
                (None, None) => return true,
                _ => match star {
                    // Let the last star take one byte more.
                    Some((after, taken)) if taken < text.len() => {
                        star = Some((after, taken.saturating_add(1)));
                        place = after;
                        t = taken.saturating_add(1);
                    }
                    _ => return false,
                },
            }
        }
    }
}

/// A pattern without variables, case-sensitive, as in resources.
pub(super) fn matches_exactly(pattern: &str, text: &str) -> bool {
    Pattern::<NoKeys>::wild(pattern, None).matches(text)
}

/// A pattern without variables and without regard to case, as in actions.
pub(super) fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    Pattern::<NoKeys>::wild(pattern, None).matches_ignoring_ascii_case(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, word for word.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => (0..=text.len()).any(|n| naive(rest, &text[n..])),
            ([b'?', p @ ..], [_, t @ ..]) => naive(p, t),
            ([a, p @ ..], [b, t @ ..]) => a == b && naive(p, t),
            _ => false,
        }
    }

    #[test]
    fn agrees_with_the_definition_on_all_small_strings() {
        let strings = |letters: &'static [u8], len: u32| {
            (0..=len).flat_map(move |len| {
                (0..letters.len().pow(len)).map(move |mut n| {
                    let mut text = heapless::Vec::<u8, 6>::new();
                    for _ in 0..len {
                        text.push(letters[n % letters.len()]).unwrap();
                        n /= letters.len();
                    }
                    text
                })
            })
        };
        let mut compared = 0;
        for pattern in strings(b"ab*?", 5) {
            for text in strings(b"ab", 5) {
                let (p, t) = (core::str::from_utf8(&pattern).unwrap(), core::str::from_utf8(&text).unwrap());
                assert_eq!(matches_exactly(p, t), naive(&pattern, &text), "{p} against {t}");
                compared += 1;
            }
        }
        assert_eq!(compared, 1365 * 63);
    }

    #[test]
    fn a_question_mark_is_one_character_of_any_length() {
        assert!(matches_exactly("a?c", "aéc"));
        assert!(!matches_exactly("a??c", "aéc"));
        for text in ["a€c", "a\u{1f511}c", "ac\u{301}"] {
            assert!(matches_exactly("a?*", text) && matches_exactly("*??", text), "{text}");
        }
        assert!(matches_exactly("?", "\u{1f511}") && !matches_exactly("??", "\u{1f511}"));
    }

    #[test]
    fn case_matters_only_where_it_should() {
        assert!(matches_ignoring_case("kms:re*", "kms:ReEncryptTo"));
        assert!(!matches_exactly("kms:re*", "kms:ReEncryptTo"));
    }

    const KEYS: [(&str, Values<'_>); 4] = [
        ("name", Values::One("a*b")),
        ("arn", Values::One("arn:aws:s:r:1:x/y:z")),
        ("many", Values::Many(&["a"])),
        ("brace", Values::One("${name}")),
    ];

    fn wild(text: &str) -> Pattern<'_, [(&'static str, Values<'static>)]> {
        Pattern::wild(text, Some(KEYS.as_slice()))
    }

    #[test]
    fn a_value_is_literal_and_a_variable_without_one_matches_nothing() {
        assert!(wild("${name}").matches("a*b"));
        assert!(!wild("${name}").matches("axb"));
        assert!(wild("x${name}*").matches("xa*b!"));
        assert!(wild("${brace}").matches("${name}"));
        assert!(wild("${*}${?}${$}").matches("*?$"));
        assert!(wild("${none, 'd?'}").matches("d?"));
        for unresolved in ["${none}", "${many}", "*${none}", "${none}*"] {
            assert!(!wild(unresolved).matches(""), "{unresolved}");
            assert!(!wild(unresolved).matches(unresolved), "{unresolved}");
        }
        assert!(wild("${open").matches("${open"));
        assert!(Pattern::<NoKeys>::wild("${name}", None).matches("${name}"));
        assert!(Pattern::literal("*${name}", Some(KEYS.as_slice())).matches("*a*b"));
    }

    #[test]
    fn a_wildcard_in_an_arn_stays_in_its_field() {
        let arn = "arn:aws:s:r:1:x/y:z";
        for pattern in
            [arn, "arn:aws:s:*:1:x/*", "arn:a*:?:r:*:*", "*:*:*:*:*:*", "${arn}", "arn:aws:s:r:1:x?y:z"]
        {
            assert!(wild(pattern).matches_arn(arn), "{pattern}");
        }
        for pattern in
            ["*", "arn:*", "arn:aws:s:*:x/*", "arn:aws:s:r:1", "arn:aws:s:r:1:x", "arn:aws:s:r:?:", ""]
        {
            assert!(!wild(pattern).matches_arn(arn), "{pattern}");
        }
        for text in ["", "arn", "a:b:c:d:e:f", "arn:aws:s:r:1", "*"] {
            assert!(!wild("*:*:*:*:*:*").matches_arn(text), "{text}");
        }
        assert!(wild("arn:aws:s:r:1:").matches_arn("arn:aws:s:r:1:"));
    }
}
