//! `strongroom peer`: who this vault is to other vaults, which of them it knows, and what goes between them.

mod exchange;

use clap::Subcommand;
use serde::Serialize;
use strongroom_std::Peer;
use strongroom_std::operation::{PinPeer, RemovePeer};
use strongroom_std::peer::Fingerprint;

use self::exchange::{Offer, Receive, Send};
use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::instant::{Instant, or_dash};
use crate::output::{Output, hex};
use crate::session::{VaultOptions, with_vault};

#[derive(Debug, Subcommand)]
pub(crate) enum PeerCommand {
    /// Show who this vault is to others; the first time, make its identity
    Identity,
    /// Pin another vault, by the fingerprint that it shows of itself
    #[command(after_help = "\
Have the fingerprint from whoever looks after the other vault, and not from where its files
come from: whoever can exchange it can read every key that is sent there.

Example:
  strongroom peer pin berlin 5b1f…64 digits…c09e")]
    Pin {
        /// What it is called here
        name: String,
        /// What `strongroom peer identity` shows of it
        #[arg(value_parser = fingerprint)]
        fingerprint: Fingerprint,
    },
    /// List the pinned vaults
    List,
    /// Take a pinned vault out
    Remove {
        /// What it is called here
        name: String,
    },
    /// Make an offer to receive one key, or a backup, from a pinned vault, within a day
    Offer(Offer),
    /// Seal a key to the offer of a pinned vault
    Send(Send),
    /// Take a key out of what a pinned vault sent
    Receive(Receive),
}

fn fingerprint(text: &str) -> Result<Fingerprint, String> {
    Fingerprint::parse(text).map_err(|_| "expected the 64 digits of a fingerprint".to_owned())
}

#[derive(Serialize)]
struct IdentityInJson {
    vault_id: String,
    public_key: String,
    fingerprint: String,
}

#[derive(Serialize)]
struct PeerInJson<'a> {
    name: &'a str,
    fingerprint: String,
    pinned: Option<Instant>,
}

#[derive(Serialize)]
struct Changed<'a> {
    peer: &'a str,
    change: &'static str,
}

pub(crate) fn run(
    command: &PeerCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        PeerCommand::Identity => identity(options, output)?,
        PeerCommand::Pin { name, fingerprint } => {
            let request = PinPeer { name, fingerprint: *fingerprint };
            with_vault(options, |session| session.ask(|vault, caller| vault.pin_peer(caller, request)))?;
            told(name, "pinned", output)?;
        }
        PeerCommand::List => list(options, output)?,
        PeerCommand::Remove { name } => {
            with_vault(options, |session| {
                let removed = session.ask(|vault, caller| vault.remove_peer(caller, RemovePeer { name }));
                removed.map_err(|error| not_pinned(name, error))
            })?;
            told(name, "removed", output)?;
        }
        PeerCommand::Offer(arguments) => exchange::offer(arguments, options, output)?,
        PeerCommand::Send(arguments) => exchange::send(arguments, options, output)?,
        PeerCommand::Receive(arguments) => exchange::receive(arguments, options, output)?,
    }
    Ok(Answer::Yes)
}

fn identity(options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let identity = with_vault(options, |session| session.ask(|vault, caller| vault.identity(caller)))?;
    let told = IdentityInJson {
        vault_id: hex(&identity.vault_id),
        public_key: hex(&identity.public_key),
        fingerprint: identity.fingerprint.to_string(),
    };
    if output.is_json() {
        return output.json(&told);
    }
    Ok(output.facts(&[
        ("vault", told.vault_id),
        ("public key", told.public_key),
        ("fingerprint", told.fingerprint),
    ])?)
}

fn list(options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let peers = with_vault(options, |session| session.ask(|vault, caller| vault.list_peers(caller)))?;
    if output.is_json() {
        return peers.iter().try_for_each(|peer| {
            output.json(&PeerInJson {
                name: &peer.name,
                fingerprint: peer.fingerprint.to_string(),
                pinned: peer.pinned_ms.map(Instant),
            })
        });
    }
    let row = |peer: &Peer| [peer.name.clone(), peer.fingerprint.to_string(), or_dash(peer.pinned_ms)];
    let rows: Vec<_> = peers.iter().map(row).collect();
    Ok(output.table(["NAME", "FINGERPRINT", "PINNED"], &rows)?)
}

/// Says what was done to a peer.
fn told(name: &str, change: &'static str, output: &mut Output) -> Result<(), CommandError> {
    if output.is_json() {
        return output.json(&Changed { peer: name, change });
    }
    Ok(output.line(&format!("{name}: {change}"))?)
}

fn not_pinned(name: &str, error: CommandError) -> CommandError {
    if error.kind != Kind::NotFound {
        return error;
    }
    CommandError::of(Kind::NotFound, format_args!("no peer is called `{name}`"))
        .next("`strongroom peer list` shows them")
}
