//! Ten years in a second: does what a program encrypts still open after every rotation, restart and clock fault to come?
//!
//! A program hands in its own way of encrypting and decrypting. The machine makes a vault in memory with a clock that it
//! moves itself, and lets the years pass: rotations by schedule and on demand, versions revoked and brought back, old ones
//! destroyed, deletions scheduled and cancelled, imported material that expires and comes back, restarts every day, power
//! cuts, wall clocks that stop, race and forget. All along it seals with the program's code, and opens again what was ever
//! sealed.
//!
//! ```
//! use strongroom_core::operation::{Decrypt, Encrypt};
//! use strongroom_core::ciphertext_len;
//! use strongroom_std::time_machine::TimeMachine;
//!
//! # fn main() -> Result<(), strongroom_std::time_machine::Broken> {
//! let journey = TimeMachine::new(7).years(1).travel(
//!     |stop, plaintext| {
//!         let mut out = vec![0; ciphertext_len(plaintext.len())];
//!         let sealed = stop.vault.encrypt(stop.caller, Encrypt::new(stop.key_id, plaintext), &mut out)?;
//!         Ok(sealed.ciphertext.to_vec())
//!     },
//!     |stop, sealed| {
//!         let mut out = vec![0; sealed.len()];
//!         Ok(stop.vault.decrypt(stop.caller, Decrypt::new(sealed), &mut out)?.plaintext.to_vec())
//!     },
//! )?;
//! assert!(journey.opened > journey.sealed && journey.rotations >= 12);
//! # Ok(())
//! # }
//! ```

mod imports;
mod journey;
mod platform;
mod travel;

pub use journey::{Broken, Journey, PathError, Stop};
pub use platform::{GrowingSink, GrowingStorage, TestPlatform};
pub use travel::TimeMachine;
