//! What AWS KMS does not have, under names of our own: versions of keys, MACs that name theirs, schedules for keys of any spec.

use strongroom_std::key::{KeyFacts, VersionCause, VersionState};
use strongroom_std::operation::{
    CancelKeyVersionDestruction, ConfirmKeyDeletion, ConfirmKeyVersionDestruction, CreateKeyVersion,
    ListKeyVersions, PutUsageBudget, RestoreKeyVersion, RetireCheck, RevokeKeyVersion, ScheduleKeyRotation,
    ScheduleKeyVersionDestruction, VersionMarker,
};
use strongroom_std::usage::{BudgetEnd, UsageBudget};
use strongroom_std::{Destruction, KeyVersionEntry};

use super::asked::{Asked, Target};
use super::facts::{FACTS, end as end_of};
use super::pages::{Page, end};
use super::refusal::Refusal;
use super::shape::{KEY_ID, LIMIT, MARKER, Parameter, Shape, optional, required};
use super::table::{Operation, waits};
use crate::object::Object;

/// What comes when a version has sealed as often as its budget allows.
const ENDS: [(&str, BudgetEnd); 2] = [("ROTATE", BudgetEnd::Rotate), ("REFUSE", BudgetEnd::Refuse)];

/// The name of that.
pub(super) fn end_name(end: BudgetEnd) -> &'static str {
    ENDS.iter().find(|(_, known)| *known == end).map_or("OTHER", |(name, _)| name)
}

const VERSION: Parameter = required("Version", Shape::Number { min: 1, max: 4_294_967_295 });

pub(super) const OPERATIONS: &[Operation] = &[
    waits("CreateKeyVersion", &[KEY_ID, FACTS], create_key_version),
    waits("ListKeyVersions", &[KEY_ID, LIMIT, MARKER], list_key_versions),
    waits("RevokeKeyVersion", &[KEY_ID, VERSION, FACTS], revoke_key_version),
    waits("RestoreKeyVersion", &[KEY_ID, VERSION, FACTS], restore_key_version),
    waits(
        "ScheduleKeyVersionDestruction",
        &[KEY_ID, VERSION, optional("PendingWindowInDays", Shape::Number { min: 7, max: 30 }), FACTS],
        schedule_key_version_destruction,
    ),
    waits("CancelKeyVersionDestruction", &[KEY_ID, VERSION, FACTS], cancel_key_version_destruction),
    waits("ConfirmKeyVersionDestruction", &[KEY_ID, VERSION], confirm_key_version_destruction),
    waits("ConfirmKeyDeletion", &[KEY_ID], confirm_key_deletion),
    waits(
        "ScheduleKeyRotation",
        &[KEY_ID, optional("RotationPeriodInDays", Shape::Number { min: 90, max: 2560 }), FACTS],
        schedule_key_rotation,
    ),
    waits(
        "RetireCheck",
        &[KEY_ID, VERSION, optional("WithinDays", Shape::Number { min: 0, max: 65_535 })],
        retire_check,
    ),
    waits(
        "PutUsageBudget",
        &[
            KEY_ID,
            optional("Sealings", Shape::Number { min: 1, max: i64::MAX }),
            optional("Then", Shape::Word(&["ROTATE", "REFUSE"])),
        ],
        put_usage_budget,
    ),
];

/// A version's number: the shapes have seen to it that there is one.
fn version(asked: &Asked<'_>) -> u32 {
    asked.arguments.number("Version").and_then(|version| u32::try_from(version).ok()).unwrap_or_default()
}

/// A number of days, within its shape.
fn days(asked: &Asked<'_>, parameter: &str) -> Option<u16> {
    asked.arguments.number(parameter).and_then(|days| u16::try_from(days).ok())
}

/// What changed is told by what the key is now.
fn changed(asked: &Asked<'_>, target: &Target<'_>, facts: &KeyFacts, reply: &mut Object) {
    reply.text("KeyId", &target.vault.arn(facts.key_id));
    reply.text("KeyState", facts.state.name());
    reply.number("CurrentVersion", facts.current_version);
    reply.number("NewestVersion", facts.newest_version);
    asked.tell(&target.vault, facts, reply);
}

fn create_key_version(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = CreateKeyVersion { key_id: target.key };
    let facts = asked.ask_about(&target, |vault, caller| vault.create_key_version(caller, request))?;
    changed(asked, &target, &facts, reply);
    Ok(())
}

fn revoke_key_version(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = RevokeKeyVersion { key_id: target.key, version: version(asked) };
    let facts = asked.ask_about(&target, |vault, caller| vault.revoke_key_version(caller, request))?;
    changed(asked, &target, &facts, reply);
    Ok(())
}

fn restore_key_version(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = RestoreKeyVersion { key_id: target.key, version: version(asked) };
    let facts = asked.ask_about(&target, |vault, caller| vault.restore_key_version(caller, request))?;
    changed(asked, &target, &facts, reply);
    Ok(())
}

fn schedule_key_version_destruction(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let mut request = ScheduleKeyVersionDestruction::new(target.key, version(asked));
    if let Some(days) = days(asked, "PendingWindowInDays") {
        request.pending_window_in_days = days;
    }
    let facts =
        asked.ask_about(&target, |vault, caller| vault.schedule_key_version_destruction(caller, request))?;
    changed(asked, &target, &facts, reply);
    Ok(())
}

fn cancel_key_version_destruction(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = CancelKeyVersionDestruction { key_id: target.key, version: version(asked) };
    let facts =
        asked.ask_about(&target, |vault, caller| vault.cancel_key_version_destruction(caller, request))?;
    changed(asked, &target, &facts, reply);
    Ok(())
}

fn confirm_key_version_destruction(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = ConfirmKeyVersionDestruction { key_id: target.key, version: version(asked) };
    let destruction =
        asked.ask_about(&target, |vault, caller| vault.confirm_key_version_destruction(caller, request))?;
    destroyed(destruction, reply);
    Ok(())
}

fn confirm_key_deletion(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = ConfirmKeyDeletion { key_id: target.key };
    let destruction =
        asked.ask_about(&target, |vault, caller| vault.confirm_key_deletion(caller, request))?;
    destroyed(destruction, reply);
    Ok(())
}

/// What a destruction is worth.
fn destroyed(destruction: Destruction, reply: &mut Object) {
    reply.text(
        "Destruction",
        match destruction {
            Destruction::Erased => "Erased",
            Destruction::Unlinked => "Unlinked",
            _ => "Other",
        },
    );
}

fn schedule_key_rotation(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let rotation_period_days = days(asked, "RotationPeriodInDays");
    let request = ScheduleKeyRotation { key_id: target.key, rotation_period_days };
    let facts = asked.ask_about(&target, |vault, caller| vault.schedule_key_rotation(caller, request))?;
    changed(asked, &target, &facts, reply);
    Ok(())
}

fn retire_check(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let within_days = days(asked, "WithinDays").unwrap_or(90);
    let request = RetireCheck { key_id: target.key, version: version(asked), within_days };
    let usage = asked.ask_about(&target, |vault, caller| vault.retire_check(caller, request))?;
    reply.text("KeyId", &target.vault.arn(usage.key_id));
    reply.number("Version", usage.version);
    reply.truth("InUse", usage.is_in_use);
    if let Some(last) = usage.last_use {
        reply.text("LastOperation", last.operation.name());
        reply.moment("LastUsed", last.time_ms);
        reply.hex("LastRequestId", &last.request_id);
    }
    reply.moment("NotLaterThan", usage.not_later_than_ms);
    for (name, count) in [
        ("SealingsAtLeast", usage.sealings_at_least),
        ("SealingsAtMost", usage.sealings_at_most),
        ("OpeningsAtLeast", usage.openings_at_least),
        ("OpeningsAtMost", usage.openings_at_most),
    ] {
        reply.number(name, i64::try_from(count).unwrap_or(i64::MAX));
    }
    reply.truth("Tracked", usage.is_tracked);
    Ok(())
}

fn put_usage_budget(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let sealings = asked.arguments.number("Sealings").and_then(|number| u64::try_from(number).ok());
    let then = asked.arguments.text("Then");
    let end = ENDS.iter().find(|(name, _)| Some(*name) == then).map(|(_, end)| *end);
    let budget = match (sealings, end) {
        (None, None) => None,
        (Some(sealings), Some(end)) => Some(UsageBudget { sealings, end }),
        _ => return Err(Refusal::validation("A budget has both Sealings and Then; none has neither.")),
    };
    let request = PutUsageBudget { key_id: target.key, budget };
    asked.ask_about(&target, |vault, caller| vault.put_usage_budget(caller, request))?;
    reply.nothing();
    Ok(())
}

fn list_key_versions(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let Page { limit, marker } = Page::<20>::of(asked, 100, 1000);
    let marker = marker.map(VersionMarker);
    let request = ListKeyVersions { key_id: target.key, limit, marker: marker.as_ref() };
    let listed = asked.ask_about(&target, |vault, caller| vault.list_key_versions(caller, request))?;
    reply.objects("Versions", &listed.versions, entry);
    end(reply, listed.next_marker.map(|marker| marker.0));
    Ok(())
}

fn entry(reply: &mut Object, entry: &KeyVersionEntry) {
    let facts = &entry.facts;
    reply.number("Version", facts.version);
    reply.truth("Current", entry.is_primary);
    reply.text(
        "VersionState",
        match facts.state {
            VersionState::Usable => "Usable",
            VersionState::Revoked => "Revoked",
            VersionState::PendingDestruction => "PendingDestruction",
            VersionState::Destroyed => "Destroyed",
            _ => "Other",
        },
    );
    reply.hex("KeyMaterialId", &entry.key_material_id);
    reply.truth("HasMaterial", facts.has_material);
    reply.moment("CurrentSince", facts.current_since_ms);
    reply.moment("ValidTo", facts.expires_ms);
    reply.moment("DestructionDate", facts.destruction.map(|destruction| destruction.due_ms));
    reply.text(
        "Cause",
        match facts.cause {
            VersionCause::First => "First",
            VersionCause::OnDemand => "OnDemand",
            VersionCause::Automatic => "Automatic",
            VersionCause::Created => "Created",
            VersionCause::Imported => "Imported",
            _ => "Other",
        },
    );
    end_of(facts.destruction.as_ref(), reply);
    reply.text("KeyMaterialDescription", &entry.description);
}
