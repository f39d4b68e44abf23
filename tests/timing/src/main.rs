//! Two classes of inputs that differ in a secret only, in random order, and the time of each: *dudect* (Reparaz, Balasch,
//! Verbauwhede, 2017) tells by Welch's t-test whether they take different times.
//!
//! `cargo xtask dudect` runs it and says what comes of it. [`comparisons::early_exit`] is a leak that must be found.

mod classes;
mod comparisons;
mod keys;
mod platform;
mod requests;

use comparisons::{early_exit, equal};
use dudect_bencher::ctbench_main;
use keys::{message_mac, open_key, seal};
use requests::{encrypt, verify_mac};

ctbench_main!(early_exit, equal, open_key, seal, message_mac, encrypt, verify_mac);
