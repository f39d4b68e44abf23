use std::cell::Cell;
use std::ops::Deref;

use strongroom_core::clear_stack;

/// What an operation that reads or writes the file uses of the stack at most, and more.
const DEPTH: usize = 96 << 10;

thread_local!(static IS_SOILED: Cell<bool> = const { Cell::new(false) });

/// Notes that the thread reads or writes the file: keys are opened in that, in many frames. An operation that needs nothing
/// of the file clears up behind each primitive, and that is all.
pub(crate) fn soil_stack() {
    // While a thread's locals are being torn down its stack is about to go too.
    let _ = IS_SOILED.try_with(|is_soiled| is_soiled.set(true));
}

fn clear_if_soiled() {
    if IS_SOILED.try_with(|is_soiled| is_soiled.replace(false)).unwrap_or(false) {
        clear_stack::<DEPTH>();
    }
}

/// Does some work, and clears the stack below the caller if the file was read or written.
pub(crate) fn with_clear_stack<R>(work: impl FnOnce() -> R) -> R {
    #[inline(never)]
    fn apart<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
    let result = apart(work);
    clear_if_soiled();
    result
}

/// Clears the stack below whoever drops it, if the file was read or written meanwhile.
pub(crate) struct ClearsStack<'v, T>(pub(crate) &'v T);

impl<T> Deref for ClearsStack<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0
    }
}

impl<T> Drop for ClearsStack<'_, T> {
    fn drop(&mut self) {
        clear_if_soiled();
    }
}
