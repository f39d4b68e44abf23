//! AssumeRole.

use strongroom_core::AccountId;
use strongroom_core::error::Parameter;
use strongroom_std::operation::AssumeRole;
use strongroom_std::{AssumedRole, Error, Vault};

use super::answer::{StsError, escaped};
use super::form::Form;
use crate::directory::{Directory, DirectoryError};
use crate::settings::Mode;
use crate::signature::SignedAt;
use crate::who::Who;

/// How long a session lasts where nothing is said, in seconds.
const DURATION_SECONDS_DEFAULT: u32 = 3600;

/// Asks the vault that keeps the role.
pub(super) fn run(directory: &Directory, who: &Who, form: &Form) -> Result<String, StsError> {
    let required =
        |name: &'static str| form.get(name).filter(|value| !value.is_empty()).ok_or_else(|| missing(name));
    let (role_arn, session_name) = (required("RoleArn")?, required("RoleSessionName")?);
    let duration_seconds = match form.get("DurationSeconds") {
        None => DURATION_SECONDS_DEFAULT,
        Some(text) => text.parse().map_err(|_| validation("DurationSeconds is no number of seconds."))?,
    };
    let external_id = form.get("ExternalId");
    let account = account_of(role_arn).ok_or_else(|| validation(format!("{role_arn} is invalid")))?;
    let session = format!(
        "{}:sts::{}:assumed-role/{}/{session_name}",
        partition(role_arn),
        account.as_str(),
        name(role_arn)
    );
    if let Mode::Dev { .. } = directory.mode() {
        return Ok(of_dev(account, &session, duration_seconds));
    }
    let request = AssumeRole { role_arn, session_name, duration_seconds, external_id };
    let denied = || denied(who, role_arn);
    let vault =
        home(directory, account, &who.region, name(role_arn)).map_err(|error| failed(&error, denied))?;
    let made = who.ask(|caller| vault.assume_role(caller, request));
    let made = made.map_err(|error| refused(error, denied))?;
    Ok(result(&made, &session))
}

/// The vault of the account that keeps a role of this name: that of the Region, or else the first.
fn home(
    directory: &Directory,
    account: AccountId,
    region: &str,
    name: &str,
) -> Result<Vault, DirectoryError> {
    let vaults = directory.vaults_of(account, region)?;
    let keeps = |vault: &&Vault| vault.caller(name, &mut Vec::new()).is_ok();
    // Where nobody keeps it, the first refuses it and records that.
    vaults.iter().find(keeps).or(vaults.first()).cloned().ok_or(DirectoryError::NoVault)
}

fn account_of(arn: &str) -> Option<AccountId> {
    AccountId::parse(arn.split(':').nth(4)?)
}

/// `arn:` and the partition.
fn partition(arn: &str) -> String {
    format!("arn:{}", arn.split(':').nth(1).unwrap_or("aws"))
}

fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

fn result(made: &AssumedRole, session: &str) -> String {
    let secret = std::str::from_utf8(made.secret.as_bytes()).unwrap_or_default();
    let token = <base64ct::Base64 as base64ct::Encoding>::encode_string(&made.token);
    credentials(made.access_key_id.as_str(), secret, &token, made.expires_ms, session)
}

/// With `--dev` everybody is the root user of an account, so of the role's.
fn of_dev(account: AccountId, session: &str, duration_seconds: u32) -> String {
    let now = crate::clock::now_ms();
    let expires_ms = now.saturating_add(u64::from(duration_seconds).saturating_mul(1000));
    credentials(account.as_str(), "dev", "dev", expires_ms, session)
}

fn credentials(id: &str, secret: &str, token: &str, expires_ms: u64, session: &str) -> String {
    let expiration = SignedAt::of(expires_ms.checked_div(1000).unwrap_or(0)).iso();
    let role = session.rsplit('/').nth(1).unwrap_or_default();
    let name = session.rsplit('/').next().unwrap_or_default();
    format!(
        "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>{}:{}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>",
        escaped(role),
        escaped(name),
        escaped(session),
    )
}

fn missing(name: &'static str) -> StsError {
    validation(format!(
        "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
    ))
}

fn validation(message: impl Into<String>) -> StsError {
    StsError::new("ValidationError", 400, message)
}

fn denied(who: &Who, role_arn: &str) -> StsError {
    let message = format!(
        "User: {} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
        who.principal
    );
    StsError::new("AccessDenied", 403, message)
}

fn refused(error: Error, denied: impl FnOnce() -> StsError) -> StsError {
    match error {
        Error::AccessDenied(_) | Error::NotFound => denied(),
        Error::Validation(Parameter::DurationSeconds) => validation(
            "The requested DurationSeconds is outside 900 to 43200, or beyond the 3600 of a session that assumes a role.",
        ),
        Error::Validation(_) => validation(error.to_string()),
        Error::Throttling => StsError::new("Throttling", 400, "Rate exceeded"),
        _ => StsError::new("InternalFailure", 500, "The request processing has failed."),
    }
}

fn failed(error: &DirectoryError, denied: impl FnOnce() -> StsError) -> StsError {
    match error {
        DirectoryError::NoVault => denied(),
        _ => StsError::new("InternalFailure", 500, "The request processing has failed."),
    }
}
