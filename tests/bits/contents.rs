//! A vault with one of everything, and all that can be asked of it.

use strongroom_core::error::Part;
use strongroom_core::key::{KeyId, KeyOrigin, KeySpec, KeyUsage, MacAlgorithm};
use strongroom_core::operation::{
    CreateAlias, CreateGrant, CreateKey, DescribeCaller, DescribeKey, DescribeQuotas, GenerateMac,
    GenerateVersionedMac, GetKeyPolicy, ListAliases, ListGrants, ListKeys, ListResourceTags, PutCaller,
    PutQuotas, PutUsageBudget, TagResource, VerifyMac, VerifyVersionedMac,
};
use strongroom_core::platform::Platform;
use strongroom_core::policy::Action;
use strongroom_core::quota::Quotas;
use strongroom_core::usage::{BudgetEnd, UsageBudget};
use strongroom_core::{Error, Vault};

use crate::world::{
    STRANGER, create_key, decrypt, encrypt, import, import_token, root, rotate, schedule_deletion,
};

/// What was made.
pub struct Contents {
    pub keys: Vec<KeyId>,
    /// The number of a key, what it made, and of what.
    pub ciphertexts: Vec<(usize, Vec<u8>, Vec<u8>)>,
    pub mac: Vec<u8>,
}

/// Which key was asked about, what, and the answer.
pub type Answers = Vec<(Option<usize>, &'static str, Result<String, Error>)>;

const MESSAGE: &[u8] = b"a message";

/// Records of every kind: keys, versions, counts, tags, aliases and their index, grants and theirs, a caller, imported
/// material, a key for wrapping, settings, a deletion that will be due.
pub fn furnish<P: Platform>(vault: &Vault<P>) -> Contents {
    let mut keys = vec![create_key(vault), create_key(vault)];
    let mut ciphertexts = Vec::new();
    for number in [0, 1, 0] {
        let plaintext = format!("plaintext {}", ciphertexts.len()).into_bytes();
        ciphertexts.push((number, encrypt(vault, keys[number], &plaintext).unwrap(), plaintext));
        rotate(vault, keys[number]).unwrap();
    }
    let ids: Vec<String> = keys.iter().map(KeyId::to_string).collect();
    vault.tag_resource(&root(), TagResource { key_id: &ids[0], tags: &[("colour", "blue")] }).unwrap();
    vault.create_alias(&root(), CreateAlias { alias_name: "alias/one", target_key_id: &ids[0] }).unwrap();
    let grant = CreateGrant::new(&ids[1], STRANGER, &[Action::Decrypt]);
    let grant = CreateGrant { retiring_principal: Some(STRANGER), name: Some("a"), ..grant };
    vault.create_grant(&root(), grant).unwrap();
    let caller = PutCaller { name: "app", principal: STRANGER, tags: &[("a", "b")], identity_policies: &[] };
    vault.put_caller(&root(), caller).unwrap();
    let quotas = Quotas { keys: Some(9), ..Quotas::default() };
    vault.put_quotas(&root(), PutQuotas { quotas }).unwrap();

    let request = CreateKey {
        key_spec: KeySpec::Hmac256,
        key_usage: KeyUsage::GenerateVerifyMac,
        ..CreateKey::default()
    };
    keys.push(vault.create_key(&root(), request).unwrap().key_id);
    let mac_key = keys[2].to_string();
    let mut mac = [0; 200];
    let request = GenerateVersionedMac(GenerateMac::new(&mac_key, MacAlgorithm::HmacSha256, MESSAGE));
    let mac = vault.generate_versioned_mac(&root(), request, &mut mac).unwrap().mac.to_vec();

    let request = CreateKey { origin: KeyOrigin::External, ..CreateKey::default() };
    keys.push(vault.create_key(&root(), request).unwrap().key_id);
    import(vault, keys[3], &[9; 32]).unwrap();
    ciphertexts.push((3, encrypt(vault, keys[3], b"imported").unwrap(), b"imported".to_vec()));
    import_token(vault, keys[3]).unwrap();

    // Uses of a key with a budget are counted in any case, so it is one that is not used.
    keys.push(create_key(vault));
    let budget = Some(UsageBudget { sealings: 1 << 20, end: BudgetEnd::Refuse });
    vault.put_usage_budget(&root(), PutUsageBudget { key_id: &keys[4].to_string(), budget }).unwrap();
    schedule_deletion(vault, keys[4], 7).unwrap();
    Contents { keys, ciphertexts, mac }
}

pub fn verify_mac<P: Platform>(vault: &Vault<P>, contents: &Contents, mac: &[u8]) -> Result<u32, Error> {
    let id = contents.keys[2].to_string();
    let request = VerifyVersionedMac(VerifyMac::new(&id, MacAlgorithm::HmacSha256, MESSAGE, mac));
    vault.verify_versioned_mac(&root(), request).map(|verified| verified.version)
}

/// Asks for everything.
pub fn look<P: Platform>(vault: &Vault<P>, contents: &Contents) -> Answers {
    let mut room = [0; 4096];
    let mut answers: Answers = Vec::new();
    for (number, key) in contents.keys.iter().enumerate() {
        let id = key.to_string();
        let mut tell = |question, answer| answers.push((Some(number), question, answer));
        let described = vault.describe_key(&root(), DescribeKey::new(&id), &mut room);
        tell("description", described.map(|described| format!("{:?}", described.facts)));
        let policy = vault.get_key_policy(&root(), GetKeyPolicy::new(&id), &mut room);
        tell("policy", policy.map(|policy| format!("{policy:?}")));
        let tags = vault.list_resource_tags(&root(), ListResourceTags::new(&id), &mut room);
        tell("tags", tags.map(|tags| format!("{:?}", tags.iter().collect::<Vec<_>>())));
        let request =
            ListGrants { key_id: &id, grant_id: None, grantee_principal: None, limit: 9, marker: None };
        let grants = vault.list_grants(&root(), request, &mut room);
        tell("grants", grants.map(|grants| grants.iter().map(|grant| grant.name.to_owned()).collect()));
    }
    for (number, ciphertext, _) in &contents.ciphertexts {
        let opened = decrypt(vault, ciphertext).map(|plaintext| format!("{plaintext:?}"));
        answers.push((Some(*number), "ciphertext", opened));
    }
    let verified = verify_mac(vault, contents, &contents.mac).map(|version| format!("{version}"));
    answers.push((Some(2), "MAC", verified));
    let request = DescribeKey::new("alias/one");
    let named = vault.describe_key(&root(), request, &mut room).map(|named| format!("{:?}", named.facts));
    answers.push((Some(0), "alias", named));
    let aliases = vault.list_aliases(&root(), ListAliases::default(), &mut room);
    let aliases = aliases.map(|aliases| aliases.iter().map(|alias| alias.name.to_owned()).collect());
    answers.push((None, "aliases", aliases));
    let caller = vault.describe_caller(&root(), DescribeCaller { name: "app" }, &mut room);
    answers.push((None, "caller", caller.map(|caller| format!("{caller:?}"))));
    let quotas = vault.describe_quotas(&root(), DescribeQuotas).map(|quotas| format!("{quotas:?}"));
    answers.push((None, "quotas", quotas));
    answers.push((None, "keys", listed(vault).map(|keys| format!("{keys:?}"))));
    answers
}

/// All keys; a listing that counts damaged ones says that it is not whole.
fn listed<P: Platform>(vault: &Vault<P>) -> Result<Vec<KeyId>, Error> {
    let mut page = [KeyId::from_bytes([0; 16]); 100];
    let listed = vault.list_keys(&root(), ListKeys { limit: page.len(), marker: None }, &mut page)?;
    if listed.damaged > 0 { Err(Error::Damaged(Part::Record)) } else { Ok(listed.keys.to_vec()) }
}
