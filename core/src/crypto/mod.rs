//! Everything cryptographic, in the order of use: primitives, the sealing function pair SR-1, and the labels that keep
//! every use of a key apart. No other folder imports a cryptographic crate.

#[cfg(feature = "hpke")]
mod hpke;
pub(crate) mod labels;
mod mac_material;
mod primitives;
mod self_test;
pub mod sr1;

#[cfg(feature = "hpke")]
pub use self::hpke::HpkeWrapping;
pub use labels::Purpose;
pub(crate) use mac_material::MacMaterial;
pub use primitives::{AuthenticationFailed, MacKey, Primitives, RustCrypto};
pub use self_test::Unfit;
#[cfg(test)]
pub(crate) use self_test::broken::Broken;
pub(crate) use self_test::{generator_health, known_answers};
