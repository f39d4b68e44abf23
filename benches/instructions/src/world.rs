//! A vault in memory with a few keys.

use strongroom_core::operation::CreateKey;
use strongroom_core::policy::Caller;
use strongroom_core::ram::RamPlatform;
use strongroom_core::{Error, NewSlot, NewVault, Realm, Secret, SlotKind, SlotParameters, Vault};

/// Storage and audit log in bytes: a full log would deny.
type Platform = RamPlatform<{ 256 << 10 }, { 256 << 10 }>;

/// More keys than the cache has places, so that going around them finds each one closed.
const KEYS: usize = 6;

/// A mounted vault.
pub struct World {
    pub vault: Vault<&'static Platform>,
    /// Whom every key policy allows everything.
    pub root: Caller<'static>,
    /// Whom none allows anything.
    pub stranger: Caller<'static>,
    pub keys: [String; KEYS],
}

impl World {
    pub fn new() -> Self {
        let vault = Vault::new(&*Box::leak(Box::new(Platform::new(1))));
        let slots = [NewSlot { kind: SlotKind::KeyFile }];
        vault.create(&NewVault { realm: Realm::default(), slots: &slots }, &mut unlock).unwrap();
        let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
        let stranger = Caller::new("arn:aws:iam::000000000000:user/stranger").unwrap();
        let keys = std::array::from_fn(|_| {
            vault.create_key(&root, CreateKey::default()).unwrap().key_id.to_string()
        });
        World { vault, root, stranger, keys }
    }
}

/// What the key file of the vault stretches to.
pub fn unlock(_: &SlotParameters, secret: &mut Secret<32>) -> Result<bool, Error> {
    secret.fill_with(|bytes| bytes.fill(7));
    Ok(true)
}
