//! Access keys that the vault keeps: who makes them, what is ever told of them, and when they end.

mod keys;
mod sessions;

pub use keys::signing_key;
