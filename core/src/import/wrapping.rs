use crate::error::Error;
use crate::limits::MATERIAL_LEN_MAX;
use crate::secret::Secret;

/// How key material is encrypted on its way into the vault (AWS KMS API Reference, *GetParametersForImport*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WrappingAlgorithm {
    /// HPKE in base mode with X25519, HKDF-SHA-256 and AES-256-GCM (RFC 9180): ours, for devices.
    HpkeX25519Sha256Aes256Gcm,
    /// RSA-OAEP with SHA-256, also in its mask, and an empty label (RFC 8017).
    RsaesOaepSha256,
    /// RSA-OAEP with SHA-256 of a one-time AES-256 key, and the material under that (RFC 5649).
    RsaAesKeyWrapSha256,
}

/// The kind of wrapping key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WrappingKeySpec {
    /// For HPKE.
    X25519,
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
}

/// What makes wrapping keys and unwraps with them. The vault decides when, and whether what comes out may be imported.
///
/// # Contract
/// A private half that is made twice, or kept anywhere but where it is handed to, lets whoever finds it read the material
/// that was wrapped for it. Unwrapping must not tell by its time or its error why it fails.
pub trait Wrapping {
    /// Makes a fresh key pair: hands the private half to `keep`, writes the public half to the front of `public`, as a
    /// SubjectPublicKeyInfo in DER, and answers its length. `keep` takes at most [`WrappingKeySpec::private_key_len_max`]
    /// bytes; `public` has room for [`WrappingKeySpec::public_key_len`].
    ///
    /// # Errors
    /// [`Error::UnsupportedOperation`]: this algorithm or kind of key is not known here. [`Error::Entropy`]. What `keep`
    /// answers.
    fn make(
        &self,
        algorithm: WrappingAlgorithm,
        spec: WrappingKeySpec,
        keep: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        public: &mut [u8],
    ) -> Result<usize, Error>;

    /// Unwraps `wrapped` with the private half that [`Wrapping::make`] handed over, to the front of `out`, and answers how
    /// many bytes it is. `token` is the import token, which HPKE binds.
    ///
    /// # Errors
    /// [`Error::InvalidCiphertext`]: it does not unwrap. [`Error::IncorrectKeyMaterial`]: it is longer than `out`.
    /// [`Error::UnsupportedOperation`].
    fn unwrap(
        &self,
        algorithm: WrappingAlgorithm,
        private: &[u8],
        token: &[u8],
        wrapped: &[u8],
        out: &mut Secret<MATERIAL_LEN_MAX>,
    ) -> Result<usize, Error>;
}

impl WrappingAlgorithm {
    /// Every algorithm, in the order of their numbers.
    pub const ALL: [WrappingAlgorithm; 3] = [
        WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
        WrappingAlgorithm::RsaesOaepSha256,
        WrappingAlgorithm::RsaAesKeyWrapSha256,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm => "HPKE_X25519_SHA_256_AES_256_GCM",
            WrappingAlgorithm::RsaesOaepSha256 => "RSAES_OAEP_SHA_256",
            WrappingAlgorithm::RsaAesKeyWrapSha256 => "RSA_AES_KEY_WRAP_SHA_256",
        }
    }

    /// Whether it works with keys of this kind.
    #[must_use]
    pub const fn goes_with(self, spec: WrappingKeySpec) -> bool {
        let is_hpke = matches!(self, WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm);
        is_hpke == matches!(spec, WrappingKeySpec::X25519)
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm => 1,
            WrappingAlgorithm::RsaesOaepSha256 => 2,
            WrappingAlgorithm::RsaAesKeyWrapSha256 => 3,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.number() == number)
    }
}

impl WrappingKeySpec {
    /// Every kind, in the order of their numbers.
    pub const ALL: [WrappingKeySpec; 4] = [
        WrappingKeySpec::X25519,
        WrappingKeySpec::Rsa2048,
        WrappingKeySpec::Rsa3072,
        WrappingKeySpec::Rsa4096,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            WrappingKeySpec::X25519 => "X25519",
            WrappingKeySpec::Rsa2048 => "RSA_2048",
            WrappingKeySpec::Rsa3072 => "RSA_3072",
            WrappingKeySpec::Rsa4096 => "RSA_4096",
        }
    }

    /// The length of a public key as a SubjectPublicKeyInfo, in bytes; of RSA keys with the exponent 65537.
    #[must_use]
    pub const fn public_key_len(self) -> usize {
        match self {
            WrappingKeySpec::X25519 => 44,
            WrappingKeySpec::Rsa2048 => 294,
            WrappingKeySpec::Rsa3072 => 422,
            WrappingKeySpec::Rsa4096 => 550,
        }
    }

    /// The most bytes of a private key; of RSA keys as PKCS#8 in DER.
    #[must_use]
    pub const fn private_key_len_max(self) -> usize {
        match self {
            WrappingKeySpec::X25519 => 32,
            WrappingKeySpec::Rsa2048 => 1_280,
            WrappingKeySpec::Rsa3072 => 1_856,
            WrappingKeySpec::Rsa4096 => 2_432,
        }
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            WrappingKeySpec::X25519 => 1,
            WrappingKeySpec::Rsa2048 => 2,
            WrappingKeySpec::Rsa3072 => 3,
            WrappingKeySpec::Rsa4096 => 4,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| spec.number() == number)
    }
}
