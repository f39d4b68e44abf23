//! Message authentication codes.

pub(super) mod generate_mac;
mod message_mac;
pub(super) mod verify_mac;
