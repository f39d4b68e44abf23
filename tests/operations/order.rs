//! The order in which a request is looked at: its own shape, who asks, what the key is for, then the key's state.

use strongroom_core::error::{Parameter, StateConflict};
use strongroom_core::key::{KeyId, KeySpec, MacAlgorithm};
use strongroom_core::operation::{
    CancelKeyVersionDestruction, ConfirmKeyVersionDestruction, CreateAlias, CreateKey, GenerateMac,
    PutKeyPolicy, ReEncrypt, RestoreKeyVersion, RetireGrant, RetiredGrant, RevokeGrant, RevokeKeyVersion,
    ScheduleKeyVersionDestruction, VerifyMac,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, Vault};

use crate::world::{STRANGER, World, caller, create, create_key, disable, root, schedule_deletion};

#[test]
fn a_key_id_that_is_none_is_refused_before_anything_else_is_said_of_the_request() {
    let world = World::new(1);
    let vault = create(&world);
    let id = create_key(&vault).to_string();
    let empty = Some(Error::Validation(Parameter::KeyId));
    let policy = vault.put_key_policy(&root(), PutKeyPolicy::new("", b"no policy"));
    assert_eq!(policy.err(), empty);
    let request = CreateAlias { alias_name: "alias/aws/mine", target_key_id: "" };
    assert_eq!(vault.create_alias(&root(), request).err(), empty);
    let request = RevokeGrant { key_id: "", grant_id: "no grant", dry_run: false };
    assert_eq!(vault.revoke_grant(&root(), request).err(), empty);
    let grant = RetiredGrant::Id { key_id: "", grant_id: "no grant" };
    assert_eq!(vault.retire_grant(&root(), RetireGrant { grant, dry_run: false }).err(), empty);
    let request = ReEncrypt::new(b"no ciphertext", "");
    assert_eq!(vault.re_encrypt(&root(), request, &mut [0; 256]).err(), empty);
    let request = ReEncrypt::new(b"no ciphertext", &id);
    let code = vault.re_encrypt(&root(), request, &mut [0; 256]).unwrap_err().code();
    assert_eq!(code, "InvalidCiphertextException");
}

#[test]
fn an_algorithm_that_the_key_has_not_is_told_before_its_state() {
    let world = World::new(1);
    let vault = create(&world);
    let key_spec = KeySpec::Hmac256;
    let request = CreateKey { key_spec, key_usage: key_spec.usage(), ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    let id = key.to_string();
    disable(&vault, key).unwrap();
    for (algorithm, refused) in
        [(MacAlgorithm::HmacSha384, Error::InvalidKeyUsage), (MacAlgorithm::HmacSha256, Error::Disabled)]
    {
        let request = GenerateMac::new(&id, algorithm, b"m");
        assert_eq!(vault.generate_mac(&root(), request, &mut [0; 64]).err(), Some(refused));
        let request = VerifyMac::new(&id, algorithm, b"m", &[0; 48]);
        assert_eq!(vault.verify_mac(&root(), request).err(), Some(refused));
    }
}

/// What every request about one version answers, by its code.
fn about_version(vault: &Vault<&World>, by: &Caller<'_>, key: KeyId, version: u32) -> [Option<Error>; 5] {
    let key_id = &key.to_string();
    let schedule = ScheduleKeyVersionDestruction { pending_window_in_days: 7, key_id, version };
    [
        vault.revoke_key_version(by, RevokeKeyVersion { key_id, version }).err(),
        vault.restore_key_version(by, RestoreKeyVersion { key_id, version }).err(),
        vault.schedule_key_version_destruction(by, schedule).err(),
        vault.cancel_key_version_destruction(by, CancelKeyVersionDestruction { key_id, version }).err(),
        vault.confirm_key_version_destruction(by, ConfirmKeyVersionDestruction { key_id, version }).err(),
    ]
}

#[test]
fn version_0_is_none_of_any_key_and_others_are_missed_where_the_state_lets_one_look() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let no_version = [Some(Error::Validation(Parameter::Version)); 5];
    assert_eq!(about_version(&vault, &caller(STRANGER), key, 0), no_version);
    for answer in about_version(&vault, &caller(STRANGER), key, 2) {
        assert_eq!(answer.unwrap().code(), "AccessDeniedException");
    }
    assert_eq!(about_version(&vault, &root(), key, 2), no_version);
    schedule_deletion(&vault, key, 7).unwrap();
    assert_eq!(about_version(&vault, &root(), key, 0), no_version);
    let pending = [Some(Error::InvalidState(StateConflict::PendingDeletion)); 5];
    assert_eq!(about_version(&vault, &root(), key, 2), pending);
}
