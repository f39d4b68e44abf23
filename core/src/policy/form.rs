//! The compiled form of a policy, read in place: no copy, no recursion, work bounded by its length.
//!
//! `docs/format.md`, section 8, specifies the bytes. A form that is malformed, newer, or holds a condition block (which
//! this version does not understand) is an error, and an error denies.

use crate::format::bytes::{Malformed, Reader};
use crate::policy::Action;
use crate::policy::pattern::matches_ignoring_case;

pub(super) const FORMAT: u8 = 1;
pub(super) const NOT_PRINCIPAL: u8 = 1;
pub(super) const NOT_ACTION: u8 = 2;
pub(super) const NOT_RESOURCE: u8 = 4;
pub(super) const HAS_SID: u8 = 8;

/// The bytes are not a compiled policy that this version understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedPolicy;

impl From<Malformed> for MalformedPolicy {
    fn from(_: Malformed) -> Self {
        MalformedPolicy
    }
}

/// Where a policy is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// Nowhere: no policy decided.
    None,
    /// To a key.
    Key,
    /// To a caller.
    Identity,
}

impl PolicyKind {
    pub(crate) const fn number(self) -> u8 {
        match self {
            PolicyKind::None => 0,
            PolicyKind::Key => 1,
            PolicyKind::Identity => 2,
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(PolicyKind::None),
            1 => Some(PolicyKind::Key),
            2 => Some(PolicyKind::Identity),
            _ => None,
        }
    }
}

/// What a statement does where it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allows.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

/// Whom a statement of a key policy names (`policy-evaluation`, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalEntry<'a> {
    /// `*`: everyone but services.
    Everyone,
    /// An account, by its twelve digits.
    Account(&'a str),
    /// A user, role, session or federated user, by its ARN.
    Arn(&'a str),
    /// A service, by its name.
    Service(&'a str),
}

/// A compiled policy.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    pub(super) kind: PolicyKind,
    count: u16,
    statements: Reader<'a>,
}

/// A statement of a compiled policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct CompiledStatement<'a> {
    pub(super) effect: Effect,
    flags: u8,
    action_count: u8,
    action_bits: [u8; 16],
    actions: List<'a>,
    principals: List<'a>,
    resources: List<'a>,
}

/// A counted list, not yet taken apart.
#[derive(Clone, Copy, Debug)]
struct List<'a> {
    count: u16,
    items: Reader<'a>,
}

impl<'a> Policy<'a> {
    /// Reads the head of a compiled policy.
    ///
    /// # Errors
    /// [`MalformedPolicy`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, MalformedPolicy> {
        let mut reader = Reader::new(bytes);
        let [format, kind, language, zero] = reader.array()?;
        let kind = PolicyKind::from_number(kind).filter(|kind| *kind != PolicyKind::None);
        if format != FORMAT || language > 1 || zero != 0 {
            return Err(MalformedPolicy);
        }
        let count = reader.u16()?;
        reader.text()?;
        Ok(Policy { kind: kind.ok_or(MalformedPolicy)?, count, statements: reader })
    }

    /// Reads every byte once, so that nothing is stored as a key policy that [`super::PolicyBuilder`] would not write.
    ///
    /// # Errors
    /// [`MalformedPolicy`].
    pub fn check_as_key_policy(&self) -> Result<(), MalformedPolicy> {
        if self.kind != PolicyKind::Key || self.count == 0 {
            return Err(MalformedPolicy);
        }
        self.statements().try_for_each(|statement| statement?.check())
    }

    /// The statements in order, and an error behind them if anything follows.
    pub(super) fn statements(
        &self,
    ) -> impl Iterator<Item = Result<CompiledStatement<'a>, MalformedPolicy>> + 'a {
        let (mut reader, mut left) = (self.statements, self.count);
        core::iter::from_fn(move || match left.checked_sub(1) {
            Some(fewer) => {
                left = fewer;
                Some(CompiledStatement::take(&mut reader))
            }
            None if reader.rest().is_empty() => None,
            None => {
                reader = Reader::new(&[]);
                Some(Err(MalformedPolicy))
            }
        })
    }
}

impl<'a> CompiledStatement<'a> {
    /// Takes a statement behind its length.
    fn take(reader: &mut Reader<'a>) -> Result<Self, MalformedPolicy> {
        let len = usize::try_from(reader.u32()?).map_err(|_| MalformedPolicy)?;
        Self::read(reader.take(len)?)
    }

    fn read(body: &'a [u8]) -> Result<Self, MalformedPolicy> {
        let mut reader = Reader::new(body);
        let [effect, flags, action_count, zero] = reader.array()?;
        let effect = match effect {
            1 => Effect::Allow,
            2 => Effect::Deny,
            _ => return Err(MalformedPolicy),
        };
        if zero != 0 || flags & !(NOT_PRINCIPAL | NOT_ACTION | NOT_RESOURCE | HAS_SID) != 0 {
            return Err(MalformedPolicy);
        }
        // Everyone but a few: too easy to get wrong, and refused by the language.
        if effect == Effect::Allow && flags & NOT_PRINCIPAL != 0 {
            return Err(MalformedPolicy);
        }
        let action_bits = reader.array()?;
        let mut list = || -> Result<List<'a>, MalformedPolicy> {
            let (count, len) = (reader.u16()?, reader.u32()?);
            let items = reader.take(usize::try_from(len).map_err(|_| MalformedPolicy)?)?;
            Ok(List { count, items: Reader::new(items) })
        };
        let (actions, principals, resources) = (list()?, list()?, list()?);
        reader.text()?;
        // The condition block: reserved, and not understood by this version unless empty.
        if reader.u32()? != 0 {
            return Err(MalformedPolicy);
        }
        reader.end()?;
        Ok(CompiledStatement { effect, flags, action_count, action_bits, actions, principals, resources })
    }

    fn check(&self) -> Result<(), MalformedPolicy> {
        if self.principals.count == 0 || self.action_count > Action::COUNT {
            return Err(MalformedPolicy);
        }
        for entry in self.principals()? {
            if !entry?.is_valid() {
                return Err(MalformedPolicy);
            }
        }
        for pattern in self.actions.strings() {
            if !is_action_pattern(pattern?) {
                return Err(MalformedPolicy);
            }
        }
        for (_, action) in Action::all().take(usize::from(self.action_count)) {
            let by_pattern =
                self.actions.strings().any(|pattern| pattern.is_ok_and(|pattern| lists(pattern, action)));
            if self.lists_action(action)? != by_pattern {
                return Err(MalformedPolicy);
            }
        }
        for pattern in self.resources() {
            if pattern?.is_some_and(|[arn, .., resource]| arn != "arn" || resource.contains("${")) {
                return Err(MalformedPolicy);
            }
        }
        Ok(())
    }

    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// A statement without an action or without a resource is accepted and never applies.
    pub(super) fn is_ineffective(&self) -> bool {
        self.actions.count == 0 || self.resources.count == 0
    }

    /// Whether the list of actions, as written, holds this one. Actions that were unknown when the policy was compiled
    /// are compared with the patterns themselves.
    pub(super) fn lists_action(&self, action: Action) -> Result<bool, MalformedPolicy> {
        let number = action.number();
        if number < self.action_count {
            let byte = self.action_bits.get(usize::from(number >> 3)).ok_or(MalformedPolicy)?;
            return Ok(byte >> (number & 7) & 1 != 0);
        }
        for pattern in self.actions.strings() {
            if lists(pattern?, action) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn principals(
        &self,
    ) -> Result<impl Iterator<Item = Result<PrincipalEntry<'a>, MalformedPolicy>> + 'a, MalformedPolicy> {
        let List { count, mut items } = self.principals;
        Ok((0..count).map(move |_| {
            let kind = items.u8()?;
            let text = items.text()?;
            match kind {
                0 => Ok(PrincipalEntry::Everyone),
                1 => Ok(PrincipalEntry::Account(text)),
                2 => Ok(PrincipalEntry::Arn(text)),
                3 => Ok(PrincipalEntry::Service(text)),
                _ => Err(MalformedPolicy),
            }
        }))
    }

    /// Resource patterns: `None` is `*`, others are the six fields of an ARN.
    pub(super) fn resources(
        &self,
    ) -> impl Iterator<Item = Result<Option<[&'a str; 6]>, MalformedPolicy>> + 'a {
        let List { count, mut items } = self.resources;
        (0..count).map(move |_| match items.u8()? {
            0 => Ok(None),
            1 => {
                let mut fields = [""; 6];
                for field in &mut fields {
                    *field = items.text()?;
                }
                Ok(Some(fields))
            }
            _ => Err(MalformedPolicy),
        })
    }
}

impl<'a> List<'a> {
    fn strings(&self) -> impl Iterator<Item = Result<&'a str, MalformedPolicy>> + 'a {
        let List { count, mut items } = *self;
        (0..count).map(move |_| Ok(items.text()?))
    }
}

/// Whether a pattern is `*` or `service:name`, the service without wildcards.
pub(super) fn is_action_pattern(pattern: &str) -> bool {
    let has_service = |(service, name): (&str, &str)| {
        !name.is_empty() && !service.is_empty() && !service.contains(['*', '?'])
    };
    pattern == "*" || pattern.split_once(':').is_some_and(has_service)
}

/// Whether an action pattern such as `kms:Re*` or `*` covers an action of ours.
pub(super) fn lists(pattern: &str, action: Action) -> bool {
    match pattern.split_once(':') {
        None => pattern == "*",
        Some((service, name)) => {
            service.eq_ignore_ascii_case("kms") && matches_ignoring_case(name, action.name())
        }
    }
}
