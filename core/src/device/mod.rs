//! Talking to a vault on a device over a line: requests and answers in a compact binary form, framed.
//!
//! A message is encoded with postcard, followed by its CRC-32C, framed with COBS and ended by a zero byte
//! (`docs/firmware.md`). The host sends [`Request`]s, one at a time; the device answers each with one [`Answer`]. What the
//! device can be asked comes in families, each carried out by one function here: an image links only the families that it
//! calls.
//!
//! # Security
//! The line is trusted: it carries plaintexts and unlock secrets in clear, and whoever is at its other end can ask as any
//! caller. A device that several parties can reach establishes who asks before it calls the vault.

mod answer;
mod frame;
mod message;

pub use answer::{Streams, administer, as_caller, data, keys, macs, open_sealed, streams};
pub use frame::{FrameError, decode, frame_len, frame_of, write};
pub use message::{
    Administration, Answer, Ask, Board, CALLER_RECORD_LEN, CONTEXT_PAIRS, Context, Data, Family, Figures,
    Keys, Macs, PRIMITIVES, Request, SealedVector, Spent, Streaming,
};
