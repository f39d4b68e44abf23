//! The tests of stores under power cuts alone, for commands that build them with all optimization.

mod contract {
    pub mod storage;
}
mod flash;
#[expect(dead_code, unused_imports, reason = "the other tests use the rest")]
mod world;
