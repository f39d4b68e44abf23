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
