//! What the operations answer, owned.

use strongroom_core::AccountId;
use strongroom_core::grant::{ConstraintKind, Grant, GrantId};
use strongroom_core::key::{KeyFacts, KeyId, VersionFacts};
use strongroom_core::operation::{
    GrantMarker, KeyVersion, ListedGrants, ListedVersions, Marker, VersionMarker,
};
use strongroom_core::policy::Action;
use zeroize::Zeroize;

/// Secret bytes, wiped on drop. No `Clone`, no comparison, and `Debug` shows the length only.
pub struct SecretBytes(Vec<u8>);

/// What one import needs.
#[derive(Clone, Debug)]
pub struct ImportParameters {
    /// The key to import into.
    pub key_id: KeyId,
    /// To be handed in with the wrapped material.
    pub import_token: Vec<u8>,
    /// The key to wrap the material with, as a SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// Until when both can be used, in milliseconds since 1970; `None` where nobody knows the time, and it is a day from now.
    pub valid_to_ms: Option<u64>,
}

impl SecretBytes {
    /// Takes bytes over, with all of their buffer.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        SecretBytes(bytes)
    }

    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Forgets the bytes behind `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.get_mut(len..).unwrap_or_default().zeroize();
        self.0.truncate(len);
    }

    /// The bytes. Whoever copies them wipes the copy.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretBytes({} bytes)", self.0.len())
    }
}

/// What Encrypt answers.
#[derive(Clone, Debug)]
pub struct EncryptOutput {
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
    /// The key.
    pub key_id: KeyId,
    /// The version that made it.
    pub version: u32,
}

/// What Decrypt answers.
#[derive(Debug)]
pub struct DecryptOutput {
    /// The plaintext.
    pub plaintext: SecretBytes,
    /// The key.
    pub key_id: KeyId,
    /// The version that opened it.
    pub version: u32,
    /// The id of that version's material.
    pub key_material_id: [u8; 32],
}

/// What ReEncrypt answers.
#[derive(Clone, Debug)]
pub struct ReEncryptOutput {
    /// The new ciphertext.
    pub ciphertext: Vec<u8>,
    /// The key and version it is under now.
    pub key_id: KeyId,
    /// See `key_id`.
    pub version: u32,
    /// The id of that version's material.
    pub destination_key_material_id: [u8; 32],
    /// The key and version it was under.
    pub source_key_id: KeyId,
    /// See `source_key_id`.
    pub source_version: u32,
    /// The id of that version's material.
    pub source_key_material_id: [u8; 32],
}

/// What GenerateDataKey answers.
#[derive(Debug)]
pub struct DataKey {
    /// The data key, or empty if asked for without plaintext.
    pub plaintext: SecretBytes,
    /// The data key, sealed: Decrypt opens it.
    pub ciphertext: Vec<u8>,
    /// The key that sealed it.
    pub key_id: KeyId,
    /// The version that sealed it.
    pub version: u32,
    /// The id of that version's material.
    pub key_material_id: [u8; 32],
}

/// What GenerateMac answers.
#[derive(Clone, Debug)]
pub struct MacOutput {
    /// The MAC, or the one that names its version.
    pub mac: Vec<u8>,
    /// The key.
    pub key_id: KeyId,
    /// The version that made it.
    pub version: u32,
    /// The id of that version's material.
    pub key_material_id: [u8; 32],
}

/// What DescribeKey answers.
#[derive(Clone, Debug)]
pub struct KeyDescription {
    /// Identifiers, state, kind, and what is to come.
    pub facts: KeyFacts,
    /// The id of the current version's material, where that is there.
    pub current_key_material_id: Option<[u8; 32]>,
    /// The ARN.
    pub arn: String,
    /// What the key is for, in its owner's words.
    pub description: String,
}

/// A grant, as ListGrants and ListRetirableGrants show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantListEntry {
    /// The key it is for.
    pub key_id: KeyId,
    /// Its id.
    pub grant_id: GrantId,
    /// Milliseconds since 1970, or `None` where the vault had no clock.
    pub created_ms: Option<u64>,
    /// What it allows.
    pub operations: Vec<Action>,
    /// Within which encryption contexts.
    pub constraints: Option<(ConstraintKind, Vec<(String, String)>)>,
    /// The account that made it.
    pub issuing_account: AccountId,
    /// Whom it allows that.
    pub grantee_principal: String,
    /// Who may give it up besides.
    pub retiring_principal: Option<String>,
    /// Its name, or nothing.
    pub name: String,
}

impl GrantListEntry {
    pub(crate) fn of(grant: &Grant<'_>) -> Self {
        let constraints = grant.constraints.map(|constraint| {
            let pairs = constraint.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
            (constraint.kind(), pairs.collect())
        });
        GrantListEntry {
            key_id: grant.key_id,
            grant_id: grant.grant_id,
            created_ms: grant.created_ms,
            operations: grant.operations.iter().collect(),
            constraints,
            issuing_account: grant.issuing_account,
            grantee_principal: grant.grantee_principal.to_owned(),
            retiring_principal: grant.retiring_principal.map(str::to_owned),
            name: grant.name.to_owned(),
        }
    }
}

/// A page of ListGrants or ListRetirableGrants.
#[derive(Clone, Debug)]
pub struct GrantPage {
    /// The grants.
    pub grants: Vec<GrantListEntry>,
    /// Where to go on, or `None` after the last page.
    pub next_marker: Option<GrantMarker>,
}

impl GrantPage {
    pub(crate) fn of(listed: &ListedGrants<'_>) -> Self {
        let grants = listed.iter().map(|grant| GrantListEntry::of(&grant)).collect();
        GrantPage { grants, next_marker: listed.next_marker }
    }
}

/// A version of a key, as ListKeyVersions and ListKeyRotations show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyVersionEntry {
    /// Number, state, how it came about, dates.
    pub facts: VersionFacts,
    /// The id of its material.
    pub key_material_id: [u8; 32],
    /// Whether it is the key's current one.
    pub is_primary: bool,
    /// Its KeyMaterialState, by its name on the wire.
    pub material_state: &'static str,
    /// Whether its material is imported.
    pub is_imported: bool,
    /// Of imported material, in its importer's words.
    pub description: String,
}

/// A page of ListKeyVersions or ListKeyRotations.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VersionPage {
    /// The versions, oldest first.
    pub versions: Vec<KeyVersionEntry>,
    /// Where to go on, or `None` after the last page.
    pub next_marker: Option<VersionMarker>,
}

impl VersionPage {
    pub(crate) fn of(listed: &ListedVersions<'_>) -> Self {
        let entry = |version: KeyVersion<'_>| KeyVersionEntry {
            facts: version.facts,
            key_material_id: version.key_material_id,
            is_primary: version.is_primary,
            material_state: version.material_state(),
            is_imported: version.is_imported,
            description: version.description.to_owned(),
        };
        VersionPage { versions: listed.iter().map(entry).collect(), next_marker: listed.next_marker }
    }
}

/// A page of ListKeys.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<KeyId>,
    /// Where to go on, or `None` after the last page.
    pub next_marker: Option<Marker>,
    /// Keys, and tree nodes with all that hangs below them, that were passed over because they do not open.
    pub damaged: u32,
}
