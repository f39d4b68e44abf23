//! What a key is for. The algorithm of every operation follows from here, never from a caller or a ciphertext.

/// The kind of material a key has (AWS KMS Developer Guide, *Key spec reference*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySpec {
    /// 256-bit symmetric material, sealing by SR-1.
    #[default]
    SymmetricDefault,
    /// Material for HMAC with SHA-224.
    Hmac224,
    /// Material for HMAC with SHA-256.
    Hmac256,
    /// Material for HMAC with SHA-384.
    Hmac384,
    /// Material for HMAC with SHA-512.
    Hmac512,
}

/// What a key may be used for; fixed at creation (AWS KMS Developer Guide, *Key spec reference*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyUsage {
    /// Encrypt, Decrypt, ReEncrypt, data keys.
    #[default]
    EncryptDecrypt,
    /// GenerateMac, VerifyMac.
    GenerateVerifyMac,
}

/// How a MAC is made (AWS KMS API Reference, *GenerateMac*, MacAlgorithm): each spec of a MAC key has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MacAlgorithm {
    /// HMAC with SHA-224.
    HmacSha224,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-384.
    HmacSha384,
    /// HMAC with SHA-512.
    HmacSha512,
}

/// Where a key's material comes from; fixed at creation (AWS KMS API Reference, *KeyMetadata*, Origin).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOrigin {
    /// Drawn by the vault.
    #[default]
    AwsKms,
    /// Imported; until then the key has none.
    External,
}

impl KeySpec {
    /// Every kind, in the order of their numbers.
    pub const ALL: [KeySpec; 5] =
        [KeySpec::SymmetricDefault, KeySpec::Hmac224, KeySpec::Hmac256, KeySpec::Hmac384, KeySpec::Hmac512];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeySpec::SymmetricDefault => "SYMMETRIC_DEFAULT",
            KeySpec::Hmac224 => "HMAC_224",
            KeySpec::Hmac256 => "HMAC_256",
            KeySpec::Hmac384 => "HMAC_384",
            KeySpec::Hmac512 => "HMAC_512",
        }
    }

    /// What a key of this kind is for: each has one usage.
    #[must_use]
    pub const fn usage(self) -> KeyUsage {
        match self {
            KeySpec::SymmetricDefault => KeyUsage::EncryptDecrypt,
            KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => {
                KeyUsage::GenerateVerifyMac
            }
        }
    }

    /// How a key of this kind makes MACs; `None` for one that does not.
    #[must_use]
    pub const fn mac_algorithm(self) -> Option<MacAlgorithm> {
        match self {
            KeySpec::SymmetricDefault => None,
            KeySpec::Hmac224 => Some(MacAlgorithm::HmacSha224),
            KeySpec::Hmac256 => Some(MacAlgorithm::HmacSha256),
            KeySpec::Hmac384 => Some(MacAlgorithm::HmacSha384),
            KeySpec::Hmac512 => Some(MacAlgorithm::HmacSha512),
        }
    }

    /// The one encryption algorithm of a key of this kind, by its name on the wire; `None` for one that does not encrypt.
    #[must_use]
    pub const fn encryption_algorithm(self) -> Option<&'static str> {
        match self {
            KeySpec::SymmetricDefault => Some("SYMMETRIC_DEFAULT"),
            KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => None,
        }
    }

    /// The length of material that the vault draws, in bytes.
    #[must_use]
    pub const fn material_len(self) -> usize {
        match self {
            KeySpec::SymmetricDefault | KeySpec::Hmac256 => 32,
            KeySpec::Hmac224 => 28,
            KeySpec::Hmac384 => 48,
            KeySpec::Hmac512 => 64,
        }
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            KeySpec::SymmetricDefault => 1,
            KeySpec::Hmac224 => 2,
            KeySpec::Hmac256 => 3,
            KeySpec::Hmac384 => 4,
            KeySpec::Hmac512 => 5,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| spec.number() == number)
    }
}

impl KeyUsage {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyUsage::EncryptDecrypt => "ENCRYPT_DECRYPT",
            KeyUsage::GenerateVerifyMac => "GENERATE_VERIFY_MAC",
        }
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            KeyUsage::EncryptDecrypt => 1,
            KeyUsage::GenerateVerifyMac => 2,
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(KeyUsage::EncryptDecrypt),
            2 => Some(KeyUsage::GenerateVerifyMac),
            _ => None,
        }
    }
}

impl MacAlgorithm {
    /// Every algorithm, in the order of their numbers.
    pub const ALL: [MacAlgorithm; 4] = [
        MacAlgorithm::HmacSha224,
        MacAlgorithm::HmacSha256,
        MacAlgorithm::HmacSha384,
        MacAlgorithm::HmacSha512,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            MacAlgorithm::HmacSha224 => "HMAC_SHA_224",
            MacAlgorithm::HmacSha256 => "HMAC_SHA_256",
            MacAlgorithm::HmacSha384 => "HMAC_SHA_384",
            MacAlgorithm::HmacSha512 => "HMAC_SHA_512",
        }
    }

    /// The length of a MAC, in bytes: nothing is cut off.
    #[must_use]
    pub const fn mac_len(self) -> usize {
        match self {
            MacAlgorithm::HmacSha224 => 28,
            MacAlgorithm::HmacSha256 => 32,
            MacAlgorithm::HmacSha384 => 48,
            MacAlgorithm::HmacSha512 => 64,
        }
    }

    /// The suite in a versioned MAC: beside those of ciphertexts, so that neither is taken for the other.
    pub(crate) const fn suite(self) -> u8 {
        match self {
            MacAlgorithm::HmacSha224 => 17,
            MacAlgorithm::HmacSha256 => 18,
            MacAlgorithm::HmacSha384 => 19,
            MacAlgorithm::HmacSha512 => 20,
        }
    }

    pub(crate) fn from_suite(suite: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.suite() == suite)
    }
}

impl KeyOrigin {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyOrigin::AwsKms => "AWS_KMS",
            KeyOrigin::External => "EXTERNAL",
        }
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            KeyOrigin::AwsKms => 1,
            KeyOrigin::External => 2,
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(KeyOrigin::AwsKms),
            2 => Some(KeyOrigin::External),
            _ => None,
        }
    }
}
