//! The one place that opens vaults, and asks them in somebody's name.

mod place;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use strongroom_std::operation::ListCallers;
use strongroom_std::policy_json::nearest_name;
use strongroom_std::{Caller, Error, OpenError, UnlockSecret, Vault, explained};

use crate::error::CommandError;
use crate::exit::Kind;
use crate::kms::{Endpoint, EndpointOptions, Kms};
use crate::secrets::UnlockOptions;

pub(crate) use self::place::Place;

/// How long between two looks whether a vault is free.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Which vault, what opens it, and who asks.
#[derive(Debug, Args)]
pub(crate) struct VaultOptions {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
    #[command(flatten)]
    pub(crate) endpoint: EndpointOptions,
    /// Ask in the name of a kept caller, or of a principal by its ARN; else as the root user
    #[arg(long = "as", value_name = "CALLER", global = true, help_heading = "Vault")]
    pub(crate) caller: Option<String>,
    /// Answer in JSON, one value a line
    #[arg(long, global = true, help_heading = "Vault")]
    pub(crate) json: bool,
}

/// A vault that is not open yet, and what opens it: asked for once, for commands that open it more than once.
pub(crate) struct Unlocking<'o> {
    options: &'o VaultOptions,
    path: PathBuf,
    secret: UnlockSecret,
}

impl VaultOptions {
    /// Finds the vault, and asks for what opens it.
    pub(crate) fn unlocking(&self) -> Result<Unlocking<'_>, CommandError> {
        self.endpoint.not_given()?;
        let path = self.place.existing()?;
        let secret = self.unlock.secret(&path)?;
        Ok(Unlocking { options: self, path, secret })
    }

    /// The endpoint that is to be asked, if one is named.
    pub(crate) fn endpoint(&self) -> Result<Option<Endpoint>, CommandError> {
        let endpoint = self.endpoint.open()?;
        if endpoint.is_some() && self.caller.is_some() {
            return Err(CommandError::new("at an endpoint the access key says who asks: leave --as out"));
        }
        Ok(endpoint)
    }

    /// For what whoever opens the vault can do, without asking it in anybody's name.
    pub(crate) fn in_nobodys_name(&self) -> Result<(), CommandError> {
        match self.caller {
            None => Ok(()),
            Some(_) => Err(CommandError::new("whoever can open the vault can do this: leave --as out")),
        }
    }
}

/// An open vault, and in whose name it is asked.
pub(crate) struct Session {
    vault: Vault,
    path: PathBuf,
    caller: Option<String>,
}

/// Opens the vault, works with it, and closes it. What the work answers is handed on only once all is on the disk.
pub(crate) fn with_vault<T>(
    options: &VaultOptions,
    work: impl FnOnce(&Session) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    with_input(options, || Ok(()), |session, ()| work(session))
}

/// The same with input, which is read to its end before the vault is opened: in a pipe the command before this one has
/// closed the vault then.
pub(crate) fn with_input<I, T>(
    options: &VaultOptions,
    read: impl FnOnce() -> Result<I, CommandError>,
    work: impl FnOnce(&Session, I) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let unlocking = options.unlocking()?;
    let input = read()?;
    unlocking.with_vault(|session| work(session, input))
}

impl Unlocking<'_> {
    /// Opens the vault, works with it, and closes it. What the work answers is handed on only once all is on the disk.
    pub(crate) fn with_vault<T>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let VaultOptions { place, caller, .. } = self.options;
        let session = Session::open(place, &self.path, &self.secret, caller.as_deref())?;
        let answer = work(&session)?;
        session.close()?;
        Ok(answer)
    }
}

/// Opens a vault, and waits for it as long as it may be waited for.
fn open(place: &Place, path: &Path, secret: &UnlockSecret) -> Result<Vault, CommandError> {
    let until = Instant::now().checked_add(Duration::from_secs(place.wait_seconds));
    loop {
        match Vault::open(path, secret) {
            Err(OpenError::InUse(_)) if until.is_some_and(|until| Instant::now() < until) => {
                thread::sleep(LOOK_AGAIN);
            }
            opened => return Ok(opened?),
        }
    }
}

impl Session {
    /// Opens a vault, to be asked in this name, or in that of its root user.
    pub(crate) fn open(
        place: &Place,
        path: &Path,
        secret: &UnlockSecret,
        caller: Option<&str>,
    ) -> Result<Self, CommandError> {
        let vault = open(place, path, secret)?;
        Ok(Session { vault, path: path.to_owned(), caller: caller.map(str::to_owned) })
    }

    /// Closes it: all is on the disk.
    pub(crate) fn close(self) -> Result<(), CommandError> {
        Ok(self.vault.close()?)
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The ARN of the root user of the vault's account.
    pub(crate) fn root(&self) -> String {
        let realm = self.vault.realm();
        format!("arn:{}:iam::{}:root", realm.partition(), realm.account())
    }

    /// Asks the vault, in the name of whoever asks, and says why it refused as far as the vault does.
    pub(crate) fn ask<T>(
        &self,
        ask: impl FnOnce(&Vault, &Caller<'_>) -> Result<T, Error>,
    ) -> Result<T, CommandError> {
        let ask = |caller: &Caller<'_>| explained(caller, |caller| ask(&self.vault, caller));
        let Some(name) = &self.caller else {
            return Ok(ask(&Caller::new(&self.root())?)?);
        };
        if is_principal(name) {
            let caller = Caller::new(name).map_err(|error| {
                CommandError::from(error)
                    .why(format!("`{name}` is no ARN of a user, role, session or root user"))
            })?;
            return Ok(ask(&caller)?);
        }
        let mut buffer = Vec::new();
        let stored = self.vault.caller(name, &mut buffer).map_err(|error| self.no_caller(name, error))?;
        Ok(ask(&stored.as_caller()?)?)
    }

    /// Asks about a key. If the vault does not know it, the nearest one that the caller may list is suggested.
    pub(crate) fn ask_about<T>(
        &self,
        key: &str,
        ask: impl FnOnce(&Vault, &Caller<'_>) -> Result<T, Error>,
    ) -> Result<T, CommandError> {
        self.ask(ask).map_err(|error| self.suggest_key(key, error))
    }

    /// Adds the name that was probably meant to an error about a key that is not there.
    pub(crate) fn suggest_key(&self, key: &str, error: CommandError) -> CommandError {
        Kms::File(self).suggest_key(key, error)
    }

    /// The principal of a kept caller, or the ARN itself.
    pub(crate) fn principal(&self, name: &str) -> Result<String, CommandError> {
        if is_principal(name) {
            return Ok(name.to_owned());
        }
        let mut buffer = Vec::new();
        let stored = self.vault.caller(name, &mut buffer).map_err(|error| self.no_caller(name, error))?;
        Ok(stored.principal.to_owned())
    }

    /// The kept caller nearest to what was given.
    fn nearest_caller(&self, given: &str) -> Option<String> {
        let root = self.root();
        let list = ListCallers { limit: 1000, marker: None };
        let page = self.vault.list_callers(&Caller::new(&root).ok()?, list).ok()?;
        nearest_name(given, page.names.iter().map(String::as_str)).map(str::to_owned)
    }

    fn no_caller(&self, name: &str, error: Error) -> CommandError {
        if error != Error::NotFound {
            return CommandError::from(error);
        }
        let told = CommandError::of(Kind::NotFound, format_args!("the vault keeps no caller `{name}`"));
        match self.nearest_caller(name) {
            Some(nearest) => told.next(format!("did you mean `{nearest}`?")),
            None => {
                told.next("`strongroom caller list` shows whom it keeps; a principal is named by its ARN")
            }
        }
    }
}

/// Whether this names a principal, and not a caller that the vault keeps.
pub(crate) fn is_principal(name: &str) -> bool {
    name.starts_with("arn:") || name.ends_with(".amazonaws.com")
}
