//! Vaults that keys travel between: who a vault is to another one, and what both rely on for it.
//!
//! The target makes an offer: a nonce, and the public half of a key for one bundle. The source seals one key to it, with all
//! its versions, and signs. The target takes it if it knows the source, and destroys the private half in any case. A whole vault
//! is sealed to an offer in the same way: see [`crate::backup`].

mod cryptography;
mod identity;
mod key_bundle;
mod offer;
mod parties;
mod sealing;
mod signed;

pub use cryptography::{ENCAPSULATED_LEN, PeerCryptography, SEALING_KEY_LEN, SIGNATURE_LEN};
pub use identity::{Fingerprint, VaultIdentity};
pub use key_bundle::KEY_BUNDLE_LEN_MAX;
pub(crate) use key_bundle::{KeyBundle, KeyBundleHeader, MATERIALS_LEN_MAX, SentVersion};
pub use offer::OFFER_LEN;
pub(crate) use offer::{OFFER_STATED_LEN, Offer};
pub(crate) use parties::Parties;
pub(crate) use sealing::{bundle_key, vault_bundle_key};
pub(crate) use signed::{check, sign};
