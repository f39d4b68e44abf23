//! A caller as it is stored.

use heapless::Vec;

use crate::crypto::sr1;
use crate::error::Error;
use crate::format::bytes::Malformed;
use crate::format::caller_record;
use crate::limits::{CALLER_POLICIES_MAX, CALLER_TAGS_MAX};
use crate::policy::{Caller, Principal, PrincipalEntry};

/// When and where a caller was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadAt {
    pub(crate) vault_id: [u8; 16],
    pub(crate) revision: u64,
}

/// What [`StoredCaller::again`] needs to know of a buffer that a caller was read into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerReceipt {
    pub(crate) len: usize,
    pub(crate) read_at: ReadAt,
}

impl CallerReceipt {
    /// How much of the front of the buffer has to be kept.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        sr1::HEAD_LEN.saturating_add(self.len)
    }
}

/// A named caller, borrowed from the buffer that it was read into.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredCaller<'b> {
    /// The name that it is kept under.
    pub name: &'b str,
    /// The ARN of a user, role or federated user.
    pub principal: &'b str,
    /// Milliseconds since 1970 of when this was written, or `None` where the vault had no clock.
    pub written_ms: Option<u64>,
    /// Tags: `aws:PrincipalTag/NAME` in policies.
    pub tags: Vec<(&'b str, &'b str), CALLER_TAGS_MAX>,
    /// Compiled identity policies.
    pub identity_policies: Vec<&'b [u8], CALLER_POLICIES_MAX>,
    pub(crate) receipt: Option<CallerReceipt>,
}

impl<'b> StoredCaller<'b> {
    /// Reads a caller again from the buffer that [`crate::Vault::caller`] read it into, without asking the vault. It is as
    /// old as it was then: see [`crate::Vault::callers_revision`].
    ///
    /// # Errors
    /// [`Error::InvalidCaller`]: that is not in the buffer.
    pub fn again(buffer: &'b [u8], receipt: CallerReceipt) -> Result<Self, Error> {
        let plaintext = buffer.get(sr1::HEAD_LEN..).and_then(|rest| rest.get(..receipt.len));
        let stored = plaintext.and_then(|plaintext| caller_record::read(plaintext).ok());
        let stored = stored.ok_or(Error::InvalidCaller)?;
        Ok(StoredCaller { receipt: Some(receipt), ..stored })
    }

    /// What [`StoredCaller::again`] needs; `None` if it was not read in order to ask in its name.
    #[must_use]
    pub const fn receipt(&self) -> Option<CallerReceipt> {
        self.receipt
    }

    /// A caller without tags and policies yet.
    pub(crate) fn new(name: &'b str, principal: &'b str, written_ms: Option<u64>) -> Self {
        let (tags, identity_policies) = (Vec::new(), Vec::new());
        StoredCaller { name, principal, written_ms, tags, identity_policies, receipt: None }
    }

    /// The caller itself, to ask with.
    ///
    /// # Errors
    /// [`Error::Bug`]: the record is not what was once checked.
    pub fn as_caller(&self) -> Result<Caller<'_>, Error> {
        self.with_principal(self.principal)
    }

    /// A session of the role that this caller is: its tags and policies under the session's own ARN. Further keys of the
    /// session, such as `sts:ExternalId`, are the caller's to add, see [`Caller::with_session`].
    ///
    /// # Errors
    /// [`Error::InvalidCaller`]: this is no role, or the ARN is no session of it.
    pub fn as_session<'s>(&'s self, session: &'s str) -> Result<Caller<'s>, Error> {
        let principal = Principal::parse(session)?;
        let is_of_role = principal.matched_by(&PrincipalEntry::Arn(self.principal)).is_some();
        if principal.session_role().is_none() || !is_of_role {
            return Err(Error::InvalidCaller);
        }
        Ok(self.with_principal(session)?.of_role(self.principal))
    }

    fn with_principal<'s>(&'s self, principal: &'s str) -> Result<Caller<'s>, Error> {
        let caller = Caller::new(principal)?.with_tags(&self.tags);
        Ok(caller
            .with_identity_policies(&self.identity_policies)?
            .read_at(self.receipt.map(|receipt| receipt.read_at)))
    }

    pub(crate) fn push_tag(&mut self, name: &'b str, value: &'b str) -> Result<(), Malformed> {
        self.tags.push((name, value)).map_err(|_| Malformed)
    }

    pub(crate) fn push_policy(&mut self, policy: &'b [u8]) -> Result<(), Malformed> {
        self.identity_policies.push(policy).map_err(|_| Malformed)
    }
}
