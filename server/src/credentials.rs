//! Who signed a request. The one place where a request becomes a [`Who`].

use hyper::header::AUTHORIZATION;
use strongroom_core::AccountId;
use strongroom_core::access_key::AccessKeyId;
use strongroom_std::{Error, Vault};

use crate::directory::{Directory, DirectoryError};
use crate::known::Established;
use crate::settings::Mode;
use crate::signature::{Flaw, Received, Signed};
use crate::who::Who;

/// Why nobody was established.
#[derive(Debug)]
pub(crate) enum Unestablished {
    /// The signature is not one to believe.
    Flaw(Flaw),
    /// The vault that would know cannot be asked.
    Failed(String),
}

impl From<Flaw> for Unestablished {
    fn from(flaw: Flaw) -> Self {
        Unestablished::Flaw(flaw)
    }
}

/// Establishes who asks a service at a time, in milliseconds since 1970.
pub(crate) fn authenticate(
    directory: &Directory,
    received: &Received<'_>,
    service: &str,
    now_ms: u64,
) -> Result<Who, Unestablished> {
    if let Mode::Dev { account, .. } = directory.mode() {
        return believe(received, *account);
    }
    let signed = Signed::read(received)?;
    signed.check_scope(service)?;
    signed.check_time(now_ms.checked_div(1000).unwrap_or(0))?;
    if let Some(known) = directory.known().find(&signed) {
        known.is_by(&signed, received)?;
        return Ok(known.who().clone());
    }
    let established = establish(directory, &signed)?;
    established.is_by(&signed, received)?;
    let who = established.who().clone();
    // Nobody else's, so that nobody fills it with what was not signed.
    directory.known().keep(&signed, established);
    Ok(who)
}

/// With `--dev`: the root user of the account that the access key is or names.
fn believe(received: &Received<'_>, account: AccountId) -> Result<Who, Unestablished> {
    if !received.headers.contains_key(AUTHORIZATION) && received.uri.query().is_none() {
        return Err(Flaw::NoSignature.into());
    }
    let scope = claimed(received).ok_or(Flaw::Credential)?;
    Ok(Who::root(AccountId::parse(&scope.access_key).unwrap_or(account), &scope.region))
}

/// The scope of a signature that nobody looks at.
struct Claimed {
    access_key: String,
    region: String,
}

/// Reads `…Credential=KEY/DATE/REGION/SERVICE/aws4_request…`.
fn claimed(received: &Received<'_>) -> Option<Claimed> {
    let scope = match received.headers.get(AUTHORIZATION) {
        Some(header) => {
            let mut fields = header.to_str().ok()?.split([',', ' ']);
            fields.find_map(|field| field.trim().strip_prefix("Credential="))?.to_owned()
        }
        None => {
            let query = crate::signature::decoded_query(received.uri.query()?).ok()?;
            query.into_iter().find(|(name, _)| name == "X-Amz-Credential")?.1
        }
    };
    let mut parts = scope.rsplitn(5, '/');
    let (_end, _service, region, _date) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(Claimed { access_key: parts.next()?.to_owned(), region: region.to_owned() })
}

/// Finds the vault that made an access key: in the Region of the signature, or in another one of the same account.
fn establish(directory: &Directory, signed: &Signed) -> Result<Established, Unestablished> {
    let id = AccessKeyId::parse(&signed.access_key).ok_or(Flaw::UnknownKey)?;
    let account = id.account();
    if let Some(vault) = there(directory.existing(account, &signed.region))?
        && let Some(established) = ask(&vault, &id, signed)?
    {
        return Ok(established);
    }
    let vaults = directory.vaults_of(account, &signed.region);
    for vault in there(vaults)?.unwrap_or_default() {
        if vault.realm().region() != signed.region
            && let Some(established) = ask(&vault, &id, signed)?
        {
            return Ok(established);
        }
    }
    Err(Flaw::UnknownKey.into())
}

fn there<T>(found: Result<T, DirectoryError>) -> Result<Option<T>, Unestablished> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(DirectoryError::NoVault) => Ok(None),
        Err(error) => Err(Unestablished::Failed(error.to_string())),
    }
}

/// Asks a vault whose an access key is.
fn ask(vault: &Vault, id: &AccessKeyId, signed: &Signed) -> Result<Option<Established>, Unestablished> {
    let token = match (&signed.token, id.is_temporary()) {
        (None, false) => None,
        (Some(token), true) => {
            let token = <base64ct::Base64 as base64ct::Encoding>::decode_vec(token);
            Some(token.map_err(|_| Flaw::UnknownKey)?)
        }
        // A lasting key has no token, and no session is without.
        _ => return Err(Flaw::UnknownKey.into()),
    };
    let found = match &token {
        None => Established::user(vault, id, signed),
        Some(token) => Established::session(vault, id, token, signed),
    };
    match found {
        Ok(established) => Ok(Some(established)),
        Err(Error::NotFound) => Ok(None),
        Err(Error::ExpiredToken) => Err(Flaw::Expired.into()),
        // Such a scope has no key.
        Err(Error::Validation(_)) => Err(Flaw::Differs.into()),
        Err(error) => Err(Unestablished::Failed(error.to_string())),
    }
}
