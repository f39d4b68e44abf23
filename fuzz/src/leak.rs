//! What the vaults of the targets keep secret is told to nobody: no eight bytes of it.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use strongroom_core::Error;

use crate::canaries::Canaries;

thread_local! {
    static KEPT: Rc<Canaries> = Rc::default();
    static ERRORS: RefCell<HashSet<String>> = RefCell::default();
}

/// What was drawn while an image was made: keys, and whatever else a vault keeps for itself.
#[must_use]
pub fn kept() -> Rc<Canaries> {
    KEPT.with(Rc::clone)
}

/// Nothing of it is in these bytes.
///
/// # Panics
/// A leak.
pub fn none_in(bytes: &[u8]) {
    let kept = kept();
    if kept.count() > 0
        && let Some(start) = kept.find(bytes)
    {
        panic!("eight bytes of a secret, at {start} of {bytes:02x?}");
    }
}

/// Nothing of it is in this text, in whatever spelling.
///
/// # Panics
/// A leak.
pub fn none_in_text(text: &str) {
    let kept = kept();
    if kept.count() > 0
        && let Some(part) = kept.find_in_text(text)
    {
        panic!("{part:02x?} of a secret in {text}");
    }
}

/// Nothing of it is in what is said of an error. Each is looked through once.
pub(crate) fn none_in_error(error: &Error) {
    let text = format!("{error:?}: {error}");
    ERRORS.with_borrow_mut(|known| {
        if !known.contains(&text) {
            none_in_text(&text);
            known.insert(text);
        }
    });
}
