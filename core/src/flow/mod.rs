//! The way of every request, in one direction:
//!
//! ```text
//! parse ──▶ resolve ──▶ authorize ──▶ execute ──▶ record ──▶ Released
//! Request   Resolved    Permit, or     Executed    the audit   the only value that
//!                       Denied                     event first hands out the output
//! ```
//!
//! What they carry lies in a [`Trip`]. Each step takes the value of the one before it and nothing else can make that
//! value, so a step that is left out does not compile. The steps are public in order that this can be tested from outside; [`crate::Vault`] is what users call.
//!
//! Executing without a permit does not compile:
//!
//! ```compile_fail,E0308
//! use strongroom_core::{flow, operation::GenerateRandom, platform::Platform, policy::Caller, Vault};
//! fn ask<P: Platform>(vault: &Vault<P>, caller: &Caller<'_>, out: &mut [u8]) {
//!     let mut trip = flow::Trip::new();
//!     let request = flow::parse(vault, caller, GenerateRandom { number_of_bytes: 16 }, &mut trip).ok().unwrap();
//!     let resolved = flow::resolve(vault, request);
//!     let executed = flow::execute(vault, resolved, flow::Buffers::plaintext(out));
//! }
//! ```
//!
//! Its twin, which authorizes first, does:
//!
//! ```
//! use strongroom_core::{flow, operation::GenerateRandom, platform::Platform, policy::Caller, Vault};
//! fn ask<P: Platform>(vault: &Vault<P>, caller: &Caller<'_>, out: &mut [u8]) {
//!     let mut trip = flow::Trip::new();
//!     let request = flow::parse(vault, caller, GenerateRandom { number_of_bytes: 16 }, &mut trip).ok().unwrap();
//!     let resolved = flow::resolve(vault, request);
//!     let permit = flow::authorize(vault, resolved).ok().unwrap();
//!     let executed = flow::execute(vault, permit, flow::Buffers::plaintext(out));
//! }
//! ```
//!
//! A permit is used once:
//!
//! ```compile_fail,E0382
//! use strongroom_core::{flow, operation::GenerateRandom, platform::Platform, Vault};
//! fn twice<P: Platform>(vault: &Vault<P>, permit: flow::Permit<'_, '_, GenerateRandom>, a: &mut [u8], b: &mut [u8]) {
//!     let first = flow::execute(vault, permit, flow::Buffers::plaintext(a));
//!     let second = flow::execute(vault, permit, flow::Buffers::plaintext(b));
//! }
//! ```
//!
//! ```
//! use strongroom_core::{flow, operation::GenerateRandom, platform::Platform, Vault};
//! fn once<P: Platform>(vault: &Vault<P>, permit: flow::Permit<'_, '_, GenerateRandom>, a: &mut [u8], b: &mut [u8]) {
//!     let first = flow::execute(vault, permit, flow::Buffers::plaintext(a));
//! }
//! ```
//!
//! Nobody else makes one:
//!
//! ```compile_fail,E0451
//! use strongroom_core::{flow, operation::GenerateRandom};
//! fn forge<'t, 'a>(permit: flow::Permit<'t, 'a, GenerateRandom>) -> flow::Permit<'t, 'a, GenerateRandom> {
//!     flow::Permit { operation: GenerateRandom { number_of_bytes: 1024 }, ..permit }
//! }
//! ```
//!
//! ```
//! use strongroom_core::{flow, operation::GenerateRandom};
//! fn pass_on<'t, 'a>(permit: flow::Permit<'t, 'a, GenerateRandom>) -> flow::Permit<'t, 'a, GenerateRandom> {
//!     permit
//! }
//! ```
//!
//! The output is out of reach until it is recorded:
//!
//! ```compile_fail,E0599
//! use strongroom_core::{flow, platform::Platform, Vault};
//! fn peek<'o, P: Platform>(vault: &Vault<P>, executed: flow::Executed<'_, '_, 'o, ()>) -> &'o [u8] {
//!     executed.into_plaintext()
//! }
//! ```
//!
//! ```
//! use strongroom_core::{flow, platform::Platform, Vault};
//! fn release<'o, P: Platform>(vault: &Vault<P>, executed: flow::Executed<'_, '_, 'o, ()>) -> &'o [u8] {
//!     flow::record(vault, executed).ok().unwrap().into_plaintext()
//! }
//! ```

mod authorize;
mod by_grant;
mod by_trust;
mod execute;
mod parse;
mod record;
mod request_keys;
mod resolve;
mod settle;
mod trip;

pub use authorize::{Denied, Permit, authorize};
pub use execute::{Buffers, Executed, execute};
pub(crate) use execute::{Done, Scene};
pub(crate) use parse::{Keyless, Named, Parsed, check_key_reference};
pub use parse::{Request, parse};
pub use record::{Released, record};
pub(crate) use request_keys::{KeyTags, Parameters, RequestKeys, Written};
pub(crate) use resolve::key_of_alias;
pub use resolve::{Resolved, resolve};
pub(crate) use settle::settle;
pub use trip::Trip;

use crate::error::Error;
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::Caller;
use crate::vault::Vault;

/// The whole trip: the only place where the steps meet. In frames of its own, so that whoever asked can clear the stack below
/// itself.
#[inline(never)]
pub(crate) fn run<'a, 'o, P: Platform, O: Operation<'a>>(
    vault: &Vault<P>,
    caller: &'a Caller<'a>,
    operation: O,
    buffers: Buffers<'o>,
) -> Result<Released<'o, O::Output>, Error> {
    let mut trip = Trip::new();
    let verdict = parse(vault, caller, operation, &mut trip)
        .and_then(|request| authorize(vault, resolve(vault, request)))
        .and_then(|permit| settle(vault, permit));
    let executed = match verdict {
        Ok(permit) => execute(vault, permit, buffers),
        Err(denied) => denied.executed(buffers),
    };
    record(vault, executed)
}
