//! Who asks. The caller is an argument: whoever embeds the vault establishes it.

use super::denial::{Denial, Listener, Reasons};
use super::form::Policy;
use super::language::PolicyKind;
use super::principal::Principal;
use crate::caller::ReadAt;
use crate::error::Error;
use crate::realm::Realm;

/// Who asks, and what is attached to them. The vault believes whoever embeds it: all of this must have been established
/// before.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    pub(crate) principal: Principal<'a>,
    identity_policies: &'a [&'a [u8]],
    tags: Pairs<'a>,
    session: Pairs<'a>,
    /// For a session of a role that the vault keeps: the ARN of the role, path and all.
    role: Option<&'a str>,
    /// For a caller that the vault keeps: when it was read there.
    read_at: Option<ReadAt>,
    /// What the audit log is to call the request, where whoever embeds the vault has named it.
    request_id: Option<[u8; 16]>,
    listener: Option<Listener<'a>>,
}

/// Names and values.
type Pairs<'a> = &'a [(&'a str, &'a str)];

impl<'a> Caller<'a> {
    /// The caller with this principal, see [`Principal::parse`], and nothing else.
    ///
    /// # Errors
    /// [`Error::InvalidCaller`].
    ///
    /// # Security
    /// The vault believes whoever embeds it: the principal must have been authenticated before.
    pub fn new(principal: &'a str) -> Result<Self, Error> {
        Ok(Caller {
            principal: Principal::parse(principal)?,
            identity_policies: &[],
            tags: &[],
            session: &[],
            role: None,
            read_at: None,
            request_id: None,
            listener: None,
        })
    }

    /// Attaches compiled identity policies, at most 256: those of the caller, and of the role that it is a session of.
    ///
    /// # Errors
    /// [`Error::MalformedPolicyDocument`]: one of them is no identity policy; [`Error::LimitExceeded`]: too many; for a
    /// service or a root user, which have none, [`Error::InvalidCaller`].
    pub fn with_identity_policies(self, policies: &'a [&'a [u8]]) -> Result<Self, Error> {
        if (self.principal.is_root() || self.principal.is_service()) && !policies.is_empty() {
            return Err(Error::InvalidCaller);
        }
        if policies.len() > usize::from(u8::MAX).saturating_add(1) {
            return Err(Error::LimitExceeded);
        }
        for policy in policies {
            let read = Policy::read(policy).and_then(|policy| policy.check().map(|()| policy.kind()));
            if read != Ok(PolicyKind::Identity) {
                return Err(Error::MalformedPolicyDocument);
            }
        }
        Ok(Caller { identity_policies: policies, ..self })
    }

    /// Attaches tags: `aws:PrincipalTag/NAME` in policies.
    #[must_use]
    pub const fn with_tags(self, tags: &'a [(&'a str, &'a str)]) -> Self {
        Caller { tags, ..self }
    }

    /// Says what else is known of this session, as condition keys with single values: `aws:SourceIp`,
    /// `sts:ExternalId`, `aws:MultiFactorAuthPresent`, `aws:TokenIssueTime`, `kms:ViaService` and the like. A key that
    /// the vault itself knows of a request keeps the vault's value.
    #[must_use]
    pub const fn with_session(self, keys: &'a [(&'a str, &'a str)]) -> Self {
        Caller { session: keys, ..self }
    }

    /// Names the next request: its event in the audit log has this id, by which whoever asked can be told of it. Without it
    /// the vault draws one. Nothing depends on it; whoever asks again gives another.
    #[must_use]
    pub const fn for_request(self, id: [u8; 16]) -> Self {
        Caller { request_id: Some(id), ..self }
    }

    /// Has denials explained: `listener` is told why each denied request of this caller was, before the request returns
    /// and after it is recorded, holding no lock. What can be told at all is in [`Denial`].
    ///
    /// # Security
    /// Only if the caller is the root user of the vault's own account: of anybody else's denials `listener` hears
    /// nothing, and the audit log alone says why.
    #[must_use]
    pub const fn explain_to(self, listener: &'a (dyn Fn(&Denial<'_>) + Sync)) -> Self {
        Caller { listener: Some(Listener(listener)), ..self }
    }

    pub(crate) fn of_role(self, role: &'a str) -> Self {
        Caller { role: Some(role), ..self }
    }

    pub(crate) fn role(&self) -> Option<&'a str> {
        self.role
    }

    pub(crate) fn read_at(self, read_at: Option<ReadAt>) -> Self {
        Caller { read_at, ..self }
    }

    /// Whether callers of this vault have changed since this one was read there.
    pub(crate) fn is_outdated(&self, vault_id: &[u8; 16], callers_since: u64) -> bool {
        self.read_at.is_some_and(|read| read.vault_id == *vault_id && read.revision < callers_since)
    }

    pub(crate) const fn request_id(&self) -> Option<[u8; 16]> {
        self.request_id
    }

    /// Who it is.
    #[must_use]
    pub const fn principal(&self) -> &Principal<'a> {
        &self.principal
    }

    pub(crate) fn identity_policies(&self) -> &'a [&'a [u8]] {
        self.identity_policies
    }

    pub(crate) fn tags(&self) -> Pairs<'a> {
        self.tags
    }

    pub(crate) fn session(&self) -> Pairs<'a> {
        self.session
    }

    /// Explanations of denials are for whom the default key policy would have admitted, which is the root user of the
    /// vault's own account.
    pub(crate) fn reasons(&self, realm: &Realm) -> Reasons<'a> {
        let may_see = self.principal.is_root() && self.principal.is_of(realm);
        if may_see { Reasons::Shown(self.listener) } else { Reasons::Withheld }
    }
}
