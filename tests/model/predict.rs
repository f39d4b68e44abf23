//! What the vault must answer, request by request.

use super::answer::{Answer, Outcome};
use super::may::{check_found, only_root};
use super::state::Model;
use super::step::{Ask, Step, User};

impl Model {
    /// Takes the step, and says what comes of it. A dry run answers what the request would, and changes nothing.
    pub fn predict(&mut self, step: &Step) -> Outcome {
        if !step.ask.is_dry_run() {
            return self.take(step);
        }
        let before = self.clone();
        self.is_dry_run = true;
        let outcome = self.take(step);
        *self = before;
        outcome.and(Err("DryRunOperationException"))
    }

    fn take(&mut self, step: &Step) -> Outcome {
        let by = step.by;
        match &step.ask {
            Ask::CreateKey { spec, origin, is_usage_right, description, tags } => {
                self.create_key(by, *spec, *origin, *is_usage_right, description, tags)
            }
            Ask::DescribeKey { key } => self.describe_key(by, *key),
            Ask::ListKeys { limit } => self.list_keys(by, *limit),
            Ask::EnableKey { key } => self.enable_key(by, *key),
            Ask::DisableKey { key } => self.disable_key(by, *key),
            Ask::UpdateKeyDescription { key, description } => self.describe_anew(by, *key, description),
            Ask::GetKeyPolicy { key } => self.manage(by, *key, "GetKeyPolicy").map(|_| Answer::Done),
            Ask::ListKeyPolicies { key } => self.manage(by, *key, "ListKeyPolicies").map(|_| Answer::Done),
            Ask::PutKeyPolicy { key, is_well_formed } => self.put_key_policy(by, *key, *is_well_formed),
            Ask::ScheduleKeyDeletion { key, days } => self.schedule_key_deletion(by, *key, *days),
            Ask::CancelKeyDeletion { key } => self.cancel_key_deletion(by, *key),
            Ask::ConfirmKeyDeletion { key } => self.confirm_key_deletion(by, *key),

            Ask::RotateKeyOnDemand { key } => self.rotate_key_on_demand(by, *key),
            Ask::EnableKeyRotation { key, days } => {
                self.set_rotation(by, *key, "EnableKeyRotation", Some(days.unwrap_or(365)))
            }
            Ask::DisableKeyRotation { key } => self.set_rotation(by, *key, "DisableKeyRotation", None),
            Ask::ScheduleKeyRotation { key, days } => {
                self.set_rotation(by, *key, "ScheduleKeyRotation", *days)
            }
            Ask::GetKeyRotationStatus { key } => self.get_key_rotation_status(by, *key),
            Ask::ListKeyRotations { key, is_all, limit } => {
                self.list_key_rotations(by, *key, *is_all, *limit)
            }

            Ask::CreateKeyVersion { key } => self.create_key_version(by, *key),
            Ask::ListKeyVersions { key, limit } => self.list_key_versions(by, *key, *limit),
            Ask::RevokeKeyVersion { key, version } => self.revoke_key_version(by, *key, *version),
            Ask::RestoreKeyVersion { key, version } => self.restore_key_version(by, *key, *version),
            Ask::ScheduleKeyVersionDestruction { key, version, days } => {
                self.schedule_version_destruction(by, *key, *version, *days)
            }
            Ask::CancelKeyVersionDestruction { key, version } => {
                self.cancel_version_destruction(by, *key, *version)
            }
            Ask::ConfirmKeyVersionDestruction { key, version } => {
                self.confirm_version_destruction(by, *key, *version)
            }

            Ask::GetParametersForImport { key } => self.get_parameters_for_import(by, *key),
            Ask::ImportKeyMaterial { .. } => self.import_key_material(by, &step.ask),
            Ask::DeleteImportedKeyMaterial { key, version } => {
                self.delete_imported_key_material(by, *key, *version)
            }

            Ask::CreateAlias { alias, key } => self.create_alias(by, *alias, *key),
            Ask::UpdateAlias { alias, key } => self.update_alias(by, *alias, *key),
            Ask::DeleteAlias { alias } => self.delete_alias(by, *alias),
            Ask::ListAliases { key, limit } => self.list_aliases(by, *key, *limit),
            Ask::TagResource { key, tags } => self.tag_resource(by, *key, tags),
            Ask::UntagResource { key, names } => self.untag_resource(by, *key, names),
            Ask::ListResourceTags { key, limit } => self.list_resource_tags(by, *key, *limit),

            Ask::CreateGrant { key, grant, .. } => self.create_grant(by, *key, grant),
            Ask::RevokeGrant { key, grant, .. } => self.revoke_grant(by, *key, *grant),
            Ask::RetireGrant { key, grant, .. } => self.retire_grant(by, *key, *grant),
            Ask::RetireGrantByToken { grant, .. } => self.retire_grant_by_token(by, *grant),
            Ask::ListGrants { key, limit } => self.list_grants(by, *key, *limit),
            Ask::ListRetirableGrants { retiring, limit } => self.list_retirable_grants(by, *retiring, *limit),

            Ask::Encrypt { key, len, context, token, .. } => self.encrypt(by, *key, *len, *context, *token),
            Ask::Decrypt { .. } => self.decrypt(by, &step.ask),
            Ask::ReEncrypt { .. } => self.re_encrypt(by, &step.ask),
            Ask::GenerateDataKey { key, len, context, .. } => {
                self.generate_data_key(by, *key, *len, *context, true)
            }
            Ask::GenerateDataKeyWithoutPlaintext { key, len, context, .. } => {
                self.generate_data_key(by, *key, *len, *context, false)
            }
            Ask::GenerateRandom { len } => self.generate_random(by, *len),
            Ask::GenerateMac { key, algorithm, message, is_versioned, .. } => {
                self.generate_mac(by, *key, *algorithm, *message, *is_versioned)
            }
            Ask::VerifyMac { .. } => self.verify_mac(by, &step.ask),
            Ask::GetKeyLastUsage { key } => self.get_key_last_usage(by, *key),
            Ask::RetireCheck { key, version, within_days } => {
                self.retire_check(by, *key, *version, *within_days)
            }
            Ask::PutUsageBudget { key, budget } => self.put_usage_budget(by, *key, *budget),
            Ask::ListSlots => self.list_slots(by),
            Ask::AddSlot { secret } => self.add_slot(by, *secret),
            Ask::ChangeSlot { slot, secret } => self.change_slot(by, *slot, *secret),
            Ask::RemoveSlot { slot } => self.remove_slot(by, *slot),
            Ask::Rekey { keep, is_right } => self.rekey(by, keep, *is_right),
            Ask::PutCaller { name, user } => self.put_caller(by, *name, *user),
            Ask::DescribeCaller { name } => self.describe_caller(by, *name),
            Ask::DeleteCaller { name } => self.delete_caller(by, *name),
            Ask::ListCallers { limit } => self.list_callers(by, *limit),
            Ask::CreateAccessKey { name } => self.create_access_key(by, *name),
            Ask::DisableAccessKey { name } => self.disable_access_key(by, *name),
            Ask::DeleteAccessKey { name } => self.delete_access_key(by, *name),
            Ask::ListAccessKeys { name } => self.list_access_keys(by, *name),
            _ => self.run_vault(by, &step.ask),
        }
    }

    /// What is about the vault and its surroundings.
    fn run_vault(&mut self, by: User, ask: &Ask) -> Outcome {
        match ask {
            Ask::Wait { ms } => self.times.wait(*ms),
            Ask::Remount { ms } => self.times.remount(*ms),
            Ask::Cool => {}
            Ask::StartAuditLog => {
                only_root(by)?;
                self.has_audit_key = true;
            }
            Ask::TakeAuditKey => {
                only_root(by)?;
                check_found(std::mem::take(&mut self.has_audit_key))?;
            }
            Ask::GetAuditHead => only_root(by)?,
            Ask::PutQuotas { quotas } => {
                only_root(by)?;
                self.quotas = *quotas;
            }
            Ask::DescribeQuotas => {
                only_root(by)?;
                return Ok(Answer::Quotas(self.quotas));
            }
            Ask::Tick => {
                only_root(by)?;
                self.tick();
                return Ok(Answer::Ticked { failed: 0, is_more_due: false });
            }
            Ask::AcceptTime => {
                only_root(by)?;
                return Ok(Answer::Milliseconds(self.times.accept()));
            }
            // The clock never said anything wrong.
            Ask::ResetClock => {
                only_root(by)?;
                return Ok(Answer::Milliseconds(0));
            }
            other => panic!("{other:?} is answered elsewhere"),
        }
        Ok(Answer::Done)
    }
}
