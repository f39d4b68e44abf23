//! The vault beside libraries that are not pure Rust, in turns, in one process: aws-lc-rs, ring, and SoftHSM through PKCS#11.
//!
//! `cargo xtask bench` runs it behind the other rows. A library seals with one key and nothing else; the vault derives a key for each
//! message, commits to it, asks its policies and writes an event. So the ratios say what that costs, and not that one is better.

#[path = "../../src/floor.rs"]
mod floor;
mod libraries;
#[path = "../../src/measure.rs"]
#[expect(dead_code, reason = "rows of other benchmarks need the rest")]
mod measure;
mod rows;
mod softhsm;

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("measure") {
        rows::run();
        return ExitCode::SUCCESS;
    }
    // SoftHSM reads its configuration from the environment when it is loaded: a second process has one of its own there, so that
    // nobody's tokens are touched.
    let folder = softhsm::folder();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.arg("measure").env_remove(softhsm::CONFIGURATION);
    if let Some(folder) = &folder {
        again.env(softhsm::CONFIGURATION, folder.path().join("softhsm2.conf"));
    }
    if again.status().unwrap().success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
