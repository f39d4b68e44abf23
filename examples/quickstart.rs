//! A vault's first day, told on a real file:
//!
//! ```sh
//! cargo run --release --example quickstart [-- [FILE] [--vault PATH]]
//! ```
//!
//! FILE defaults to this source. The vault is made in a temporary folder, or at PATH, where it stays. Any surprise ends
//! the story with an error and a non-zero exit status.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a person")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use strongroom::desktop::operation::{CreateKey, Decrypt, DescribeKey, GenerateDataKey, RotateKeyOnDemand};
use strongroom::desktop::{Caller, NewVault, OpenError, UnlockSecret, Vault, compile_key_policy};

type Story<T> = Result<T, Box<dyn Error>>;

const PASSPHRASE: &str = "correct horse battery staple";
const POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "The owner", "Effect": "Allow", "Principal": { "AWS": "000000000000" }, "Action": "kms:*", "Resource": "*" },
    { "Sid": "The backup job", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:user/backup" },
      "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*" }
  ]
}"#;

fn main() -> ExitCode {
    match arguments().and_then(|(file, vault)| tell(&file, vault)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nThis was not in the story: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Story<(PathBuf, Option<PathBuf>)> {
    let (mut file, mut vault) = (None, None);
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--vault") => vault = Some(PathBuf::from(arguments.next().ok_or("--vault needs a path")?)),
            Some("--help" | "-h") => {
                println!("usage: quickstart [FILE] [--vault PATH]");
                std::process::exit(0);
            }
            Some(option) if option.starts_with("--") => {
                return Err(
                    format!("unknown option `{option}`; usage: quickstart [FILE] [--vault PATH]").into()
                );
            }
            _ => file = Some(PathBuf::from(argument)),
        }
    }
    let own_source = || Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart.rs");
    Ok((file.unwrap_or_else(own_source), vault))
}

/// One file, encrypted under a data key, and the data key, sealed by the vault.
struct Envelope {
    sealed_data_key: Vec<u8>,
    nonce: [u8; 12],
    body: Vec<u8>,
}

/// Encrypts `content` under a fresh data key, which then exists only sealed.
fn seal(vault: &Vault, caller: &Caller<'_>, key_id: &str, name: &str, content: &[u8]) -> Story<Envelope> {
    let context = [("file", name)];
    let request = GenerateDataKey { encryption_context: &context, ..GenerateDataKey::aes_256(key_id) };
    let data_key = vault.generate_data_key(caller, request)?;
    // Each data key seals one file, so any nonce will do.
    let nonce = [0; 12];
    let cipher = Aes256Gcm::new_from_slice(data_key.plaintext.as_bytes())?;
    let payload = Payload { msg: content, aad: name.as_bytes() };
    let body =
        cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| "the file is too large for one message")?;
    Ok(Envelope { sealed_data_key: data_key.ciphertext, nonce, body })
}

/// Has the vault open the data key, and opens the file with it.
fn open(vault: &Vault, caller: &Caller<'_>, name: &str, envelope: &Envelope) -> Story<(Vec<u8>, u32)> {
    let context = [("file", name)];
    let request = Decrypt { encryption_context: &context, ..Decrypt::new(&envelope.sealed_data_key) };
    let data_key = vault.decrypt(caller, request)?;
    let cipher = Aes256Gcm::new_from_slice(data_key.plaintext.as_bytes())?;
    let payload = Payload { msg: &envelope.body, aad: name.as_bytes() };
    let content =
        cipher.decrypt(&Nonce::from(envelope.nonce), payload).map_err(|_| "the file does not open")?;
    Ok((content, data_key.version))
}

fn tell(file: &Path, vault_path: Option<PathBuf>) -> Story<()> {
    let folder = tempfile::tempdir()?;
    let path = vault_path.unwrap_or_else(|| folder.path().join("quickstart.vault"));
    let content = fs::read(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    let name = file.file_name().and_then(|name| name.to_str()).ok_or("the file needs a readable name")?;
    let root = Caller::new("arn:aws:iam::000000000000:root")?;
    let backup = Caller::new("arn:aws:iam::000000000000:user/backup")?;
    let secret = UnlockSecret::passphrase(PASSPHRASE);

    step(1, "A vault is created, sealed under a passphrase.");
    let (vault, took) = timed(|| Vault::create(&path, &NewVault::default(), &secret))?;
    say(&format!("`{}`, {} on disk, {}", path.display(), size(fs::metadata(&path)?.len()), time(took)));
    for line in vault.posture()? {
        say(&format!("{} {line}", if line.is_protected() { "protected:    " } else { "not protected:" }));
    }

    step(2, "A key is created, with a policy for its owner and for a backup job.");
    let policy = compile_key_policy(POLICY)?;
    let create = CreateKey { description: "quickstart", policy: Some(&policy), ..CreateKey::default() };
    let (key, took) = timed(|| vault.create_key(&root, create))?;
    let key_id = key.key_id.to_string();
    say(&format!("{}, {}", vault.arn(key.key_id), time(took)));

    step(3, "The backup job encrypts a file through a data key.");
    let (old, took) = timed(|| seal(&vault, &backup, &key_id, name, &content))?;
    say(&format!(
        "{name}: {} become {}, and a sealed data key of {} bytes, {}",
        size_of(&content),
        size_of(&old.body),
        old.sealed_data_key.len(),
        time(took)
    ));

    step(4, "The key is rotated, and the file encrypted again.");
    let (rotated, took) = timed(|| vault.rotate_key_on_demand(&root, RotateKeyOnDemand { key_id: &key_id }))?;
    say(&format!("version {} is current now, {}", rotated.current_version, time(took)));
    let new = seal(&vault, &backup, &key_id, name, &content)?;

    step(5, "Old and new both open.");
    for (envelope, version) in [(&old, 1), (&new, 2)] {
        let ((opened, by), took) = timed(|| open(&vault, &backup, name, envelope))?;
        expect(opened == content && by == version, "the file opens under the version that sealed it")?;
        say(&format!("version {by}: {} bytes, identical, {}", opened.len(), time(took)));
    }

    step(6, "A second handle, and a wrong passphrase, are refused.");
    match Vault::open(&path, &secret) {
        Err(error @ OpenError::InUse(_)) => say(&error.to_string()),
        other => return Err(format!("expected `in use`, got {other:?}").into()),
    }
    vault.close()?;
    match Vault::open(&path, &UnlockSecret::passphrase("incorrect horse")) {
        Err(error @ OpenError::WrongSecret) => say(&error.to_string()),
        other => return Err(format!("expected `wrong secret`, got {other:?}").into()),
    }

    step(7, "Closed and opened again, everything is there.");
    let (vault, took) = timed(|| Vault::open(&path, &secret))?;
    say(&format!("opened in {}, nearly all of it the passphrase's stretching", time(took)));
    let described = vault.describe_key(&root, DescribeKey::new(&key_id))?;
    expect(
        described.facts.current_version == 2 && described.description == "quickstart",
        "the key is as it was",
    )?;
    for envelope in [&old, &new] {
        expect(open(&vault, &backup, name, envelope)?.0 == content, "the file opens after reopening")?;
    }
    say("both files open");

    step(8, "A stranger is denied, told no more than is good for him, and the owner can read why.");
    let stranger = Caller::new("arn:aws:iam::000000000000:user/mallory")?;
    let context = [("file", name)];
    let steal = Decrypt { encryption_context: &context, ..Decrypt::new(&new.sealed_data_key) };
    let denied = match vault.decrypt(&stranger, steal) {
        Err(denied) => denied,
        Ok(_) => return Err("the stranger got the data key".into()),
    };
    expect(denied.code() == "AccessDeniedException", "the stranger is denied")?;
    say(&format!("mallory reads:   {}: {denied}", denied.code()));
    let mut because = None;
    vault.audit_events(0, |_, event| {
        if event.principal.ends_with("/mallory") {
            because = event.reason.map(|reason| format!("{}: {reason}", event.action.name()));
        }
    })?;
    say(&format!("the owner reads: {}", because.ok_or("the denial is not in the audit log")?));

    let verified = vault.verify()?;
    expect(verified.damaged == 0 && verified.damaged_copies == 0, "the vault is whole")?;
    vault.close()?;
    println!(
        "\nAll as expected. {} records, {} on disk.",
        verified.records,
        size(fs::metadata(&path)?.len())
    );
    Ok(())
}

fn timed<T, E: Into<Box<dyn Error>>>(act: impl FnOnce() -> Result<T, E>) -> Story<(T, Duration)> {
    let started = Instant::now();
    let done = act().map_err(Into::into)?;
    Ok((done, started.elapsed()))
}

fn expect(is_so: bool, claim: &str) -> Story<()> {
    if is_so { Ok(()) } else { Err(format!("it does not hold that {claim}").into()) }
}

fn step(number: u32, what: &str) {
    println!("\n{number}. {what}");
}

fn say(line: &str) {
    println!("   {line}");
}

fn size_of(bytes: &[u8]) -> String {
    size(bytes.len().try_into().unwrap_or(u64::MAX))
}

fn size(bytes: u64) -> String {
    if bytes < 10_000 { format!("{bytes} bytes") } else { format!("{} KiB", bytes >> 10) }
}

fn time(took: Duration) -> String {
    if took.as_millis() >= 10 {
        format!("{} ms", took.as_millis())
    } else {
        format!("{} µs", took.as_micros())
    }
}
