//! Keys between vaults. Actions of ours.

pub(super) mod export;
pub(super) mod identity;
pub(super) mod offer;
pub(super) mod peer;
pub(super) mod receive;
