//! What a key is for. The algorithm of every operation follows from here, never from a caller or a ciphertext.

/// The kind of material a key has (AWS KMS Developer Guide, *Key spec reference*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySpec {
    /// 256-bit symmetric material, sealing by SR-1.
    #[default]
    SymmetricDefault,
}

/// What a key may be used for; fixed at creation (AWS KMS Developer Guide, *Key spec reference*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyUsage {
    /// Encrypt, Decrypt, ReEncrypt, data keys.
    #[default]
    EncryptDecrypt,
}

impl KeySpec {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeySpec::SymmetricDefault => "SYMMETRIC_DEFAULT",
        }
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            KeySpec::SymmetricDefault => 1,
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(KeySpec::SymmetricDefault),
            _ => None,
        }
    }
}

impl KeyUsage {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyUsage::EncryptDecrypt => "ENCRYPT_DECRYPT",
        }
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            KeyUsage::EncryptDecrypt => 1,
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(KeyUsage::EncryptDecrypt),
            _ => None,
        }
    }
}
