//! Who asks, and in which Region: established once per request, before any vault is asked.

use std::sync::Arc;

use strongroom_core::AccountId;
use strongroom_std::caller::{CallerReceipt, StoredCaller};
use strongroom_std::{Caller, Error, Vault};

/// Who asks, and in which Region.
#[derive(Clone, Debug)]
pub struct Who {
    /// The ARN of the principal.
    pub principal: String,
    /// Its account.
    pub account: AccountId,
    /// The Region that the request is for.
    pub region: String,
    /// Where its identity policies are.
    pub policies: Policies,
    /// What its event in the audit log is called; where nothing is said, the vault says it.
    pub request_id: Option<[u8; 16]>,
    /// What else is known of the request, as condition keys: `aws:SourceIp` and the like.
    pub facts: Vec<(&'static str, String)>,
}

/// What a vault keeps of a caller, as it was read.
#[derive(Debug)]
pub struct KeptCaller {
    buffer: Vec<u8>,
    receipt: CallerReceipt,
    /// The ARN of the user or role.
    principal: String,
}

impl KeptCaller {
    /// Reads it.
    ///
    /// # Errors
    /// [`Error::NotFound`]: the vault keeps none of this name.
    pub(crate) fn read(vault: &Vault, name: &str) -> Result<Self, Error> {
        let mut buffer = Vec::new();
        let stored = vault.caller(name, &mut buffer)?;
        let (receipt, principal) = (stored.receipt().ok_or(Error::Bug)?, stored.principal.to_owned());
        drop(stored);
        buffer.truncate(receipt.buffer_len());
        buffer.shrink_to_fit();
        Ok(KeptCaller { buffer, receipt, principal })
    }

    /// The ARN of the user or role.
    pub(crate) fn principal(&self) -> &str {
        &self.principal
    }
}

/// Where the identity policies of a principal are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Policies {
    /// It has none: a root user.
    None,
    /// The vault keeps it.
    Kept {
        /// The vault of its account that made its access key.
        vault: Vault,
        /// The name that the user or role is kept under.
        name: String,
        /// Whether it is a session of the role of that name.
        is_session: bool,
        /// What the vault keeps of it, as it was read when it was established.
        kept: Arc<KeptCaller>,
    },
}

impl Who {
    /// The root user of an account.
    #[must_use]
    pub fn root(account: AccountId, region: &str) -> Self {
        let principal = format!("arn:{}:iam::{}:root", partition(region), account.as_str());
        let (policies, region) = (Policies::None, region.to_owned());
        Who { principal, account, region, policies, request_id: None, facts: Vec::new() }
    }

    /// Asks in this name.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(&Caller<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let facts: Vec<(&str, &str)> =
            self.facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let named = |caller: Caller<'_>| {
            let caller = caller.with_session(&facts);
            match self.request_id {
                Some(id) => ask(&caller.for_request(id)),
                None => ask(&caller),
            }
        };
        match &self.policies {
            Policies::None => named(Caller::new(&self.principal)?),
            Policies::Kept { kept, is_session, .. } => {
                let stored = StoredCaller::again(&kept.buffer, kept.receipt)?;
                let caller =
                    if *is_session { stored.as_session(&self.principal)? } else { stored.as_caller()? };
                named(caller)
            }
        }
    }
}

/// Beginnings of the names of Regions, and their partitions; all others are in `aws`.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
];

/// The partition that a Region is in.
pub(crate) fn partition(region: &str) -> &'static str {
    let found = PARTITIONS.iter().find(|(beginning, _)| region.starts_with(beginning));
    found.map_or("aws", |(_, partition)| partition)
}
