//! The one writer of the compiled form: the JSON compiler of `std-shim` and firmware both use it.

use super::Action;
use super::form::{self, Effect, FORMAT, PolicyKind, PrincipalEntry};
use crate::error::Error;
use crate::format::bytes::Writer;

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
        }
    }
}

/// Writes a compiled policy into a buffer, statement by statement.
#[derive(Debug)]
pub struct PolicyBuilder<'b> {
    buffer: &'b mut [u8],
    len: usize,
    count: u16,
}

impl<'b> PolicyBuilder<'b> {
    /// Starts a policy of the language version 2012-10-17.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`].
    pub fn new(buffer: &'b mut [u8], kind: PolicyKind, id: &str) -> Result<Self, Error> {
        let mut writer = Writer::new(buffer);
        writer.put(&[FORMAT, kind.number(), 1, 0]);
        writer.u16(0);
        writer.string(id.as_bytes())?;
        let len = writer.finish()?;
        Ok(PolicyBuilder { buffer, len, count: 0 })
    }

    /// Appends a statement.
    ///
    /// # Errors
    /// [`Error::MalformedPolicyDocument`]: a pattern, principal or policy variable that this version does not take;
    /// [`Error::BufferTooSmall`]. The statement is not appended.
    pub fn statement(&mut self, statement: &Statement<'_>) -> Result<(), Error> {
        let count = self.count.checked_add(1).ok_or(Error::LimitExceeded)?;
        let room = self.buffer.get_mut(self.len..).ok_or(Error::Bug)?;
        let (length_out, body) = room
            .split_first_chunk_mut::<4>()
            .ok_or(Error::BufferTooSmall { needed: self.len.saturating_add(4) })?;
        let mut writer = Writer::new(body);
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
    if statement.not_principal && statement.effect == Effect::Allow {
        return Err(Error::MalformedPolicyDocument);
    }
    writer.put(&[effect, flags, Action::COUNT, 0]);
    let mut bits = [0u8; 16];
    for (number, action) in Action::all() {
        let listed = statement.actions.iter().any(|pattern| form::lists(pattern, action));
        if let Some(byte) = bits.get_mut(usize::from(number >> 3)).filter(|_| listed) {
            *byte |= 1 << (number & 7);
        }
    }
    writer.put(&bits);

    list(writer, statement.actions, |writer, pattern| {
        if !form::is_action_pattern(pattern) {
            return Err(Error::MalformedPolicyDocument);
        }
        writer.string(pattern.as_bytes())
    })?;
    list(writer, statement.principals, |writer, entry| {
        let (kind, text) = match entry {
            PrincipalEntry::Everyone => (0, ""),
            PrincipalEntry::Account(account) => (1, account),
            PrincipalEntry::Arn(arn) => (2, arn),
            PrincipalEntry::Service(name) => (3, name),
        };
        if !entry.is_valid() {
            return Err(Error::MalformedPolicyDocument);
        }
        writer.u8(kind);
        writer.string(text.as_bytes())
    })?;
    list(writer, statement.resources, |writer, pattern| {
        if pattern == "*" {
            writer.u8(0);
            return Ok(());
        }
        // Policy variables are not understood yet, and a pattern that silently matched nothing would be worse.
        if pattern.contains("${") || pattern.split(':').count() < 6 || !pattern.starts_with("arn:") {
            return Err(Error::MalformedPolicyDocument);
        }
        writer.u8(1);
        pattern.splitn(6, ':').try_for_each(|field| writer.string(field.as_bytes()))
    })?;
    writer.string(statement.sid.unwrap_or_default().as_bytes())?;
    writer.u32(0);
    Ok(())
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
