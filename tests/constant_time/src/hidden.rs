//! What memcheck holds for undefined.

use std::sync::{Mutex, PoisonError};

use crabgrind::memcheck::{MemState, mark_mem};

/// Every secret that was drawn, in the clear, so that it is found again in what comes out of a record.
static DRAWN: Mutex<Vec<[u8; 32]>> = Mutex::new(Vec::new());

/// From now on whatever depends on these bytes is an error. (They are lent for writing, so that no copy in a register is used.)
pub fn hide(bytes: &mut [u8]) {
    mark(bytes, MemState::Undefined);
}

/// These bytes are no secret any more.
pub fn show(bytes: &mut [u8]) {
    mark(bytes, MemState::Defined);
}

fn mark(bytes: &mut [u8], state: MemState) {
    // What it answers is not the same in all versions of valgrind. That it listens the planted leaks show.
    let _ = mark_mem(bytes.as_mut_ptr().cast(), bytes.len(), state);
}

/// The answer of a comparison in constant time: one bit, which everybody may know.
pub fn shown(bit: bool) -> bool {
    let mut byte = [u8::from(bit)];
    show(&mut byte);
    byte == [1]
}

/// Hides secrets, and keeps them in mind.
pub fn draw(secrets: &mut [u8]) {
    for secret in secrets.as_chunks::<32>().0 {
        remember(secret);
    }
    hide(secrets);
}

/// Keeps a secret in mind.
pub fn remember(secret: &[u8; 32]) {
    let mut copy = *secret;
    show(&mut copy);
    DRAWN.lock().unwrap_or_else(PoisonError::into_inner).push(copy);
}

/// Shows what came out of a record, but for the secrets in it.
pub fn show_all_but_secrets(record: &mut [u8]) {
    show(record);
    let drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_secret = |window: &[u8]| drawn.iter().any(|secret| secret == window);
    // All of them first: what is hidden cannot be searched.
    let places: Vec<usize> =
        record.windows(32).enumerate().filter(|(_, window)| is_secret(window)).map(|(at, _)| at).collect();
    for at in places {
        hide(&mut record[at..at + 32]);
    }
}
