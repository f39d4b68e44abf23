//! The simulation alone, for runs that are longer than those of `cargo test`.
#![expect(dead_code, unused_imports, reason = "of its surroundings it takes what it needs")]

mod model;
mod simulation;
mod world;

mod authorization {
    pub mod dice;
    mod throws;
}

mod states {
    mod expected;
    mod kind;

    pub use expected::cell;
}
