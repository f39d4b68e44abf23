//! `caller.txt`: callers, section 4.6.

use strongroom_core::policy::{Language, PolicyBuilder, PolicyKind, Statement};
use strongroom_core::{Vault, is_record};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, record_address};
use super::model::{cat, hmac, set, string};
use super::tree::{self, record};

const USER: &str = "arn:aws:iam::000000000000:user/Alice";
const TAGS: [(&str, &str); 2] = [("Team", "blåu"), ("Level", "")];

fn identity_policy() -> Vec<u8> {
    let mut buffer = [0; 200];
    let mut builder =
        PolicyBuilder::new(&mut buffer, PolicyKind::Identity, Language::Version2012, "").unwrap();
    builder.statement(&Statement::allow(&[], &["kms:Decrypt"])).unwrap();
    builder.finish().to_vec()
}

fn content(name: &str, tags: &[(&str, &str)], policies: &[Vec<u8>]) -> Vec<u8> {
    let count = |len: usize| u8::try_from(len).unwrap();
    let mut bytes = cat(&[&[5, 1], &tree::CREATED.to_be_bytes(), &string(name.as_bytes())]);
    bytes.extend(string(USER.as_bytes()));
    bytes.push(count(tags.len()));
    for (name, value) in tags {
        bytes.extend(cat(&[&string(name.as_bytes()), &string(value.as_bytes())]));
    }
    bytes.push(count(policies.len()));
    for policy in policies {
        bytes.extend(cat(&[&u32::try_from(policy.len()).unwrap().to_be_bytes(), policy]));
    }
    bytes
}

fn blocks() -> Vec<Block> {
    let forge = Forge::new();
    let owner = hmac(&forge.name_key, &[b"SRno", &[5]]);
    let address = record_address(&owner[..8], &forge.name_key, 5, b"alice");
    let whole = content("alice", &TAGS, &[identity_policy(), identity_policy()]);
    let good = |name: &str, content: &[u8]| {
        let (plaintext, sealed) =
            (record(content), tree::seal_record(&forge.vault_id, &address, &record(content)));
        Block::new(name, "ok")
            .with("vault_id", forge.vault_id)
            .with("address", address)
            .with("record_key", tree::node_key(&address))
            .with("plaintext", plaintext)
            .with("blob", sealed.blob)
    };
    let is = |name: &str, content: &[u8]| Block::new(name, "malformed").with("plaintext", record(content));
    let many = |count: usize| vec![("t", "v"); count];
    vec![
        good("a caller", &whole),
        good("a caller with nothing", &content("alice", &[], &[])),
        is("format 0", &set(&whole, 1, 0)),
        is("format 2", &set(&whole, 1, 2)),
        is("a name that is not UTF-8", &set(&whole, 12, 0xff)),
        is("a name that ends outside", &set(&whole, 10, 0xff)),
        is("51 tags", &content("alice", &many(51), &[])),
        is("11 policies", &content("alice", &[], &vec![identity_policy(); 11])),
        is(
            "a tag less than said",
            &content("alice", &TAGS, &[])[..whole.len() - 1 - 2 * (4 + identity_policy().len()) - 2],
        ),
        is("a policy that ends outside", &whole[..whole.len() - 1]),
        is("a byte behind", &cat(&[&whole, &[0]])),
    ]
}

fn answer(block: &Block) -> String {
    let plaintext = block.bytes("plaintext");
    if !is_record(&plaintext) {
        return "malformed".to_owned();
    }
    let mut forge = Forge::new();
    let address = block.array("address");
    forge.records.insert(address, plaintext);
    assert_eq!(forge.blobs()[&address], block.bytes("blob"));
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let mut buffer = [0; 1024];
    let stored = vault.caller("alice", &mut buffer).unwrap();
    assert_eq!((stored.name, stored.principal, stored.written_ms), ("alice", USER, Some(tree::CREATED)));
    let is_bare = block.text("name") == "a caller with nothing";
    assert_eq!(&stored.tags[..], if is_bare { &[][..] } else { &TAGS[..] });
    assert_eq!(stored.identity_policies.len(), if is_bare { 0 } else { 2 });
    assert!(stored.identity_policies.iter().all(|policy| *policy == identity_policy()));
    "ok".to_owned()
}

#[test]
fn caller_vectors_hold() {
    let blocks = golden("caller.txt", "Callers that the vault keeps.", &blocks());
    hold("caller.txt", &blocks, answer);
}
