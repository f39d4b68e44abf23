//! `access_key.txt`: access keys and whom roles trust, section 4.6. `session.txt`: sessions, section 7.5.

use strongroom_core::access_key::{AccessKeyId, SigningScope};
use strongroom_core::operation::{DescribeRoleTrust, ListAccessKeys};
use strongroom_core::{Secret, Vault, is_record};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, record_address};
use super::model::{cat, drawn, flip, hmac, set, sha256, string};
use super::tree::{self, record};

const ROLE: &str = "arn:aws:iam::000000000000:role/team/App";
const CAROL: &str = "arn:aws:iam::111122223333:user/carol";
const SECRET: &[u8; 40] = b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The id: the prefix, and base 32 of `1 ‖ account (40 bits) ‖ rest (39 bits)`.
fn id(prefix: &[u8; 4], rest: u64) -> Vec<u8> {
    let bits = 1u128 << 79 | u128::from(rest & ((1 << 39) - 1));
    let letter = |place: u32| LETTERS[usize::try_from(bits >> (75 - 5 * place) & 31).unwrap()];
    prefix.iter().copied().chain((0..16).map(letter)).collect()
}

fn bucket() -> u64 {
    let hash = sha256(&[b"SRai", b"alice"]);
    u64::from(u16::from_be_bytes([hash[0], hash[1]]) >> 2)
}

fn own_id() -> Vec<u8> {
    id(b"AKIA", bucket() << 25 | 0x012_3456)
}

fn address(forge: &Forge) -> [u8; 24] {
    let owner = hmac(&forge.name_key, &[b"SRno", &[11], &u16::try_from(bucket()).unwrap().to_be_bytes()]);
    record_address(&owner[..8], &forge.name_key, 11, &own_id())
}

fn trust_address(forge: &Forge) -> [u8; 24] {
    let owner = hmac(&forge.name_key, &[b"SRno", &[12]]);
    record_address(&owner[..8], &forge.name_key, 12, b"App")
}

fn access_key(status: u8) -> Vec<u8> {
    let created = tree::CREATED.to_be_bytes();
    cat(&[&[11, 1], &own_id(), &created, &[status], SECRET, &string(b"alice")])
}

fn trust(external_id: &str, principals: &[&str]) -> Vec<u8> {
    let created = tree::CREATED.to_be_bytes();
    let mut bytes = cat(&[&[12, 1], &drawn::<16>("trust id"), &created, &string(ROLE.as_bytes())]);
    bytes.extend(string(external_id.as_bytes()));
    bytes.push(u8::try_from(principals.len()).unwrap());
    principals.iter().for_each(|principal| bytes.extend(string(principal.as_bytes())));
    bytes
}

fn blocks() -> Vec<Block> {
    let forge = Forge::new();
    let good = |name: &str, address: [u8; 24], content: &[u8]| {
        let plaintext = record(content);
        let sealed = tree::seal_record(&forge.vault_id, &address, &plaintext);
        Block::new(name, "ok")
            .with("vault_id", forge.vault_id)
            .with("name_key", forge.name_key)
            .with("address", address)
            .with("record_key", tree::node_key(&address))
            .with("plaintext", plaintext)
            .with("blob", sealed.blob)
    };
    let is = |name: &str, content: &[u8]| Block::new(name, "malformed").with("plaintext", record(content));
    let whole = access_key(1);
    let trusting = trust("tenant:4711", &[CAROL, forge::ROOT_USER]);
    vec![
        good("an access key", address(&forge), &whole),
        good("an inactive access key", address(&forge), &access_key(2)),
        good("whom a role trusts", trust_address(&forge), &trusting),
        good("whom a role trusts without an external id", trust_address(&forge), &trust("", &[CAROL])),
        is("format 0", &set(&whole, 1, 0)),
        is("format 2", &set(&whole, 1, 2)),
        is("the id of a session", &set(&whole, 3, b'S')),
        is("an id with a letter that is none", &set(&whole, 21, b'1')),
        is("an id without an account", &set(&whole, 6, b'A')),
        is("status 0", &access_key(0)),
        is("status 3", &access_key(3)),
        is("no caller", &cat(&[&whole[..whole.len() - 7], &[0, 0]])),
        is("a byte behind", &cat(&[&whole, &[0]])),
        is("a byte less", &whole[..whole.len() - 1]),
        is("a trust of format 2", &set(&trusting, 1, 2)),
        is("a trust of nobody", &trust("", &[])),
        is("a trust of eleven", &trust("", &[CAROL; 11])),
        is("an external id of 1225 bytes", &trust(&"x".repeat(1225), &[CAROL])),
        is("a trusted principal of 257 bytes", &trust("", &[&"x".repeat(257)])),
        is("a principal less than said", &trusting[..trusting.len() - 2 - forge::ROOT_USER.len()]),
        is("a byte behind a trust", &cat(&[&trusting, &[0]])),
    ]
}

fn caller(name: &str, principal: &str) -> Vec<u8> {
    let created = tree::CREATED.to_be_bytes();
    let texts = [string(name.as_bytes()), string(principal.as_bytes())].concat();
    record(&cat(&[&[5, 1], &created, &texts, &[0, 0]]))
}

const SCOPE: SigningScope<'_> = SigningScope { date: "20120215", region: "us-east-1", service: "iam" };

fn answer(block: &Block) -> String {
    let plaintext = block.bytes("plaintext");
    if !is_record(&plaintext) {
        return "malformed".to_owned();
    }
    let mut forge = Forge::new();
    let address = block.array("address");
    let callers = hmac(&forge.name_key, &[b"SRno", &[5]]);
    let at = record_address(&callers[..8], &forge.name_key, 5, b"alice");
    forge.records.insert(at, caller("alice", "arn:aws:iam::000000000000:user/alice"));
    forge.records.insert(address, plaintext.clone());
    assert_eq!(forge.blobs()[&address], block.bytes("blob"));
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    if plaintext[4] == 11 {
        let id = AccessKeyId::parse(std::str::from_utf8(&own_id()).unwrap()).unwrap();
        let is_active = block.text("name") == "an access key";
        let listed = vault.list_access_keys(&forge::root(), ListAccessKeys { caller: "alice" }).unwrap();
        assert_eq!(
            listed.iter().map(|facts| (facts.id, facts.is_active)).collect::<Vec<_>>(),
            [(id, is_active)]
        );
        let mut key = Secret::zeroed();
        let lent = vault.signing_key(&id, &SCOPE, &mut key);
        assert_eq!(lent.is_ok_and(|name| name == "alice"), is_active);
    } else {
        let mut buffer = [0; 1024];
        let trust = vault
            .describe_role_trust(&forge::root(), DescribeRoleTrust { role: "App" }, &mut buffer)
            .unwrap();
        let is_bare = block.text("name").ends_with("without an external id");
        assert_eq!(trust.external_id, if is_bare { None } else { Some("tenant:4711") });
        assert_eq!(trust.principals.len(), if is_bare { 1 } else { 2 });
        assert_eq!((trust.principals[0], trust.written_ms), (CAROL, Some(tree::CREATED)));
    }
    "ok".to_owned()
}

#[test]
fn access_key_vectors_hold() {
    let blocks = golden("access_key.txt", "Access keys, and whom roles trust.", &blocks());
    hold("access_key.txt", &blocks, answer);
}

const ISSUED: u64 = forge::CLOCK_MARK + 1000;
const EXPIRES: u64 = ISSUED + 900_000;

fn stated(forge: &Forge, trust_id: [u8; 16]) -> Vec<u8> {
    let (issued, expires) = (ISSUED.to_be_bytes(), EXPIRES.to_be_bytes());
    let fixed = cat(&[&[1, 0, 0, 0], &forge.vault_id, &trust_id, &issued, &expires, &drawn::<16>("session")]);
    cat(&[&fixed, &string(b"App"), &string(b"one")])
}

fn token(key: &[u8; 32], stated: &[u8]) -> Vec<u8> {
    cat(&[stated, &hmac(key, &[b"SRse", stated])[..16]])
}

fn session_blocks() -> Vec<Block> {
    let forge = Forge::new();
    let key = &forge.token_key;
    let good = token(key, &stated(&forge, drawn("trust id")));
    let own_id =
        |token: &[u8]| id(b"ASIA", u64::from_be_bytes(hmac(key, &[b"SRsi", token])[..8].try_into().unwrap()));
    let secret = |token: &[u8]| base64(&hmac(key, &[b"SRss", token])[..30]);
    let block = Block::new("a session", "ok")
        .with("token_key", key)
        .with("vault_id", forge.vault_id)
        .with("trust_id", drawn::<16>("trust id"))
        .with("now", ISSUED.to_be_bytes())
        .with("token", &good)
        .with("access_key_id", own_id(&good))
        .with("secret", secret(&good));
    // Made right, with its own access key, and yet not what a vault makes.
    let signed = |name: &str, token: Vec<u8>| {
        let block = block.but(name, "refused", "token", &token);
        block.but(name, "refused", "access_key_id", own_id(&token)).but(
            name,
            "refused",
            "secret",
            secret(&token),
        )
    };
    let genuine = |name: &str, stated: &[u8]| signed(name, token(key, stated));
    let right = stated(&forge, drawn("trust id"));
    vec![
        block.clone(),
        block.but("its last millisecond", "ok", "now", (EXPIRES - 1).to_be_bytes()),
        block.but("it is over", "expired", "now", EXPIRES.to_be_bytes()),
        block.but("an altered byte", "refused", "token", flip(&good, 40)),
        block.but("an altered MAC", "refused", "token", flip(&good, good.len() - 1)),
        signed("an altered MAC with its own access key", flip(&good, good.len() - 1)),
        block.but("cut off", "refused", "token", &good[..good.len() - 1]),
        block.but("another access key", "refused", "access_key_id", id(b"ASIA", 7)),
        genuine("of another trust", &stated(&forge, drawn("another trust"))),
        genuine("of another vault", &flip(&right, 4)),
        genuine("format 2", &set(&right, 0, 2)),
        genuine("a byte that is not zero", &set(&right, 3, 1)),
        genuine("a byte behind", &cat(&[&right, &[0]])),
    ]
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let four = |three: &[u8]| {
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        [18, 12, 6, 0].map(|shift| letters[usize::try_from(bits >> shift & 63).unwrap()])
    };
    bytes.chunks(3).flat_map(four).collect()
}

fn session_answer(block: &Block) -> String {
    let mut forge = Forge::new();
    let at = trust_address(&forge);
    forge.records.insert(at, record(&trust("", &[CAROL])));
    let platform = forge.platform();
    platform.clock.set_wall_ms(Some(u64::from_be_bytes(block.array("now"))));
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let id = AccessKeyId::parse(std::str::from_utf8(&block.bytes("access_key_id")).unwrap()).unwrap();
    let (token, mut key) = (block.bytes("token"), Secret::zeroed());
    match vault.session_signing_key(&id, &token, &SCOPE, &mut key) {
        Ok(session) => {
            assert_eq!((session.role, session.name), ("App", "one"));
            assert_eq!((session.issued_ms, session.expires_ms), (ISSUED, EXPIRES));
            let expected = crate::access_keys::signing_key(&block.bytes("secret"), &SCOPE);
            assert_eq!(key.expose(|key| *key), expected);
            "ok".to_owned()
        }
        Err(strongroom_core::Error::ExpiredToken) => "expired".to_owned(),
        Err(error) => {
            assert_eq!(error, strongroom_core::Error::NotFound);
            "refused".to_owned()
        }
    }
}

#[test]
fn session_vectors_hold() {
    let blocks = golden("session.txt", "Sessions of roles.", &session_blocks());
    hold("session.txt", &blocks, session_answer);
}
