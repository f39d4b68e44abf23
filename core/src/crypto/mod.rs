//! Everything cryptographic, in the order of use: primitives, the sealing function pair SR-1, and the labels that keep
//! every use of a key apart. No other folder imports a cryptographic crate.

#[cfg(feature = "hpke")]
mod hpke;
pub(crate) mod labels;
mod mac_material;
mod primitives;
pub mod sr1;

#[cfg(feature = "hpke")]
pub use self::hpke::HpkeWrapping;
pub use labels::Purpose;
pub(crate) use mac_material::MacMaterial;
pub use primitives::{AuthenticationFailed, MacKey, Primitives, RustCrypto};
