//! A second decoder, in Python and written from `docs/format.md`, opens what the core makes and refuses what it must.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::hex::hex;
use crate::python::{decoder, python, run};
use crate::vectors::export::{Sample, sample};

/// Runs the decoder and reads its answer.
fn decode(python: &Path, command: &str, path: &Path) -> Result<Value, String> {
    let program = decoder().join("strongroom_decoder.py");
    let answer = run(Command::new(python).arg("-B").arg(program).arg(command).arg(path))?;
    serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}"))
}

fn export(sample: &Sample) -> Value {
    let blobs: serde_json::Map<_, _> =
        sample.blobs.iter().map(|(address, blob)| (hex(address), hex(blob).into())).collect();
    let ciphertexts: Vec<_> = sample
        .ciphertexts
        .iter()
        .map(|sealed| json!({ "ciphertext": hex(&sealed.ciphertext), "context": sealed.context }))
        .collect();
    json!({
        "unlock": hex(&sample.unlock),
        "blobs": blobs,
        "entries": sample.entries.iter().map(|entry| hex(entry)).collect::<Vec<_>>(),
        "ciphertexts": ciphertexts,
        "marker": hex(&sample.marker),
    })
}

fn decode_export(python: &Path, export: &Value) -> Result<Value, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("export.json");
    std::fs::write(&path, export.to_string()).map_err(|error| error.to_string())?;
    decode(python, "open", &path)
}

#[test]
fn every_vector_opens_or_is_refused_in_python_too() {
    let Some(python) = python() else { return };
    let answer = decode(&python, "vectors", &crate::vectors::export::folder()).unwrap();
    let (opened, refused) = (answer["opened"].as_u64().unwrap(), answer["refused"].as_u64().unwrap());
    println!("{opened} vectors open, {refused} are refused");
    assert!(opened >= 30 && refused > 4 * opened, "vectors that must fail outnumber those that must pass");
}

#[test]
fn python_opens_a_vault_that_rust_made() {
    let Some(python) = python() else { return };
    // Another seed than that of the golden file.
    let sample = sample(11);
    let answer = decode_export(&python, &export(&sample)).unwrap();
    let strings = |items: Vec<String>| json!(items);
    let plaintexts = sample.ciphertexts.iter().map(|sealed| hex(&sealed.plaintext)).collect();
    let material_ids = sample.ciphertexts.iter().map(|sealed| hex(&sealed.material_id)).collect();
    assert_eq!(answer["plaintexts"], strings(plaintexts));
    assert_eq!(answer["material_ids"], strings(material_ids));
    let mut keys: Vec<_> = sample.keys.iter().collect();
    keys.sort_by_key(|key| key.key_id);
    let keys: Vec<_> = keys
        .iter()
        .map(|key| {
            json!({
                "key_id": hex(key.key_id.as_bytes()),
                "description": key.description,
                "state": key.state,
                "current_version": key.current_version,
            })
        })
        .collect();
    assert_eq!(answer["keys"], json!(keys));
    assert_eq!(answer["marker"], json!(true));
    assert_eq!(answer["unseen"], json!([]), "nothing lies in storage that the tree does not name");
    assert!(answer["refused"].as_u64().unwrap() > 1000);

    let events = answer["events"].as_array().unwrap();
    let last = sample.entries.len() - 1;
    assert_eq!(events.len(), last + 1);
    assert_eq!(events[0], json!([129, null, "vault"]), "the first event is the mount");
    let denied = |event: &&Value| event[1] == "AccessDeniedException";
    assert_eq!(events.iter().filter(denied).count(), 2);
}

#[test]
fn python_refuses_an_altered_export() {
    let Some(python) = python() else { return };
    let good = export(&sample(12));
    let refused = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut export = good.clone();
        change(&mut export);
        let error = decode_export(&python, &export).expect_err(name);
        assert!(error.contains("refused: "), "{name}: {error}");
    };
    let other = export(&sample(13));
    refused("another secret", &|export| export["unlock"] = json!("00".repeat(32)));
    refused("the log of another vault", &|export| export["entries"] = other["entries"].clone());
    refused("no log", &|export| export["entries"] = json!([]));
    refused("the ciphertexts of another vault", &|export| {
        export["ciphertexts"] = other["ciphertexts"].clone();
    });
    refused("a context more", &|export| export["ciphertexts"][0]["context"] = json!([["a", "b"]]));
    refused("the blobs of another vault beside its own slots", &|export| {
        for (address, blob) in other["blobs"].as_object().unwrap() {
            if !address.ends_with("41") && !address.ends_with("c1") {
                export["blobs"][address] = blob.clone();
            }
        }
    });
}
