//! A request under way: which vault answers it, in whose name, and what it was about.

use std::cell::Cell;

use strongroom_core::AccountId;
use strongroom_core::error::Reason;
use strongroom_core::key::KeyId;
use strongroom_std::{Caller, Error, Vault};

use super::arguments::Arguments;
use super::refusal::{About, Refusal, Subject};
use crate::directory::{Directory, DirectoryError};
use crate::who::{Who, partition};

/// A request under way.
pub(crate) struct Asked<'r> {
    pub(crate) directory: &'r Directory,
    pub(crate) who: &'r Who,
    pub(crate) operation: &'static str,
    pub(crate) arguments: &'r Arguments<'r>,
    /// Whether a vault has judged it, and so recorded it.
    pub(crate) is_judged: &'r Cell<bool>,
}

/// A key as a request names it, and the vault that answers for it.
pub(crate) struct Target<'k> {
    pub(crate) vault: Vault,
    /// The request's own words, which the vault reads.
    pub(crate) key: &'k str,
    pub(crate) subject: Subject,
}

impl<'r> Asked<'r> {
    /// The vault of the caller's own account.
    pub(crate) fn own(&self) -> Result<Vault, Refusal> {
        self.directory.vault(self.who.account, &self.who.region).map_err(|error| no_vault(&error, self))
    }

    /// The key that the parameter `KeyId` names.
    pub(crate) fn key(&self) -> Result<Target<'_>, Refusal> {
        self.target(self.arguments.required("KeyId"))
    }

    /// Which vault a key's name leads to. What leads nowhere goes to the caller's own, which refuses it and records that.
    pub(crate) fn target<'k>(&self, key: &'k str) -> Result<Target<'k>, Refusal> {
        let (account, subject) = self.read(key);
        let foreign = account.filter(|account| *account != self.who.account);
        if let Some(account) = foreign {
            match self.directory.existing(account, &self.who.region) {
                Ok(vault) => return Ok(Target { vault, key, subject }),
                Err(DirectoryError::NoVault) => {
                    return Ok(Target { vault: self.own()?, key, subject: Subject::OtherAccount });
                }
                Err(error) => return Err(no_vault(&error, self)),
            }
        }
        Ok(Target { vault: self.own()?, key, subject })
    }

    /// The vault that has a key, of whatever account: for ciphertexts and tokens, which name their key themselves. The caller's
    /// own if none has it.
    pub(crate) fn holder(&self, key_id: KeyId) -> Result<Vault, Refusal> {
        let own = self.own()?;
        // What cannot be looked up is for the vault itself to say.
        if own.holds_key(key_id).unwrap_or(true) {
            return Ok(own);
        }
        let others = self.directory.others(&self.who.region, self.who.account);
        Ok(others.into_iter().find(|vault| vault.holds_key(key_id) == Ok(true)).unwrap_or(own))
    }

    /// What to call a key in messages.
    pub(crate) fn subject(&self, key: &str) -> Subject {
        self.read(key).1
    }

    /// Has a vault judge the request, in the name of whoever asks: every way to a vault goes through here.
    pub(crate) fn judge<T>(&self, ask: impl FnOnce(&Caller<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.is_judged.set(true);
        self.who.ask(ask)
    }

    /// Asks a vault, in the name of whoever asks.
    pub(crate) fn ask<T>(
        &self,
        vault: &Vault,
        subject: &Subject,
        ask: impl FnOnce(&Vault, &Caller<'_>) -> Result<T, Error>,
    ) -> Result<T, Refusal> {
        self.judge(|caller| ask(vault, caller)).map_err(|error| self.refuse_about(vault, subject, error))
    }

    /// What a vault has against a request about something.
    pub(crate) fn refuse_about(&self, vault: &Vault, subject: &Subject, error: Error) -> Refusal {
        match (error, subject) {
            // What is wrong with a key is said of the key: whoever is told it may know which one it is.
            (Error::Disabled | Error::InvalidState(_) | Error::InvalidKeyUsage, Subject::Alias(arn)) => {
                let name = arn.splitn(6, ':').last().unwrap_or_default();
                let key_id = vault.key_of_alias(name).ok().flatten();
                let key = key_id.map(|key_id| Subject::Key(vault.arn(key_id)));
                self.refuse(error, key.as_ref().unwrap_or(subject))
            }
            (error, subject) => self.refuse(error, subject),
        }
    }

    /// Asks about a key.
    pub(crate) fn ask_about<T>(
        &self,
        target: &Target<'_>,
        ask: impl FnOnce(&Vault, &Caller<'_>) -> Result<T, Error>,
    ) -> Result<T, Refusal> {
        self.ask(&target.vault, &target.subject, ask)
    }

    pub(crate) fn refuse(&self, error: Error, subject: &Subject) -> Refusal {
        let about = About { operation: self.operation, principal: &self.who.principal, subject };
        Refusal::of(error, &about)
    }

    /// The account that a key's name leads to, and what to call the key.
    fn read(&self, key: &str) -> (Option<AccountId>, Subject) {
        let Who { account, region, .. } = self.who;
        let prefix = || format!("arn:{}:kms:{region}:{}", partition(region), account.as_str());
        if key.starts_with("alias/") {
            return (None, Subject::Alias(format!("{}:{key}", prefix())));
        }
        if !key.starts_with("arn:") {
            let is_key = KeyId::parse(key).is_some() || is_multi_region(key);
            let subject = if is_key {
                Subject::Key(format!("{}:key/{key}", prefix()))
            } else {
                Subject::Malformed(key.to_owned())
            };
            return (None, subject);
        }
        let fields: Vec<&str> = key.splitn(6, ':').collect();
        match fields.as_slice() {
            [_, part, "kms", there, account, resource] if AccountId::parse(account).is_some() => {
                if there != region || *part != partition(region) {
                    return (None, Subject::OtherRegion((*there).to_owned()));
                }
                let subject = match resource.split_once('/') {
                    Some(("key", id)) if KeyId::parse(id).is_some() || is_multi_region(id) => {
                        Subject::Key(key.to_owned())
                    }
                    Some(("alias", _)) => Subject::Alias(key.to_owned()),
                    _ => Subject::BadArn(key.to_owned()),
                };
                (AccountId::parse(account), subject)
            }
            _ => (None, Subject::BadArn(key.to_owned())),
        }
    }
}

/// Whether this has the form of a multi-Region key's id.
fn is_multi_region(id: &str) -> bool {
    id.strip_prefix("mrk-").is_some_and(|rest| {
        rest.len() == 32 && rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Why there is no vault to ask. What is wrong with a file is for the log, not for the caller.
fn no_vault(error: &DirectoryError, asked: &Asked<'_>) -> Refusal {
    match error {
        DirectoryError::NoVault => asked.refuse(Error::AccessDenied(Reason::Withheld), &Subject::Nothing),
        _ => Refusal::silent("KMSInternalException").with_status(500),
    }
}
