//! What calls leave behind on the stack. A value that is moved leaves a copy where it was, which no `Drop` wipes; the next
//! calls overwrite it, or nothing does for as long as the thread waits.

use core::hint::black_box;

/// Overwrites `LEN` bytes of the stack below the caller's frame, where the calls that it has made left their traces.
///
/// # Security
/// As good as a program without `unsafe` can do it: the compiler is not bound to put the bytes there, and what the caller
/// keeps in its own frame stays. Tests look into the memory of a process for what remains.
#[inline(never)]
pub fn clear_stack<const LEN: usize>() {
    black_box(&mut [0u8; LEN]);
}

/// Does some work in frames of its own, and overwrites `LEN` bytes of where they were.
pub(crate) fn then_clear_stack<const LEN: usize, R>(work: impl FnOnce() -> R) -> R {
    #[inline(never)]
    fn apart<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
    let result = apart(work);
    clear_stack::<LEN>();
    result
}

/// An empty list whose room holds blanks: for everything in the state of an open vault. The room of a new list has in it what
/// the stack had there, keys among it, and takes that to where the state stays, out of reach of whoever wipes what it holds.
pub(crate) fn blank_vec<T: Clone, const N: usize>(blank: T) -> heapless::Vec<T, N> {
    let mut list = heapless::Vec::new();
    let _ = list.resize(N, blank);
    black_box(&mut list).clear();
    list
}

/// A text in room that holds blanks otherwise, likewise; empty where it does not fit.
pub(crate) fn blank_string<const N: usize>(text: &str) -> heapless::String<N> {
    let mut bytes = blank_vec(0);
    let fits = bytes.extend_from_slice(text.as_bytes());
    fits.ok().and_then(|()| heapless::String::from_utf8(bytes).ok()).unwrap_or_default()
}
