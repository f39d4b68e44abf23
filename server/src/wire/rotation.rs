//! EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations.

use strongroom_std::KeyVersionEntry;
use strongroom_std::operation::{
    DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus, IncludeKeyMaterial, ListKeyRotations,
    RotateKeyOnDemand, VersionMarker,
};

use super::asked::Asked;
use super::facts::FACTS;
use super::metadata::expiration_model;
use super::pages::{Page, end};
use super::refusal::Refusal;
use super::shape::{KEY_ID, LIMIT, MARKER, Shape, optional};
use super::table::{Operation, waits};
use crate::object::Object;

pub(super) const OPERATIONS: &[Operation] = &[
    waits(
        "EnableKeyRotation",
        &[KEY_ID, optional("RotationPeriodInDays", Shape::Number { min: 90, max: 2560 })],
        enable_key_rotation,
    ),
    waits("DisableKeyRotation", &[KEY_ID], disable_key_rotation),
    waits("GetKeyRotationStatus", &[KEY_ID], get_key_rotation_status),
    waits("RotateKeyOnDemand", &[KEY_ID, FACTS], rotate_key_on_demand),
    waits(
        "ListKeyRotations",
        &[
            KEY_ID,
            optional("IncludeKeyMaterial", Shape::Word(&["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"])),
            LIMIT,
            MARKER,
        ],
        list_key_rotations,
    ),
];

fn enable_key_rotation(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let days = asked.arguments.number("RotationPeriodInDays").and_then(|days| u16::try_from(days).ok());
    let request = EnableKeyRotation { key_id: target.key, rotation_period_days: days };
    asked.ask_about(&target, |vault, caller| vault.enable_key_rotation(caller, request))?;
    reply.nothing();
    Ok(())
}

fn disable_key_rotation(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = DisableKeyRotation { key_id: target.key };
    asked.ask_about(&target, |vault, caller| vault.disable_key_rotation(caller, request))?;
    reply.nothing();
    Ok(())
}

fn get_key_rotation_status(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = GetKeyRotationStatus { key_id: target.key };
    let status = asked.ask_about(&target, |vault, caller| vault.get_key_rotation_status(caller, request))?;
    reply.text("KeyId", &target.vault.arn(status.key_id));
    reply.truth("KeyRotationEnabled", status.rotation.is_some());
    if let Some(schedule) = status.rotation {
        reply.number("RotationPeriodInDays", schedule.period_days);
        reply.moment("NextRotationDate", Some(schedule.next_ms));
    }
    Ok(())
}

fn rotate_key_on_demand(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = RotateKeyOnDemand { key_id: target.key };
    let rotated = asked.ask_about(&target, |vault, caller| vault.rotate_key_on_demand(caller, request))?;
    reply.text("KeyId", &target.vault.arn(rotated.key_id));
    asked.tell(&target.vault, &rotated, reply);
    Ok(())
}

fn list_key_rotations(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let Page { limit, marker } = Page::<20>::of(asked, 100, 1000);
    let include_key_material = match asked.arguments.text("IncludeKeyMaterial") {
        Some("ALL_KEY_MATERIAL") => IncludeKeyMaterial::AllKeyMaterial,
        _ => IncludeKeyMaterial::RotationsOnly,
    };
    let marker = marker.map(VersionMarker);
    let request =
        ListKeyRotations { key_id: target.key, include_key_material, limit, marker: marker.as_ref() };
    let listed = asked.ask_about(&target, |vault, caller| vault.list_key_rotations(caller, request))?;
    // The parameter is an id or ends in one.
    let key_id = target.key.rsplit('/').next().unwrap_or_default();
    reply.objects("Rotations", &listed.versions, |reply, entry| rotation(reply, key_id, entry));
    end(reply, listed.next_marker.map(|marker| marker.0));
    Ok(())
}

/// What a rotation brought, and when.
fn rotation(reply: &mut Object, key_id: &str, entry: &KeyVersionEntry) {
    let facts = &entry.facts;
    reply.text("KeyId", key_id);
    reply.hex("KeyMaterialId", &entry.key_material_id);
    reply.text("KeyMaterialState", entry.material_state);
    if entry.is_imported {
        reply.text("ImportState", if facts.has_material { "IMPORTED" } else { "PENDING_IMPORT" });
        reply.text_if("KeyMaterialDescription", Some(&*entry.description).filter(|text| !text.is_empty()));
        if facts.has_material {
            reply.text("ExpirationModel", expiration_model(facts.expires_ms).name());
            reply.moment("ValidTo", facts.expires_ms);
        }
    }
    if let Some(rotation_type) = facts.cause.rotation_type() {
        reply.moment("RotationDate", facts.current_since_ms);
        reply.text("RotationType", rotation_type);
    }
}
