//! Grants: what they allow and what not, how they come and go, and what storage, the log and other callers see of that.

mod delegation;
mod ends;
mod listing;
mod made;
mod rules;
mod storage;
mod tokens;

use strongroom_core::grant::{GrantId, GrantToken};
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    CreateGrant, CreateKey, CreatedGrant, Decrypt, DescribeKey, Encrypt, EncryptionContext, GrantConstraints,
    ListGrants, RetireGrant, RetiredGrant, RevokeGrant,
};
use strongroom_core::policy::{
    Action, Caller, Condition, Effect, Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement,
};
use strongroom_core::{Error, Vault, ciphertext_len};

use crate::world::{World, caller, create, create_key, encrypt, root};

pub const ALICE: &str = "arn:aws:iam::000000000000:user/alice";
pub const BOB: &str = "arn:aws:iam::000000000000:user/bob";
pub const ROLE: &str = "arn:aws:iam::000000000000:role/teams/App";
pub const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/App/one";
pub const OTHER_ACCOUNT: &str = "arn:aws:iam::111122223333:root";
pub const OTHER_USER: &str = "arn:aws:iam::111122223333:user/carol";
/// An account of the same number in another partition.
pub const ELSEWHERE: &str = "arn:aws-cn:iam::000000000000:user/alice";

/// What a caller gets who is not told why.
pub fn denied<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::AccessDenied(_)))
}

/// A vault with two keys under the default policy, and a ciphertext of the first.
pub struct Hall<'w> {
    pub vault: Vault<&'w World>,
    pub key: KeyId,
    pub id: String,
    pub other: String,
    pub ciphertext: Vec<u8>,
}

impl<'w> Hall<'w> {
    pub fn new(world: &'w World) -> Self {
        let vault = create(world);
        let (key, other) = (create_key(&vault), create_key(&vault).to_string());
        let ciphertext = encrypt(&vault, key, b"text").unwrap();
        Hall { vault, key, id: key.to_string(), other, ciphertext }
    }

    /// As before, but the first key has this policy besides the account's statement.
    pub fn with_policy(world: &'w World, statement: Statement<'_>) -> Self {
        let mut hall = Hall::new(world);
        let account = [PrincipalEntry::Account("000000000000")];
        let policy = compiled(PolicyKind::Key, &[Statement::allow(&account, &["kms:*"]), statement]);
        let request = CreateKey { policy: Some(&policy), ..CreateKey::default() };
        hall.key = hall.vault.create_key(&root(), request).unwrap().key_id;
        hall.id = hall.key.to_string();
        hall.ciphertext = encrypt(&hall.vault, hall.key, b"text").unwrap();
        hall
    }

    pub fn grant(&self, grantee: &str, operations: &[Action]) -> CreatedGrant {
        self.make(CreateGrant::new(&self.id, grantee, operations))
    }

    pub fn make(&self, request: CreateGrant<'_>) -> CreatedGrant {
        self.vault.create_grant(&root(), request).unwrap()
    }

    pub fn decrypt_as(&self, principal: &str) -> Result<Vec<u8>, Error> {
        self.decrypt(&caller(principal), &self.ciphertext, &[])
    }

    pub fn decrypt(
        &self,
        caller: &Caller<'_>,
        ciphertext: &[u8],
        context: EncryptionContext<'_>,
    ) -> Result<Vec<u8>, Error> {
        let mut out = [0; 64];
        let request = Decrypt { encryption_context: context, ..Decrypt::new(ciphertext) };
        self.vault.decrypt(caller, request, &mut out).map(|opened| opened.plaintext.to_vec())
    }

    pub fn encrypt_as(&self, principal: &str, context: EncryptionContext<'_>) -> Result<Vec<u8>, Error> {
        let mut out = [0; ciphertext_len(4)];
        let request = Encrypt { encryption_context: context, ..Encrypt::new(&self.id, b"text") };
        self.vault.encrypt(&caller(principal), request, &mut out).map(|sealed| sealed.ciphertext.to_vec())
    }

    pub fn describe_as(&self, principal: &str) -> Result<(), Error> {
        self.vault.describe_key(&caller(principal), DescribeKey::new(&self.id), &mut [0; 64]).map(drop)
    }

    pub fn revoke(&self, grant_id: &GrantId) -> Result<(), Error> {
        let grant_id = &grant_id.to_string();
        self.vault.revoke_grant(&root(), RevokeGrant { key_id: &self.id, grant_id, dry_run: false })
    }

    pub fn retire(&self, caller: &Caller<'_>, grant_id: &GrantId) -> Result<(), Error> {
        let grant = RetiredGrant::Id { key_id: &self.id, grant_id: &grant_id.to_string() };
        self.vault.retire_grant(caller, RetireGrant { grant, dry_run: false })
    }

    pub fn retire_by_token(&self, caller: &Caller<'_>, token: &GrantToken) -> Result<(), Error> {
        let grant = RetiredGrant::Token(token);
        self.vault.retire_grant(caller, RetireGrant { grant, dry_run: false })
    }

    /// The ids of all grants of the key, sorted.
    pub fn grants(&self) -> Vec<GrantId> {
        let mut all = Vec::new();
        let mut marker = None;
        loop {
            let mut page = vec![0; 8192];
            let request = ListGrants { marker: marker.as_ref(), ..list(&self.id) };
            let listed = self.vault.list_grants(&root(), request, &mut page).unwrap();
            all.extend(listed.iter().map(|grant| grant.grant_id));
            marker = listed.next_marker;
            if marker.is_none() {
                all.sort();
                return all;
            }
        }
    }
}

/// A first page of all grants of a key.
pub fn list(key_id: &str) -> ListGrants<'_> {
    ListGrants { key_id, grant_id: None, grantee_principal: None, limit: 100, marker: None }
}

pub fn subset<'a>(pairs: EncryptionContext<'a>) -> Option<GrantConstraints<'a>> {
    Some(GrantConstraints::EncryptionContextSubset(pairs))
}

pub fn equals<'a>(pairs: EncryptionContext<'a>) -> Option<GrantConstraints<'a>> {
    Some(GrantConstraints::EncryptionContextEquals(pairs))
}

pub fn compiled(kind: PolicyKind, statements: &[Statement<'_>]) -> Vec<u8> {
    let mut buffer = [0; 2048];
    let mut builder = PolicyBuilder::new(&mut buffer, kind, Language::Version2012, "").unwrap();
    for statement in statements {
        builder.statement(statement).unwrap();
    }
    builder.finish().to_vec()
}

/// An identity policy of one statement.
pub fn identity(effect: Effect, actions: &[&str], conditions: &[Condition<'_>]) -> Vec<u8> {
    compiled(PolicyKind::Identity, &[Statement { effect, conditions, ..Statement::allow(&[], actions) }])
}
