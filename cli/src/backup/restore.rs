//! `restore`: a vault from a bundle, and the drill that shows beforehand that there would be one.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use strongroom_core::error::BundleFault;
use strongroom_std::{BackupError, Caller, Error, OpenError, Vault, drill};

use super::ask;
use super::bundle::BundleInJson;
use super::secret::{BundleSecretOptions, Opener};
use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::input;
use crate::output::Output;
use crate::secrets::UnlockOptions;
use crate::session::{Place, Session};

#[derive(Debug, Args)]
#[command(after_help = "\
A restore makes a new vault, and never touches one that is there. What opens the new vault is
given as for `strongroom init`. A drill makes nothing: it reads the bundle to its end and opens
the material of every version in it. BACKUP may be `-`, standard input.

Examples:
  strongroom restore vault.bundle --drill
  strongroom restore vault.bundle --vault new.vault --bundle-key-file bundle.key
  strongroom restore vault.bundle --vault new.vault --bundle-vault tokyo.vault")]
pub(crate) struct Restore {
    /// The bundle
    #[arg(value_name = "BACKUP")]
    from: PathBuf,
    /// Only show that it could be restored: every version is opened, and no file is made
    #[arg(long, conflicts_with = "make_key_file")]
    drill: bool,
    #[command(flatten)]
    bundle: BundleSecretOptions,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    unlock: UnlockOptions,
    /// Make the key file that --key-file names, for the new vault
    #[arg(long)]
    make_key_file: bool,
    /// Answer in JSON, one value a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct RestoredVault {
    /// `null` of a drill.
    vault: Option<String>,
    is_drill: bool,
    #[serde(flatten)]
    content: BundleInJson,
}

/// Makes a vault of a bundle, or shows that one could be made.
pub(crate) fn restore(arguments: &Restore, output: &mut Output) -> Result<Answer, CommandError> {
    let Restore { from, bundle, place, .. } = arguments;
    // Before anybody types a passphrase.
    let mut bytes = open(from)?;
    let (path, content) = if arguments.drill {
        let drilled = match bundle.opener(from, place)? {
            Opener::Secret(secret) => drill(&mut bytes, &secret),
            Opener::Vault(session) => {
                let drilled = ask(&session, |vault, caller| vault.drill_from_peer(caller, &mut bytes));
                closed(session, drilled)?
            }
        };
        (None, BundleInJson::of(&drilled.map_err(|error| refused(error, from, from))?))
    } else {
        let (path, content) = into_new(arguments, &mut bytes)?;
        (Some(path), content)
    };
    if output.is_json() {
        let vault = path.map(|path| path.display().to_string());
        output.json(&RestoredVault { vault, is_drill: arguments.drill, content })?;
    } else {
        output.line(&content.words(&input::name(from)))?;
        match path {
            None => output.line("it could be restored; nothing was made")?,
            Some(path) => {
                output.line(&format!("{}: restored", path.display()))?;
                output.line("next: strongroom audit take-key: its log begins anew")?;
            }
        }
    }
    Ok(Answer::Yes)
}

/// The new vault's path, and what is in it.
fn into_new(arguments: &Restore, bytes: &mut dyn Read) -> Result<(PathBuf, BundleInJson), CommandError> {
    let Restore { from, bundle, place, unlock, make_key_file, .. } = arguments;
    let (path, is_default) = place.path()?;
    if fs::symlink_metadata(&path).is_ok() {
        return Err(OpenError::AlreadyExists(path).into());
    }
    let opener = bundle.opener(from, place)?;
    if is_default && let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| CommandError::written(folder, &error))?;
    }
    let mut new = unlock.first_secret(*make_key_file)?;
    let restored = match opener {
        Opener::Secret(secret) => Vault::restore(&path, bytes, &secret, &new.secret),
        Opener::Vault(session) => {
            let restore = |vault: &Vault, caller: &Caller<'_>| {
                vault.restore_from_peer(caller, bytes, &path, &new.secret)
            };
            let restored = ask(&session, restore);
            closed(session, restored)?
        }
    };
    let (vault, summary) = restored.map_err(|error| refused(error, from, &path))?;
    new.keep();
    vault.close()?;
    Ok((path, BundleInJson::of(&summary)))
}

/// What a vault answered, once all of it is on the disk.
fn closed<T>(session: Session, answered: Result<T, CommandError>) -> Result<T, CommandError> {
    let answer = answered?;
    session.close()?;
    Ok(answer)
}

fn open(path: &Path) -> Result<Box<dyn Read>, CommandError> {
    if path == Path::new("-") {
        return Ok(Box::new(input::unbuffered()?));
    }
    let wrong = |error| CommandError::file(path, &error);
    let file = File::open(path).map_err(wrong)?;
    if file.metadata().map_err(wrong)?.is_dir() {
        return Err(wrong(std::io::ErrorKind::IsADirectory.into()));
    }
    Ok(Box::new(file))
}

/// Why there is no vault.
fn refused(error: BackupError, from: &Path, to: &Path) -> CommandError {
    match error {
        BackupError::Io(error) => CommandError::file(from, &error),
        BackupError::File(OpenError::Io(error)) => CommandError::written(to, &error),
        BackupError::File(error) => error.into(),
        BackupError::Vault(Error::WrongSecret) => CommandError::of(
            Kind::WrongSecret,
            "this secret does not open the bundle",
        )
        .next(
            "give what opens the bundle, which is not what opens the vault: --bundle-key-file PATH, for one",
        ),
        BackupError::Vault(error @ Error::Bundle(BundleFault::OpensOtherwise)) => CommandError::from(error)
            .next("--bundle-vault PATH opens what is sealed to that vault, and only that"),
        BackupError::Vault(error @ Error::Bundle(_)) => {
            CommandError::from(error).next("take another copy of the bundle, or an earlier one")
        }
        BackupError::Vault(error) => error.into(),
        other => CommandError::of(Kind::Other, other),
    }
}
