//! Wildcards: `*` for any run of bytes, `?` for exactly one character.

/// Whether the whole of `text` matches `pattern`; `same` compares two bytes. At most `pattern × text` steps.
fn matches(pattern: &[u8], text: &[u8], same: impl Fn(u8, u8) -> bool) -> bool {
    let (mut p, mut t) = (0usize, 0usize);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let next = p.saturating_add(1);
        match (pattern.get(p), text.get(t)) {
            (Some(b'*'), _) => {
                star = Some((next, t));
                p = next;
            }
            (Some(b'?'), Some(_)) => {
                // One character, whatever the number of its bytes in UTF-8.
                t = text
                    .get(t.saturating_add(1)..)
                    .and_then(|rest| rest.iter().position(|byte| byte & 0xc0 != 0x80))
                    .map_or(text.len(), |more| t.saturating_add(1).saturating_add(more));
                p = next;
            }
            (Some(a), Some(b)) if same(*a, *b) => {
                p = next;
                t = t.saturating_add(1);
            }
            (None, None) => return true,
            _ => match star {
                // Let the last star take one byte more.
                Some((after, taken)) if taken < text.len() => {
                    star = Some((after, taken.saturating_add(1)));
                    p = after;
                    t = taken.saturating_add(1);
                }
                _ => return false,
            },
        }
    }
}

/// Case-sensitive, as in resources.
pub(crate) fn matches_exactly(pattern: &str, text: &str) -> bool {
    matches(pattern.as_bytes(), text.as_bytes(), |a, b| a == b)
}

/// Without regard to case, as in actions.
pub(crate) fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    matches(pattern.as_bytes(), text.as_bytes(), |a, b| a.eq_ignore_ascii_case(&b))
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
    }

    #[test]
    fn case_matters_only_where_it_should() {
        assert!(matches_ignoring_case("kms:re*", "kms:ReEncryptTo"));
        assert!(!matches_exactly("kms:re*", "kms:ReEncryptTo"));
    }
}
