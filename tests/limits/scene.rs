//! A vault with a key of each sort, and one parameter of a request that is out of the ordinary.

use std::cell::Cell;

use strongroom_core::grant::{GrantId, GrantToken};
use strongroom_core::key::{KeyId, KeyOrigin, KeySpec, KeyUsage, MacAlgorithm};
use strongroom_core::operation::{CreateAlias, CreateGrant, CreateKey, GenerateMac};
use strongroom_core::policy::Action;
use strongroom_core::{Error, Vault};

use crate::world::{Image, ROOT, World, create, create_key, encrypt, import_token, mount, root};

pub const NOW: u64 = 1_772_323_200_000;

/// What one parameter is.
#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Bytes(Vec<u8>),
    Number(u64),
    Count(usize),
}

/// A request whose parameters are right, but for one perhaps.
pub struct Given<'g> {
    parameter: &'static str,
    value: &'g Value,
    was_taken: Cell<bool>,
}

impl<'g> Given<'g> {
    pub fn new(parameter: &'static str, value: &'g Value) -> Self {
        Given { parameter, value, was_taken: Cell::new(false) }
    }

    /// Whether somebody asked for the parameter.
    pub fn was_taken(&self) -> bool {
        self.was_taken.get()
    }

    pub fn is(&self, parameter: &str) -> bool {
        self.parameter == parameter
    }

    fn value(&self, parameter: &str) -> Option<&'g Value> {
        let found = self.is(parameter).then_some(self.value);
        self.was_taken.set(self.was_taken.get() || found.is_some());
        found
    }

    pub fn text<'a>(&self, parameter: &str, other: &'a str) -> &'a str
    where
        'g: 'a,
    {
        match self.value(parameter) {
            Some(Value::Text(text)) => text,
            None => other,
            Some(value) => panic!("{parameter} is no {value:?}"),
        }
    }

    pub fn bytes<'a>(&self, parameter: &str, other: &'a [u8]) -> &'a [u8]
    where
        'g: 'a,
    {
        match self.value(parameter) {
            Some(Value::Bytes(bytes)) => bytes,
            None => other,
            Some(value) => panic!("{parameter} is no {value:?}"),
        }
    }

    pub fn number<N: TryFrom<u64>>(&self, parameter: &str, other: N) -> N {
        match self.value(parameter) {
            Some(Value::Number(number)) => N::try_from(*number).ok().unwrap(),
            None => other,
            Some(value) => panic!("{parameter} is no {value:?}"),
        }
    }

    /// None, or as many as are asked for, or the one with this text.
    pub fn tokens(&self, token: GrantToken) -> Result<Vec<GrantToken>, Error> {
        match (self.value("GrantTokens"), self.value("GrantTokens[]")) {
            (Some(Value::Count(count)), _) => Ok(vec![token; *count]),
            (_, Some(Value::Text(text))) => Ok(vec![GrantToken::parse(text)?]),
            _ => Ok(Vec::new()),
        }
    }
}

/// Everything that stays the same however often the scene is set up anew.
#[derive(Clone)]
struct Props {
    image: Image,
    key: KeyId,
    mac_key: KeyId,
    imported_key: KeyId,
    grant_id: GrantId,
    token: GrantToken,
    mac_token: GrantToken,
    ciphertext: Vec<u8>,
    mac: Vec<u8>,
    import_token: Vec<u8>,
}

pub struct Scene(Props);

/// The scene, set up.
pub struct Stage<'w> {
    pub vault: Vault<&'w World>,
    pub key: String,
    pub mac_key: String,
    pub imported_key: String,
    pub grant_id: String,
    pub token: GrantToken,
    pub mac_token: GrantToken,
    pub ciphertext: Vec<u8>,
    pub mac: Vec<u8>,
    pub import_token: Vec<u8>,
}

impl Scene {
    pub fn new() -> Self {
        let world = World::new(1);
        world.clock.set_wall_ms(Some(NOW));
        let vault = create(&world);
        let key = create_key(&vault);
        let make = |request| vault.create_key(&root(), request).unwrap().key_id;
        let (key_spec, key_usage) = (KeySpec::Hmac256, KeyUsage::GenerateVerifyMac);
        let mac_key = make(CreateKey { key_spec, key_usage, ..CreateKey::default() });
        let imported_key = make(CreateKey { origin: KeyOrigin::External, ..CreateKey::default() });
        let grant = |key: KeyId, operation: Action| {
            let id = key.to_string();
            let request = CreateGrant::new(&id, ROOT, std::slice::from_ref(&operation));
            vault.create_grant(&root(), request).unwrap()
        };
        let (of_key, of_mac_key) = (grant(key, Action::Decrypt), grant(mac_key, Action::VerifyMac));
        let target_key_id = &key.to_string();
        vault.create_alias(&root(), CreateAlias { alias_name: "alias/its", target_key_id }).unwrap();
        let ciphertext = encrypt(&vault, key, b"x").unwrap();
        let mut mac = vec![0; 32];
        let id = mac_key.to_string();
        let request = GenerateMac::new(&id, MacAlgorithm::HmacSha256, b"m");
        vault.generate_mac(&root(), request, &mut mac).unwrap();
        let import_token = import_token(&vault, imported_key).unwrap();
        vault.close().unwrap();
        Scene(Props {
            image: world.storage.image(),
            key,
            mac_key,
            imported_key,
            grant_id: of_key.grant_id,
            token: of_key.grant_token,
            mac_token: of_mac_key.grant_token,
            ciphertext,
            mac,
            import_token,
        })
    }

    /// The surroundings as they were left.
    pub fn world(&self) -> World {
        let world = World::new(2).with_image(&self.0.image);
        world.clock.set_wall_ms(Some(NOW));
        world
    }

    pub fn set_up<'w>(&self, world: &'w World) -> Stage<'w> {
        let props = self.0.clone();
        Stage {
            vault: mount(world).unwrap(),
            key: props.key.to_string(),
            mac_key: props.mac_key.to_string(),
            imported_key: props.imported_key.to_string(),
            grant_id: props.grant_id.to_string(),
            token: props.token,
            mac_token: props.mac_token,
            ciphertext: props.ciphertext,
            mac: props.mac,
            import_token: props.import_token,
        }
    }
}
