//! Denials that come again and again: the first is recorded at once, those like it within a minute are counted, and the
//! count becomes one record. A few at a time are known, so whatever is not is recorded like any other request.

use core::cell::Cell;

use crate::crypto::Primitives;
use crate::error::{Error, Reason};
use crate::format::audit_entry::{Event, MismatchText, Repeats, Touched};
use crate::format::context::Context;
use crate::key::KeyId;
use crate::limits::{DENIAL_PRINCIPAL_LEN, DENIAL_WINDOW_MS, DENIALS_MAX};
use crate::policy::{Action, Decider};
use crate::short_text::ShortText;

/// What makes two denials the same.
pub(crate) type Identity = [u8; 32];

/// Whether an outcome is one that callers without any rights can have as often as they like.
const fn is_denial(error: &Error) -> bool {
    matches!(
        error,
        Error::AccessDenied(_) | Error::Throttling | Error::Validation(_) | Error::UnsupportedOperation
    )
}

/// What makes a denial the same as another: who, what, about which key or name, by which statement, which part of it, and why. `None`
/// for what is no denial.
///
/// The time, the request id, the encryption context and what the request had instead are not in it: the caller would have a new
/// one each time.
pub(crate) fn identity<C: Primitives>(event: &Event<'_>) -> Option<Identity> {
    let error = event.outcome.err().filter(is_denial)?;
    let len = |text: &str| u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes();
    let flags = [
        u8::from(event.dry_run),
        u8::from(event.key.is_some()),
        u8::from(event.source_key.is_some()),
        u8::from(event.decider.is_some()),
    ];
    let nothing = Touched { key_id: KeyId::from_bytes([0; 16]), version: 0 };
    let [key, source_key] = [event.key, event.source_key].map(|touched| touched.unwrap_or(nothing).key_id);
    let decider = event.decider.unwrap_or(Decider::NONE);
    let mismatch = event.mismatch.as_ref().and_then(MismatchText::recorded);
    let (element, expected) = mismatch.map_or(("", ""), |mismatch| (mismatch.element, mismatch.expected));
    let parts: [&[u8]; 18] = [
        &[event.action.number(), error.reason().number(), decider.policy.number(), decider.document],
        &decider.statement.to_be_bytes(),
        &flags,
        key.as_bytes(),
        source_key.as_bytes(),
        &event.detail.to_be_bytes(),
        &len(error.code()),
        error.code().as_bytes(),
        &len(event.principal),
        event.principal.as_bytes(),
        &len(event.subject),
        event.subject.as_bytes(),
        &len(event.sid.as_str()),
        event.sid.as_bytes(),
        &len(element),
        element.as_bytes(),
        &len(expected),
        expected.as_bytes(),
    ];
    Some(C::sha256(parts.into_iter()))
}

/// One denial that was recorded, and how often it has come again.
#[derive(Clone, Copy)]
struct Run {
    is_used: bool,
    identity: Identity,
    /// When it was recorded, in monotonic milliseconds.
    began_ms: u64,
    repeats: Repeats,
    /// Of the last one.
    request_id: [u8; 16],
    time_ms: Option<u64>,
    revision: u64,
    /// Of all of them.
    action: Action,
    principal: ShortText<DENIAL_PRINCIPAL_LEN>,
    key: Option<Touched>,
    source_key: Option<Touched>,
    dry_run: bool,
    decider: Option<Decider>,
    error: Error,
    detail: u64,
}

impl Run {
    const FREE: Self = Run {
        is_used: false,
        identity: [0; 32],
        began_ms: 0,
        repeats: Repeats { first: [0; 16], count: 0, since_ms: None },
        request_id: [0; 16],
        time_ms: None,
        revision: 0,
        action: Action::Decrypt,
        principal: ShortText::EMPTY,
        key: None,
        source_key: None,
        dry_run: false,
        decider: None,
        error: Error::AccessDenied(Reason::Withheld),
        detail: 0,
    };

    fn is_over(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.began_ms) >= DENIAL_WINDOW_MS
    }

    /// The record of the repeats.
    fn event(&self) -> Event<'_> {
        Event {
            time_ms: self.time_ms,
            request_id: self.request_id,
            revision: self.revision,
            action: self.action,
            principal: self.principal.as_str(),
            subject: "",
            key: self.key,
            source_key: self.source_key,
            dry_run: self.dry_run,
            decider: self.decider,
            sid: ShortText::EMPTY,
            mismatch: None,
            outcome: Err(self.error),
            detail: self.detail,
            deciding_grant: None,
            grant_id: None,
            repeats: Some(self.repeats),
            context: Context::EMPTY,
        }
    }
}

/// Which counts are to become records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// All of them.
    Now,
    /// Those whose minute is over.
    InTime,
}

/// The denials that one copy of the published half knows.
pub(crate) struct Denials([Cell<Run>; DENIALS_MAX]);

impl Default for Denials {
    fn default() -> Self {
        Denials([const { Cell::new(Run::FREE) }; DENIALS_MAX])
    }
}

impl Denials {
    fn of(&self, identity: &Identity) -> Option<&Cell<Run>> {
        self.0.iter().find(|run| run.get().is_used && run.get().identity == *identity)
    }

    fn free(&self) -> Option<&Cell<Run>> {
        self.0.iter().find(|run| !run.get().is_used)
    }

    /// Counts a denial if it is known and its minute is not over. Otherwise it is to be recorded.
    pub(crate) fn count(&self, identity: &Identity, event: &Event<'_>, now_ms: u64) -> bool {
        let known = self.of(identity).filter(|run| !run.get().is_over(now_ms));
        let Some(place) = known else { return false };
        let run = place.get();
        let count = run.repeats.count.saturating_add(1);
        place.set(Run {
            repeats: Repeats { count, ..run.repeats },
            request_id: event.request_id,
            time_ms: event.time_ms,
            revision: event.revision,
            ..run
        });
        true
    }

    /// Makes room for a denial that is not known, or no longer: what was counted of another is written, or stays.
    pub(crate) fn make_room(&self, identity: &Identity, write: &mut dyn FnMut(&Event<'_>) -> bool) {
        let oldest = || self.0.iter().min_by_key(|run| run.get().began_ms);
        let place = match self.of(identity) {
            None if self.free().is_some() => None,
            None => oldest(),
            known => known,
        };
        if let Some(place) = place {
            end(place, write);
        }
    }

    /// Knows a denial from now on, which has been recorded. Without room it stays unknown, and those like it are recorded.
    pub(crate) fn note(&self, identity: &Identity, event: &Event<'_>, now_ms: u64) {
        let (Err(error), None, Some(place)) = (event.outcome, self.of(identity), self.free()) else { return };
        place.set(Run {
            is_used: true,
            identity: *identity,
            began_ms: now_ms,
            repeats: Repeats { first: event.request_id, count: 0, since_ms: event.time_ms },
            request_id: event.request_id,
            time_ms: event.time_ms,
            revision: event.revision,
            action: event.action,
            principal: ShortText::of_str(event.principal),
            key: event.key,
            source_key: event.source_key,
            dry_run: event.dry_run,
            decider: event.decider,
            error,
            detail: event.detail,
        });
    }

    /// Has counts written; what is not written stays counted.
    pub(crate) fn write(&self, which: Counted, now_ms: u64, write: &mut dyn FnMut(&Event<'_>) -> bool) {
        let is_meant = |run: Run| run.is_used && (which == Counted::Now || run.is_over(now_ms));
        self.0.iter().filter(|place| is_meant(place.get())).for_each(|place| end(place, write));
    }
}

/// Forgets a denial, once what was counted of it is written.
fn end(place: &Cell<Run>, write: &mut dyn FnMut(&Event<'_>) -> bool) {
    let run = place.get();
    if run.repeats.count == 0 || write(&run.event()) {
        place.set(Run::FREE);
    }
}
