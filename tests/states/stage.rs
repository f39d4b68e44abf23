//! A key of one kind in one state, with everything around it that operations ask for.

use strongroom_core::Vault;
use strongroom_core::grant::GrantId;
use strongroom_core::key::{KeyFacts, KeyId, KeySpec, KeyState};
use strongroom_core::operation::{
    CreateAlias, CreateGrant, CreateKey, CreateKeyVersion, DeleteImportedKeyMaterial, GenerateMac,
    GenerateVersionedMac, ScheduleKeyDeletion, TagResource,
};
use strongroom_core::policy::Action;

use super::exchange::{Exchange, Peers};
use super::kind::{Kind, Material};
use crate::peers::sites::{Site, Sites};
use crate::world::{Image, ROOT, World, describe, disable, encrypt, import, import_token, mount, root};

pub const NOW: Option<u64> = Some(1_700_000_000_000);

/// What the imported material is.
pub const MATERIAL: [u8; 64] = [0x55; 64];

/// Everything that stays the same however often the scene is set up anew.
#[derive(Clone)]
struct Props {
    image: Image,
    key: KeyId,
    grant_id: GrantId,
    ciphertext: Vec<u8>,
    mac: Vec<u8>,
    versioned_mac: Vec<u8>,
    import_token: Vec<u8>,
    exchange: Exchange,
}

/// The scene, set up.
pub struct Stage {
    props: Props,
    pub kind: Kind,
    vault: Vault<World>,
}

impl Stage {
    /// Sets the scene; `None` for a state that no key of this kind has.
    pub fn new(kind: Kind, state: KeyState) -> Option<Self> {
        let is_imported = kind.material == Material::Imported;
        if state == KeyState::PendingImport && !is_imported {
            return None;
        }
        let worlds = [World::new(7), World::new(5)];
        let sites = Sites::between(Site::at(&worlds[0], NOW), Site::at(&worlds[1], NOW));
        let (world, vault) = (&worlds[1], &sites.b.vault);
        let make = |vault: &Vault<&World>| {
            let request = CreateKey {
                key_spec: kind.spec,
                key_usage: kind.spec.usage(),
                origin: kind.origin(),
                ..CreateKey::default()
            };
            let key = vault.create_key(&root(), request).unwrap().key_id;
            if is_imported {
                import(vault, key, &MATERIAL[..kind.spec.material_len()]).unwrap();
            }
            key
        };
        let source = if kind.material == Material::Received { &sites.a.vault } else { vault };
        let (key, other) = (make(source), make(vault));
        let id = key.to_string();
        if !is_imported {
            // The version before can be revoked then.
            source.create_key_version(&root(), CreateKeyVersion { key_id: &id }).unwrap();
        }
        if kind.material == Material::Received {
            sites.send(key).unwrap();
        }
        let third = World::new(8);
        let peers = Peers::new(&sites, key, kind, &third);
        let is_symmetric = kind.spec == KeySpec::SymmetricDefault;
        let ciphertext = if is_symmetric { encrypt(vault, key, b"x").unwrap() } else { Vec::new() };
        let mac = kind.mac_algorithm().map(|algorithm| {
            let mut out = [0; 64];
            let made = vault.generate_mac(&root(), GenerateMac::new(&id, algorithm, b"m"), &mut out).unwrap();
            made.mac.to_vec()
        });
        let versioned_mac = kind.mac_algorithm().map(|algorithm| {
            let mut out = [0; 128];
            let request = GenerateVersionedMac(GenerateMac::new(&id, algorithm, b"m"));
            vault.generate_versioned_mac(&root(), request, &mut out).unwrap().mac.to_vec()
        });
        let operation = if is_symmetric { Action::Decrypt } else { Action::VerifyMac };
        let grant = CreateGrant::new(&id, ROOT, std::slice::from_ref(&operation));
        let grant_id = vault.create_grant(&root(), grant).unwrap().grant_id;
        for (alias_name, target) in [("alias/its", key), ("alias/others", other)] {
            let target_key_id = &target.to_string();
            vault.create_alias(&root(), CreateAlias { alias_name, target_key_id }).unwrap();
        }
        let tags = &[("team", "blue")];
        vault.tag_resource(&root(), TagResource { key_id: &id, tags }).unwrap();
        let import_token = if is_imported { import_token(vault, key).unwrap() } else { vec![0; 84] };
        match state {
            KeyState::Enabled => {}
            KeyState::Disabled => drop(disable(vault, key).unwrap()),
            KeyState::PendingImport => {
                let request = DeleteImportedKeyMaterial { key_id: &id, key_material_id: None };
                vault.delete_imported_key_material(&root(), request).unwrap();
            }
            KeyState::PendingDeletion => {
                let request = ScheduleKeyDeletion { key_id: &id, pending_window_in_days: 7 };
                vault.schedule_key_deletion(&root(), request).unwrap();
            }
            _ => panic!("{state:?} has no scene"),
        }
        assert_eq!(describe(vault, key).unwrap().state, state);
        let mac = mac.unwrap_or_else(|| vec![0; 32]);
        let versioned_mac = versioned_mac.unwrap_or_else(|| vec![0; 40]);
        let ciphertext = if is_symmetric { ciphertext } else { foreign_ciphertext(vault, key) };
        let exchange = peers.exchange();
        vault.close().unwrap();
        let image = world.storage.image();
        let props = Props { image, key, grant_id, ciphertext, mac, versioned_mac, import_token, exchange };
        Some(Stage::set_up(props, kind))
    }

    fn set_up(props: Props, kind: Kind) -> Self {
        let world = World::new(6).with_image(&props.image);
        world.clock.set_wall_ms(NOW);
        let vault = mount(world).unwrap();
        Stage { props, kind, vault }
    }

    /// The same scene, as it was.
    pub fn again(&self) -> Self {
        Stage::set_up(self.props.clone(), self.kind)
    }

    pub fn vault(&self) -> &Vault<World> {
        &self.vault
    }

    pub fn key(&self) -> KeyId {
        self.props.key
    }

    pub fn id(&self) -> String {
        self.props.key.to_string()
    }

    pub fn facts(&self) -> KeyFacts {
        describe(&self.vault, self.props.key).unwrap()
    }

    pub fn grant_id(&self) -> GrantId {
        self.props.grant_id
    }

    pub fn ciphertext(&self) -> &[u8] {
        &self.props.ciphertext
    }

    pub fn mac(&self) -> &[u8] {
        &self.props.mac
    }

    pub fn versioned_mac(&self) -> &[u8] {
        &self.props.versioned_mac
    }

    pub fn import_token(&self) -> &[u8] {
        &self.props.import_token
    }

    pub fn exchange(&self) -> &Exchange {
        &self.props.exchange
    }
}

/// What looks like a ciphertext of a key that made none.
fn foreign_ciphertext(vault: &Vault<&World>, key: KeyId) -> Vec<u8> {
    let symmetric = vault.create_key(&root(), CreateKey::default()).unwrap().key_id;
    let mut ciphertext = encrypt(vault, symmetric, b"x").unwrap();
    ciphertext[4..20].copy_from_slice(key.as_bytes());
    ciphertext
}
