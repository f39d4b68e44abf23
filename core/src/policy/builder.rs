//! The one writer of the compiled form: the JSON compiler of `std-shim` and firmware both use it.

use super::action::Action;
use super::check::{self, Fault};
use super::condition::Operator;
use super::form::{self, FORMAT};
use super::language::{Effect, Language, PolicyKind, PrincipalEntry, Qualifier};
use super::requested_action::RequestedAction;
use crate::error::Error;
use crate::format::bytes::Writer;

/// A condition to be compiled, in the words of the policy language.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a> {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub qualifier: Qualifier,
    /// The operator.
    pub operator: Operator,
    /// `IfExists`: a request without the key passes.
    pub if_exists: bool,
    /// The condition key.
    pub key: &'a str,
    /// One or more values, as they stand in the document.
    pub values: &'a [&'a str],
}

impl<'a> Condition<'a> {
    /// `operator key = value`, for one value or several alternatives.
    #[must_use]
    pub const fn new(operator: Operator, key: &'a str, values: &'a [&'a str]) -> Self {
        Condition { qualifier: Qualifier::None, operator, if_exists: false, key, values }
    }

    /// Takes an operator's whole name apart, for example `ForAnyValue:StringLikeIfExists`.
    #[must_use]
    pub fn parse_operator(name: &str) -> Option<(Qualifier, Operator, bool)> {
        let (qualifier, name) = match name.split_once(':') {
            None => (Qualifier::None, name),
            Some(("ForAllValues", name)) => (Qualifier::ForAllValues, name),
            Some(("ForAnyValue", name)) => (Qualifier::ForAnyValue, name),
            Some(_) => return None,
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let operator = Operator::parse(name)?;
        let is_qualified = if_exists || qualifier != Qualifier::None;
        (operator != Operator::Null || !is_qualified).then_some((qualifier, operator, if_exists))
    }
}

/// A statement to be compiled, in the words of the policy language.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// Allow or Deny.
    pub effect: Effect,
    /// The statement's name.
    pub sid: Option<&'a str>,
    /// Whom it is about; empty in identity policies.
    pub principals: &'a [PrincipalEntry<'a>],
    /// `NotPrincipal`: everyone but these.
    pub not_principal: bool,
    /// Patterns such as `kms:Decrypt`, `kms:Re*`, `*`.
    pub actions: &'a [&'a str],
    /// `NotAction`: all but these.
    pub not_action: bool,
    /// `*`, or patterns of ARNs.
    pub resources: &'a [&'a str],
    /// `NotResource`: all but these.
    pub not_resource: bool,
    /// What else must hold, all of it.
    pub conditions: &'a [Condition<'a>],
}

impl<'a> Statement<'a> {
    /// Allows some principals some actions on this key.
    #[must_use]
    pub const fn allow(principals: &'a [PrincipalEntry<'a>], actions: &'a [&'a str]) -> Self {
        Statement {
            effect: Effect::Allow,
            sid: None,
            principals,
            not_principal: false,
            actions,
            not_action: false,
            resources: &["*"],
            not_resource: false,
            conditions: &[],
        }
    }
}

/// Writes a compiled policy into a buffer, statement by statement.
#[derive(Debug)]
pub struct PolicyBuilder<'b> {
    kind: PolicyKind,
    language: Language,
    buffer: &'b mut [u8],
    len: usize,
    count: u16,
}

impl<'b> PolicyBuilder<'b> {
    /// Starts a policy. Only key policies have an `id`; it may be empty.
    ///
    /// # Errors
    /// [`Error::MalformedPolicyDocument`]: an `id` for an identity policy, or a kind that no document has;
    /// [`Error::BufferTooSmall`].
    pub fn new(buffer: &'b mut [u8], kind: PolicyKind, language: Language, id: &str) -> Result<Self, Error> {
        let is_marked = match kind {
            PolicyKind::Key => true,
            PolicyKind::Identity => id.is_empty(),
            PolicyKind::None | PolicyKind::Grant => false,
        };
        if !is_marked || check::text(id).is_err() {
            return Err(Error::MalformedPolicyDocument);
        }
        let mut writer = Writer::new(buffer);
        writer.put(&[FORMAT, kind.number(), language.number(), 0]);
        writer.u16(0);
        text(&mut writer, id)?;
        let len = writer.finish()?;
        Ok(PolicyBuilder { kind, language, buffer, len, count: 0 })
    }

    /// Appends a statement.
    ///
    /// # Errors
    /// [`Error::MalformedPolicyDocument`]: an element that [`check`](super::check) refuses; [`Error::BufferTooSmall`];
    /// [`Error::LimitExceeded`]: a text or list longer than its length can tell. The statement is not appended.
    pub fn statement(&mut self, statement: &Statement<'_>) -> Result<(), Error> {
        let count = self.count.checked_add(1).ok_or(Error::LimitExceeded)?;
        let room = self.buffer.get_mut(self.len..).ok_or(Error::Bug)?;
        let (length_out, body) = room
            .split_first_chunk_mut::<4>()
            .ok_or(Error::BufferTooSmall { needed: self.len.saturating_add(4) })?;
        let mut writer = Writer::new(body);
        check_statement(statement, self.kind, self.language).map_err(|_| Error::MalformedPolicyDocument)?;
        write_statement(&mut writer, statement)?;
        let body_len = writer.finish().map_err(|error| match error {
            Error::BufferTooSmall { needed } => {
                Error::BufferTooSmall { needed: needed.saturating_add(4).saturating_add(self.len) }
            }
            other => other,
        })?;
        *length_out = u32::try_from(body_len).map_err(|_| Error::LimitExceeded)?.to_be_bytes();
        self.len = self.len.saturating_add(4).saturating_add(body_len);
        self.count = count;
        let place = self.buffer.get_mut(4..6).ok_or(Error::Bug)?;
        place.copy_from_slice(&count.to_be_bytes());
        Ok(())
    }

    /// The compiled policy.
    #[must_use]
    pub fn finish(self) -> &'b [u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }
}

/// What [`super::Policy::check`] asks of a compiled statement.
fn check_statement(statement: &Statement<'_>, kind: PolicyKind, language: Language) -> Result<(), Fault> {
    if statement.not_principal && statement.effect == Effect::Allow {
        return Err(Fault::NotPrincipalAllowed);
    }
    let is_key = kind == PolicyKind::Key;
    if statement.principals.is_empty() == is_key || (statement.not_principal && !is_key) {
        return Err(Fault::PrincipalCount);
    }
    if !is_key && (statement.actions.is_empty() || statement.resources.is_empty()) {
        return Err(Fault::Incomplete);
    }
    check::sid(statement.sid.unwrap_or_default(), kind)?;
    statement.principals.iter().try_for_each(check::principal)?;
    statement.actions.iter().try_for_each(|pattern| check::action(pattern))?;
    for pattern in statement.resources {
        check::text(pattern)?;
        check::resource(pattern, language)?;
    }
    for condition in statement.conditions {
        let is_qualified = condition.if_exists || condition.qualifier != Qualifier::None;
        if condition.operator == Operator::Null && is_qualified {
            return Err(Fault::NullQualified);
        }
        if condition.values.is_empty() {
            return Err(Fault::NoValues);
        }
        check::text(condition.key)?;
        check::condition_key(condition.key, language, kind, condition.qualifier)?;
        for value in condition.values {
            check::text(value)?;
            check::condition_value(condition.operator, value, language)?;
        }
    }
    Ok(())
}

fn write_statement(writer: &mut Writer<'_>, statement: &Statement<'_>) -> Result<(), Error> {
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    let flags = flag(statement.not_principal, form::NOT_PRINCIPAL)
        | flag(statement.not_action, form::NOT_ACTION)
        | flag(statement.not_resource, form::NOT_RESOURCE)
        | flag(statement.sid.is_some(), form::HAS_SID);
    let effect = match statement.effect {
        Effect::Allow => 1,
        Effect::Deny => 2,
    };
    writer.put(&[effect, flags, Action::COUNT, 0]);
    let mut bits = [0u8; 16];
    statement.actions.iter().for_each(|pattern| list_actions(pattern, &mut bits));
    writer.put(&bits);

    list(writer, statement.actions, text)?;
    list(writer, statement.principals, |writer, entry| {
        let (kind, name) = match entry {
            PrincipalEntry::Everyone => (0, ""),
            PrincipalEntry::Account(account) => (1, account),
            PrincipalEntry::Arn(arn) => (2, arn),
            PrincipalEntry::Service(name) => (3, name),
        };
        writer.u8(kind);
        text(writer, name)
    })?;
    list(writer, statement.resources, |writer, pattern| match check::split_resource(pattern) {
        None => {
            writer.u8(0);
            Ok(())
        }
        Some(fields) => write_resource(writer, &fields),
    })?;
    text(writer, statement.sid.unwrap_or_default())?;
    list(writer, statement.conditions, write_condition)
}

/// Sets the bit of every action that a pattern covers. A name without wildcards is looked up, since most are.
fn list_actions(pattern: &str, bits: &mut [u8; 16]) {
    let mut set = |action: Action| {
        if let Some(byte) = bits.get_mut(usize::from(action.number() >> 3)) {
            *byte |= 1 << (action.number() & 7);
        }
    };
    match RequestedAction::parse(pattern) {
        Some(RequestedAction::Ours(action)) => set(action),
        _ if !pattern.contains(['*', '?']) => {}
        _ => {
            let is_listed = |action: &Action| RequestedAction::Ours(*action).is_listed_by(pattern);
            Action::all().filter(is_listed).for_each(set);
        }
    }
}

/// Writes the lengths of the six fields, and then the fields.
fn write_resource(writer: &mut Writer<'_>, fields: &[&str; 6]) -> Result<(), Error> {
    let [front @ .., last] = fields;
    writer.u8(1);
    for field in front {
        writer.u8(u8::try_from(field.len()).map_err(|_| Error::LimitExceeded)?);
    }
    writer.u16(u16::try_from(last.len()).map_err(|_| Error::LimitExceeded)?);
    fields.iter().for_each(|field| writer.put(field.as_bytes()));
    Ok(())
}

fn write_condition(writer: &mut Writer<'_>, condition: Condition<'_>) -> Result<(), Error> {
    let qualifier = match condition.qualifier {
        Qualifier::None => 0,
        Qualifier::ForAllValues => form::FOR_ALL_VALUES,
        Qualifier::ForAnyValue => form::FOR_ANY_VALUE,
    };
    let if_exists = if condition.if_exists { form::IF_EXISTS } else { 0 };
    writer.put(&[condition.operator.number(), qualifier | if_exists]);
    text(writer, condition.key)?;
    list(writer, condition.values, text)
}

fn text(writer: &mut Writer<'_>, text: &str) -> Result<(), Error> {
    writer.string(text.as_bytes()).map_err(|_| Error::LimitExceeded)
}

/// Writes `u16 count ‖ u32 length ‖ items`.
fn list<T: Copy>(
    writer: &mut Writer<'_>,
    items: &[T],
    mut write: impl FnMut(&mut Writer<'_>, T) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut counter = Writer::new(&mut []);
    items.iter().try_for_each(|item| write(&mut counter, *item))?;
    let len = match counter.finish() {
        Ok(len) => len,
        Err(Error::BufferTooSmall { needed }) => needed,
        Err(other) => return Err(other),
    };
    writer.u16(u16::try_from(items.len()).map_err(|_| Error::LimitExceeded)?);
    writer.u32(u32::try_from(len).map_err(|_| Error::LimitExceeded)?);
    items.iter().try_for_each(|item| write(writer, *item))
}
