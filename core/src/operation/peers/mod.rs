//! Keys between vaults. Actions of ours.

mod answer;
pub(super) mod backup;
pub(super) mod export;
pub(super) mod identity;
pub(super) mod offer;
pub(super) mod peer;
pub(super) mod receive;
pub(super) mod restore;
