//! Unlock secrets: from a prompt that shows nothing, a file descriptor, a key file or recovery shares. Never from an
//! argument, which everyone on the machine can read.

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use strongroom_std::UnlockSecret;
use zeroize::Zeroizing;

use crate::error::CommandError;
use crate::exit::Kind;
use crate::input;
use crate::new_secret::NewSecret;

/// Most bytes of a passphrase, or of a share's words.
const LINE_LEN_MAX: usize = 4096;
/// Most bytes of a key file.
const KEY_FILE_LEN_MAX: usize = 1 << 16;

/// What opens the vault. Without any of these a passphrase is asked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "What opens the vault")]
pub(crate) struct UnlockOptions {
    /// Read the passphrase from this file descriptor: its first line
    #[arg(long, value_name = "N", global = true)]
    passphrase_fd: Option<u32>,
    /// Open with a key file; also STRONGROOM_KEY_FILE
    #[arg(long, value_name = "PATH", global = true)]
    key_file: Option<PathBuf>,
    /// Open with recovery shares: from a file, one a line, or asked for
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "", global = true)]
    recovery_shares: Option<PathBuf>,
}

/// What a slot is to be opened with. Without any of these a passphrase is asked for, twice.
#[derive(Debug, Args)]
#[command(next_help_heading = "The new secret")]
pub(crate) struct NewSecretOptions {
    /// Read the new passphrase from this file descriptor: its first line
    #[arg(long, value_name = "N", conflicts_with_all = ["new_key_file", "make_key_file", "new_shares"])]
    new_passphrase_fd: Option<u32>,
    /// Take a key file that there is: 32 random bytes or more
    #[arg(long, value_name = "PATH", conflicts_with_all = ["make_key_file", "new_shares"])]
    new_key_file: Option<PathBuf>,
    /// Make a new key file
    #[arg(long, value_name = "PATH", conflicts_with = "new_shares")]
    make_key_file: Option<PathBuf>,
    /// Draw recovery shares: 3/5 makes five, any three of which open the vault
    #[arg(long, value_name = "NEEDED/COUNT", value_parser = shares_wanted)]
    new_shares: Option<(u8, u8)>,
}

/// Reads `NEEDED/COUNT`.
pub(crate) fn shares_wanted(text: &str) -> Result<(u8, u8), String> {
    let parsed =
        text.split_once('/').and_then(|(needed, count)| Some((needed.parse().ok()?, count.parse().ok()?)));
    parsed.ok_or_else(|| "expected NEEDED/COUNT, such as 3/5".to_owned())
}

impl UnlockOptions {
    /// The secret that is to open a vault.
    pub(crate) fn secret(&self, vault: &Path) -> Result<UnlockSecret, CommandError> {
        if let Some(secret) = self.given()? {
            return Ok(secret);
        }
        let passphrase = prompt(&format!("Passphrase of {}: ", vault.display()))?;
        Ok(UnlockSecret::passphrase(&passphrase))
    }

    /// The secret that a new vault is to have: a passphrase is asked for twice.
    pub(crate) fn first_secret(&self, make_key_file: bool) -> Result<NewSecret, CommandError> {
        if make_key_file {
            let path = self.key_file.clone().or_else(key_file_of_environment);
            return NewSecret::make_key_file(&path.ok_or_else(|| {
                CommandError::new("--make-key-file needs a path").next("give --key-file PATH too")
            })?);
        }
        let given = self.given().map_err(|error| match (&self.key_file, self.passphrase_fd) {
            (Some(path), _) if !path.exists() => error.next("--make-key-file makes it"),
            (None, None) if key_file_of_environment().is_some_and(|path| !path.exists()) => {
                error.next("STRONGROOM_KEY_FILE names it; --make-key-file makes it")
            }
            _ => error,
        });
        let secret = match given? {
            Some(secret) => secret,
            None => new_passphrase("Passphrase for the new vault: ")?,
        };
        Ok(NewSecret::of(secret))
    }

    /// The secret that options or the environment name.
    fn given(&self) -> Result<Option<UnlockSecret>, CommandError> {
        match (self.passphrase_fd, &self.key_file, &self.recovery_shares) {
            (None, None, None) => key_file_of_environment().map(|path| key_file(&path)).transpose(),
            (Some(number), None, None) => passphrase_behind(number).map(Some),
            (None, Some(path), None) => key_file(path).map(Some),
            (None, None, Some(path)) => recovery_shares(path).map(Some),
            _ => Err(CommandError::new(
                "--passphrase-fd, --key-file and --recovery-shares exclude each other: give one of them",
            )),
        }
    }
}

impl NewSecretOptions {
    /// The new secret.
    pub(crate) fn secret(&self) -> Result<NewSecret, CommandError> {
        if let Some((needed, count)) = self.new_shares {
            return NewSecret::in_shares(needed, count);
        }
        match (self.new_passphrase_fd, &self.new_key_file, &self.make_key_file) {
            (Some(number), ..) => passphrase_behind(number).map(NewSecret::of),
            (None, Some(path), _) => key_file(path).map(NewSecret::of),
            (None, None, Some(path)) => NewSecret::make_key_file(path),
            (None, None, None) => new_passphrase("New passphrase: ").map(NewSecret::of),
        }
    }
}

/// Asks at the terminal, which shows nothing of the answer.
pub(crate) fn prompt(question: &str) -> Result<Zeroizing<String>, CommandError> {
    rpassword::prompt_password(question).map(Zeroizing::new).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted => CommandError::new("nothing was entered"),
        _ => CommandError::new("there is no terminal to ask for a secret at")
            .next("give --passphrase-fd N or --key-file PATH; `strongroom help slots` says more"),
    })
}

/// Asks for a passphrase twice, so that nobody locks a vault with a slip.
pub(crate) fn new_passphrase(question: &str) -> Result<UnlockSecret, CommandError> {
    let passphrase = prompt(question)?;
    if passphrase.is_empty() {
        return Err(CommandError::new("an empty passphrase protects nothing").next("take four words or more"));
    }
    if *passphrase != *prompt("The same again: ")? {
        return Err(CommandError::new("the two were not the same").next("try again"));
    }
    Ok(UnlockSecret::passphrase(&passphrase))
}

/// Asks for the secret of a slot that is to be kept.
pub(crate) fn kept_secret(slot: u8) -> Result<UnlockSecret, CommandError> {
    Ok(UnlockSecret::passphrase(&prompt(&format!("Passphrase of slot {slot}: "))?))
}

fn key_file_of_environment() -> Option<PathBuf> {
    env::var_os("STRONGROOM_KEY_FILE").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The key file that is named here or in the environment: for who cannot be asked.
pub(crate) fn named_key_file(path: Option<&Path>) -> Result<UnlockSecret, CommandError> {
    let path = path.map(Path::to_owned).or_else(key_file_of_environment);
    let path = path.ok_or_else(|| {
        CommandError::new("nothing says what opens the vaults")
            .next("give --key-file PATH, or --dev for tests")
    })?;
    key_file(&path)
}

/// A key file that there is.
pub(crate) fn key_file(path: &Path) -> Result<UnlockSecret, CommandError> {
    let file = File::open(path).map_err(|error| CommandError::file(path, &error))?;
    let content = input::limited(file, KEY_FILE_LEN_MAX).map_err(|error| CommandError::file(path, &error))?;
    if content.len() > KEY_FILE_LEN_MAX {
        return Err(CommandError::new(format_args!("{}: more than 64 KiB are no key file", path.display())));
    }
    UnlockSecret::key_file(&content)
        .map_err(|_| CommandError::new(format_args!("{}: a key file has 32 bytes at least", path.display())))
}

/// The passphrase behind a file descriptor.
pub(crate) fn passphrase_behind(number: u32) -> Result<UnlockSecret, CommandError> {
    Ok(UnlockSecret::passphrase(&passphrase_from(number)?))
}

/// The first line behind a file descriptor, which `/dev/fd` opens.
fn passphrase_from(number: u32) -> Result<Zeroizing<String>, CommandError> {
    let wrong = |error: io::Error| {
        CommandError::new(format_args!("--passphrase-fd {number}: {error}"))
            .next("open it for reading, such as with 3<FILE behind the command")
    };
    let line = match number {
        0 => input::unbuffered().and_then(first_line),
        number => File::open(format!("/dev/fd/{number}")).and_then(first_line),
    };
    let line = line.map_err(wrong)?;
    let text = std::str::from_utf8(&line).map_err(|_| CommandError::new("a passphrase is text, in UTF-8"))?;
    if text.is_empty() {
        return Err(CommandError::new(format_args!("--passphrase-fd {number}: there is nothing")));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// One byte at a time: what comes behind the line is not ours to read.
fn first_line(mut from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LINE_LEN_MAX));
    let mut byte = Zeroizing::new([0]);
    while from.read(&mut *byte)? == 1 && *byte != [b'\n'] {
        if line.len() == LINE_LEN_MAX {
            return Err(io::Error::other("a passphrase has at most 4096 bytes"));
        }
        line.extend_from_slice(&*byte);
    }
    Ok(line)
}

/// Shares of a file, one a line, or asked for until an empty line.
pub(crate) fn recovery_shares(path: &Path) -> Result<UnlockSecret, CommandError> {
    let mut shares: Vec<Zeroizing<String>> = Vec::new();
    if path.as_os_str().is_empty() {
        loop {
            let number = shares.len().saturating_add(1);
            let share = prompt(&format!("Share {number}, in words (nothing: that is all): "))?;
            if share.trim().is_empty() {
                break;
            }
            shares.push(share);
        }
    } else {
        let file = File::open(path).map_err(|error| CommandError::file(path, &error))?;
        let text =
            input::limited(file, KEY_FILE_LEN_MAX).map_err(|error| CommandError::file(path, &error))?;
        let text = std::str::from_utf8(&text).map_err(|_| CommandError::new("shares are words"))?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        shares.extend(lines.map(|line| Zeroizing::new(line.to_owned())));
    }
    let shares: Vec<&str> = shares.iter().map(|share| share.as_str()).collect();
    UnlockSecret::recovery_shares(&shares).map_err(|error| CommandError::of(Kind::WrongSecret, error))
}
