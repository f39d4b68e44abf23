//! What the refusals of an endpoint mean here: how the command ends, and what to do next.

use strongroom_core::error::{Parameter, Reason, StateConflict};
use strongroom_server::client::ClientError;
use strongroom_std::Error;

use crate::error::CommandError;
use crate::exit::Kind;

/// Exceptions that stand for one error of the vault, whatever their message.
const ALIKE: [Error; 25] = [
    Error::AccessDenied(Reason::Withheld),
    Error::NotFound,
    Error::Validation(Parameter::KeyId),
    Error::InvalidCiphertext(Reason::Withheld),
    Error::IncorrectKey,
    Error::Disabled,
    Error::InvalidState(StateConflict::NotPendingDeletion),
    Error::InvalidKeyUsage,
    Error::LimitExceeded,
    Error::MalformedPolicyDocument,
    Error::UnsupportedOperation,
    Error::AlreadyExists,
    Error::DeleteConflict,
    Error::InvalidAliasName,
    Error::Tag,
    Error::InvalidMac,
    Error::InvalidImportToken,
    Error::ExpiredImportToken,
    Error::IncorrectKeyMaterial,
    Error::Conflict,
    Error::Throttling,
    Error::InvalidMarker,
    Error::InvalidGrantId,
    Error::InvalidGrantToken,
    Error::DryRun,
];

/// Those of one exception that are told apart by a part of their message, since something else is to be done next.
const TOLD_APART: [(&str, Error); 6] = [
    ("is pending deletion", Error::InvalidState(StateConflict::PendingDeletion)),
    ("is pending import", Error::InvalidState(StateConflict::PendingImport)),
    ("the waiting period is not over", Error::InvalidState(StateConflict::NotDue)),
    ("the state of the version", Error::InvalidState(StateConflict::Version)),
    ("will not allow you to update the key policy", Error::PolicyLocksOut),
    ("already exists", Error::AlreadyExists),
];

/// Says why an endpoint did not answer.
pub(super) fn told(error: ClientError) -> CommandError {
    let message = error.to_string();
    match error {
        ClientError::Refused { code, message } => refused(code, message),
        ClientError::Unreachable(_) => CommandError::of(Kind::Other, message)
            .next("check the address, and that `strongroom serve` runs there; nothing is known of what was under way"),
        ClientError::TimedOut => CommandError::of(Kind::Other, message)
            .next("whether it was done, ask again: `strongroom key describe` and the like say what is there"),
        ClientError::Untrusted(_) => CommandError::of(Kind::Other, message)
            .next("name the certificate to believe it by: --ca-file FILE, or AWS_CA_BUNDLE"),
        ClientError::Roots(_) => CommandError::new(message)
            .next("name certificates in PEM: --ca-file FILE, or AWS_CA_BUNDLE"),
        ClientError::Unsignable => CommandError::new(message)
            .next("check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN and --region: they are short texts on one line"),
        ClientError::NotAnEndpoint(_) => {
            CommandError::of(Kind::Other, message).next("check the URL: it is that of `strongroom serve`")
        }
        _ => CommandError::of(Kind::Other, message),
    }
}

/// An exception, by its name.
fn refused(code: String, message: Option<String>) -> CommandError {
    let (error, is_own) = match of_the_signature(&code, message.as_deref().unwrap_or_default()) {
        Some(error) => (error, true),
        None => (of_the_vault(&code, message.as_deref().unwrap_or_default()), false),
    };
    let error = match message {
        Some(message) if !is_own => error.in_words(message),
        _ => error,
    };
    error.code(code)
}

/// What the vault would have said itself, in its words: those of the endpoint come in their place.
fn of_the_vault(code: &str, message: &str) -> CommandError {
    let apart = TOLD_APART.iter().find(|(part, error)| error.code() == code && message.contains(part));
    let error = apart.map(|(_, error)| error).or_else(|| ALIKE.iter().find(|error| error.code() == code));
    match (error, code) {
        (Some(error @ Error::AccessDenied(_)), _) => CommandError::from(*error).next(
            "whoever can open the vault reads why: `strongroom audit show --refused`; of another Region, ask with --region",
        ),
        (Some(Error::Validation(_)), _) | (None, "SerializationException") => CommandError::of(Kind::Usage, code),
        // Keys are looked for in one Region, so that this one is not there.
        (None, "InvalidArnException") => CommandError::from(Error::NotFound),
        (Some(error), _) => CommandError::from(*error),
        (None, "UnknownOperationException") => CommandError::of(Kind::InvalidState, code)
            .next("the endpoint is no `strongroom serve` of this version or a newer one"),
        (None, "KeyUnavailableException" | "RequestTimeoutException") => {
            CommandError::of(Kind::Busy, code).next("try again")
        }
        (None, _) => CommandError::of(Kind::Other, code)
            .next("the log of `strongroom serve` says more, to whoever runs it"),
    }
}

/// What is wrong with who asks, in words that say what to look at.
fn of_the_signature(code: &str, message: &str) -> Option<CommandError> {
    let wrong = |text: &str, next: &str| Some(CommandError::of(Kind::WrongSecret, text).next(next));
    match code {
        "InvalidSignatureException" if message.starts_with("Signature ") => {
            let told =
                CommandError::of(Kind::Other, "this machine and the endpoint do not agree on the time");
            Some(told.why(message).next("set the clock that is wrong: they may differ by 15 minutes"))
        }
        "InvalidSignatureException" => wrong(
            "the signature is not that of this access key: the secret is another one",
            "check AWS_SECRET_ACCESS_KEY; whoever lost one makes another: `strongroom caller access-key create`",
        ),
        "UnrecognizedClientException" => wrong(
            "the endpoint knows no such access key, or it is disabled, or its session token is not the right one",
            "check AWS_ACCESS_KEY_ID, and AWS_SESSION_TOKEN, which sessions have and users do not",
        ),
        "ExpiredTokenException" => wrong(
            "the session is over",
            "assume the role again, and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
        ),
        "IncompleteSignatureException" | "MissingAuthenticationTokenException" => wrong(
            "the endpoint could not read the signature",
            "check AWS_ACCESS_KEY_ID and --region: they stand in it as they are",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: &str, message: &str) -> Kind {
        refused(code.to_owned(), Some(message.to_owned())).kind
    }

    #[test]
    fn every_exception_ends_the_command_as_the_refusal_of_a_vault_does() {
        for error in ALIKE.into_iter().chain([Error::PolicyLocksOut]) {
            let message = match error {
                Error::PolicyLocksOut => {
                    "The new key policy will not allow you to update the key policy in the future."
                }
                _ => "words",
            };
            assert_eq!(kind(error.code(), message), Kind::of(&error), "{error:?}");
        }
        assert_eq!(kind("InvalidArnException", "Invalid arn"), Kind::NotFound);
        assert_eq!(kind("KMSInternalException", ""), Kind::Other);
        assert_eq!(kind("UnrecognizedClientException", ""), Kind::WrongSecret);
        assert_eq!(kind("InvalidSignatureException", "Signature expired: …"), Kind::Other);
    }

    #[test]
    fn an_exception_keeps_its_name_and_its_words() {
        let told = refused("KMSInvalidStateException".to_owned(), Some("K is pending deletion.".to_owned()));
        let json = told.json();
        assert!(
            json.contains(r#""code":"KMSInvalidStateException","message":"K is pending deletion.""#),
            "{json}"
        );
        assert!(json.contains("cancel-deletion"), "{json}");
        let silent = refused("InvalidCiphertextException".to_owned(), None).json();
        assert!(silent.contains("--context"), "{silent}");
    }
}
