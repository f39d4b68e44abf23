//! `backup` and `restore`: the whole vault in one sealed stream, there and back.

mod bundle;
mod restore;
mod secret;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use strongroom_std::operation::BackupToPeer;
use strongroom_std::{BackupError, BundleSummary, Caller, Error, Vault};

use self::bundle::BundleInJson;
use self::secret::{NewBundleSecretOptions, SealedTo};
use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::new_file::NewFile;
use crate::output::Output;
use crate::session::{Session, VaultOptions, with_input};
use crate::slot::{ShareInJson, show_shares};

pub(crate) use self::restore::{Restore, restore};

#[derive(Debug, Args)]
#[command(after_help = "\
Take another secret than those of the vault: the bundle lies elsewhere, and for longer. With
`-` it goes to standard output.

Examples:
  strongroom backup vault.bundle --new-bundle-shares 3/5
  strongroom backup vault.bundle --make-bundle-key-file /media/safe/bundle.key
  strongroom backup vault.bundle --to-peer tokyo --offer tokyo.offer
  strongroom restore vault.bundle --drill --bundle-shares")]
pub(crate) struct Backup {
    /// Where the bundle goes: a new file
    #[arg(value_name = "OUTPUT")]
    to: PathBuf,
    #[command(flatten)]
    secret: NewBundleSecretOptions,
    /// Replace a file that is there, once the bundle is whole
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    options: VaultOptions,
}

/// A bundle that was made. The shares are secrets.
#[derive(Serialize)]
struct MadeBundle<'a> {
    bundle: String,
    #[serde(flatten)]
    content: BundleInJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shares: Vec<ShareInJson<'a>>,
}

/// Writes a bundle of the vault.
pub(crate) fn backup(arguments: &Backup, output: &mut Output) -> Result<Answer, CommandError> {
    let Backup { to, secret, force, options } = arguments;
    let is_standard = to == Path::new("-");
    if is_standard {
        check_standard(arguments, output)?;
    } else {
        NewFile::check(to, *force)?;
    }
    let (summary, file, mut sealed_to) = with_input(
        options,
        || secret.sealed_to(),
        |session, sealed_to| {
            if is_standard {
                return Ok((write(session, to, &mut Standard(output), &sealed_to)?, None, sealed_to));
            }
            let mut file = NewFile::begin(to, *force)?;
            Ok((write(session, to, &mut file, &sealed_to)?, Some(file), sealed_to))
        },
    )?;
    file.map_or(Ok(()), NewFile::keep)?;
    let (shares, peer) = match &mut sealed_to {
        SealedTo::Secret(new) => {
            // From here on it opens something.
            new.keep();
            (&new.shares[..], None)
        }
        SealedTo::Peer(peer, _) => (&[][..], Some(*peer)),
    };
    let content = BundleInJson::of(&summary);
    if output.is_json() {
        let (shares, len) = ShareInJson::all(shares);
        let made = MadeBundle { bundle: to.display().to_string(), content, peer, shares };
        output.secret_json(&made, len)?;
    } else if is_standard {
        output.flush()?;
        output.remark(&content.words("standard output"))?;
    } else {
        output.line(&content.words(&to.display().to_string()))?;
        show_shares(shares, output)?;
        output.line(match peer {
            None => "next: strongroom restore BUNDLE --drill, on the machine where you would restore it",
            Some(_) => {
                "next: strongroom restore BUNDLE --bundle-vault VAULT, over there, while its offer lasts"
            }
        })?;
    }
    Ok(Answer::Yes)
}

/// Nothing but the bundle goes there.
fn check_standard(arguments: &Backup, output: &Output) -> Result<(), CommandError> {
    if output.is_terminal() {
        return Err(
            CommandError::new("a bundle is not text, and standard output is a terminal").next("name a file")
        );
    }
    if output.is_json() || arguments.secret.new_bundle_shares.is_some() {
        return Err(CommandError::new(
            "the bundle takes standard output: no JSON and no shares fit beside it",
        )
        .next("name a file, and leave `-` out"));
    }
    Ok(())
}

fn write(
    session: &Session,
    path: &Path,
    to: &mut dyn Write,
    sealed_to: &SealedTo<'_>,
) -> Result<BundleSummary, CommandError> {
    let written = ask(session, |vault, caller| match sealed_to {
        SealedTo::Secret(new) => vault.backup(caller, to, &[&new.secret]),
        SealedTo::Peer(peer, offer) => vault.backup_to_peer(caller, BackupToPeer { peer, offer }, to),
    });
    let written = written.map_err(|error| match error.kind {
        Kind::Damaged => error.next(
            "a bundle has every key or is none: `strongroom repair --dry-run` says what is damaged and what can be put right",
        ),
        _ => error,
    })?;
    written.map_err(|error| match error {
        BackupError::Io(error) if path == Path::new("-") => error.into(),
        BackupError::Io(error) => CommandError::written(path, &error),
        other => CommandError::of(Kind::Other, other),
    })
}

/// Asks a vault. What is wrong with the bundle is nothing that the vault has refused.
fn ask<T>(
    session: &Session,
    ask: impl FnOnce(&Vault, &Caller<'_>) -> Result<T, BackupError>,
) -> Result<Result<T, BackupError>, CommandError> {
    session.ask(|vault, caller| match ask(vault, caller) {
        Err(BackupError::Vault(error)) if !matches!(error, Error::Bundle(_)) => Err(error),
        other => Ok(other),
    })
}

/// Standard output.
struct Standard<'o>(&'o mut Output);

impl Write for Standard<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.bytes(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
