//! `audit.txt` and `event.txt`: section 6.

use strongroom_core::Vault;
use strongroom_core::audit::{Action, Entry, RecordedEvent, split_event};
use strongroom_core::grant::GrantId;
use strongroom_core::platform::{AuditSink, LINK_LEN};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, entries};
use super::model::{cat, drawn, flip, hmac, set, sha256, string};

/// An event with its numbers: flags, action, outcome, reason, policy.
fn event(numbers: [u8; 5], detail: u64, principal: &str, context: &[u8]) -> Vec<u8> {
    let touched = |flag: u8, name: &str| -> [u8; 20] {
        if numbers[0] & flag == 0 {
            return [0; 20];
        }
        cat(&[&drawn::<16>(name), &3u32.to_be_bytes()]).try_into().unwrap()
    };
    cat(&[
        &[1],
        &numbers,
        // The document, the statement, the element.
        &[2],
        &5u16.to_be_bytes(),
        &[4],
        &super::tree::CREATED.to_be_bytes(),
        &drawn::<16>("request id"),
        &9u64.to_be_bytes(),
        &touched(2, "key"),
        &touched(4, "source key"),
        &detail.to_be_bytes(),
        &string(principal.as_bytes()),
        &string(b"backup"),
        &string(b"ViaS3"),
        &string(b"StringEquals kms:ViaService = s3"),
        &string("n\u{f6}".as_bytes()),
        if numbers[0] & 16 == 0 { &[][..] } else { &DECIDING },
        if numbers[0] & 32 == 0 { &[][..] } else { &GRANT },
        &repeats(numbers[0]),
        context,
    ])
}

/// What an event with these flags says of repeats: of which one, how many, since when.
fn repeats(flags: u8) -> Vec<u8> {
    if flags & 64 == 0 {
        return Vec::new();
    }
    cat(&[&drawn::<16>("first"), &REPEATED.to_be_bytes(), &super::tree::CREATED.to_be_bytes()])
}

const REPEATED: u64 = 99_999;
const DECIDING: [u8; 32] = [0xd0; 32];
const GRANT: [u8; 32] = [0x67; 32];
const USER: &str = "arn:aws:iam::000000000000:user/Alice";
const CONTEXT: &[u8] = b"\0\x02\0\x01a\0\x01x\0\x01b\0\0";

fn event_blocks() -> Vec<Block> {
    let good = |name: &str, numbers: [u8; 5], detail: u64, principal: &str, context: &[u8]| {
        let [flags, action, outcome, reason, policy] = numbers;
        let bytes = event(numbers, detail, principal, context);
        Block::new(name, "ok")
            .with("flags", [flags])
            .with("action", [action])
            .with("outcome", [outcome])
            .with("reason", [reason])
            .with("policy", [policy])
            .with("document", [2])
            .with("statement", 5u16.to_be_bytes())
            .with("element", [4])
            .with("subject", "backup")
            .with("sid", "ViaS3")
            .with("expected", "StringEquals kms:ViaService = s3")
            .with("found", "n\u{f6}")
            .with("request_id", drawn::<16>("request id"))
            .with("revision", 9u64.to_be_bytes())
            .with("detail", detail.to_be_bytes())
            .with("principal", principal)
            .with("deciding_grant", if flags & 16 == 0 { &[][..] } else { &DECIDING })
            .with("grant_id", if flags & 32 == 0 { &[][..] } else { &GRANT })
            .with("first", if flags & 64 == 0 { Vec::new() } else { drawn::<16>("first").to_vec() })
            .with("count", if flags & 64 == 0 { 0 } else { REPEATED }.to_be_bytes())
            .with("event", bytes)
    };
    let base = good("Encrypt, allowed", [0b1010, 20, 0, 0, 1], 0, USER, CONTEXT);
    let bytes = base.bytes("event");
    let is = |name: &str, bytes: &[u8]| Block::new(name, "malformed").with("event", bytes);
    let at = |name: &str, at: usize, value: u8| is(name, &set(&bytes, at, value));
    vec![
        base.clone(),
        good("ReEncrypt, the context differs", [0b0110, 128, 4, 20, 0], 0, USER, &[0, 0]),
        good("a dry run, denied by an identity policy", [0b1001, 7, 1, 2, 2], 0, USER, &[0, 0]),
        good("the vault was not closed", [0, 131, 0, 0, 0], 17, "vault", &[0, 0]),
        good("allowed by a grant", [0b1_1010, 7, 0, 0, 3], 0, USER, CONTEXT),
        good("a grant is revoked", [0b10_1010, 45, 0, 0, 1], 0, USER, &[0, 0]),
        good("a grant makes a grant", [0b11_1010, 4, 0, 0, 3], 0, USER, &[0, 0]),
        good("a grant token is garbled", [0b1010, 7, 17, 0, 1], 0, USER, CONTEXT),
        good("a vault-wide action of the last number", [0b1000, 88, 0, 0, 2], 0, USER, &[0, 0]),
        good("a key rotates by its schedule", [0b10, 133, 0, 0, 0], 0, "vault", &[0, 0]),
        good("imported material expires", [0b10, 137, 0, 0, 0], 0, "vault", &[0, 0]),
        good("the vault finds its log ahead", [0, 138, 0, 0, 0], 0, "vault", &[0, 0]),
        good("a vault is made of a bundle", [0, 140, 0, 0, 0], 0, "vault", &[0, 0]),
        good("the log drops its oldest entries", [0, 141, 0, 0, 0], 0, "vault", &[0, 0]),
        good("the version was destroyed", [0b1010, 7, 4, 22, 1], 0, USER, CONTEXT),
        good("wrapped material does not unwrap", [0b1010, 32, 4, 23, 1], 0, USER, &[0, 0]),
        good("a denial, repeated", [0b100_1010, 7, 1, 1, 1], 0, USER, &[0, 0]),
        at("format 0", 0, 0),
        at("format 2", 0, 2),
        at("an unknown flag", 1, 0b1000_1010),
        at("action 103", 2, 103),
        at("action 127", 2, 127),
        at("action 142", 2, 142),
        at("outcome 28", 3, 28),
        at("outcome 255", 3, 255),
        at("reason 13", 4, 13),
        at("reason 15", 4, 15),
        at("reason 32", 4, 32),
        at("policy 4", 5, 4),
        at("element 5", 9, 5),
        at("a principal that is not UTF-8", 92, 0xff),
        at("a principal that ends outside", 90, 0xff),
        is("cut short in the principal", &bytes[..101]),
        is("cut short before the principal", &bytes[..90]),
        is("cut short in a grant", &{
            let by_grant = event([0b1_1010, 7, 0, 0, 3], 0, USER, &[]);
            by_grant[..by_grant.len() - 1].to_vec()
        }),
        is("cut short in the repeats", &{
            let counted = event([0b100_1010, 7, 1, 1, 1], 0, USER, &[]);
            counted[..counted.len() - 1].to_vec()
        }),
        is("no byte", b""),
    ]
}

fn event_answer(block: &Block) -> String {
    let bytes = block.bytes("event");
    let Ok(read) = RecordedEvent::read(&bytes) else { return "malformed".to_owned() };
    let [flags] = block.array("flags");
    assert_eq!([read.action.number()], block.array("action"));
    assert_eq!(read.error_code.is_some(), block.array("outcome") != [0]);
    assert_eq!(read.reason.is_some(), block.array("reason") != [0]);
    assert_eq!((read.dry_run, read.key.is_some()), (flags & 1 != 0, flags & 2 != 0));
    assert_eq!((read.source_key.is_some(), read.decider.is_some()), (flags & 4 != 0, flags & 8 != 0));
    assert_eq!(read.request_id, block.array("request_id"));
    assert_eq!(read.revision.to_be_bytes(), block.array("revision"));
    assert_eq!(read.detail.to_be_bytes(), block.array("detail"));
    assert_eq!(read.principal.as_bytes(), block.bytes("principal"));
    assert_eq!(read.subject.as_bytes(), block.bytes("subject"));
    assert_eq!(read.sid.as_bytes(), block.bytes("sid"));
    let mismatch = read.mismatch.unwrap();
    assert_eq!(mismatch.element, "Condition");
    assert_eq!(mismatch.expected.as_bytes(), block.bytes("expected"));
    assert_eq!(mismatch.found.as_bytes(), block.bytes("found"));
    let bytes_of = |grant: Option<GrantId>| grant.map(|grant| grant.as_bytes().to_vec()).unwrap_or_default();
    assert_eq!(bytes_of(read.deciding_grant), block.bytes("deciding_grant"));
    assert_eq!(bytes_of(read.grant_id), block.bytes("grant_id"));
    let repeats = read.repeats.map(|repeats| (repeats.first.to_vec(), repeats.count, repeats.since_ms));
    let expected =
        (block.bytes("first"), u64::from_be_bytes(block.array("count")), Some(super::tree::CREATED));
    assert_eq!(repeats, Some(expected).filter(|_| flags & 64 != 0));
    if let Some(decider) = read.decider {
        assert_eq!([decider.document], block.array("document"));
        assert_eq!(decider.statement.to_be_bytes(), block.array("statement"));
    }
    "ok".to_owned()
}

#[test]
fn event_vectors_hold() {
    let blocks = golden("event.txt", "Events of the audit log.", &event_blocks());
    hold("event.txt", &blocks, event_answer);
}

/// A log and everything on the way to its MACs.
struct Log {
    entries: Vec<Vec<u8>>,
    macs: Vec<[u8; 32]>,
    hashes: Vec<[u8; 32]>,
    keys: Vec<[u8; 32]>,
}

fn chain(forge: &Forge, first_key: [u8; 32], label: &[u8], events: &[Vec<u8>]) -> Log {
    let first = sha256(&[b"SRlg", &forge.vault_id, &forge.log_id]);
    let mut log = Log { entries: Vec::new(), macs: Vec::new(), hashes: vec![first], keys: vec![first_key] };
    for (sequence, event) in (0u64..).zip(events) {
        // Two mounts have written it.
        let mount_id = drawn::<16>(if sequence < 2 { "mount id" } else { "next mount id" });
        let (key, events) = (log.keys[log.keys.len() - 1], string(event));
        let hash = sha256(&[&log.hashes[log.hashes.len() - 1], &events]);
        let mac = hmac(&key, &[&forge.vault_id, &mount_id, &sequence.to_be_bytes(), &hash]);
        log.entries.push(cat(&[&sequence.to_be_bytes(), &mount_id, &mac, &events]));
        log.macs.push(mac);
        log.hashes.push(hash);
        log.keys.push(hmac(&key, &[label]));
    }
    log
}

fn audit_blocks() -> Vec<Block> {
    let forge = Forge::new();
    let events = [
        event([0, 129, 0, 0, 0], 0, "vault", &[0, 0]),
        event([0b1010, 20, 0, 0, 1], 0, USER, CONTEXT),
        event([0b1010, 7, 1, 1, 1], 0, USER, &[0, 0]),
        event([0, 130, 0, 0, 0], 0, "vault", &[0, 0]),
    ];
    let block = |name: &str, expect: &str, entries: &[Vec<u8>]| {
        Block::new(name, expect)
            .with("vault_id", forge.vault_id)
            .with("log_id", forge.log_id)
            .with("first_key", forge.first_key)
            .list("entries", entries)
    };
    let good = |name: &str, events: &[Vec<u8>]| {
        let Log { entries, macs, hashes, keys } = chain(&forge, forge.first_key, b"next", events);
        block(name, "ok", &entries).list("macs", macs).list("hashes", hashes).list("keys", keys)
    };
    let log = chain(&forge, forge.first_key, b"next", &events).entries;
    let is = |name: &str, entries: &[Vec<u8>]| block(name, "broken", entries);
    let with = |name: &str, number: usize, entry: Vec<u8>| {
        let mut entries = log.clone();
        entries[number] = entry;
        is(name, &entries)
    };
    let [one, two, three, four] = [0, 1, 2, 3].map(|number: usize| log[number].clone());
    let other = chain(&Forge { log_id: [0; 16], ..forge.clone() }, forge.first_key, b"next", &events).entries;
    vec![
        good("four entries of two mounts", &events),
        good("one entry", &events[..1]),
        with("an event altered", 1, flip(&two, 60)),
        with("the last event altered", 3, flip(&four, four.len() - 1)),
        with("a MAC altered", 2, flip(&three, 55)),
        with("another mount id", 0, flip(&one, 8)),
        with("another sequence number", 3, set(&four, 7, 4)),
        with("a sequence number beyond 32 bits", 1, set(&two, 3, 1)),
        is("an entry cut out", &[one.clone(), three.clone(), four.clone()]),
        is("two entries exchanged", &[one.clone(), three, two.clone(), four.clone()]),
        is("an entry twice", &[one.clone(), two.clone(), two]),
        is("without its beginning", &log[1..]),
        is("of another log", &other),
        is("under another key", &chain(&forge, drawn("other k_0"), b"next", &events).entries),
        is("keys under another label", &chain(&forge, forge.first_key, b"SRlg", &events).entries),
        is("another log behind its first entry", &[vec![one], other[1..].to_vec()].concat()),
    ]
}

/// Puts the entries into the log of a forged vault, whose head stands before the first one. A mount says how many
/// continue it.
fn audit_answer(block: &Block) -> String {
    let forge = Forge::new();
    let (stored, platform) = (block.items("entries"), forge.platform());
    for entry in &stored {
        let event = &entry[LINK_LEN + 2..];
        platform.sink.append(event.len(), &|buffer| buffer.copy_from_slice(event)).unwrap();
    }
    let mut links = stored.iter().map(|entry| *entry.first_chunk().unwrap());
    platform.sink.flush(&mut |_| links.next().unwrap()).unwrap();
    assert_eq!(entries(&platform.sink), stored);

    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let log = entries(&platform.sink);
    let last = Entry::read(log.last().unwrap()).unwrap();
    let mount = RecordedEvent::read(split_event(last.events).unwrap().0).unwrap();
    assert_eq!(mount.action, Action::UncleanMount);
    let found = usize::try_from(mount.detail).unwrap();
    if found == stored.len() { "ok" } else { "broken" }.to_owned()
}

#[test]
fn audit_vectors_hold() {
    let blocks = golden("audit.txt", "The chain of the audit log.", &audit_blocks());
    hold("audit.txt", &blocks, audit_answer);
}
