//! How imports are wrapped on a desktop or server: with RSA, as other clients of the KMS API do it, and with HPKE.
//!
//! The private key lives for one import and a day at most (`docs/keys.md` says what that is worth against attacks by time).
//! It is made here and kept by the vault, sealed, so that a restart does not lose it.

use aes_kw::{KeyInit, KwpAes256};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use rsa::sha2::Sha256;
use rsa::traits::PublicKeyParts;
use rsa::{Oaep, RsaPrivateKey};
use strongroom_core::crypto::HpkeWrapping;
use strongroom_core::error::Reason;
use strongroom_core::import::{Wrapping, WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::limits::MATERIAL_LEN_MAX;
use strongroom_core::platform::Entropy;
use strongroom_core::{Error, Secret};
use zeroize::Zeroizing;

use crate::threads::OsEntropy;

#[cfg(test)]
mod wycheproof;

/// The integrity block of RFC 5649, before the material.
const INTEGRITY_LEN: usize = 8;

/// Every wrapping algorithm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DesktopWrapping;

impl Wrapping for DesktopWrapping {
    fn make(
        &self,
        algorithm: WrappingAlgorithm,
        spec: WrappingKeySpec,
        keep: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        public: &mut [u8],
    ) -> Result<usize, Error> {
        let bits = match spec {
            WrappingKeySpec::X25519 => return HpkeWrapping(&OsEntropy).make(algorithm, spec, keep, public),
            WrappingKeySpec::Rsa2048 => 2048,
            WrappingKeySpec::Rsa3072 => 3072,
            WrappingKeySpec::Rsa4096 => 4096,
            _ => return Err(Error::UnsupportedOperation),
        };
        let key = RsaPrivateKey::new(&mut generator()?, bits).map_err(|_| Error::Bug)?;
        keep(key.to_pkcs8_der().map_err(|_| Error::Bug)?.as_bytes())?;
        let written = key.to_public_key().to_public_key_der().map_err(|_| Error::Bug)?;
        let place = public.get_mut(..written.as_bytes().len()).ok_or(Error::Bug)?;
        place.copy_from_slice(written.as_bytes());
        Ok(place.len())
    }

    fn unwrap(
        &self,
        algorithm: WrappingAlgorithm,
        private: &[u8],
        token: &[u8],
        wrapped: &[u8],
        out: &mut Secret<MATERIAL_LEN_MAX>,
    ) -> Result<usize, Error> {
        match algorithm {
            WrappingAlgorithm::RsaesOaepSha256 => {
                let material = open_oaep(&private_key(private)?, wrapped)?;
                out.fill_with(|out| {
                    let out = out.get_mut(..material.len()).ok_or(Error::IncorrectKeyMaterial)?;
                    out.copy_from_slice(&material);
                    Ok(material.len())
                })
            }
            WrappingAlgorithm::RsaAesKeyWrapSha256 => unwrap_with_aes(&private_key(private)?, wrapped, out),
            other => HpkeWrapping(&OsEntropy).unwrap(other, private, token, wrapped, out),
        }
    }
}

/// The same for every cause.
const REFUSED: Error = Error::InvalidCiphertext(Reason::NotUnwrapped);

/// A generator for the crates that want one that cannot fail: seeded for each use, which can.
fn generator() -> Result<ChaCha20Rng, Error> {
    let mut seed = Zeroizing::new([0; 32]);
    OsEntropy.fill(&mut *seed).map_err(|_| Error::Entropy)?;
    Ok(ChaCha20Rng::from_seed(*seed))
}

fn private_key(bytes: &[u8]) -> Result<RsaPrivateKey, Error> {
    RsaPrivateKey::from_pkcs8_der(bytes).map_err(|_| Error::Bug)
}

/// RSA-OAEP with SHA-256 and an empty label, blinded.
fn open_oaep(key: &RsaPrivateKey, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let opened = key.decrypt_blinded(&mut generator()?, Oaep::<Sha256>::new(), wrapped);
    opened.map(Zeroizing::new).map_err(|_| REFUSED)
}

/// A one-time AES key under RSA-OAEP, and the material under that key.
fn unwrap_with_aes(
    key: &RsaPrivateKey,
    wrapped: &[u8],
    out: &mut Secret<MATERIAL_LEN_MAX>,
) -> Result<usize, Error> {
    let (one_time, sealed) = wrapped.split_at_checked(key.size()).ok_or(REFUSED)?;
    let one_time = open_oaep(key, one_time)?;
    let one_time = Zeroizing::new(<[u8; 32]>::try_from(one_time.as_slice()).map_err(|_| REFUSED)?);
    unwrap_padded(&one_time, sealed, out)
}

/// AES key wrap with padding (RFC 5649).
fn unwrap_padded(key: &[u8; 32], sealed: &[u8], out: &mut Secret<MATERIAL_LEN_MAX>) -> Result<usize, Error> {
    // The material, padded to eight bytes, behind eight of integrity.
    let longest = MATERIAL_LEN_MAX.saturating_add(INTEGRITY_LEN);
    if sealed.len() <= INTEGRITY_LEN || !sealed.len().is_multiple_of(8) {
        return Err(REFUSED);
    }
    if sealed.len() > longest {
        return Err(Error::IncorrectKeyMaterial);
    }
    let cipher = KwpAes256::new(key.into());
    out.fill_with(|out| cipher.unwrap_key(sealed, out).map(<[u8]>::len).map_err(|_| REFUSED))
}
