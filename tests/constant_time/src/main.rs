//! A vault whose secrets memcheck holds for undefined: whatever branches on them, or looks up an address by them, is an error.
//!
//! `cargo xtask constant-time` builds it and runs it under valgrind. What is hidden: every key that is drawn, what is derived
//! from them, the unlock secret, imported material, plaintexts. What is shown: what leaves the vault or is stored in the clear
//! (ciphertexts, addresses, check values), and the one bit that a comparison in constant time comes to.
//! The idea is Adam Langley's *ctgrind* (2010).

mod hidden;
mod platform;
mod story;
mod watched;

use std::process::ExitCode;

fn main() -> ExitCode {
    if crabgrind::run_mode() == crabgrind::RunMode::Native {
        println!("this says something only under valgrind: cargo xtask constant-time");
        return ExitCode::FAILURE;
    }
    match std::env::args().nth(1).as_deref() {
        Some("branch") => story::leak_by_branch(),
        Some("address") => story::leak_by_address(),
        _ => story::tell(),
    }
    ExitCode::SUCCESS
}
