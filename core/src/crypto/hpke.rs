//! HPKE (RFC 9180) in base mode, for key material on its way into the vault: X25519, HKDF-SHA-256, AES-256-GCM.

use hpke::aead::{AeadTag, AesGcm256};
use hpke::inout::InOutBuf;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, Serializable, setup_receiver};
use zeroize::Zeroize;

use super::labels;
use crate::error::{Error, Reason};
use crate::format::bytes::Writer;
use crate::import::{IMPORT_TOKEN_LEN, Wrapping, WrappingAlgorithm, WrappingKeySpec};
use crate::limits::MATERIAL_LEN_MAX;
use crate::platform::Entropy;
use crate::secret::Secret;

/// What stands before an X25519 key in a SubjectPublicKeyInfo (RFC 8410).
const PUBLIC_KEY_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00];
const ENCAPSULATED_LEN: usize = 32;
const TAG_LEN: usize = 16;
const INFO_LEN: usize = 4 + IMPORT_TOKEN_LEN;

/// Wraps imports with HPKE, without a heap. Wrapped material is `encapsulated key (32) ‖ ciphertext ‖ tag (16)`, with
/// `"SRiw" ‖ import token` as HPKE's `info` and no associated data: the token names purpose, vault and key.
#[derive(Clone, Copy)]
pub struct HpkeWrapping<'e, E: Entropy>(
    /// Where wrapping keys are drawn from: that of the platform.
    pub &'e E,
);

impl<E: Entropy> core::fmt::Debug for HpkeWrapping<'_, E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HpkeWrapping")
    }
}

impl<E: Entropy> Wrapping for HpkeWrapping<'_, E> {
    fn make(
        &self,
        algorithm: WrappingAlgorithm,
        _: WrappingKeySpec,
        keep: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        public: &mut [u8],
    ) -> Result<usize, Error> {
        if algorithm != WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm {
            return Err(Error::UnsupportedOperation);
        }
        let mut seed = Secret::<32>::zeroed();
        seed.draw(self.0)?;
        let (private_key, public_key) = seed.expose(|seed| X25519HkdfSha256::derive_keypair(seed));
        let mut private = private_key.to_bytes();
        let kept = keep(&private);
        private.as_mut_slice().zeroize();
        kept?;
        let mut writer = Writer::new(public);
        writer.put(&PUBLIC_KEY_PREFIX);
        writer.put(&public_key.to_bytes());
        writer.finish()
    }

    fn unwrap(
        &self,
        algorithm: WrappingAlgorithm,
        private: &[u8],
        token: &[u8],
        wrapped: &[u8],
        out: &mut Secret<MATERIAL_LEN_MAX>,
    ) -> Result<usize, Error> {
        if algorithm != WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm {
            return Err(Error::UnsupportedOperation);
        }
        let refused = Error::InvalidCiphertext(Reason::NotUnwrapped);
        let mut info = [0; INFO_LEN];
        let mut writer = Writer::new(&mut info);
        writer.put(labels::IMPORT_WRAPPING);
        writer.put(token);
        let info_len = writer.finish().map_err(|_| Error::Bug)?;
        let info = info.get(..info_len).ok_or(Error::Bug)?;

        let (encapsulated, sealed) = wrapped.split_at_checked(ENCAPSULATED_LEN).ok_or(refused)?;
        let (body, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(refused)?;
        let private_key =
            <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(private).map_err(|_| Error::Bug)?;
        let encapsulated =
            <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| refused)?;
        let tag = AeadTag::<AesGcm256>::from_bytes(tag).map_err(|_| refused)?;
        let mut receiver = setup_receiver::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &private_key,
            &encapsulated,
            info,
        )
        .map_err(|_| refused)?;
        out.fill_with(|out| {
            let out = out.get_mut(..body.len()).ok_or(Error::IncorrectKeyMaterial)?;
            out.copy_from_slice(body);
            receiver.open_inout_detached(InOutBuf::from(out), &[], &tag).map_err(|_| refused)
        })?;
        Ok(body.len())
    }
}
