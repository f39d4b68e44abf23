//! The tests of stores and vaults under power cuts alone, for commands that build them optimized.

mod flash;
mod power;
#[expect(dead_code, unused_imports, reason = "the other tests use the rest")]
mod world;
