//! A real vault to start from: two keys, one of them rotated, and one of everything else that a vault keeps; closed in order.

use strongroom_core::crypto::Primitives;
use strongroom_core::operation::{CreateKey, Decrypt, DescribeKey, DisableKey, Encrypt, RotateKeyOnDemand};
use strongroom_core::platform::AuditSink;
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault, ciphertext_len};

use crate::furnished::{furnish, look};
use crate::leak;
use crate::storage::{Blobs, HostileStorage};
use crate::world::{World, no_bug, root, unlock};

/// What every ciphertext here holds.
pub const PLAINTEXT: &[u8] = b"the plaintext of the fuzz targets";
/// The encryption context of [`Image::in_context`].
pub const CONTEXT: &[(&str, &str)] = &[("purpose", "fuzzing"), ("n", "2")];

/// The vault, and what an attacker may know of it.
#[derive(Clone, Debug)]
pub struct Image {
    /// All blobs, as the vault left them.
    pub blobs: Blobs,
    /// All blobs, as they were before the last changes.
    pub older: Blobs,
    /// The ids of its two keys that encrypt, the second one disabled.
    pub keys: [String; 2],
    /// The id of its key for MACs.
    pub macs: String,
    /// Made under the first key's first version, without a context.
    pub plain: Vec<u8>,
    /// Made under the first key's second version, in [`CONTEXT`].
    pub in_context: Vec<u8>,
}

impl Image {
    /// Makes the vault; the same on every call.
    ///
    /// # Errors
    /// A bug in the vault.
    pub fn make<C: Primitives, S: AuditSink + Default>() -> Result<(Vault<World<C, S>>, Self), Error> {
        let vault = Vault::new(World::<C, S>::new(1, HostileStorage::default()));
        leak::kept().watch(true);
        let slots = [NewSlot { kind: SlotKind::KeyFile }];
        vault.create(&NewVault { realm: Realm::default(), slots: &slots }, &mut unlock)?;
        let root = root();
        let key = || vault.create_key(&root, CreateKey::default()).map(|facts| facts.key_id.to_string());
        let keys = [key()?, key()?];

        let mut plain = vec![0; ciphertext_len(PLAINTEXT.len())];
        vault.encrypt(&root, Encrypt::new(&keys[0], PLAINTEXT), &mut plain)?;
        let older = vault.platform().storage.image();
        vault.rotate_key_on_demand(&root, RotateKeyOnDemand { key_id: &keys[0] })?;
        let mut in_context = vec![0; ciphertext_len(PLAINTEXT.len())];
        let request = Encrypt { encryption_context: CONTEXT, ..Encrypt::new(&keys[0], PLAINTEXT) };
        vault.encrypt(&root, request, &mut in_context)?;
        // Behind the rest: seeds are made in the same order.
        let macs = furnish(&vault, &keys)?;
        vault.disable_key(&root, DisableKey { key_id: &keys[1] })?;
        vault.close()?;
        let blobs = vault.platform().storage.image();
        leak::kept().watch(false);
        vault.mount(&mut unlock)?;
        Ok((vault, Image { blobs, older, keys, macs, plain, in_context }))
    }

    /// Looks at a vault that was made of this one: what the first one sealed opens, and the rest goes on. Without seals it may
    /// not, and panics in no case.
    pub fn look<C: Primitives>(&self, vault: &Vault<World<C>>, is_sealed: bool) {
        let mut buffer = [0; 4096];
        for (ciphertext, context) in [(&self.plain, &[][..]), (&self.in_context, CONTEXT)] {
            let request = Decrypt { encryption_context: context, ..Decrypt::new(ciphertext) };
            let opened = vault.decrypt(&root(), request, &mut buffer).map_err(no_bug);
            let is_right = opened.is_ok_and(|opened| opened.plaintext == PLAINTEXT);
            assert!(!is_sealed || is_right, "a key is not itself");
        }
        for key in &self.keys {
            let _ = vault.describe_key(&root(), DescribeKey::new(key), &mut buffer).map_err(no_bug);
        }
        look(vault, &self.macs);
        let _ = vault.create_key(&root(), CreateKey::default()).map_err(no_bug);
        let _ = vault.verify().map_err(no_bug);
    }
}
