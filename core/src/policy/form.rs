//! The compiled form of a policy, read in place: no copy, no recursion, work bounded by its length.
//!
//! `docs/format.md`, section 8, specifies the bytes. A form that is malformed or newer is an error, and an error denies.

use super::check::Fault;
use super::condition::Operator;
use super::language::{Effect, Language, PolicyKind, PrincipalEntry, Qualifier, ResourcePattern};
use super::requested_action::RequestedAction;
use crate::format::bytes::{Malformed, Reader};

pub(super) const FORMAT: u8 = 1;
pub(super) const NOT_PRINCIPAL: u8 = 1;
pub(super) const NOT_ACTION: u8 = 2;
pub(super) const NOT_RESOURCE: u8 = 4;
pub(super) const HAS_SID: u8 = 8;

/// Bits of a condition's flags.
pub(super) const IF_EXISTS: u8 = 1;
pub(super) const FOR_ALL_VALUES: u8 = 2;
pub(super) const FOR_ANY_VALUE: u8 = 4;

/// The bytes are not a compiled policy that this version understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadablePolicy {
    /// They never were one.
    Malformed,
    /// They have a format, language or element that a later version may know.
    Newer,
}

pub(super) use UnreadablePolicy::Malformed as MALFORMED;

impl From<Malformed> for UnreadablePolicy {
    fn from(_: Malformed) -> Self {
        MALFORMED
    }
}

impl From<Fault> for UnreadablePolicy {
    fn from(_: Fault) -> Self {
        MALFORMED
    }
}

/// A compiled policy.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    pub(super) kind: PolicyKind,
    pub(super) language: Language,
    /// Text, as a check has seen; evaluation has no use for it.
    pub(super) id: &'a [u8],
    pub(super) count: u16,
    statements: Reader<'a>,
}

/// A statement of a compiled policy.
#[derive(Clone, Copy, Debug)]
pub struct CompiledStatement<'a> {
    effect: Effect,
    flags: u8,
    pub(super) action_count: u8,
    action_bits: [u8; 16],
    pub(super) actions: List<'a>,
    pub(super) principals: List<'a>,
    pub(super) resources: List<'a>,
    /// Text, as a check has seen; evaluation has no use for it.
    pub(super) sid: &'a [u8],
    pub(super) conditions: List<'a>,
}

/// A condition of a compiled policy.
#[derive(Clone, Copy, Debug)]
pub struct CompiledCondition<'a> {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub qualifier: Qualifier,
    /// The operator.
    pub operator: Operator,
    /// `IfExists`: a request without the key passes.
    pub if_exists: bool,
    /// The condition key.
    pub key: &'a str,
    pub(super) values: List<'a>,
}

/// A counted list, not yet taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct List<'a> {
    pub(super) count: u16,
    pub(super) items: Reader<'a>,
}

/// What reading a part of a policy answers.
pub(super) type Read<T> = Result<T, UnreadablePolicy>;

impl<'a> Policy<'a> {
    /// Reads the head of a compiled policy.
    ///
    /// # Errors
    /// [`UnreadablePolicy`].
    pub fn read(bytes: &'a [u8]) -> Read<Self> {
        let mut reader = Reader::new(bytes);
        let [format, kind, language, zero] = reader.array()?;
        let kind = match PolicyKind::from_number(kind) {
            Some(kind @ (PolicyKind::Key | PolicyKind::Identity)) if format == FORMAT => kind,
            _ if format > FORMAT => return Err(UnreadablePolicy::Newer),
            _ => return Err(MALFORMED),
        };
        let language = match (language, zero) {
            (0, 0) => Language::Version2008,
            (1, 0) => Language::Version2012,
            (2.., 0) => return Err(UnreadablePolicy::Newer),
            _ => return Err(MALFORMED),
        };
        let count = reader.u16()?;
        let id = reader.string()?;
        Ok(Policy { kind, language, id, count, statements: reader })
    }

    /// Where it can be attached.
    #[must_use]
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// The language it is written in.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The document's `Id`, empty where it has none.
    #[must_use]
    pub fn id(&self) -> &'a str {
        core::str::from_utf8(self.id).unwrap_or_default()
    }

    /// The statements in order, and an error behind them if anything follows.
    pub fn statements(&self) -> impl Iterator<Item = Read<CompiledStatement<'a>>> + use<'a> {
        let (mut reader, mut left) = (self.statements, self.count);
        core::iter::from_fn(move || match left.checked_sub(1) {
            Some(fewer) => {
                left = fewer;
                Some(CompiledStatement::take(&mut reader))
            }
            None if reader.rest().is_empty() => None,
            None => {
                reader = Reader::new(&[]);
                Some(Err(MALFORMED))
            }
        })
    }
}

impl<'a> CompiledStatement<'a> {
    /// Takes a statement behind its length.
    fn take(reader: &mut Reader<'a>) -> Read<Self> {
        let len = usize::try_from(reader.u32()?).map_err(|_| MALFORMED)?;
        Self::read(reader.take(len)?)
    }

    fn read(body: &'a [u8]) -> Read<Self> {
        let mut reader = Reader::new(body);
        let [effect, flags, action_count, zero] = reader.array()?;
        let effect = match effect {
            1 => Effect::Allow,
            2 => Effect::Deny,
            _ => return Err(MALFORMED),
        };
        if zero != 0 || flags & !(NOT_PRINCIPAL | NOT_ACTION | NOT_RESOURCE | HAS_SID) != 0 {
            return Err(UnreadablePolicy::Newer);
        }
        // Everyone but a few: too easy to get wrong, and refused by the language.
        if effect == Effect::Allow && flags & NOT_PRINCIPAL != 0 {
            return Err(MALFORMED);
        }
        let action_bits = reader.array()?;
        let (actions, principals) = (List::take(&mut reader)?, List::take(&mut reader)?);
        let resources = List::take(&mut reader)?;
        let sid = reader.string()?;
        let conditions = List::take(&mut reader)?;
        reader.end()?;
        Ok(CompiledStatement {
            effect,
            flags,
            action_count,
            action_bits,
            actions,
            principals,
            resources,
            sid,
            conditions,
        })
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Allow or Deny.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The statement's name.
    #[must_use]
    pub fn sid(&self) -> Option<&'a str> {
        self.has(HAS_SID).then(|| core::str::from_utf8(self.sid).unwrap_or_default())
    }

    /// Whether the principals are those that are exempt.
    #[must_use]
    pub fn not_principal(&self) -> bool {
        self.has(NOT_PRINCIPAL)
    }

    /// Whether the actions are those that are exempt.
    #[must_use]
    pub fn not_action(&self) -> bool {
        self.has(NOT_ACTION)
    }

    /// Whether the resources are those that are exempt.
    #[must_use]
    pub fn not_resource(&self) -> bool {
        self.has(NOT_RESOURCE)
    }

    /// A statement without an action or without a resource is accepted and never applies.
    #[must_use]
    pub fn is_ineffective(&self) -> bool {
        self.actions.count == 0 || self.resources.count == 0
    }

    /// Whether the list of actions, as written, holds this one. Actions that were unknown when the policy was compiled
    /// are compared with the patterns themselves.
    pub(super) fn lists_action(&self, action: &RequestedAction<'_>) -> Read<bool> {
        if let RequestedAction::Ours(action) = action
            && action.number() < self.action_count
        {
            let number = action.number();
            let byte = self.action_bits.get(usize::from(number >> 3)).ok_or(MALFORMED)?;
            return Ok(byte >> (number & 7) & 1 != 0);
        }
        for pattern in self.actions() {
            if action.is_listed_by(pattern?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The action patterns.
    pub fn actions(&self) -> impl Iterator<Item = Read<&'a str>> + use<'a> {
        self.actions.each(List::text)
    }

    /// The principals; none in an identity policy.
    pub fn principals(&self) -> impl Iterator<Item = Read<PrincipalEntry<'a>>> + use<'a> {
        self.principals.each(List::principal)
    }

    /// The resource patterns.
    pub fn resources(&self) -> impl Iterator<Item = Read<ResourcePattern<'a>>> + use<'a> {
        self.resources.each(List::resource)
    }

    /// The conditions, all of which must hold.
    pub fn conditions(&self) -> impl Iterator<Item = Read<CompiledCondition<'a>>> + use<'a> {
        self.conditions.each(CompiledCondition::take)
    }
}

impl<'a> CompiledCondition<'a> {
    pub(super) fn take(reader: &mut Reader<'a>) -> Read<Self> {
        let [operator, flags] = reader.array()?;
        let operator = Operator::from_number(operator).ok_or(UnreadablePolicy::Newer)?;
        let qualifier = match flags & (FOR_ALL_VALUES | FOR_ANY_VALUE) {
            0 => Qualifier::None,
            FOR_ALL_VALUES => Qualifier::ForAllValues,
            FOR_ANY_VALUE => Qualifier::ForAnyValue,
            _ => return Err(MALFORMED),
        };
        if flags & !(IF_EXISTS | FOR_ALL_VALUES | FOR_ANY_VALUE) != 0 {
            return Err(UnreadablePolicy::Newer);
        }
        let key = reader.text()?;
        let values = List::take(reader)?;
        Ok(CompiledCondition { qualifier, operator, if_exists: flags & IF_EXISTS != 0, key, values })
    }

    /// The values, as they stand in the document.
    pub fn values(&self) -> impl Iterator<Item = Read<&'a str>> + use<'a> {
        self.values.each(List::text)
    }
}

impl<'a> List<'a> {
    /// Takes `u16 count ‖ u32 length ‖ items`.
    fn take(reader: &mut Reader<'a>) -> Read<Self> {
        let (count, len) = (reader.u16()?, reader.u32()?);
        let items = reader.take(usize::try_from(len).map_err(|_| MALFORMED)?)?;
        Ok(List { count, items: Reader::new(items) })
    }

    pub(super) fn each<T>(
        self,
        take: fn(&mut Reader<'a>) -> Read<T>,
    ) -> impl Iterator<Item = Read<T>> + use<'a, T> {
        let List { count, mut items } = self;
        (0..count).map(move |_| take(&mut items))
    }

    pub(super) fn text(items: &mut Reader<'a>) -> Read<&'a str> {
        Ok(items.text()?)
    }

    pub(super) fn principal(items: &mut Reader<'a>) -> Read<PrincipalEntry<'a>> {
        let kind = items.u8()?;
        let text = items.text()?;
        match kind {
            0 if text.is_empty() => Ok(PrincipalEntry::Everyone),
            0 => Err(MALFORMED),
            1 => Ok(PrincipalEntry::Account(text)),
            2 => Ok(PrincipalEntry::Arn(text)),
            3 => Ok(PrincipalEntry::Service(text)),
            _ => Err(UnreadablePolicy::Newer),
        }
    }

    pub(super) fn resource(items: &mut Reader<'a>) -> Read<ResourcePattern<'a>> {
        match items.u8()? {
            0 => Ok(ResourcePattern::Everything),
            1 => {
                let lens: [u8; 5] = items.array()?;
                let last = items.u16()?;
                let mut fields = [""; 6];
                let lens = lens.into_iter().map(usize::from).chain([usize::from(last)]);
                for (field, len) in fields.iter_mut().zip(lens) {
                    *field = core::str::from_utf8(items.take(len)?).map_err(|_| MALFORMED)?;
                }
                Ok(ResourcePattern::Arn(fields))
            }
            _ => Err(UnreadablePolicy::Newer),
        }
    }
}

impl core::fmt::Display for CompiledCondition<'_> {
    /// The operator as documents spell it, and the key.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self.qualifier {
            Qualifier::None => "",
            Qualifier::ForAllValues => "ForAllValues:",
            Qualifier::ForAnyValue => "ForAnyValue:",
        })?;
        f.write_str(self.operator.name())?;
        f.write_str(if self.if_exists { "IfExists " } else { " " })?;
        f.write_str(self.key)
    }
}
