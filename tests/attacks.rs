//! The tests of altered and older images alone, for commands that build them optimized.

mod bits;
mod rollback;
#[expect(dead_code, unused_imports, reason = "the other tests use the rest")]
mod world;
