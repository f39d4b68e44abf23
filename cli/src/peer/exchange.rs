//! `strongroom peer offer`, `send` and `receive`: one key from one vault to another, in two files.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use strongroom_std::operation::{CreateReceiveOffer, ExportKey, ReceiveKey};

use crate::error::CommandError;
use crate::input;
use crate::instant::{Instant, or_dash};
use crate::key::OneKey;
use crate::kms::Kms;
use crate::new_file::NewFile;
use crate::output::Output;
use crate::session::{VaultOptions, with_input, with_vault};

#[derive(Debug, Args)]
#[command(after_help = "\
The offer is not a secret, but it must reach the other vault as it is. It is good for one key, or
for one backup of all that vault.

Example:
  strongroom peer offer berlin berlin.offer")]
pub(crate) struct Offer {
    /// Whose key or backup it is for
    #[arg(value_name = "PEER")]
    name: String,
    /// Where the offer goes: a new file
    #[arg(value_name = "OUTPUT")]
    to: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The key goes with all its versions. Policy, grants, aliases, tags and description stay here. Nobody
but the peer can open the bundle, and the peer once.

Example:
  strongroom peer send alias/orders tokyo tokyo.offer orders.bundle")]
pub(crate) struct Send {
    #[command(flatten)]
    key: OneKey,
    /// To whom
    #[arg(value_name = "PEER")]
    name: String,
    /// What `strongroom peer offer` made there
    #[arg(value_name = "OFFER")]
    offer: PathBuf,
    /// Where the bundle goes: a new file
    #[arg(value_name = "OUTPUT")]
    to: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A key that is new here gets the default key policy. One that came from there before gets the
versions that it lacks. Whatever comes of it, the offer is used up.

Example:
  strongroom peer receive orders.bundle")]
pub(crate) struct Receive {
    /// What `strongroom peer send` made there
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
}

#[derive(Serialize)]
struct MadeOffer<'a> {
    peer: &'a str,
    offer: String,
    valid_to: Option<Instant>,
}

#[derive(Serialize)]
struct SentKey<'a> {
    peer: &'a str,
    key_id: String,
    versions: u32,
    bundle: String,
}

#[derive(Serialize)]
struct ReceivedKey {
    key_id: String,
    arn: String,
    current_version: u32,
}

pub(super) fn offer(
    arguments: &Offer,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let Offer { name, to, force } = arguments;
    NewFile::check(to, *force)?;
    let (made, file) = with_vault(options, |session| {
        let request = CreateReceiveOffer { peer: name };
        let made = session.ask(|vault, caller| vault.create_receive_offer(caller, request))?;
        let file = write(to, *force, &made.offer)?;
        Ok((made, file))
    })?;
    file.keep()?;
    if output.is_json() {
        let (offer, valid_to) = (to.display().to_string(), made.valid_to_ms.map(Instant));
        return output.json(&MadeOffer { peer: name, offer, valid_to });
    }
    output.line(&format!(
        "{}: for one bundle of {name}, until {}",
        to.display(),
        or_dash(made.valid_to_ms)
    ))?;
    Ok(output.line("next: strongroom peer send KEY PEER OFFER OUTPUT, over there")?)
}

pub(super) fn send(
    arguments: &Send,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let Send { key: OneKey { key }, name, offer, to, force } = arguments;
    NewFile::check(to, *force)?;
    let (sent, file) = with_input(
        options,
        || input::read(offer),
        |session, offer| {
            let key_id = Kms::File(session).key_id(key)?;
            let request = ExportKey { key_id: &key_id, peer: name, offer: &offer };
            let sent = session.ask_about(key, |vault, caller| vault.export_key(caller, request))?;
            let file = write(to, *force, &sent.bundle)?;
            Ok((sent, file))
        },
    )?;
    file.keep()?;
    let (key_id, versions, bundle) = (sent.key_id.to_string(), sent.versions, to.display().to_string());
    if output.is_json() {
        return output.json(&SentKey { peer: name, key_id, versions, bundle });
    }
    output.line(&format!("{bundle}: {key_id} for {name}, versions 1 to {versions}"))?;
    Ok(output.line("next: strongroom peer receive BUNDLE, over there")?)
}

pub(super) fn receive(
    arguments: &Receive,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let (facts, arn) = with_input(
        options,
        || input::read(&arguments.bundle),
        |session, bundle| {
            let request = ReceiveKey { bundle: &bundle };
            let facts = session.ask(|vault, caller| vault.receive_key(caller, request))?;
            Ok((facts, session.vault().arn(facts.key_id)))
        },
    )?;
    let received =
        ReceivedKey { key_id: facts.key_id.to_string(), arn, current_version: facts.current_version };
    if output.is_json() {
        return output.json(&received);
    }
    let ReceivedKey { key_id, arn, current_version } = received;
    Ok(output.facts(&[("key", key_id), ("ARN", arn), ("current version", current_version.to_string())])?)
}

fn write(to: &Path, force: bool, bytes: &[u8]) -> Result<NewFile, CommandError> {
    let mut file = NewFile::begin(to, force)?;
    file.write_all(bytes).map_err(|error| CommandError::written(to, &error))?;
    Ok(file)
}
