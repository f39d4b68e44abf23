//! Each operation once, with parameters that are right.

use strongroom_core::Error;
use strongroom_core::key::MacAlgorithm;
use strongroom_core::operation::{
    BackupToPeer, CancelKeyDeletion, CreateAlias, CreateGrant, CreateKeyVersion, Decrypt, DeleteAlias,
    DeleteImportedKeyMaterial, DescribeKey, DisableKey, DisableKeyRotation, EnableKey, EnableKeyRotation,
    Encrypt, ExportKey, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateMac, GenerateVersionedMac,
    GetKeyLastUsage, GetKeyPolicy, GetKeyRotationStatus, IncludeKeyMaterial, ListAliases, ListGrants,
    ListKeyPolicies, ListKeyRotations, ListKeyVersions, ListResourceTags, POLICY_NAME, PutKeyPolicy,
    PutUsageBudget, ReEncrypt, ReceiveKey, RestoreKeyVersion, RetireCheck, RetireGrant, RetiredGrant,
    RevokeGrant, RevokeKeyVersion, RotateKeyOnDemand, ScheduleKeyDeletion, ScheduleKeyRotation,
    ScheduleKeyVersionDestruction, TagResource, UntagResource, UpdateAlias, UpdateKeyDescription, VerifyMac,
    VerifyVersionedMac,
};
use strongroom_core::peer::KEY_BUNDLE_LEN_MAX;
use strongroom_core::policy::Action;
use strongroom_std::PeerExchange;

use super::stage::{MATERIAL, Stage};
use crate::world::{ROOT, import_token, import_with, root};

/// An operation, and how it is asked for.
pub struct Attempt {
    pub name: &'static str,
    pub run: fn(&Stage) -> Result<(), Error>,
}

const fn attempt(name: &'static str, run: fn(&Stage) -> Result<(), Error>) -> Attempt {
    Attempt { name, run }
}

pub const ATTEMPTS: &[Attempt] = &[
    attempt("CancelKeyDeletion", |stage| {
        stage.vault().cancel_key_deletion(&root(), CancelKeyDeletion { key_id: &stage.id() }).map(drop)
    }),
    attempt("CreateAlias", |stage| {
        let id = stage.id();
        let request = CreateAlias { alias_name: "alias/new", target_key_id: &id };
        stage.vault().create_alias(&root(), request)
    }),
    attempt("CreateGrant", |stage| {
        let id = stage.id();
        let request = CreateGrant::new(&id, ROOT, &[Action::DescribeKey]);
        stage.vault().create_grant(&root(), request).map(drop)
    }),
    attempt("Decrypt", |stage| {
        let mut out = [0; 4096];
        stage.vault().decrypt(&root(), Decrypt::new(stage.ciphertext()), &mut out).map(drop)
    }),
    attempt("DeleteAlias", |stage| {
        stage.vault().delete_alias(&root(), DeleteAlias { alias_name: "alias/its" })
    }),
    attempt("DeleteImportedKeyMaterial", |stage| {
        let id = stage.id();
        let request = DeleteImportedKeyMaterial { key_id: &id, key_material_id: None };
        stage.vault().delete_imported_key_material(&root(), request).map(drop)
    }),
    attempt("DescribeKey", |stage| {
        let mut out = [0; 8192];
        stage.vault().describe_key(&root(), DescribeKey::new(&stage.id()), &mut out).map(drop)
    }),
    attempt("DisableKey", |stage| {
        stage.vault().disable_key(&root(), DisableKey { key_id: &stage.id() }).map(drop)
    }),
    attempt("DisableKeyRotation", |stage| {
        stage.vault().disable_key_rotation(&root(), DisableKeyRotation { key_id: &stage.id() }).map(drop)
    }),
    attempt("EnableKey", |stage| {
        stage.vault().enable_key(&root(), EnableKey { key_id: &stage.id() }).map(drop)
    }),
    attempt("EnableKeyRotation", |stage| {
        let id = stage.id();
        let request = EnableKeyRotation { key_id: &id, rotation_period_days: None };
        stage.vault().enable_key_rotation(&root(), request).map(drop)
    }),
    attempt("Encrypt", |stage| {
        let mut out = [0; 256];
        stage.vault().encrypt(&root(), Encrypt::new(&stage.id(), b"x"), &mut out).map(drop)
    }),
    attempt("GenerateDataKey", |stage| {
        let id = stage.id();
        let (mut plaintext, mut ciphertext) = ([0; 32], [0; 256]);
        let request = GenerateDataKey::aes_256(&id);
        stage.vault().generate_data_key(&root(), request, &mut plaintext, &mut ciphertext).map(drop)
    }),
    attempt("GenerateDataKeyWithoutPlaintext", |stage| {
        let id = stage.id();
        let mut ciphertext = [0; 256];
        let request = GenerateDataKeyWithoutPlaintext(GenerateDataKey::aes_256(&id));
        stage.vault().generate_data_key_without_plaintext(&root(), request, &mut ciphertext).map(drop)
    }),
    attempt("GenerateMac", |stage| {
        let id = stage.id();
        let mut out = [0; 64];
        let request = GenerateMac::new(&id, algorithm(stage), b"m");
        stage.vault().generate_mac(&root(), request, &mut out).map(drop)
    }),
    attempt("GetKeyPolicy", |stage| {
        let id = stage.id();
        let mut out = vec![0; 32_768];
        let request = GetKeyPolicy { key_id: &id, policy_name: POLICY_NAME };
        stage.vault().get_key_policy(&root(), request, &mut out).map(drop)
    }),
    attempt("GetKeyRotationStatus", |stage| {
        stage.vault().get_key_rotation_status(&root(), GetKeyRotationStatus { key_id: &stage.id() }).map(drop)
    }),
    attempt("GetParametersForImport", |stage| import_token(stage.vault(), stage.key()).map(drop)),
    attempt("ImportKeyMaterial", |stage| {
        let material = &MATERIAL[..stage.kind.spec.material_len()];
        import_with(stage.vault(), stage.key(), stage.import_token(), material, None).map(drop)
    }),
    attempt("ListAliases", |stage| {
        let id = stage.id();
        let mut page = vec![0; 8192];
        let request = ListAliases { key_id: Some(&id), limit: 50, marker: None };
        stage.vault().list_aliases(&root(), request, &mut page).map(drop)
    }),
    attempt("ListGrants", |stage| {
        let id = stage.id();
        let mut page = vec![0; 8192];
        let request =
            ListGrants { key_id: &id, grant_id: None, grantee_principal: None, limit: 50, marker: None };
        stage.vault().list_grants(&root(), request, &mut page).map(drop)
    }),
    attempt("ListKeyPolicies", |stage| {
        let id = stage.id();
        let request = ListKeyPolicies { key_id: &id, limit: 100 };
        stage.vault().list_key_policies(&root(), request).map(drop)
    }),
    attempt("ListKeyRotations", |stage| {
        let id = stage.id();
        let mut page = vec![0; 8192];
        let request = ListKeyRotations {
            key_id: &id,
            include_key_material: IncludeKeyMaterial::RotationsOnly,
            limit: 100,
            marker: None,
        };
        stage.vault().list_key_rotations(&root(), request, &mut page).map(drop)
    }),
    attempt("ListResourceTags", |stage| {
        let id = stage.id();
        let mut page = vec![0; 8192];
        let request = ListResourceTags::new(&id);
        stage.vault().list_resource_tags(&root(), request, &mut page).map(drop)
    }),
    attempt("PutKeyPolicy", |stage| {
        let id = stage.id();
        let mut policy = vec![0; 32_768];
        let request = GetKeyPolicy { key_id: &id, policy_name: POLICY_NAME };
        let policy = stage.vault().get_key_policy(&root(), request, &mut policy)?;
        let request = PutKeyPolicy {
            key_id: &id,
            policy_name: POLICY_NAME,
            policy,
            bypass_policy_lockout_safety_check: false,
        };
        stage.vault().put_key_policy(&root(), request).map(drop)
    }),
    attempt("ReEncrypt", |stage| {
        let id = stage.id();
        let mut out = [0; 256];
        let request = ReEncrypt::new(stage.ciphertext(), &id);
        stage.vault().re_encrypt(&root(), request, &mut out).map(drop)
    }),
    attempt("RetireGrant", |stage| {
        let grant = RetiredGrant::Id { key_id: &stage.id(), grant_id: &stage.grant_id().to_string() };
        stage.vault().retire_grant(&root(), RetireGrant { grant, dry_run: false })
    }),
    attempt("RevokeGrant", |stage| {
        let grant_id = &stage.grant_id().to_string();
        stage.vault().revoke_grant(&root(), RevokeGrant { key_id: &stage.id(), grant_id, dry_run: false })
    }),
    attempt("RotateKeyOnDemand", |stage| {
        stage.vault().rotate_key_on_demand(&root(), RotateKeyOnDemand { key_id: &stage.id() }).map(drop)
    }),
    attempt("ScheduleKeyDeletion", |stage| {
        let id = stage.id();
        let request = ScheduleKeyDeletion { key_id: &id, pending_window_in_days: 7 };
        stage.vault().schedule_key_deletion(&root(), request).map(drop)
    }),
    attempt("TagResource", |stage| {
        let id = stage.id();
        let request = TagResource { key_id: &id, tags: &[("team", "red")] };
        stage.vault().tag_resource(&root(), request)
    }),
    attempt("UntagResource", |stage| {
        let id = stage.id();
        let request = UntagResource { key_id: &id, tag_keys: &["team"] };
        stage.vault().untag_resource(&root(), request)
    }),
    attempt("UpdateAlias", |stage| {
        let id = stage.id();
        let request = UpdateAlias { alias_name: "alias/others", target_key_id: &id };
        stage.vault().update_alias(&root(), request)
    }),
    attempt("UpdateKeyDescription", |stage| {
        let id = stage.id();
        let request = UpdateKeyDescription { key_id: &id, description: "new" };
        stage.vault().update_key_description(&root(), request).map(drop)
    }),
    attempt("VerifyMac", |stage| {
        let id = stage.id();
        let request = VerifyMac::new(&id, algorithm(stage), b"m", stage.mac());
        stage.vault().verify_mac(&root(), request).map(drop)
    }),
    attempt("GetKeyLastUsage", |stage| {
        stage.vault().get_key_last_usage(&root(), GetKeyLastUsage { key_id: &stage.id() }).map(drop)
    }),
    attempt("GenerateVersionedMac", |stage| {
        let (id, mut out) = (stage.id(), [0; 128]);
        let request = GenerateVersionedMac(GenerateMac::new(&id, algorithm(stage), b"m"));
        stage.vault().generate_versioned_mac(&root(), request, &mut out).map(drop)
    }),
    attempt("VerifyVersionedMac", |stage| {
        let id = stage.id();
        let request = VerifyMac::new(&id, algorithm(stage), b"m", stage.versioned_mac());
        stage.vault().verify_versioned_mac(&root(), VerifyVersionedMac(request)).map(drop)
    }),
    attempt("PutUsageBudget", |stage| {
        stage.vault().put_usage_budget(&root(), PutUsageBudget { key_id: &stage.id(), budget: None })
    }),
    attempt("RetireCheck", |stage| {
        let request = RetireCheck { key_id: &stage.id(), version: 1, within_days: 30 };
        stage.vault().retire_check(&root(), request).map(drop)
    }),
    attempt("CreateKeyVersion", |stage| {
        stage.vault().create_key_version(&root(), CreateKeyVersion { key_id: &stage.id() }).map(drop)
    }),
    attempt("ListKeyVersions", |stage| {
        let id = stage.id();
        let mut page = vec![0; 8192];
        let request = ListKeyVersions { key_id: &id, limit: 100, marker: None };
        stage.vault().list_key_versions(&root(), request, &mut page).map(drop)
    }),
    attempt("RevokeKeyVersion", |stage| {
        stage
            .vault()
            .revoke_key_version(&root(), RevokeKeyVersion { key_id: &stage.id(), version: 1 })
            .map(drop)
    }),
    attempt("RestoreKeyVersion", |stage| {
        let id = stage.id();
        let request = RestoreKeyVersion { key_id: &id, version: 1 };
        stage.vault().restore_key_version(&root(), request).map(drop)
    }),
    attempt("ScheduleKeyVersionDestruction", |stage| {
        let id = stage.id();
        let request = ScheduleKeyVersionDestruction { key_id: &id, version: 1, pending_window_in_days: 7 };
        stage.vault().schedule_key_version_destruction(&root(), request).map(drop)
    }),
    attempt("ScheduleKeyRotation", |stage| {
        let id = stage.id();
        let request = ScheduleKeyRotation { key_id: &id, rotation_period_days: Some(90) };
        stage.vault().schedule_key_rotation(&root(), request).map(drop)
    }),
    attempt("ExportKey", |stage| {
        let (id, mut out) = (stage.id(), vec![0; KEY_BUNDLE_LEN_MAX]);
        let request = ExportKey { key_id: &id, peer: "a", offer: &stage.exchange().offer };
        stage.vault().export_key(&root(), request, &PeerExchange, &mut out).map(drop)
    }),
    attempt("ReceiveKey", |stage| {
        let request = ReceiveKey { bundle: &stage.exchange().bundle };
        stage.vault().receive_key(&root(), request, &PeerExchange).map(drop)
    }),
    attempt("BackupToPeer", |stage| {
        let request = BackupToPeer { peer: "a", offer: &stage.exchange().offer };
        stage.vault().backup_to_peer(&root(), request, &PeerExchange, &mut |_| Ok(())).map(drop)
    }),
];

/// The algorithm of the key, or any.
fn algorithm(stage: &Stage) -> MacAlgorithm {
    stage.kind.mac_algorithm().unwrap_or(MacAlgorithm::ALL[0])
}
