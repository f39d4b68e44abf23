//! What a vault knows of a key beyond what AWS KMS tells: answered to whoever asks for it with `Facts`, a parameter of our own.

use strongroom_std::Vault;
use strongroom_std::key::{KeyFacts, ScheduledDeletion};

use super::asked::Asked;
use super::shape::{Parameter, Shape, optional};
use crate::object::Object;

/// Asks for them.
pub(super) const FACTS: Parameter = optional("Facts", Shape::Truth);

impl Asked<'_> {
    /// Whether they are asked for.
    pub(super) fn wants_facts(&self) -> bool {
        self.arguments.truth("Facts")
    }

    /// Writes what the key is now, if that is asked for.
    pub(super) fn tell(&self, vault: &Vault, facts: &KeyFacts, reply: &mut Object) {
        if self.wants_facts() {
            reply.object("Facts", |reply| key(vault, facts, reply));
        }
    }

    /// The same with the id of the current material, which AWS tells of keys that encrypt alone.
    pub(super) fn tell_with_material(
        &self,
        vault: &Vault,
        facts: &KeyFacts,
        material_id: Option<[u8; 32]>,
        reply: &mut Object,
    ) {
        if self.wants_facts() {
            reply.object("Facts", |reply| {
                key(vault, facts, reply);
                reply.hex_if("CurrentKeyMaterialId", material_id);
            });
        }
    }

    /// The same for operations that have no output otherwise.
    pub(super) fn tell_alone(&self, vault: &Vault, facts: &KeyFacts, reply: &mut Object) {
        if self.wants_facts() {
            self.tell(vault, facts, reply);
        } else {
            reply.nothing();
        }
    }
}

fn key(vault: &Vault, facts: &KeyFacts, reply: &mut Object) {
    reply.text("KeyId", &facts.key_id.to_string());
    reply.text("Arn", &vault.arn(facts.key_id));
    reply.moment("CreationDate", facts.created_ms);
    reply.text("KeyState", facts.state.name());
    reply.text("KeySpec", facts.spec.name());
    reply.text("KeyUsage", facts.usage.name());
    reply.text("Origin", facts.origin.name());
    reply.number("CurrentVersion", facts.current_version);
    reply.number("NewestVersion", facts.newest_version);
    reply.number("OnDemandRotations", facts.on_demand_rotations);
    if let Some(rotation) = facts.rotation {
        reply.number("RotationPeriodInDays", rotation.period_days);
        reply.moment("NextRotationDate", Some(rotation.next_ms));
    }
    reply.moment("DeletionDate", facts.deletion.map(|deletion| deletion.due_ms));
    end(facts.deletion.as_ref(), reply);
    reply.moment("ValidTo", facts.expires_ms);
    reply.number("MissingMaterials", facts.missing_materials);
}

/// After how many days something is destroyed, and whether the last one has begun.
pub(super) fn end(deletion: Option<&ScheduledDeletion>, reply: &mut Object) {
    if let Some(deletion) = deletion {
        reply.number("PendingWindowInDays", deletion.window_days);
        reply.truth("LastDay", deletion.destroy_at_observed_ms.is_some());
    }
}
