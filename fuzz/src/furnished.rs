//! What a vault keeps beside the keys that encrypt: one of each kind of record, so that every decoder has something to read.

use strongroom_core::access_key::ACCESS_KEY_SECRET_LEN;
use strongroom_core::crypto::Primitives;
use strongroom_core::import::{WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::key::{KeyOrigin, KeySpec, KeyUsage, MacAlgorithm};
use strongroom_core::operation::{
    AssumeRole, CreateAccessKey, CreateAlias, CreateGrant, CreateKey, CreateKeyVersion, DeleteAccessKey,
    DescribeCaller, DescribeRoleTrust, EnableKeyRotation, GenerateMac, GenerateVersionedMac,
    GetParametersForImport, GrantConstraints, ListAccessKeys, ListCallers, PutCaller, PutQuotas,
    PutRoleTrust, PutUsageBudget, ScheduleKeyDeletion, ScheduleKeyVersionDestruction, TagResource,
    UpdateAccessKey, VerifyMac, VerifyVersionedMac,
};
use strongroom_core::platform::{AuditSink, Platform};
use strongroom_core::policy::{
    Action, Effect, Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement,
};
use strongroom_core::quota::Quotas;
use strongroom_core::{Error, Secret, Vault, VersionedMac};

use crate::image::CONTEXT;
use crate::world::{ROOT, World, no_bug, root};
use crate::wrapping::PlainWrapping;

/// The name of the user that is kept.
pub const USER: &str = "fuzz";
/// The ARN of that user.
pub const USER_ARN: &str = "arn:aws:iam::000000000000:user/fuzz";
/// The name of the role that is kept, which the user may assume.
pub const ROLE: &str = "reader";
/// The ARN of that role.
pub const ROLE_ARN: &str = "arn:aws:iam::000000000000:role/reader";
const MESSAGE: &[u8] = b"a message of the fuzz targets";

/// Puts one of everything into a vault that has two keys, and answers the id of a third one, for MACs.
///
/// # Errors
/// A bug in the vault.
pub fn furnish<C: Primitives, S: AuditSink>(
    vault: &Vault<World<C, S>>,
    keys: &[String; 2],
) -> Result<String, Error> {
    let root = root();
    let [key_id, other] = [keys[0].as_str(), keys[1].as_str()];
    vault.create_alias(&root, CreateAlias { alias_name: "alias/furnished", target_key_id: key_id })?;
    vault.tag_resource(&root, TagResource { key_id, tags: &[("team", "a"), ("n", "")] })?;
    let operations = [Action::Decrypt, Action::RetireGrant];
    for constraints in [
        None,
        Some(GrantConstraints::EncryptionContextSubset(CONTEXT)),
        Some(GrantConstraints::EncryptionContextEquals(CONTEXT)),
    ] {
        let name = constraints.is_some().then_some("constrained");
        let grant = CreateGrant {
            retiring_principal: Some(ROOT),
            name,
            constraints,
            ..CreateGrant::new(other, USER_ARN, &operations)
        };
        // The same name again with other constraints is another grant.
        // The id of a grant is as long as a key, and no secret.
        vault.platform().entropy().set_public(true);
        vault.create_grant(&root, grant)?;
        vault.platform().entropy().set_public(false);
    }
    furnish_callers(vault)?;
    vault.put_quotas(&root, PutQuotas { quotas: Quotas { tags_per_key: None, ..Quotas::aws() } })?;
    vault.enable_key_rotation(&root, EnableKeyRotation { key_id, rotation_period_days: Some(90) })?;

    let request = CreateKey {
        key_spec: KeySpec::Hmac256,
        key_usage: KeyUsage::GenerateVerifyMac,
        ..CreateKey::default()
    };
    let macs = vault.create_key(&root, request)?.key_id.to_string();
    vault.create_key_version(&root, CreateKeyVersion { key_id: &macs })?;
    let end = ScheduleKeyVersionDestruction { key_id: &macs, version: 1, pending_window_in_days: 7 };
    vault.schedule_key_version_destruction(&root, end)?;

    let request = CreateKey { origin: KeyOrigin::External, ..CreateKey::default() };
    let waiting = vault.create_key(&root, request)?.key_id.to_string();
    for (wrapping_algorithm, wrapping_key_spec) in [
        (WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm, WrappingKeySpec::X25519),
        (WrappingAlgorithm::RsaesOaepSha256, WrappingKeySpec::Rsa2048),
        (WrappingAlgorithm::RsaAesKeyWrapSha256, WrappingKeySpec::Rsa4096),
    ] {
        let request = GetParametersForImport { key_id: &waiting, wrapping_algorithm, wrapping_key_spec };
        vault.get_parameters_for_import(
            &root,
            request,
            &PlainWrapping::default(),
            &mut [0; 2432],
            &mut [0; 550],
        )?;
    }
    let leaving = vault.create_key(&root, CreateKey::default())?.key_id.to_string();
    vault
        .schedule_key_deletion(&root, ScheduleKeyDeletion { key_id: &leaving, pending_window_in_days: 7 })?;
    Ok(macs)
}

fn furnish_callers<C: Primitives, S: AuditSink>(vault: &Vault<World<C, S>>) -> Result<(), Error> {
    let root = root();
    let mut buffer = [0; 512];
    let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Identity, Language::Version2012, "")?;
    builder.statement(&Statement {
        effect: Effect::Allow,
        resources: &["*"],
        ..Statement::allow(&[] as &[PrincipalEntry<'_>], &["kms:DescribeKey", "sts:AssumeRole"])
    })?;
    let policy = builder.finish();
    let tags = &[("team", "fuzz")];
    let user = PutCaller { name: USER, principal: USER_ARN, tags, identity_policies: &[policy] };
    vault.put_caller(&root, user)?;
    vault.put_caller(
        &root,
        PutCaller { name: ROLE, principal: ROLE_ARN, tags: &[], identity_policies: &[] },
    )?;
    for _ in 0..2 {
        vault.create_access_key(&root, CreateAccessKey { caller: USER }, &mut Secret::zeroed())?;
    }
    let trust = PutRoleTrust { role: ROLE, principals: &[USER_ARN, ROOT], external_id: Some("outside") };
    vault.put_role_trust(&root, trust)
}

/// Asks for all of it; everything may fail, nothing may panic.
pub fn look<C: Primitives, S: AuditSink>(vault: &Vault<World<C, S>>, macs: &str) {
    let (root, mut buffer) = (root(), [0; 4096]);
    let _ =
        vault.describe_caller(&root, DescribeCaller { name: USER }, &mut buffer).map(drop).map_err(no_bug);
    let all = ListCallers { limit: 3, marker: None };
    let _ = vault.list_callers(&root, all, &mut buffer).map(|listed| listed.names().count()).map_err(no_bug);
    let listed = vault.list_access_keys(&root, ListAccessKeys { caller: USER }).map_err(no_bug);
    if let Some(facts) = listed.ok().and_then(|listed| listed.first().copied()) {
        let request = UpdateAccessKey { caller: USER, access_key_id: facts.id, is_active: !facts.is_active };
        let _ = vault.update_access_key(&root, request).map_err(no_bug);
        let request = DeleteAccessKey { caller: USER, access_key_id: facts.id };
        let _ = vault.delete_access_key(&root, request).map_err(no_bug);
    }
    let request = DescribeRoleTrust { role: ROLE };
    let _ = vault.describe_role_trust(&root, request, &mut buffer).map(drop).map_err(no_bug);
    let mut secret = Secret::<ACCESS_KEY_SECRET_LEN>::zeroed();
    let request = AssumeRole {
        role_arn: ROLE_ARN,
        session_name: "fuzz",
        duration_seconds: 900,
        external_id: Some("outside"),
    };
    let _ = vault.assume_role(&root, request, &mut secret, &mut buffer).map(drop).map_err(no_bug);
    let budget = PutUsageBudget { key_id: macs, budget: None };
    let _ = vault.put_usage_budget(&root, budget).map_err(no_bug);
    look_at_macs(vault, macs);
}

/// What a MAC's key makes it verifies, with a header and without one.
fn look_at_macs<C: Primitives, S: AuditSink>(vault: &Vault<World<C, S>>, macs: &str) {
    let (root, algorithm) = (root(), MacAlgorithm::HmacSha256);
    let request = GenerateMac::new(macs, algorithm, MESSAGE);
    let verify = |mac| VerifyMac {
        key_id: macs,
        message: MESSAGE,
        mac_algorithm: algorithm,
        mac,
        grant_tokens: &[],
        dry_run: false,
    };
    let mut buffer = [0; 256];
    if let Ok(made) = vault.generate_mac(&root, request, &mut buffer).map_err(no_bug) {
        let _ = vault.verify_mac(&root, verify(made.mac)).map_err(no_bug);
    }
    let mut buffer = [0; 256];
    let request = GenerateVersionedMac(request);
    if let Ok(made) = vault.generate_versioned_mac(&root, request, &mut buffer).map_err(no_bug) {
        let header = VersionedMac::parse(made.mac).expect("what was made can be read");
        assert_eq!((header.key_id, header.version), (made.key_id, made.version));
        let _ = vault.verify_versioned_mac(&root, VerifyVersionedMac(verify(made.mac))).map_err(no_bug);
    }
}
