//! The JSON 1.1 protocol of AWS KMS, without a network: an operation's name and a body in, a status and a body out.
//!
//! `table` names the operations, their parameters and what runs them; `shape` says what a parameter may be, as the service's
//! data model does; the files of the families translate.

mod access_keys;
mod aliases;
mod arguments;
mod asked;
mod callers;
mod data_keys;
mod encryption;
mod facts;
mod grants;
mod imports;
mod keys;
mod macs;
mod members;
mod metadata;
mod pages;
mod policies;
mod refusal;
mod rotation;
mod shape;
mod table;
mod tags;
mod unjudged;
mod unsupported;
mod versions;

use std::cell::Cell;

use bytes::Bytes;

use crate::directory::Directory;
use crate::who::Who;

use self::arguments::Arguments;
use self::asked::Asked;
pub use self::refusal::Refusal;
use self::table::Operation;
use crate::object::Object;

/// What stands before an operation's name in `X-Amz-Target`.
pub const TARGET_PREFIX: &str = "TrentService.";

/// An answer as it is sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The name of the exception, if it is one.
    pub exception: Option<&'static str>,
    /// JSON, or nothing. Wiped when it is dropped.
    pub body: Bytes,
}

/// Answers a request: any bytes at all are answered.
#[must_use]
pub fn answer(directory: &Directory, who: &Who, operation: &str, body: &[u8]) -> Answer {
    match reply(directory, who, operation, body) {
        Ok(reply) => Answer { status: 200, exception: None, body: reply.into_body() },
        Err(refusal) => refusal.into_answer(),
    }
}

/// The names of all operations.
pub fn operations() -> impl Iterator<Item = &'static str> {
    table::all().map(|operation| operation.name)
}

/// Whether a body is a request of this operation, whatever a vault may say to it.
///
/// # Errors
/// What the client would be told.
pub fn check(operation: &str, body: &[u8]) -> Result<(), Refusal> {
    let operation = table::find(operation).ok_or_else(unknown_operation)?;
    Arguments::read(body, operation.parameters).map(drop)
}

/// The name of an operation that there is: what a request calls itself otherwise is not to be counted.
pub(crate) fn known_operation(name: &str) -> Option<&'static str> {
    table::find(name).map(|operation| operation.name)
}

/// The answer to an operation that there is not.
#[must_use]
pub fn unknown_operation() -> Refusal {
    Refusal::silent("UnknownOperationException")
}

fn reply(directory: &Directory, who: &Who, name: &str, body: &[u8]) -> Result<Object, Refusal> {
    let operation = table::find(name).ok_or_else(unknown_operation)?;
    let is_judged = Cell::new(false);
    let answered = run(directory, who, operation, body, &is_judged);
    match answered {
        Err(refusal) if !is_judged.get() => {
            Err(blocking(|| unjudged::recorded(directory, who, operation.name, refusal)))
        }
        answered => answered,
    }
}

/// Reads the request, and has a vault answer it.
fn run(
    directory: &Directory,
    who: &Who,
    operation: &'static Operation,
    body: &[u8],
    is_judged: &Cell<bool>,
) -> Result<Object, Refusal> {
    let arguments = Arguments::read(body, operation.parameters)?;
    let asked = Asked { directory, who, operation: operation.name, arguments: &arguments, is_judged };
    let mut reply = Object::new();
    if operation.waits {
        // The other requests of this thread go on elsewhere.
        blocking(|| (operation.run)(&asked, &mut reply))?;
    } else {
        (operation.run)(&asked, &mut reply)?;
    }
    Ok(reply)
}

/// Runs what waits for the disk, without keeping a server's thread from its other requests.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    let is_served = Handle::try_current().is_ok_and(|handle| {
        handle.runtime_flavor() == RuntimeFlavor::MultiThread && tokio::task::try_id().is_some()
    });
    if is_served { tokio::task::block_in_place(work) } else { work() }
}
