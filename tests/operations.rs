//! The twelve operations: what each gives, its limits, its refusals, and what it leaves in the caller's buffers.

mod access;
mod buffers;
mod ciphertexts;
mod limits;
mod order;
mod results;

use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    CreateKey, Decrypt, DescribeKey, DisableKey, EnableKey, Encrypt, EncryptionContext, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GenerateRandom, ListKeys, ReEncrypt, RotateKeyOnDemand,
};
use strongroom_core::policy::{Caller, Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement};
use strongroom_core::{Error, Vault, ciphertext_len};

use crate::world::{World, create, create_key, encrypt, root};

/// A user whom the key policy of the room's keys admits.
pub const ALICE: &str = "arn:aws:iam::000000000000:user/alice";
const PLAINTEXT: &[u8] = b"the launch code is 0000";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Encrypt,
    Decrypt,
    ReEncrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    GenerateRandom,
    CreateKey,
    DescribeKey,
    ListKeys,
    EnableKey,
    DisableKey,
    RotateKeyOnDemand,
}

impl Operation {
    pub const ALL: [Operation; 12] = [
        Operation::Encrypt,
        Operation::Decrypt,
        Operation::ReEncrypt,
        Operation::GenerateDataKey,
        Operation::GenerateDataKeyWithoutPlaintext,
        Operation::GenerateRandom,
        Operation::CreateKey,
        Operation::DescribeKey,
        Operation::ListKeys,
        Operation::EnableKey,
        Operation::DisableKey,
        Operation::RotateKeyOnDemand,
    ];

    /// Those that name a key.
    pub fn on_keys() -> impl Iterator<Item = Operation> {
        Self::ALL.into_iter().filter(|operation| !operation.is_keyless())
    }

    pub fn is_keyless(self) -> bool {
        matches!(self, Operation::GenerateRandom | Operation::CreateKey | Operation::ListKeys)
    }

    /// Those that write through storage.
    pub fn is_change(self) -> bool {
        matches!(
            self,
            Operation::CreateKey
                | Operation::EnableKey
                | Operation::DisableKey
                | Operation::RotateKeyOnDemand
        )
    }

    /// Those with a `DryRun` parameter.
    pub fn has_dry_run(self) -> bool {
        matches!(
            self,
            Operation::Encrypt
                | Operation::Decrypt
                | Operation::ReEncrypt
                | Operation::GenerateDataKey
                | Operation::GenerateDataKeyWithoutPlaintext
        )
    }
}

/// The caller's buffers, filled with something that is neither zero nor an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Out {
    pub plaintext: Vec<u8>,
    pub ciphertext: Vec<u8>,
    pub keys: Vec<KeyId>,
}

impl Out {
    pub fn new() -> Self {
        let used = KeyId::from_bytes([0xaa; 16]);
        Out { plaintext: vec![0xaa; 9000], ciphertext: vec![0xaa; 6200], keys: vec![used; 1001] }
    }

    /// Whether every buffer that `operation` was given is all zeros.
    pub fn is_wiped(&self, operation: Operation) -> bool {
        let (plain, sealed, keys) = operation.writes();
        (!plain || self.plaintext.iter().all(|byte| *byte == 0))
            && (!sealed || self.ciphertext.iter().all(|byte| *byte == 0))
            && (!keys || self.keys.iter().all(|key| *key == KeyId::from_bytes([0; 16])))
    }
}

impl Operation {
    /// Which buffers it is given: plaintext, ciphertext, keys.
    fn writes(self) -> (bool, bool, bool) {
        match self {
            Operation::Encrypt | Operation::ReEncrypt | Operation::GenerateDataKeyWithoutPlaintext => {
                (false, true, false)
            }
            Operation::Decrypt | Operation::GenerateRandom | Operation::DescribeKey => (true, false, false),
            Operation::GenerateDataKey => (true, true, false),
            Operation::ListKeys => (false, false, true),
            _ => (false, false, false),
        }
    }
}

/// What a request says, apart from its operation.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    pub caller: &'a Caller<'a>,
    pub key: &'a str,
    pub ciphertext: &'a [u8],
    pub context: EncryptionContext<'a>,
    pub dry_run: bool,
}

/// A vault with two keys that Alice may use, and a ciphertext of the first.
pub struct Room<'w> {
    pub world: &'w World,
    pub vault: Vault<&'w World>,
    pub key: KeyId,
    pub id: String,
    pub other: String,
    pub ciphertext: Vec<u8>,
}

impl<'w> Room<'w> {
    pub fn new(world: &'w World) -> Self {
        let vault = create(world);
        let mut buffer = [0; 512];
        let everybody = [PrincipalEntry::Account("000000000000"), PrincipalEntry::Arn(ALICE)];
        let mut policy = PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
        policy.statement(&Statement::allow(&everybody, &["kms:*"])).unwrap();
        let policy = policy.finish();
        let request = CreateKey { description: "Alice's", policy: Some(policy), ..CreateKey::default() };
        let key = vault.create_key(&root(), request).unwrap().key_id;
        let other = create_key(&vault).to_string();
        let ciphertext = encrypt(&vault, key, PLAINTEXT).unwrap();
        Room { world, vault, key, id: key.to_string(), other, ciphertext }
    }

    /// A well-formed request of this caller.
    pub fn ask<'a>(&'a self, caller: &'a Caller<'a>) -> Ask<'a> {
        Ask { caller, key: &self.id, ciphertext: &self.ciphertext, context: &[], dry_run: false }
    }

    pub fn perform(&self, operation: Operation, ask: Ask<'_>, out: &mut Out) -> Result<(), Error> {
        let Ask { caller, key, ciphertext, context, dry_run } = ask;
        let Out { plaintext: plain, ciphertext: sealed, keys } = out;
        let vault = &self.vault;
        let data_key =
            GenerateDataKey { encryption_context: context, dry_run, ..GenerateDataKey::aes_256(key) };
        match operation {
            Operation::Encrypt => {
                let request =
                    Encrypt { encryption_context: context, dry_run, ..Encrypt::new(key, PLAINTEXT) };
                vault.encrypt(caller, request, sealed).map(drop)
            }
            Operation::Decrypt => {
                let request = Decrypt {
                    key_id: Some(key),
                    encryption_context: context,
                    dry_run,
                    ..Decrypt::new(ciphertext)
                };
                vault.decrypt(caller, request, plain).map(drop)
            }
            Operation::ReEncrypt => {
                let request = ReEncrypt {
                    source_encryption_context: context,
                    dry_run,
                    ..ReEncrypt::new(ciphertext, key)
                };
                vault.re_encrypt(caller, request, sealed).map(drop)
            }
            Operation::GenerateDataKey => vault.generate_data_key(caller, data_key, plain, sealed).map(drop),
            Operation::GenerateDataKeyWithoutPlaintext => vault
                .generate_data_key_without_plaintext(
                    caller,
                    GenerateDataKeyWithoutPlaintext(data_key),
                    sealed,
                )
                .map(drop),
            Operation::GenerateRandom => {
                vault.generate_random(caller, GenerateRandom { number_of_bytes: 32 }, plain).map(drop)
            }
            Operation::CreateKey => vault.create_key(caller, CreateKey::default()).map(drop),
            Operation::DescribeKey => vault.describe_key(caller, DescribeKey::new(key), plain).map(drop),
            Operation::ListKeys => {
                vault.list_keys(caller, ListKeys { limit: 100, marker: None }, keys).map(drop)
            }
            Operation::EnableKey => vault.enable_key(caller, EnableKey { key_id: key }).map(drop),
            Operation::DisableKey => vault.disable_key(caller, DisableKey { key_id: key }).map(drop),
            Operation::RotateKeyOnDemand => {
                vault.rotate_key_on_demand(caller, RotateKeyOnDemand { key_id: key }).map(drop)
            }
        }
    }

    /// Performs it with fresh buffers, which are wiped if it fails.
    pub fn try_one(&self, operation: Operation, ask: Ask<'_>) -> Result<(), Error> {
        let mut out = Out::new();
        let answer = self.perform(operation, ask, &mut out);
        if answer.is_err() {
            assert!(out.is_wiped(operation), "{operation:?} failed with {answer:?} and left its output");
        }
        answer
    }
}

/// Room for one ciphertext of `len` bytes of plaintext.
pub fn room_for(len: usize) -> Vec<u8> {
    vec![0; ciphertext_len(len)]
}
