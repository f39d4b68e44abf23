//! Clients of AWS KMS, unchanged, against the endpoint.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that is wrong about this fails, and one that is skipped says so"
)]

mod boto3;
mod dev;
mod environment;
mod matrix;
mod protocol;
mod running;
