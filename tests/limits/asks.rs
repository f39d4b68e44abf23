//! Each operation once, with parameters that are right but for the one that is given.

use strongroom_core::Error;
use strongroom_core::grant::GrantToken;
use strongroom_core::import::{WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::key::{KeyId, MacAlgorithm};
use strongroom_core::operation::{
    CancelKeyDeletion, CreateAlias, CreateGrant, CreateKey, Decrypt, DeleteAlias, DeleteImportedKeyMaterial,
    DescribeKey, DisableKey, DisableKeyRotation, EnableKey, EnableKeyRotation, Encrypt, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GenerateMac, GenerateRandom, GetKeyLastUsage, GetKeyPolicy,
    GetKeyRotationStatus, GetParametersForImport, ImportKeyMaterial, IncludeKeyMaterial, ListAliases,
    ListGrants, ListKeyPolicies, ListKeyRotations, ListKeys, ListResourceTags, ListRetirableGrants,
    POLICY_NAME, PutKeyPolicy, ReEncrypt, RetireGrant, RetiredGrant, RevokeGrant, RotateKeyOnDemand,
    ScheduleKeyDeletion, TagResource, UntagResource, UpdateAlias, UpdateKeyDescription, VerifyMac,
};
use strongroom_core::policy::Action;
use strongroom_std::policy_json::compile_key_policy;

use super::scene::{Given, NOW, Stage};
use super::values::policy_of_len;
use crate::world::{PlainWrapping, ROOT, root};

type Ask = fn(&Stage<'_>, &Given<'_>) -> Result<(), Error>;

pub const ASKS: &[(&str, Ask)] = &[
    ("CancelKeyDeletion", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        stage.vault.cancel_key_deletion(&root(), CancelKeyDeletion { key_id }).map(drop)
    }),
    ("CreateAlias", |stage, given| {
        let alias_name = given.text("AliasName", "alias/new");
        let target_key_id = given.text("TargetKeyId", &stage.key);
        stage.vault.create_alias(&root(), CreateAlias { alias_name, target_key_id })
    }),
    ("CreateGrant", |stage, given| {
        let tokens = given.tokens(stage.token)?;
        let request = CreateGrant {
            retiring_principal: Some(given.text("RetiringPrincipal", ROOT)),
            name: Some(given.text("Name", "name")),
            grant_tokens: &tokens,
            ..CreateGrant::new(
                given.text("KeyId", &stage.key),
                given.text("GranteePrincipal", ROOT),
                &[Action::DescribeKey],
            )
        };
        stage.vault.create_grant(&root(), request).map(drop)
    }),
    ("CreateKey", |stage, given| {
        let policy = compile_key_policy(given.text("Policy", &policy_of_len(1000))).map_err(|e| e.error)?;
        let tags = [(given.text("Tags[].TagKey", "team"), given.text("Tags[].TagValue", "red"))];
        let description = given.text("Description", "");
        let request = CreateKey { policy: Some(&policy), description, tags: &tags, ..CreateKey::default() };
        stage.vault.create_key(&root(), request).map(drop)
    }),
    ("Decrypt", |stage, given| {
        let tokens = given.tokens(stage.token)?;
        let request = Decrypt {
            key_id: Some(given.text("KeyId", &stage.key)),
            grant_tokens: &tokens,
            ..Decrypt::new(given.bytes("CiphertextBlob", &stage.ciphertext))
        };
        stage.vault.decrypt(&root(), request, &mut [0; 6144]).map(drop)
    }),
    ("DeleteAlias", |stage, given| {
        let alias_name = given.text("AliasName", "alias/its");
        stage.vault.delete_alias(&root(), DeleteAlias { alias_name })
    }),
    ("DeleteImportedKeyMaterial", |stage, given| {
        let key_id = given.text("KeyId", &stage.imported_key);
        let request = DeleteImportedKeyMaterial { key_id, key_material_id: None };
        stage.vault.delete_imported_key_material(&root(), request).map(drop)
    }),
    ("DescribeKey", |stage, given| {
        let tokens = given.tokens(stage.token)?;
        let request = DescribeKey { key_id: given.text("KeyId", &stage.key), grant_tokens: &tokens };
        stage.vault.describe_key(&root(), request, &mut [0; 8192]).map(drop)
    }),
    ("DisableKey", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        stage.vault.disable_key(&root(), DisableKey { key_id }).map(drop)
    }),
    ("DisableKeyRotation", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        stage.vault.disable_key_rotation(&root(), DisableKeyRotation { key_id }).map(drop)
    }),
    ("EnableKey", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        stage.vault.enable_key(&root(), EnableKey { key_id }).map(drop)
    }),
    ("EnableKeyRotation", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        let rotation_period_days = Some(given.number("RotationPeriodInDays", 365));
        stage.vault.enable_key_rotation(&root(), EnableKeyRotation { key_id, rotation_period_days }).map(drop)
    }),
    ("Encrypt", |stage, given| {
        let tokens = given.tokens(stage.token)?;
        let (key_id, plaintext) = (given.text("KeyId", &stage.key), given.bytes("Plaintext", b"x"));
        let request = Encrypt { grant_tokens: &tokens, ..Encrypt::new(key_id, plaintext) };
        stage.vault.encrypt(&root(), request, &mut [0; 6144]).map(drop)
    }),
    ("GenerateDataKey", |stage, given| {
        let tokens = given.tokens(stage.token)?;
        let (mut plaintext, mut ciphertext) = ([0; 1024], [0; 2048]);
        let request = data_key(stage, given, &tokens);
        stage.vault.generate_data_key(&root(), request, &mut plaintext, &mut ciphertext).map(drop)
    }),
    ("GenerateDataKeyWithoutPlaintext", |stage, given| {
        let tokens = given.tokens(stage.token)?;
        let mut ciphertext = [0; 2048];
        let request = GenerateDataKeyWithoutPlaintext(data_key(stage, given, &tokens));
        stage.vault.generate_data_key_without_plaintext(&root(), request, &mut ciphertext).map(drop)
    }),
    ("GenerateMac", |stage, given| {
        let tokens = given.tokens(stage.mac_token)?;
        let (key_id, message) = (given.text("KeyId", &stage.mac_key), given.bytes("Message", b"m"));
        let request = GenerateMac::new(key_id, MacAlgorithm::HmacSha256, message);
        let request = GenerateMac { grant_tokens: &tokens, ..request };
        stage.vault.generate_mac(&root(), request, &mut [0; 64]).map(drop)
    }),
    ("GenerateRandom", |stage, given| {
        let number_of_bytes = given.number("NumberOfBytes", 32);
        stage.vault.generate_random(&root(), GenerateRandom { number_of_bytes }, &mut [0; 1024]).map(drop)
    }),
    ("GetKeyLastUsage", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        stage.vault.get_key_last_usage(&root(), GetKeyLastUsage { key_id }).map(drop)
    }),
    ("GetKeyPolicy", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        let policy_name = given.text("PolicyName", POLICY_NAME);
        let request = GetKeyPolicy { key_id, policy_name };
        stage.vault.get_key_policy(&root(), request, &mut [0; 2048]).map(drop)
    }),
    ("GetKeyRotationStatus", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        stage.vault.get_key_rotation_status(&root(), GetKeyRotationStatus { key_id }).map(drop)
    }),
    ("GetParametersForImport", |stage, given| {
        let request = GetParametersForImport {
            key_id: given.text("KeyId", &stage.imported_key),
            wrapping_algorithm: WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
            wrapping_key_spec: WrappingKeySpec::X25519,
        };
        let (wrapping, mut room, mut public) = (PlainWrapping::default(), [0; 32], [0; 44]);
        stage.vault.get_parameters_for_import(&root(), request, &wrapping, &mut room, &mut public).map(drop)
    }),
    ("ImportKeyMaterial", |stage, given| {
        // The first private half, and the material.
        let wrapped = [[1; 32], [0x55; 32]].concat();
        let request = ImportKeyMaterial {
            expiration_model: None,
            valid_to_ms: Some(given.number("ValidTo", NOW + 1000)),
            key_material_description: Some(given.text("KeyMaterialDescription", "from elsewhere")),
            ..ImportKeyMaterial::lasting(
                given.text("KeyId", &stage.imported_key),
                given.bytes("ImportToken", &stage.import_token),
                given.bytes("EncryptedKeyMaterial", &wrapped),
            )
        };
        stage.vault.import_key_material(&root(), request, &PlainWrapping::default()).map(drop)
    }),
    ("ListAliases", |stage, given| {
        let key_id = Some(given.text("KeyId", &stage.key));
        let request = ListAliases { key_id, limit: given.number("Limit", 50), marker: None };
        stage.vault.list_aliases(&root(), request, &mut [0; 1024]).map(drop)
    }),
    ("ListGrants", |stage, given| {
        let request = ListGrants {
            key_id: given.text("KeyId", &stage.key),
            grant_id: Some(given.text("GrantId", &stage.grant_id)),
            grantee_principal: Some(given.text("GranteePrincipal", ROOT)),
            limit: given.number("Limit", 50),
            marker: None,
        };
        stage.vault.list_grants(&root(), request, &mut [0; 2048]).map(drop)
    }),
    ("ListKeyPolicies", |stage, given| {
        let request =
            ListKeyPolicies { key_id: given.text("KeyId", &stage.key), limit: given.number("Limit", 100) };
        stage.vault.list_key_policies(&root(), request).map(drop)
    }),
    ("ListKeyRotations", |stage, given| {
        let request = ListKeyRotations {
            key_id: given.text("KeyId", &stage.key),
            include_key_material: IncludeKeyMaterial::RotationsOnly,
            limit: given.number("Limit", 100),
            marker: None,
        };
        stage.vault.list_key_rotations(&root(), request, &mut [0; 1024]).map(drop)
    }),
    ("ListKeys", |stage, given| {
        let mut page = [KeyId::from_bytes([0; 16]); 1000];
        let request = ListKeys { limit: given.number("Limit", 100), marker: None };
        stage.vault.list_keys(&root(), request, &mut page).map(drop)
    }),
    ("ListResourceTags", |stage, given| {
        let request = ListResourceTags {
            limit: given.number("Limit", 50),
            ..ListResourceTags::new(given.text("KeyId", &stage.key))
        };
        stage.vault.list_resource_tags(&root(), request, &mut [0; 1024]).map(drop)
    }),
    ("ListRetirableGrants", |stage, given| {
        let request = ListRetirableGrants {
            retiring_principal: given.text("RetiringPrincipal", ROOT),
            limit: given.number("Limit", 50),
            marker: None,
        };
        stage.vault.list_retirable_grants(&root(), request, &mut [0; 1024]).map(drop)
    }),
    ("PutKeyPolicy", |stage, given| {
        let policy = compile_key_policy(given.text("Policy", &policy_of_len(1000))).map_err(|e| e.error)?;
        let request = PutKeyPolicy {
            policy_name: given.text("PolicyName", POLICY_NAME),
            ..PutKeyPolicy::new(given.text("KeyId", &stage.key), &policy)
        };
        stage.vault.put_key_policy(&root(), request).map(drop)
    }),
    ("ReEncrypt", |stage, given| {
        let tokens = given.tokens(stage.token)?;
        let ciphertext = given.bytes("CiphertextBlob", &stage.ciphertext);
        let request = ReEncrypt {
            source_key_id: Some(given.text("SourceKeyId", &stage.key)),
            grant_tokens: &tokens,
            ..ReEncrypt::new(ciphertext, given.text("DestinationKeyId", &stage.key))
        };
        stage.vault.re_encrypt(&root(), request, &mut [0; 6144]).map(drop)
    }),
    ("RetireGrant", |stage, given| {
        let token;
        let grant = if given.is("GrantToken") {
            token = GrantToken::parse(given.text("GrantToken", ""))?;
            RetiredGrant::Token(&token)
        } else {
            let key_id = given.text("KeyId", &stage.key);
            RetiredGrant::Id { key_id, grant_id: given.text("GrantId", &stage.grant_id) }
        };
        stage.vault.retire_grant(&root(), RetireGrant { grant, dry_run: false })
    }),
    ("RevokeGrant", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        let grant_id = given.text("GrantId", &stage.grant_id);
        stage.vault.revoke_grant(&root(), RevokeGrant { key_id, grant_id, dry_run: false })
    }),
    ("RotateKeyOnDemand", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        stage.vault.rotate_key_on_demand(&root(), RotateKeyOnDemand { key_id }).map(drop)
    }),
    ("ScheduleKeyDeletion", |stage, given| {
        let key_id = given.text("KeyId", &stage.key);
        let pending_window_in_days = given.number("PendingWindowInDays", 30);
        let request = ScheduleKeyDeletion { key_id, pending_window_in_days };
        stage.vault.schedule_key_deletion(&root(), request).map(drop)
    }),
    ("TagResource", |stage, given| {
        let tags = [(given.text("Tags[].TagKey", "team"), given.text("Tags[].TagValue", "red"))];
        let request = TagResource { key_id: given.text("KeyId", &stage.key), tags: &tags };
        stage.vault.tag_resource(&root(), request)
    }),
    ("UntagResource", |stage, given| {
        let tag_keys = [given.text("TagKeys[]", "team")];
        let request = UntagResource { key_id: given.text("KeyId", &stage.key), tag_keys: &tag_keys };
        stage.vault.untag_resource(&root(), request)
    }),
    ("UpdateAlias", |stage, given| {
        let alias_name = given.text("AliasName", "alias/its");
        let target_key_id = given.text("TargetKeyId", &stage.key);
        stage.vault.update_alias(&root(), UpdateAlias { alias_name, target_key_id })
    }),
    ("UpdateKeyDescription", |stage, given| {
        let request = UpdateKeyDescription {
            key_id: given.text("KeyId", &stage.key),
            description: given.text("Description", "new"),
        };
        stage.vault.update_key_description(&root(), request).map(drop)
    }),
    ("VerifyMac", |stage, given| {
        let tokens = given.tokens(stage.mac_token)?;
        let (key_id, message) = (given.text("KeyId", &stage.mac_key), given.bytes("Message", b"m"));
        let mac = given.bytes("Mac", &stage.mac);
        let request = VerifyMac::new(key_id, MacAlgorithm::HmacSha256, message, mac);
        stage.vault.verify_mac(&root(), VerifyMac { grant_tokens: &tokens, ..request }).map(drop)
    }),
];

fn data_key<'a>(
    stage: &'a Stage<'_>,
    given: &Given<'a>,
    grant_tokens: &'a [GrantToken],
) -> GenerateDataKey<'a> {
    GenerateDataKey {
        number_of_bytes: given.number("NumberOfBytes", 32),
        grant_tokens,
        ..GenerateDataKey::aes_256(given.text("KeyId", &stage.key))
    }
}
