//! The tests that start processes of their own alone, for commands that build them optimized.

mod hammer;
mod hex;
mod memory;
mod python;

#[expect(dead_code, reason = "the other tests use the rest")]
mod authorization {
    pub mod dice;
    mod throws;
}

#[expect(dead_code, unused_imports, reason = "of the world it takes the vault in a file")]
mod world;
