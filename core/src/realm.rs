//! Whose vault it is: one account in one Region of one partition, fixed at creation.

use heapless::String;

use crate::error::{Error, Parameter};
use crate::stack::blank_string;

/// An account: twelve digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// Reads twelve digits, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; 12] = text.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(AccountId(digits))
    }

    pub(crate) const fn of_digits(digits: [u8; 12]) -> Self {
        AccountId(digits)
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The partition, account and Region of a vault.
#[derive(Debug, PartialEq, Eq)]
pub struct Realm {
    partition: String<16>,
    account: String<12>,
    region: String<32>,
}

impl Realm {
    /// Names a realm.
    ///
    /// The partition and Region are 1 to 16 and 1 to 32 lower-case letters, digits and dashes; the account is 12 digits.
    ///
    /// # Errors
    /// [`Error::Validation`] with [`Parameter::Realm`] for anything else.
    pub fn new(partition: &str, account: &str, region: &str) -> Result<Self, Error> {
        const REFUSED: Error = Error::Validation(Parameter::Realm);
        let word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let account_ok = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        if !(word(partition) && word(region) && account_ok) || partition.len() > 16 || region.len() > 32 {
            return Err(REFUSED);
        }
        Ok(Realm {
            partition: blank_string(partition),
            account: blank_string(account),
            region: blank_string(region),
        })
    }

    /// For example `aws`.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// Twelve digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// For example `us-east-1`.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }
}

/// Into clean room: a Realm stays beside keys for as long as the vault is open.
impl Clone for Realm {
    fn clone(&self) -> Self {
        Realm {
            partition: blank_string(&self.partition),
            account: blank_string(&self.account),
            region: blank_string(&self.region),
        }
    }
}

impl Default for Realm {
    /// `aws`, `000000000000`, `us-east-1`.
    fn default() -> Self {
        Realm::new("aws", "000000000000", "us-east-1").unwrap_or(Realm {
            partition: String::new(),
            account: String::new(),
            region: String::new(),
        })
    }
}
