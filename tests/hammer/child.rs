//! The process that is killed.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use strongroom_std::key::{KeySpec, KeyUsage, MacAlgorithm};
use strongroom_std::operation::{
    CancelKeyDeletion, CreateAlias, CreateGrant, CreateKey, CreateKeyVersion, Decrypt, DeleteAlias,
    DisableKey, DisableKeyRotation, EnableKey, EnableKeyRotation, Encrypt, GenerateMac, GenerateVersionedMac,
    RestoreKeyVersion, RevokeGrant, RevokeKeyVersion, ScheduleKeyDeletion, TagResource, UntagResource,
    UpdateAlias, UpdateKeyDescription,
};
use strongroom_std::{Action, Error, Vault};

use super::look::{look, root, secret};
use super::model::{Change, Keys, Standing, THREADS, Verb};
use crate::authorization::dice::Dice;

/// Names the vault's file. Only a process that has it is the child.
pub const VAULT: &str = "STRONGROOM_HAMMERED_VAULT";
/// Does nothing, unless it runs in the child.
#[test]
fn is_killed() {
    let Some(path) = std::env::var_os(VAULT) else { return };
    let vault = Vault::open(Path::new(&path), &secret()).unwrap();
    let keys = look(&vault);
    say("ready");
    let number = AtomicU64::new(0);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (vault, keys, number) = (&vault, &keys, &number);
            scope.spawn(move || hammer(vault, thread, keys, number));
        }
    });
}

/// Tells the parent something, in one write. Nobody waits for an answer.
fn say(line: &str) {
    // Not by `println`, which the test harness would keep.
    std::io::stdout().write_all(format!("@{line}\n").as_bytes()).unwrap();
}

/// Works until it is killed. `number` gives every name its own number.
fn hammer(vault: &Vault, thread: u8, all: &Keys, number: &AtomicU64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut dice = Dice(u64::try_from(now.as_nanos() % u128::from(u64::MAX)).unwrap() ^ u64::from(thread));
    let mut mine: Keys = all
        .iter()
        .filter(|(_, key)| key.thread == thread)
        .map(|(id, key)| (id.clone(), key.clone()))
        .collect();
    let mut others: Vec<(String, bool)> = all.iter().map(|(id, key)| (id.clone(), key.is_mac)).collect();
    loop {
        let name = number.fetch_add(1, Ordering::Relaxed) + u64::try_from(now.as_millis()).unwrap() * 100_000;
        if dice.percent(60) && !others.is_empty() {
            let (id, is_mac) = &others[dice.below(others.len())];
            let is_usable = mine.get(id).map(|key| key.standing == Standing::Enabled);
            use_key(vault, id, *is_mac, is_usable, &format!("{thread}-{name}"));
            continue;
        }
        let change = Change::draw(thread, name, &mine, &mut dice);
        say(&format!("begin {thread} {}", change.to_text()));
        match perform_patiently(vault, thread, &change) {
            Ok(answer) => {
                say(&format!("done {thread} {answer}"));
                change.apply(thread, &answer, &mut mine);
                if change.verb == Verb::Create {
                    others.push((answer.clone(), mine[&answer].is_mac));
                }
            }
            Err(error) => say(&format!("wrong {thread} {change:?} gave {error:?}")),
        }
    }
}

/// Makes a ciphertext or MAC and opens it again. Whether the key can be used is known only of the thread's own keys.
fn use_key(vault: &Vault, id: &str, is_mac: bool, is_usable: Option<bool>, text: &str) {
    let made = if is_mac {
        let request = GenerateMac::new(id, MacAlgorithm::HmacSha256, text.as_bytes());
        vault
            .generate_versioned_mac(&root(), GenerateVersionedMac(request))
            .map(|made| (made.mac, made.version))
    } else {
        vault.encrypt(&root(), Encrypt::new(id, text.as_bytes())).map(|made| (made.ciphertext, made.version))
    };
    match (made, is_usable) {
        (Ok((bytes, version)), Some(true) | None) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            say(&format!("{} {id} {version} {text} {hex}", if is_mac { "mac" } else { "ciphertext" }));
            let opened = (!is_mac).then(|| vault.decrypt(&root(), Decrypt::new(&bytes)));
            match (opened, is_usable) {
                (None, _) | (Some(Err(_)), None) => {}
                (Some(Ok(opened)), _) if opened.plaintext.as_bytes() == text.as_bytes() => {}
                (Some(answer), _) => say(&format!("wrong answer to {text} of {id}: {answer:?}")),
            }
        }
        (Err(Error::Disabled | Error::InvalidState(_)), Some(false) | None) => {}
        (answer, _) => say(&format!("wrong answer to {text} of {id}, usable {is_usable:?}: {answer:?}")),
    }
}

/// As `perform`. Rights of more keys than the vault remembers may have changed between the permission and the change: then
/// nothing is done, and the caller is to ask again.
fn perform_patiently(vault: &Vault, thread: u8, change: &Change) -> Result<String, Error> {
    loop {
        match perform(vault, thread, change) {
            Err(Error::Busy) => {}
            performed => return performed,
        }
    }
}

/// Makes a change; answers the id that it gave away, if any.
fn perform(vault: &Vault, thread: u8, change: &Change) -> Result<String, Error> {
    let (caller, Change { verb, key: key_id, word, other }) = (root(), change);
    let version = || word.parse().map_err(|_| Error::Bug);
    let is_mac = other == "mac";
    let description = format!("{thread} {word}");
    let facts = match verb {
        Verb::Create => {
            let (key_spec, key_usage) = if is_mac {
                (KeySpec::Hmac256, KeyUsage::GenerateVerifyMac)
            } else {
                (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt)
            };
            let request =
                CreateKey { description: &description, key_spec, key_usage, ..CreateKey::default() };
            return vault.create_key(&caller, request).map(|facts| facts.key_id.to_string());
        }
        Verb::Describe => {
            vault.update_key_description(&caller, UpdateKeyDescription { key_id, description: &description })
        }
        Verb::Enable => vault.enable_key(&caller, EnableKey { key_id }),
        Verb::Disable => vault.disable_key(&caller, DisableKey { key_id }),
        Verb::Rotate => vault.create_key_version(&caller, CreateKeyVersion { key_id }),
        Verb::Schedule => vault.schedule_key_deletion(&caller, ScheduleKeyDeletion::new(key_id)),
        Verb::Cancel => vault.cancel_key_deletion(&caller, CancelKeyDeletion { key_id }),
        Verb::Revoke => vault.revoke_key_version(&caller, RevokeKeyVersion { key_id, version: version()? }),
        Verb::Restore => {
            vault.restore_key_version(&caller, RestoreKeyVersion { key_id, version: version()? })
        }
        Verb::Rotates => {
            vault.enable_key_rotation(&caller, EnableKeyRotation { key_id, rotation_period_days: Some(90) })
        }
        Verb::RotatesNot => vault.disable_key_rotation(&caller, DisableKeyRotation { key_id }),
        Verb::Grant => {
            let user = "arn:aws:iam::000000000000:user/hammered";
            let request = CreateGrant::new(key_id, user, &[Action::DescribeKey]);
            let request = CreateGrant { name: Some(word), ..request };
            return vault.create_grant(&caller, request).map(|made| made.grant_id.to_string());
        }
        Verb::Tag | Verb::Untag | Verb::EndGrant | Verb::Alias | Verb::MoveAlias | Verb::DropAlias => {
            return rename(vault, change).map(|()| "-".to_owned());
        }
    };
    facts.map(|_| "-".to_owned())
}

/// Changes of tags and aliases, and the end of a grant.
fn rename(vault: &Vault, change: &Change) -> Result<(), Error> {
    let (caller, Change { verb, key: key_id, word, other }) = (root(), change);
    match verb {
        Verb::Tag => vault.tag_resource(&caller, TagResource { key_id, tags: &[(word, other)] }),
        Verb::Untag => vault.untag_resource(&caller, UntagResource { key_id, tag_keys: &[word] }),
        Verb::EndGrant => {
            vault.revoke_grant(&caller, RevokeGrant { key_id, grant_id: other, dry_run: false })
        }
        Verb::Alias => vault.create_alias(&caller, CreateAlias { alias_name: word, target_key_id: key_id }),
        Verb::MoveAlias => {
            vault.update_alias(&caller, UpdateAlias { alias_name: word, target_key_id: other })
        }
        _ => vault.delete_alias(&caller, DeleteAlias { alias_name: word }),
    }
}
