//! The platform's parts that live in memory, for many threads: each thread has a shard of its own, so that the hot path
//! meets no other thread, and one thread can still walk all shards to wipe them.

mod cache;
mod clock;
mod clock_map;
mod entropy;
mod lent;
mod sharded;
mod stack;
mod state;

pub use cache::ThreadedCache;
pub use clock::SystemClock;
pub use entropy::OsEntropy;
pub(crate) use entropy::seed_anew;
pub(crate) use sharded::Sharded;
pub(crate) use stack::{ClearsStack, soil_stack, with_clear_stack};
pub use state::ThreadedState;
