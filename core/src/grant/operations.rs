use core::fmt;

use crate::error::{Error, Parameter};
use crate::key::{KeyFacts, KeySpec, KeyUsage};
use crate::policy::Action;

/// The operations that a grant lists: at least one, and only such as grants can confer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GrantOperations(u128);

impl GrantOperations {
    /// How many operations there are at most.
    pub(crate) const COUNT_MAX: usize = 17;

    /// These operations; one given twice counts once.
    ///
    /// # Errors
    /// [`Error::Validation`] with [`Parameter::GrantOperations`]: none, or one that no grant can confer.
    pub fn new(operations: &[Action]) -> Result<Self, Error> {
        let mut bits = 0;
        for operation in operations {
            if !is_grantable(*operation) {
                return Err(Error::Validation(Parameter::GrantOperations));
            }
            bits |= bit(*operation);
        }
        if bits == 0 { Err(Error::Validation(Parameter::GrantOperations)) } else { Ok(GrantOperations(bits)) }
    }

    /// Whether the grant lists this operation.
    #[must_use]
    pub fn contains(&self, operation: Action) -> bool {
        self.0 & bit(operation) != 0
    }

    /// The operations, by number.
    pub fn iter(&self) -> impl Iterator<Item = Action> + '_ {
        Action::all().filter(|action| self.contains(*action))
    }

    /// Whether a key of this kind can do them all.
    pub(crate) fn fit(&self, facts: &KeyFacts) -> bool {
        self.iter().all(|operation| fits(operation, facts.spec, facts.usage))
    }

    pub(crate) fn are_among(&self, others: &Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Bit `n` is `bits[n / 8] >> (n mod 8) & 1`, as in compiled policies.
    pub(crate) const fn to_bits(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// `None` for no operation at all, or one that no grant can confer.
    pub(crate) fn from_bits(bits: [u8; 16]) -> Option<Self> {
        let bits = u128::from_le_bytes(bits);
        let known = Action::all().filter(|action| is_grantable(*action));
        let known = known.fold(0, |known, action| known | bit(action));
        (bits != 0 && bits & !known == 0).then_some(GrantOperations(bits))
    }
}

impl fmt::Debug for GrantOperations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// 0 for what policies do not name.
fn bit(operation: Action) -> u128 {
    1u128.checked_shl(u32::from(operation.number())).unwrap_or(0)
}

/// Whether a grant can confer this at all (AWS KMS API Reference, *CreateGrant*, Operations).
pub(crate) const fn is_grantable(operation: Action) -> bool {
    matches!(
        operation,
        Action::Decrypt
            | Action::Encrypt
            | Action::GenerateDataKey
            | Action::GenerateDataKeyWithoutPlaintext
            | Action::GenerateDataKeyPair
            | Action::GenerateDataKeyPairWithoutPlaintext
            | Action::ReEncryptFrom
            | Action::ReEncryptTo
            | Action::Sign
            | Action::Verify
            | Action::GenerateMac
            | Action::VerifyMac
            | Action::DeriveSharedSecret
            | Action::GetPublicKey
            | Action::DescribeKey
            | Action::CreateGrant
            | Action::RetireGrant
    )
}

/// Whether a key of this kind can do it (AWS KMS Developer Guide, *Creating grants*).
const fn fits(operation: Action, spec: KeySpec, usage: KeyUsage) -> bool {
    match (spec, usage) {
        (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt) => matches!(
            operation,
            Action::Decrypt
                | Action::Encrypt
                | Action::GenerateDataKey
                | Action::GenerateDataKeyWithoutPlaintext
                | Action::GenerateDataKeyPair
                | Action::GenerateDataKeyPairWithoutPlaintext
                | Action::ReEncryptFrom
                | Action::ReEncryptTo
                | Action::DescribeKey
                | Action::CreateGrant
                | Action::RetireGrant
        ),
        (_, KeyUsage::GenerateVerifyMac) => matches!(
            operation,
            Action::GenerateMac
                | Action::VerifyMac
                | Action::DescribeKey
                | Action::CreateGrant
                | Action::RetireGrant
        ),
        // No key is of such a kind.
        (_, KeyUsage::EncryptDecrypt) => false,
    }
}
