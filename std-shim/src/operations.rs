//! The operations on keys and data, with answers that own their bytes.

use strongroom_core::key::KeyFacts;
use strongroom_core::limits::{DESCRIPTION_LEN_MAX, LIST_LIMIT_MAX};
use strongroom_core::operation::{
    CreateKey, Decrypt, DescribeKey, DisableKey, EnableKey, Encrypt, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GenerateRandom, ListKeys, ReEncrypt, ReEncrypted, RefusedAcross,
    RotateKeyOnDemand, SeedKey,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, ciphertext_len};

use crate::output::{
    DataKey, DecryptOutput, EncryptOutput, KeyDescription, KeyPage, ReEncryptOutput, SecretBytes,
};
use crate::vault::Vault;

impl Vault {
    /// Makes a key, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::create_key`].
    pub fn create_key(&self, caller: &Caller<'_>, request: CreateKey<'_>) -> Result<KeyFacts, Error> {
        self.core().create_key(caller, request)
    }

    /// Makes a key with a chosen id, durably: for test set-ups.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::seed_key`].
    pub fn seed_key(&self, caller: &Caller<'_>, request: SeedKey<'_>) -> Result<KeyFacts, Error> {
        self.core().seed_key(caller, request)
    }

    /// Enables a key, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::enable_key`].
    pub fn enable_key(&self, caller: &Caller<'_>, request: EnableKey<'_>) -> Result<KeyFacts, Error> {
        self.core().enable_key(caller, request)
    }

    /// Disables a key, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::disable_key`].
    pub fn disable_key(&self, caller: &Caller<'_>, request: DisableKey<'_>) -> Result<KeyFacts, Error> {
        self.core().disable_key(caller, request)
    }

    /// Adds a version and makes it current, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::rotate_key_on_demand`].
    pub fn rotate_key_on_demand(
        &self,
        caller: &Caller<'_>,
        request: RotateKeyOnDemand<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().rotate_key_on_demand(caller, request)
    }

    /// Describes a key.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::describe_key`].
    pub fn describe_key(
        &self,
        caller: &Caller<'_>,
        request: DescribeKey<'_>,
    ) -> Result<KeyDescription, Error> {
        let mut buffer = vec![0; DESCRIPTION_LEN_MAX];
        let metadata = self.core().describe_key(caller, request, &mut buffer)?;
        Ok(KeyDescription {
            facts: metadata.facts,
            current_key_material_id: metadata.current_key_material_id,
            arn: self.arn(metadata.facts.key_id),
            description: metadata.description.to_owned(),
        })
    }

    /// The id of the material that a key has now, for whoever tells of a key that a request has just made or changed.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::current_key_material_id`].
    pub fn current_key_material_id(&self, facts: &KeyFacts) -> Result<Option<[u8; 32]>, Error> {
        self.core().current_key_material_id(facts)
    }

    /// Lists keys.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_keys`].
    pub fn list_keys(&self, caller: &Caller<'_>, request: ListKeys<'_>) -> Result<KeyPage, Error> {
        let none = strongroom_core::key::KeyId::from_bytes([0; 16]);
        let mut page = vec![none; request.limit.min(LIST_LIMIT_MAX)];
        let listed = self.core().list_keys(caller, request, &mut page)?;
        let (next_marker, damaged) = (listed.next_marker, listed.damaged);
        Ok(KeyPage { keys: listed.keys.to_vec(), next_marker, damaged })
    }

    /// Encrypts 1 to 4096 bytes.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::encrypt`].
    pub fn encrypt(&self, caller: &Caller<'_>, request: Encrypt<'_>) -> Result<EncryptOutput, Error> {
        let mut out = vec![0; room(request.plaintext.len())];
        let done = self.core().encrypt(caller, request, &mut out)?;
        let (key_id, version) = (done.key_id, done.version);
        Ok(EncryptOutput { ciphertext: out, key_id, version })
    }

    /// Decrypts.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::decrypt`].
    pub fn decrypt(&self, caller: &Caller<'_>, request: Decrypt<'_>) -> Result<DecryptOutput, Error> {
        let mut out = vec![0; request.ciphertext.len().min(MAX_CIPHERTEXT).saturating_sub(ciphertext_len(0))];
        let done = self.core().decrypt(caller, request, &mut out)?;
        let (key_id, version, key_material_id) = (done.key_id, done.version, done.key_material_id);
        Ok(DecryptOutput { plaintext: SecretBytes::new(out), key_id, version, key_material_id })
    }

    /// Moves a ciphertext to another key or version.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::re_encrypt`].
    pub fn re_encrypt(&self, caller: &Caller<'_>, request: ReEncrypt<'_>) -> Result<ReEncryptOutput, Error> {
        let mut out = vec![0; request.ciphertext.len().min(MAX_CIPHERTEXT)];
        let done = moved(&self.core().re_encrypt(caller, request, &mut out)?);
        Ok(ReEncryptOutput { ciphertext: out, ..done })
    }

    /// Moves a ciphertext of this vault to a key of another one, such as that of another account.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::re_encrypt_across`].
    pub fn re_encrypt_across(
        &self,
        destination: &Vault,
        caller: &Caller<'_>,
        request: ReEncrypt<'_>,
    ) -> Result<ReEncryptOutput, RefusedAcross> {
        let mut out = vec![0; request.ciphertext.len().min(MAX_CIPHERTEXT)];
        let done = moved(&self.core().re_encrypt_across(&destination.core(), caller, request, &mut out)?);
        Ok(ReEncryptOutput { ciphertext: out, ..done })
    }

    /// Makes a data key, plain and sealed.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::generate_data_key`].
    pub fn generate_data_key(
        &self,
        caller: &Caller<'_>,
        request: GenerateDataKey<'_>,
    ) -> Result<DataKey, Error> {
        let mut plaintext = SecretBytes::new(vec![0; request.number_of_bytes.min(MAX_RANDOM)]);
        let mut ciphertext = vec![0; room(request.number_of_bytes)];
        let made = self.core().generate_data_key(caller, request, plaintext.as_mut(), &mut ciphertext)?;
        let (key_id, version, key_material_id) = (made.key_id, made.version, made.key_material_id);
        Ok(DataKey { plaintext, ciphertext, key_id, version, key_material_id })
    }

    /// Makes a data key, sealed only.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::generate_data_key_without_plaintext`].
    pub fn generate_data_key_without_plaintext(
        &self,
        caller: &Caller<'_>,
        request: GenerateDataKeyWithoutPlaintext<'_>,
    ) -> Result<DataKey, Error> {
        let mut ciphertext = vec![0; room(request.0.number_of_bytes)];
        let made = self.core().generate_data_key_without_plaintext(caller, request, &mut ciphertext)?;
        let (key_id, version, key_material_id) = (made.key_id, made.version, made.key_material_id);
        Ok(DataKey { plaintext: SecretBytes::new(Vec::new()), ciphertext, key_id, version, key_material_id })
    }

    /// Draws random bytes.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::generate_random`].
    pub fn generate_random(
        &self,
        caller: &Caller<'_>,
        request: GenerateRandom,
    ) -> Result<SecretBytes, Error> {
        let mut out = SecretBytes::new(vec![0; request.number_of_bytes.min(MAX_RANDOM)]);
        self.core().generate_random(caller, request, out.as_mut())?;
        Ok(out)
    }
}

const MAX_CIPHERTEXT: usize = strongroom_core::limits::CIPHERTEXT_LEN_MAX;
const MAX_RANDOM: usize = strongroom_core::limits::RANDOM_LEN_MAX;

/// Room for the ciphertext of so many bytes. Requests beyond the limits are refused by the vault and need none.
fn room(plaintext_len: usize) -> usize {
    ciphertext_len(plaintext_len.min(strongroom_core::limits::PLAINTEXT_LEN_MAX))
}

/// What was moved, without its ciphertext, which lies in the buffer.
fn moved(done: &ReEncrypted<'_>) -> ReEncryptOutput {
    ReEncryptOutput {
        ciphertext: Vec::new(),
        key_id: done.key_id,
        version: done.version,
        destination_key_material_id: done.destination_key_material_id,
        source_key_id: done.source_key_id,
        source_version: done.source_version,
        source_key_material_id: done.source_key_material_id,
    }
}
