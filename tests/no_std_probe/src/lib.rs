//! What the probe runs: the whole vault, from creation to decryption, with `strongroom-core` and nothing else.
//!
//! It is a library of its own because a static library drops what it does not export, and an exported, unmangled name
//! would need an `unsafe` attribute. `link.rs` links it.
#![no_std]

mod flash;

use core::cell::Cell;

use strongroom_core::operation::{CreateKey, Decrypt, Encrypt, GenerateDataKey, RotateKeyOnDemand};
use strongroom_core::policy::Caller;
use strongroom_core::ram::RamPlatform;
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault, ciphertext_len};

const PLAINTEXT: &[u8] = b"no heap, no system";

/// Creates a vault, encrypts, rotates, closes, opens it again and decrypts; then commits to a store in flash. 0 means that all went well.
pub extern "C" fn round_trip() -> u32 {
    match trip().and_then(|went_well| Ok(went_well && flash::trip()?)) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(_) => 2,
    }
}

fn trip() -> Result<bool, Error> {
    let platform = RamPlatform::<16384, 4096>::new(1);
    let vault = Vault::new(&platform);
    let asked = Cell::new(0u32);
    let mut unlock = |_: &_, secret: &mut strongroom_core::Secret<32>| {
        asked.set(asked.get().saturating_add(1));
        secret.fill_with(|bytes| bytes.fill(7));
        Ok(true)
    };
    let slots = [NewSlot { kind: SlotKind::KeyFile }];
    vault.create(&NewVault { realm: Realm::default(), slots: &slots }, &mut unlock)?;

    let root = Caller::new("arn:aws:iam::000000000000:root")?;
    let key = vault.create_key(&root, CreateKey::default())?;
    let mut id = Text::EMPTY;
    core::fmt::Write::write_fmt(&mut id, format_args!("{}", key.key_id)).map_err(|_| Error::Bug)?;

    let mut sealed = [0; ciphertext_len(PLAINTEXT.len())];
    vault.encrypt(&root, Encrypt::new(id.as_str(), PLAINTEXT), &mut sealed)?;
    let (mut data_key, mut sealed_key) = ([0; 32], [0; ciphertext_len(32)]);
    vault.generate_data_key(&root, GenerateDataKey::aes_256(id.as_str()), &mut data_key, &mut sealed_key)?;
    vault.rotate_key_on_demand(&root, RotateKeyOnDemand { key_id: id.as_str() })?;

    vault.close()?;
    vault.mount(&mut unlock)?;
    let mut opened = [0; PLAINTEXT.len()];
    let mut opened_key = [0; 32];
    vault.decrypt(&root, Decrypt::new(&sealed), &mut opened)?;
    vault.decrypt(&root, Decrypt::new(&sealed_key), &mut opened_key)?;
    Ok(opened == PLAINTEXT && opened_key == data_key && asked.get() == 2)
}

/// Text in a fixed buffer, so that this package needs no other dependency.
struct Text {
    bytes: [u8; 36],
    len: usize,
}

impl Text {
    const EMPTY: Text = Text { bytes: [0; 36], len: 0 };

    fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl core::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.len.saturating_add(text.len());
        self.bytes.get_mut(self.len..end).ok_or(core::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
