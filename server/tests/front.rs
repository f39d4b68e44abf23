//! What stands before the protocol: signatures, sessions, TLS, limits, the end. Against real vaults.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that is wrong about this fails, and one that is skipped says so"
)]

#[path = "environment.rs"]
mod environment;

#[path = "front/across.rs"]
mod across;
#[path = "front/clients.rs"]
mod clients;
#[path = "front/ending.rs"]
mod ending;
#[path = "front/hpke.rs"]
mod hpke;
#[path = "front/http2.rs"]
mod http2;
#[path = "front/kept.rs"]
mod kept;
#[path = "front/limits.rs"]
mod limits;
#[path = "front/load.rs"]
mod load;
#[path = "front/raw.rs"]
mod raw;
#[path = "front/recorded.rs"]
mod recorded;
#[path = "front/signatures.rs"]
mod signatures;
#[path = "front/throttled.rs"]
mod throttled;
#[path = "front/tls.rs"]
mod tls;
