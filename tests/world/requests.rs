//! Requests in one line each, with answers that own their bytes.

use strongroom_core::key::{KeyFacts, KeyId};
use strongroom_core::limits::{LIST_LIMIT_MAX, PLAINTEXT_LEN_MAX};
use strongroom_core::operation::{
    CancelKeyDeletion, ConfirmKeyDeletion, CreateKey, Decrypt, DescribeKey, DisableKey, EnableKey, Encrypt,
    ListKeys, Marker, RotateKeyOnDemand, ScheduleKeyDeletion,
};
use strongroom_core::platform::Platform;
use strongroom_core::{Destruction, Error, Vault, ciphertext_len};

use super::root;

pub fn create_key<P: Platform>(vault: &Vault<P>) -> KeyId {
    vault.create_key(&root(), CreateKey::default()).unwrap().key_id
}

pub fn encrypt<P: Platform>(vault: &Vault<P>, key: KeyId, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; ciphertext_len(plaintext.len())];
    let encrypted = vault.encrypt(&root(), Encrypt::new(&key.to_string(), plaintext), &mut out)?;
    Ok(encrypted.ciphertext.to_vec())
}

pub fn decrypt<P: Platform>(vault: &Vault<P>, ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; PLAINTEXT_LEN_MAX];
    Ok(vault.decrypt(&root(), Decrypt::new(ciphertext), &mut out)?.plaintext.to_vec())
}

pub fn describe<P: Platform>(vault: &Vault<P>, key: KeyId) -> Result<KeyFacts, Error> {
    let mut description = [0; 8192];
    let id = key.to_string();
    let request = DescribeKey::new(&id);
    Ok(vault.describe_key(&root(), request, &mut description)?.facts)
}

pub fn rotate<P: Platform>(vault: &Vault<P>, key: KeyId) -> Result<KeyFacts, Error> {
    vault.rotate_key_on_demand(&root(), RotateKeyOnDemand { key_id: &key.to_string() })
}

pub fn enable<P: Platform>(vault: &Vault<P>, key: KeyId) -> Result<KeyFacts, Error> {
    vault.enable_key(&root(), EnableKey { key_id: &key.to_string() })
}

pub fn disable<P: Platform>(vault: &Vault<P>, key: KeyId) -> Result<KeyFacts, Error> {
    vault.disable_key(&root(), DisableKey { key_id: &key.to_string() })
}

/// All keys, in pages of `limit`.
pub fn list<P: Platform>(vault: &Vault<P>, limit: usize) -> Result<Vec<KeyId>, Error> {
    let mut keys = Vec::new();
    let mut marker: Option<Marker> = None;
    loop {
        let mut page = [KeyId::from_bytes([0; 16]); LIST_LIMIT_MAX];
        let request = ListKeys { limit, marker: marker.as_ref() };
        let listed = vault.list_keys(&root(), request, &mut page)?;
        keys.extend(listed.keys);
        marker = listed.next_marker;
        if marker.is_none() {
            return Ok(keys);
        }
        assert_eq!(listed.keys.len(), limit, "a page that is not the last is full");
    }
}

pub fn schedule_deletion<P: Platform>(vault: &Vault<P>, key: KeyId, days: u16) -> Result<KeyFacts, Error> {
    let key_id = &key.to_string();
    vault.schedule_key_deletion(&root(), ScheduleKeyDeletion { key_id, pending_window_in_days: days })
}

pub fn cancel_deletion<P: Platform>(vault: &Vault<P>, key: KeyId) -> Result<KeyFacts, Error> {
    vault.cancel_key_deletion(&root(), CancelKeyDeletion { key_id: &key.to_string() })
}

pub fn confirm_deletion<P: Platform>(vault: &Vault<P>, key: KeyId) -> Result<Destruction, Error> {
    vault.confirm_key_deletion(&root(), ConfirmKeyDeletion { key_id: &key.to_string() })
}
