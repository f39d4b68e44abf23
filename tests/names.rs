//! What people call keys: aliases, tags and descriptions; who may change them, and what policies see of them.

mod aliases;
mod bad_input;
mod description;
mod listing;
mod permissions;
mod storage;
mod tags;

use strongroom_core::flow::{self, Buffers};
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    CreateAlias, CreateKey, Decrypt, DeleteAlias, DescribeKey, Encrypt, ListAliases, ListResourceTags,
    Operation, Tag, TagResource, UntagResource, UpdateAlias,
};
use strongroom_core::policy::{
    Caller, Condition, Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement,
};
use strongroom_core::{Error, Vault};

use crate::world::{World, create, create_key, root};

pub const ALICE: &str = "arn:aws:iam::000000000000:user/alice";
pub const APP: &str = "alias/app";
pub const APP_ARN: &str = "arn:aws:kms:us-east-1:000000000000:alias/app";

/// A vault with two keys under the default policy.
pub struct Hall<'w> {
    pub vault: Vault<&'w World>,
    pub key: KeyId,
    pub id: String,
    pub other: KeyId,
    pub other_id: String,
}

impl<'w> Hall<'w> {
    pub fn new(world: &'w World) -> Self {
        world.clock.set_wall_ms(Some(1_700_000_000_000));
        let vault = create(world);
        let (key, other) = (create_key(&vault), create_key(&vault));
        Hall { vault, key, id: key.to_string(), other, other_id: other.to_string() }
    }

    pub fn alias(&self, alias_name: &str, target_key_id: &str) -> Result<(), Error> {
        self.vault.create_alias(&root(), CreateAlias { alias_name, target_key_id })
    }

    pub fn move_alias(&self, alias_name: &str, target_key_id: &str) -> Result<(), Error> {
        self.vault.update_alias(&root(), UpdateAlias { alias_name, target_key_id })
    }

    pub fn remove_alias(&self, alias_name: &str) -> Result<(), Error> {
        self.vault.delete_alias(&root(), DeleteAlias { alias_name })
    }

    /// The key that DescribeKey finds by this name.
    pub fn named(&self, name: &str) -> Result<KeyId, Error> {
        describe_as(&self.vault, &root(), name)
    }

    /// The names of the aliases of a key, or of all, sorted.
    pub fn aliases(&self, key_id: Option<&str>) -> Result<Vec<String>, Error> {
        let mut page = vec![0; 40_000];
        let request = ListAliases { key_id, limit: 100, marker: None };
        let listed = self.vault.list_aliases(&root(), request, &mut page)?;
        assert_eq!(listed.next_marker, None);
        let mut names: Vec<_> = listed.iter().map(|alias| alias.name.to_owned()).collect();
        names.sort();
        Ok(names)
    }

    pub fn tag(&self, tags: &[Tag<'_>]) -> Result<(), Error> {
        self.vault.tag_resource(&root(), TagResource { key_id: &self.id, tags })
    }

    pub fn untag(&self, tag_keys: &[&str]) -> Result<(), Error> {
        self.vault.untag_resource(&root(), UntagResource { key_id: &self.id, tag_keys })
    }

    /// The tags of the first key, sorted.
    pub fn tags(&self) -> Vec<(String, String)> {
        tags_of(&self.vault, &self.id)
    }

    pub fn encrypt_by(&self, name: &str) -> Result<Vec<u8>, Error> {
        let mut out = [0; 200];
        self.vault
            .encrypt(&root(), Encrypt::new(name, b"text"), &mut out)
            .map(|done| done.ciphertext.to_vec())
    }

    pub fn decrypt_by(&self, name: &str, ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = [0; 200];
        let request = Decrypt { key_id: Some(name), ..Decrypt::new(ciphertext) };
        self.vault.decrypt(&root(), request, &mut out).map(|done| done.plaintext.to_vec())
    }
}

pub fn tags_of(vault: &Vault<&World>, id: &str) -> Vec<(String, String)> {
    let mut page = vec![0; 80_000];
    let listed = vault.list_resource_tags(&root(), ListResourceTags::new(id), &mut page).unwrap();
    assert_eq!(listed.next_marker, None);
    let mut tags: Vec<_> = listed.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    tags.sort();
    tags
}

pub fn describe_as(vault: &Vault<&World>, caller: &Caller<'_>, name: &str) -> Result<KeyId, Error> {
    let mut buffer = [0; 64];
    let described = vault.describe_key(caller, DescribeKey::new(name), &mut buffer);
    described.map(|metadata| metadata.facts.key_id)
}

pub fn denied<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::AccessDenied(_)))
}

pub fn compiled(kind: PolicyKind, statements: &[Statement<'_>]) -> Vec<u8> {
    let mut buffer = [0; 2048];
    let mut builder = PolicyBuilder::new(&mut buffer, kind, Language::Version2012, "").unwrap();
    statements.iter().for_each(|statement| builder.statement(statement).unwrap());
    builder.finish().to_vec()
}

/// An identity policy that allows this for these resources under these conditions.
pub fn allowing(actions: &[&str], resources: &[&str], conditions: &[Condition<'_>]) -> Vec<u8> {
    compiled(PolicyKind::Identity, &[Statement { resources, conditions, ..Statement::allow(&[], actions) }])
}

/// A key that admits one user directly to one action, besides the account.
pub fn key_admitting(vault: &Vault<&World>, principal: &str, actions: &[&str]) -> KeyId {
    let (account, user) = ([PrincipalEntry::Account("000000000000")], [PrincipalEntry::Arn(principal)]);
    let statements = [Statement::allow(&account, &["kms:*"]), Statement::allow(&user, actions)];
    let policy = compiled(PolicyKind::Key, &statements);
    let request = CreateKey { policy: Some(&policy), ..CreateKey::default() };
    vault.create_key(&root(), request).unwrap().key_id
}

/// Does all of a request but its last step, then something else, then that.
pub fn interrupted<'a, O: Operation<'a>>(
    hall: &Hall<'_>,
    caller: &'a Caller<'a>,
    request: O,
    meanwhile: impl FnOnce(),
) -> Result<(), Error> {
    let mut trip = flow::Trip::new();
    let parsed = flow::parse(&hall.vault, caller, request, &mut trip).ok().unwrap();
    let permit = flow::authorize(&hall.vault, flow::resolve(&hall.vault, parsed)).ok().unwrap();
    let executed = flow::execute(&hall.vault, permit, Buffers::default());
    meanwhile();
    flow::record(&hall.vault, executed).map(drop)
}
