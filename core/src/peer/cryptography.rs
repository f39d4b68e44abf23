use crate::error::Error;
use crate::secret::Secret;

/// Length of an X-Wing encapsulation key: ML-KEM-768, then X25519.
pub const SEALING_KEY_LEN: usize = 1216;
/// Length of an X-Wing ciphertext.
pub const ENCAPSULATED_LEN: usize = 1120;
/// Length of an Ed25519 signature.
pub const SIGNATURE_LEN: usize = 64;

/// The asymmetric primitives between vaults. Private halves are seeds of 32 bytes, which the vault draws and keeps.
///
/// # Contract
/// The functions compute exactly what their standards say, in constant time in their secret arguments, and keep nothing: a seed that
/// stays anywhere lets whoever finds it speak for the vault, or open what was sealed to it.
pub trait PeerCryptography {
    /// The public half of an identity: an Ed25519 public key (RFC 8032, section 5.1.5).
    fn public_key(&self, seed: &Secret<32>) -> [u8; 32];

    /// An Ed25519 signature (RFC 8032, section 5.1.6).
    fn sign(&self, seed: &Secret<32>, message: &[u8]) -> [u8; SIGNATURE_LEN];

    /// Whether this is a signature of the message under the key (RFC 8032, section 5.1.7). Keys and signatures that are not
    /// canonical, and keys of small order, are refused.
    fn verify(&self, public_key: &[u8; 32], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool;

    /// The public half of a one-time key: an X-Wing encapsulation key (draft-connolly-cfrg-xwing-kem), X25519 with ML-KEM-768.
    fn sealing_key(&self, seed: &Secret<32>) -> [u8; SEALING_KEY_LEN];

    /// Makes a shared secret for whoever has the private half, of fresh randomness.
    ///
    /// # Errors
    /// [`Error::Validation`]: this is no such key.
    fn encapsulate(
        &self,
        sealing_key: &[u8; SEALING_KEY_LEN],
        randomness: &Secret<64>,
        shared: &mut Secret<32>,
    ) -> Result<[u8; ENCAPSULATED_LEN], Error>;

    /// The shared secret again. Of what was not made for this key, another one, which opens nothing.
    fn decapsulate(&self, seed: &Secret<32>, encapsulated: &[u8; ENCAPSULATED_LEN], shared: &mut Secret<32>);
}
