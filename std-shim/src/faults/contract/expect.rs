//! What a check expects, and the words for what it found instead.

use std::fmt::Debug;

/// Nothing, or what was found instead of what a clause says.
pub(super) type Kept = Result<(), String>;

pub(super) fn expect(is_so: bool, otherwise: impl FnOnce() -> String) -> Kept {
    if is_so { Ok(()) } else { Err(otherwise()) }
}

pub(super) fn equal<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Kept {
    expect(found == expected, || format!("{what}: {}, and not {}", shown(found), shown(expected)))
}

/// The value, where the call must succeed.
pub(super) fn done<T, E: Debug>(what: &str, result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| format!("{what} fails: {error:?}"))
}

/// A value in words, not longer than a line or two.
fn shown(value: &impl Debug) -> String {
    let mut text = format!("{value:?}");
    if let Some((end, _)) = text.char_indices().nth(160) {
        text.truncate(end);
        text.push('…');
    }
    text
}
