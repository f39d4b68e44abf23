//! The seeds of the fuzz targets: few, small, and the same every time. They are made for each run and not kept, since a
//! sealed seed of yesterday's code is a true ciphertext that today's image does not know.
//!
//! The first bytes of an input are the target's mode and options; see `fuzz/fuzz_targets/`.

mod altered;
mod documents;
mod messages;
mod records;
mod requests;

use std::path::Path;

use strongroom_core::audit::{Entry, split_event};
use strongroom_core::operation::{CreateKey, Encrypt, RotateKeyOnDemand};
use strongroom_core::platform::{Address, AuditSink, Storage};
use strongroom_core::policy::{
    Caller, DEFAULT_POLICY_LEN_MAX, Effect, Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement,
    default_key_policy,
};
use strongroom_core::ram::RamPlatform;
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault, ciphertext_len};

use crate::Outcome;
use crate::tree::Tree;

const PLAINTEXT: &[u8] = b"the plaintext of the fuzz targets";

/// A seed's target, name and bytes.
type Seed = (&'static str, String, Vec<u8>);

/// One line in so many of the table of decisions is a seed.
const DECISIONS_STEP: usize = 16;

/// Writes the seeds of every target to a folder of the target's name under `folder`.
pub(crate) fn write(tree: &Tree, folder: &Path) -> Outcome {
    let mut seeds = altered::seeds();
    seeds.extend(messages::seeds()?);
    seeds.extend(decisions(tree)?);
    seeds.extend(documents::seeds());
    seeds.extend(requests::seeds());
    seeds.extend(records::seeds()?);
    seeds.extend(signatures());
    seeds.extend(policies().map_err(|error| format!("policies: {error}"))?);
    seeds.extend(vault().map_err(|error| format!("vault: {error}"))?);
    for (target, name, bytes) in &seeds {
        let folder = folder.join(target);
        let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
        std::fs::create_dir_all(&folder).map_err(wrong)?;
        std::fs::write(folder.join(name), bytes).map_err(wrong)?;
    }
    Ok(())
}

fn seed(target: &'static str, name: &str, parts: &[&[u8]]) -> Seed {
    (target, name.to_owned(), parts.concat())
}

/// Lines of the table that the evaluators are tested with.
fn decisions(tree: &Tree) -> Result<Vec<Seed>, String> {
    let files = tree.files_ending(".jsonl")?;
    let files = files.iter().filter(|file| file.starts_with("tests/authorization/cases/"));
    let texts = files.map(|file| tree.read(file)).collect::<Result<Vec<_>, _>>()?;
    let lines = texts.iter().flat_map(|text| text.lines().step_by(DECISIONS_STEP));
    let mut seeds: Vec<Seed> = lines
        .enumerate()
        .map(|(number, line)| seed("evaluators", &format!("case-{number:03}"), &[&[0], line.as_bytes()]))
        .collect();
    seeds.push(seed("evaluators", "thrown", &[&[1], &[30, 1, 2, 200, 7, 90, 33, 4, 5, 66, 0, 0, 250]]));
    Ok(seeds)
}

/// Requests that claim a signature, and changes to one that has one: the first byte tells which.
fn signatures() -> Vec<Seed> {
    const FIELDS: &str = "Credential=AKIDEXAMPLE/20261118/eu-central-1/kms/aws4_request, SignedHeaders=host;x-amz-date, \
                          Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let header = format!(
        "POST /\nhost:vault.example.com\nx-amz-date:20261118T110640Z\nauthorization:AWS4-HMAC-SHA256 {FIELDS}\n\n{{}}"
    );
    let query = "GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261118%2Feu-central-1%2Fkms%2F\
                 aws4_request&X-Amz-Date=20261118T110640Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00\n\
                 host:vault.example.com\n\n";
    let mut seeds = vec![
        seed("signature", "in-a-header", &[&[0], header.as_bytes()]),
        seed("signature", "in-the-query", &[&[0], query.as_bytes()]),
        seed("signature", "unaltered", &[&[1, 15, 0]]),
        seed("signature", "other-path", &[&[1, 10, 1], &[2, 4]]),
        seed("signature", "header-twice", &[&[1, 2, 1], &[4, 0]]),
        seed("signature", "without-token", &[&[1, 6, 1], &[5, 5]]),
    ];
    // A bit of each header.
    seeds.extend(
        (0..6u8).map(|name| seed("signature", &format!("header-{name}"), &[&[1, 6, 1], &[3, name, 12, 1]])),
    );
    seeds
}

fn policies() -> Result<Vec<Seed>, Error> {
    let mut buffer = [0; DEFAULT_POLICY_LEN_MAX];
    let default = seed("record", "default-policy", &[default_key_policy(&Realm::default(), &mut buffer)?]);

    let mut buffer = [0; 1024];
    let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "seed")?;
    let alice = PrincipalEntry::Arn("arn:aws:iam::000000000000:user/alice");
    builder.statement(&Statement {
        sid: Some("readers"),
        resources: &["*", "arn:aws:kms:*:000000000000:key/*"],
        ..Statement::allow(&[alice, PrincipalEntry::Everyone], &["kms:De*", "kms:Decrypt"])
    })?;
    builder.statement(&Statement {
        effect: Effect::Deny,
        not_principal: true,
        not_action: true,
        ..Statement::allow(&[PrincipalEntry::Account("000000000000"), alice], &["kms:Put*"])
    })?;
    let many = seed("record", "policy-of-two-statements", &[builder.finish()]);

    Ok(vec![default, many])
}

/// Bytes of a vault that is made from the seed which the targets use, in the same order, so that they open there.
fn vault() -> Result<Vec<Seed>, Error> {
    let vault = Vault::new(RamPlatform::<16384, 8192>::new(1));
    let slots = [NewSlot { kind: SlotKind::KeyFile }];
    vault.create(&NewVault { realm: Realm::default(), slots: &slots }, &mut |_, secret| {
        secret.fill_with(|bytes| bytes.fill(7));
        Ok(true)
    })?;
    let root = Caller::new("arn:aws:iam::000000000000:root")?;
    let key = vault.create_key(&root, CreateKey::default())?.key_id.to_string();
    vault.create_key(&root, CreateKey::default())?;

    let mut ciphertext = vec![0; ciphertext_len(PLAINTEXT.len())];
    vault.encrypt(&root, Encrypt::new(&key, PLAINTEXT), &mut ciphertext)?;
    let mut seeds = vec![seed("ciphertext", "whole", &[&[0, 0], &ciphertext])];
    let context = [("purpose", "fuzzing"), ("n", "2")];
    let request = Encrypt { encryption_context: &context, ..Encrypt::new(&key, PLAINTEXT) };
    vault.rotate_key_on_demand(&root, RotateKeyOnDemand { key_id: &key })?;
    vault.encrypt(&root, request, &mut ciphertext)?;
    seeds.push(seed("ciphertext", "whole-in-context", &[&[0, 20], &ciphertext]));
    let mut data_key = vec![0; ciphertext_len(32)];
    vault.encrypt(&root, Encrypt::new(&key, &[6; 32]), &mut data_key)?;
    seeds.push(seed("stream", "of-another-vault", &[&[8], &data_key]));
    seeds.push(seed("stream", "of-another-vault-cut", &[&[8], data_key.get(..91).unwrap_or_default()]));
    vault.close()?;

    let mut fixed = Vec::new();
    for (byte, level) in [(0, 0x41), (0xff, 0xc1), (0, 0x40), (0xff, 0xc0)] {
        let mut address = Address([byte; 24]);
        address.0[23] = level;
        let mut blob = vec![0; 4096];
        let len = vault.platform().storage.read(&address, &mut blob)?.ok_or(Error::Bug)?;
        fixed.extend(u16::try_from(len).map_err(|_| Error::Bug)?.to_be_bytes());
        fixed.extend(blob.iter().take(len));
    }
    seeds.push(seed("open", "fixed-addresses", &[&[0], &fixed]));
    seeds.push(seed("open", "fixed-addresses-without-seals", &[&[1], &fixed]));

    let mut entries: Vec<Vec<u8>> = Vec::new();
    let keep = &mut |entry: &[u8]| {
        entries.push(entry.to_owned());
        true
    };
    vault.platform().sink.scan(0, keep).map_err(|_| Error::Audit)?;
    if let Some(entry) = entries.iter().rev().nth(1) {
        seeds.push(seed("record", "log-entry", &[entry]));
        let event = Entry::read(entry).ok().and_then(|entry| split_event(entry.events));
        seeds.extend(event.map(|(event, _)| seed("record", "event", &[event])));
    }
    Ok(seeds)
}
