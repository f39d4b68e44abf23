//! Keys: made, described, managed, their policies, their end.

pub(super) mod deletion;
pub(super) mod describe;
pub(super) mod key_policy;
pub(super) mod manage;
