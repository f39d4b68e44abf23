//! One event of the audit log, and the entries that events stand in.

use super::bytes::{Malformed, Reader, Writer};
use super::context::Context;
use crate::error::{Error, Reason};
use crate::grant::GrantId;
use crate::key::KeyId;
use crate::policy::{Action, Decider, Mismatch, PolicyKind};
use crate::short_text::ShortText;

const FORMAT: u8 = 1;
/// Fixed part of an event in bytes.
const FIXED_LEN: usize = 100;

/// One key that an operation touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The key.
    pub key_id: KeyId,
    /// The version used, or 0 where none was.
    pub version: u32,
}

/// How often a denial was repeated, in the event that stands for the repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repeats {
    /// The request id of the event that it repeats.
    pub first: [u8; 16],
    /// How often, that event not counted.
    pub count: u64,
    /// When that event was, in milliseconds since 1970, or `None` without a clock.
    pub since_ms: Option<u64>,
}

/// Length of the repeats in an event in bytes.
const REPEATS_LEN: usize = 32;

/// Most bytes of a `Sid` that the log keeps.
pub(crate) const SID_LEN: usize = 64;
/// Most bytes that the log keeps of what a statement expects, and of what the request had instead.
const FOUND_LEN: usize = 96;

/// The first element of a statement that did not match, as the log keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MismatchText {
    element: u8,
    expected: ShortText<FOUND_LEN>,
    found: ShortText<FOUND_LEN>,
}

impl MismatchText {
    pub(crate) fn of(mismatch: &Mismatch<'_>) -> Self {
        let element = mismatch.element.number();
        let expected = ShortText::of(mismatch.expected_by_name());
        MismatchText { element, expected, found: ShortText::of(mismatch.found()) }
    }

    /// As it will be read back.
    pub(crate) fn recorded(&self) -> Option<RecordedMismatch<'_>> {
        let element = element_name(self.element).ok().flatten()?;
        Some(RecordedMismatch { element, expected: self.expected.as_str(), found: self.found.as_str() })
    }
}

/// What happened: who asked for what, and what became of it. Never plaintext, ciphertext or material.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event<'a> {
    /// Vault time in milliseconds since 1970, or `None` without a clock.
    pub time_ms: Option<u64>,
    /// Random, or as whoever embeds the vault calls the request: to find it again.
    pub request_id: [u8; 16],
    /// The revision of the vault the request was decided under.
    pub revision: u64,
    /// What was asked for.
    pub action: Action,
    /// The caller's principal.
    pub principal: &'a str,
    /// The name of the kept caller or of the alias that it was about, empty for none.
    pub subject: &'a str,
    /// The key asked for (the destination, for ReEncrypt), if the request named one that could exist.
    pub key: Option<Touched>,
    /// The source key of a ReEncrypt, or the key that an UpdateAlias takes an alias from.
    pub source_key: Option<Touched>,
    /// Whether it was a dry run.
    pub dry_run: bool,
    /// The statement that decided or, for an implicit denial, came nearest.
    pub decider: Option<Decider>,
    /// That statement's `Sid`.
    pub sid: ShortText<SID_LEN>,
    /// What in that statement did not match.
    pub mismatch: Option<MismatchText>,
    /// `Ok`, or the error as it really was.
    pub outcome: Result<(), Error>,
    /// A number that goes with the action: for a mount, how many entries lay behind the committed head; 1 where the
    /// lockout check was bypassed.
    pub detail: u64,
    /// The grant that allowed it.
    pub deciding_grant: Option<GrantId>,
    /// The grant that was made, found or removed.
    pub grant_id: Option<GrantId>,
    /// What it counts, if it stands for repeats of another.
    pub repeats: Option<Repeats>,
    /// The encryption context.
    pub context: Context<'a>,
}

impl Event<'_> {
    /// How long the event is when written, in bytes.
    #[must_use]
    pub(crate) fn written_len(&self) -> usize {
        self.texts()
            .iter()
            .fold(FIXED_LEN, |len, text| len.saturating_add(text.len()))
            .saturating_add(self.grants().count().saturating_mul(32))
            .saturating_add(self.repeats.map_or(0, |_| REPEATS_LEN))
            .saturating_add(self.context.canonical_len())
    }

    /// Its texts, in their order.
    fn texts(&self) -> [&[u8]; 5] {
        let (expected, found) = match &self.mismatch {
            Some(mismatch) => (mismatch.expected.as_bytes(), mismatch.found.as_bytes()),
            None => (&[][..], &[][..]),
        };
        [self.principal.as_bytes(), self.subject.as_bytes(), self.sid.as_bytes(), expected, found]
    }

    /// The grants it names, in the order of their flags.
    fn grants(&self) -> impl Iterator<Item = &GrantId> {
        self.deciding_grant.iter().chain(&self.grant_id)
    }

    /// Writes the event to the front of `buffer`.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`]: less than [`Event::written_len`] bytes.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        let (outcome, reason) = match &self.outcome {
            Ok(()) => (0, 0),
            Err(error) => (outcome_number(error), error.reason().number()),
        };
        let flags = u8::from(self.dry_run)
            | u8::from(self.key.is_some()) << 1
            | u8::from(self.source_key.is_some()) << 2
            | u8::from(self.decider.is_some()) << 3
            | u8::from(self.deciding_grant.is_some()) << 4
            | u8::from(self.grant_id.is_some()) << 5
            | u8::from(self.repeats.is_some()) << 6;
        writer.put(&[FORMAT, flags, self.action.number(), outcome, reason]);
        let decider = self.decider.unwrap_or(Decider::NONE);
        writer.put(&[decider.policy.number(), decider.document]);
        writer.u16(decider.statement);
        writer.u8(self.mismatch.as_ref().map_or(0, |mismatch| mismatch.element));
        writer.u64(self.time_ms.unwrap_or(u64::MAX));
        writer.put(&self.request_id);
        writer.u64(self.revision);
        let nothing = Touched { key_id: KeyId::from_bytes([0; 16]), version: 0 };
        for touched in [self.key.unwrap_or(nothing), self.source_key.unwrap_or(nothing)] {
            writer.put(touched.key_id.as_bytes());
            writer.u32(touched.version);
        }
        writer.u64(self.detail);
        self.texts().into_iter().try_for_each(|text| writer.string(text))?;
        self.grants().for_each(|grant_id| writer.put(grant_id.as_bytes()));
        if let Some(Repeats { first, count, since_ms }) = &self.repeats {
            writer.put(first);
            writer.u64(*count);
            writer.u64(since_ms.unwrap_or(u64::MAX));
        }
        self.context.with_canonical(|pieces| pieces.for_each(|piece| writer.put(piece)));
        writer.finish()
    }
}

/// The first element of a statement that did not match, read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedMismatch<'a> {
    /// `Principal`, `Action`, `Resource` or `Condition`.
    pub element: &'static str,
    /// What the statement asks for, cut at 96 bytes.
    pub expected: &'a str,
    /// What the request had instead, cut at 96 bytes.
    pub found: &'a str,
}

/// Elements by their numbers.
const ELEMENTS: [&str; 4] = ["Principal", "Action", "Resource", "Condition"];

fn element_name(number: u8) -> Result<Option<&'static str>, Malformed> {
    match number.checked_sub(1) {
        None => Ok(None),
        Some(position) => ELEMENTS.get(usize::from(position)).copied().map(Some).ok_or(Malformed),
    }
}

/// An event read back from its bytes.
#[derive(Clone, Copy, Debug)]
pub struct RecordedEvent<'a> {
    /// Vault time in milliseconds since 1970, or `None` without a clock.
    pub time_ms: Option<u64>,
    /// Random, or as whoever embeds the vault calls the request: to find it again.
    pub request_id: [u8; 16],
    /// The revision of the vault the request was decided under.
    pub revision: u64,
    /// What was asked for.
    pub action: Action,
    /// The caller's principal.
    pub principal: &'a str,
    /// The name of the kept caller or of the alias that it was about, empty for none.
    pub subject: &'a str,
    /// The key asked for.
    pub key: Option<Touched>,
    /// The source key of a ReEncrypt, or the key that an UpdateAlias takes an alias from.
    pub source_key: Option<Touched>,
    /// Whether it was a dry run.
    pub dry_run: bool,
    /// The statement that decided or, for an implicit denial, came nearest.
    pub decider: Option<Decider>,
    /// That statement's `Sid`, empty if it has none; cut at 64 bytes.
    pub sid: &'a str,
    /// What in that statement did not match.
    pub mismatch: Option<RecordedMismatch<'a>>,
    /// The exception's name, or `None` for success.
    pub error_code: Option<&'static str>,
    /// Why, where the error has a reason.
    pub reason: Option<Reason>,
    /// A number that goes with the action.
    pub detail: u64,
    /// The grant that allowed it.
    pub deciding_grant: Option<GrantId>,
    /// The grant that was made, found or removed.
    pub grant_id: Option<GrantId>,
    /// What it counts, if it stands for repeats of another: then what is said of one request is of the last of them.
    pub repeats: Option<Repeats>,
    /// The encryption context in canonical form.
    pub context: &'a [u8],
}

impl<'a> RecordedEvent<'a> {
    /// Reads an event.
    ///
    /// # Errors
    /// [`Malformed`]: not an event of format 1.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let [format, flags, action, outcome, reason] = reader.array()?;
        if format != FORMAT || flags & !0x7f != 0 {
            return Err(Malformed);
        }
        let policy = PolicyKind::from_number(reader.u8()?).ok_or(Malformed)?;
        let decider = Decider { policy, document: reader.u8()?, statement: reader.u16()? };
        let element = element_name(reader.u8()?)?;
        let time_ms = Some(reader.u64()?).filter(|time| *time != u64::MAX);
        let (request_id, revision) = (reader.array()?, reader.u64()?);
        let mut touched = || -> Result<_, Malformed> {
            Ok(Touched { key_id: KeyId::from_bytes(reader.array()?), version: reader.u32()? })
        };
        let (key, source_key) = (touched()?, touched()?);
        let detail = reader.u64()?;
        let (principal, subject) = (reader.text()?, reader.text()?);
        let (sid, expected, found) = (reader.text()?, reader.text()?, reader.text()?);
        let mut grant = |flag| -> Result<_, Malformed> {
            Ok(if flags & flag != 0 { Some(GrantId::from_bytes(reader.array()?)) } else { None })
        };
        let (deciding_grant, grant_id) = (grant(16)?, grant(32)?);
        let repeats = if flags & 64 == 0 {
            None
        } else {
            let (first, count) = (reader.array()?, reader.u64()?);
            let since_ms = Some(reader.u64()?).filter(|time| *time != u64::MAX);
            Some(Repeats { first, count, since_ms })
        };
        Ok(RecordedEvent {
            time_ms,
            request_id,
            revision,
            action: Action::from_number(action).ok_or(Malformed)?,
            principal,
            subject,
            key: (flags & 2 != 0).then_some(key),
            source_key: (flags & 4 != 0).then_some(source_key),
            dry_run: flags & 1 != 0,
            decider: (flags & 8 != 0).then_some(decider),
            sid,
            mismatch: element.map(|element| RecordedMismatch { element, expected, found }),
            error_code: error_code(outcome)?,
            reason: Reason::from_number(reason).ok_or(Malformed)?,
            detail,
            deciding_grant,
            grant_id,
            repeats,
            context: reader.rest(),
        })
    }
}

/// Takes the first event off `(u16 length ‖ event)…`, as entries and the pending record hold them.
#[must_use]
pub fn split_event(events: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(events);
    let event = reader.string().ok()?;
    Some((event, reader.rest()))
}

/// One entry of the log: `sequence (8) ‖ mount id (16) ‖ MAC (32) ‖ (u16 length ‖ event)…`.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The place in the log, from 0.
    pub sequence: u64,
    /// The mount that wrote it.
    pub mount_id: [u8; 16],
    /// `HMAC(k_i, vault id ‖ mount id ‖ sequence ‖ h_i)`.
    pub mac: [u8; 32],
    /// One or more events, see [`split_event`] and [`RecordedEvent::read`].
    pub events: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Takes an entry apart.
    ///
    /// # Errors
    /// [`Malformed`]: too short.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let (sequence, mount_id, mac) = (reader.u64()?, reader.array()?, reader.array()?);
        Ok(Entry { sequence, mount_id, mac, events: reader.rest() })
    }
}

/// Exceptions as the log numbers them; the position never changes its meaning.
const CODES: [&str; 27] = [
    "AccessDeniedException",
    "NotFoundException",
    "ValidationException",
    "InvalidCiphertextException",
    "IncorrectKeyException",
    "DisabledException",
    "KMSInvalidStateException",
    "InvalidKeyUsageException",
    "LimitExceededException",
    "MalformedPolicyDocumentException",
    "UnsupportedOperationException",
    "InvalidMarkerException",
    "DryRunOperationException",
    "KeyUnavailableException",
    "KMSInternalException",
    "InvalidGrantIdException",
    "InvalidGrantTokenException",
    "AlreadyExistsException",
    "TagException",
    "KMSInvalidMacException",
    "InvalidImportTokenException",
    "ExpiredImportTokenException",
    "IncorrectKeyMaterialException",
    "ConflictException",
    "ThrottlingException",
    "InvalidAliasNameException",
    "DeleteConflictException",
];

/// 0 is success; an exception has its position in [`CODES`], from 1.
fn outcome_number(error: &Error) -> u8 {
    let code = error.code();
    (1u8..).zip(CODES).find(|(_, name)| *name == code).map_or(u8::MAX, |(number, _)| number)
}

fn error_code(number: u8) -> Result<Option<&'static str>, Malformed> {
    match number.checked_sub(1) {
        None => Ok(None),
        Some(position) => CODES.get(usize::from(position)).copied().map(Some).ok_or(Malformed),
    }
}
