//! What clients are told when a request is refused: exception, status, message.

use strongroom_core::error::{Parameter, Reason, StateConflict};
use strongroom_std::Error;

use super::Answer;
use crate::object::Object;

/// An exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: &'static str,
    status: u16,
    message: Option<String>,
}

/// What a refused request was about, for messages.
pub(crate) struct About<'a> {
    pub(crate) operation: &'static str,
    pub(crate) principal: &'a str,
    pub(crate) subject: &'a Subject,
}

/// What a request names, as messages call it.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// No key, or none that is known by name.
    Nothing,
    /// A key, by its ARN.
    Key(String),
    /// An alias, by its ARN.
    Alias(String),
    /// A text that can be no key's.
    Malformed(String),
    /// An ARN of another Region.
    OtherRegion(String),
    /// A key or alias of an account that has no vault here.
    OtherAccount,
    /// A text that begins as an ARN does and is none.
    BadArn(String),
    /// A ciphertext that says itself which key made it.
    Ciphertext,
}

impl Refusal {
    /// An exception with a message. The status is 400.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Refusal { code, status: 400, message: Some(message.into()) }
    }

    /// An exception without a message. The status is 400.
    #[must_use]
    pub const fn silent(code: &'static str) -> Self {
        Refusal { code, status: 400, message: None }
    }

    /// The name of the exception.
    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Refusal { status, ..self }
    }

    /// What is wrong with the parameters.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Refusal::new("ValidationException", message)
    }

    /// What the endpoint does not have.
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Refusal::new("UnsupportedOperationException", message)
    }

    /// The answer.
    #[must_use]
    pub fn into_answer(self) -> Answer {
        let mut reply = Object::new();
        reply.text("__type", self.code);
        reply.text_if("message", self.message.as_deref());
        Answer { status: self.status, exception: Some(self.code), body: reply.into_body() }
    }

    /// What a vault's error is on the wire.
    pub(crate) fn of(error: Error, about: &About<'_>) -> Self {
        let error = match (error, about.subject) {
            // The vault that was asked instead knows no such key; whether another account has it is not for the caller.
            (Error::NotFound, Subject::OtherAccount) => Error::AccessDenied(Reason::Withheld),
            (error, _) => error,
        };
        let code = match (error, about.subject) {
            (Error::NotFound, Subject::BadArn(_)) if has_arn_exception(about.operation) => {
                "InvalidArnException"
            }
            _ => error.code(),
        };
        let status = match code {
            "KMSInternalException" | "DependencyTimeoutException" | "KeyUnavailableException" => 500,
            _ => 400,
        };
        Refusal { code, status, message: message(error, about) }
    }
}

/// Whether an operation that takes a key has InvalidArnException in its data model.
fn has_arn_exception(operation: &str) -> bool {
    !matches!(
        operation,
        "Encrypt"
            | "Decrypt"
            | "ReEncrypt"
            | "GenerateDataKey"
            | "GenerateDataKeyWithoutPlaintext"
            | "GenerateMac"
            | "VerifyMac"
            | "CreateAlias"
            | "UpdateAlias"
    )
}

fn message(error: Error, about: &About<'_>) -> Option<String> {
    let name = match about.subject {
        Subject::Key(name) | Subject::Alias(name) => name,
        _ => "The key",
    };
    Some(match error {
        Error::InvalidCiphertext(_) | Error::InvalidMac => return None,
        Error::AccessDenied(reason) => denied(reason, about),
        Error::NotFound => not_found(about.subject),
        Error::Disabled => format!("{name} is disabled."),
        Error::InvalidState(StateConflict::PendingDeletion) => format!("{name} is pending deletion."),
        Error::InvalidState(StateConflict::NotPendingDeletion) => format!("{name} is not pending deletion."),
        Error::InvalidState(StateConflict::PendingImport) => format!("{name} is pending import."),
        Error::IncorrectKey => {
            "The key ID in the request does not identify a CMK that can perform this operation.".to_owned()
        }
        Error::DryRun => "The request would have succeeded, but the DryRun option is set.".to_owned(),
        Error::PolicyLocksOut => {
            "The new key policy will not allow you to update the key policy in the future.".to_owned()
        }
        Error::Validation(Parameter::PendingWindow) => {
            "PendingWindowInDays must be between 7 and 30 (inclusive).".to_owned()
        }
        Error::UnsupportedOperation => match about.operation {
            "GetParametersForImport"
            | "GetParametersForHpkeImport"
            | "ImportKeyMaterial"
            | "DeleteImportedKeyMaterial" => {
                format!("{name} origin is AWS_KMS which is not valid for this operation.")
            }
            _ => error.to_string(),
        },
        Error::InvalidKeyUsage => match about.operation {
            "GenerateMac" | "VerifyMac" | "GenerateVersionedMac" | "VerifyVersionedMac" => error.to_string(),
            // A key that does not encrypt makes MACs.
            operation => {
                format!("{name} key usage is GENERATE_VERIFY_MAC which is not valid for {operation}.")
            }
        },
        Error::LimitExceeded if about.operation == "RotateKeyOnDemand" => format!(
            "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be \
             performed for this key: {name}"
        ),
        Error::InvalidState(StateConflict::NoMaterialPendingRotation) => {
            format!("No available key material pending rotation for the key: {name}.")
        }
        other => other.to_string(),
    })
}

fn not_found(subject: &Subject) -> String {
    match subject {
        Subject::Key(arn) => format!("Key '{arn}' does not exist"),
        Subject::Alias(arn) => format!("Alias {arn} is not found."),
        Subject::Malformed(key) => format!("Invalid keyId '{key}'"),
        Subject::OtherRegion(region) => format!("Invalid arn {region}"),
        Subject::BadArn(arn) => format!("Invalid arn {arn}"),
        Subject::Nothing | Subject::OtherAccount | Subject::Ciphertext => Error::NotFound.to_string(),
    }
}

/// Who may see why is told why; everybody else cannot tell a key that is not there from one that is not theirs.
fn denied(reason: Reason, about: &About<'_>) -> String {
    let About { operation, principal, .. } = about;
    let because = match (about.subject, reason) {
        (Subject::Ciphertext, _) => {
            return "The ciphertext refers to a customer master key that does not exist, does not exist in this \
                    region, or you are not allowed to access."
                .to_owned();
        }
        (Subject::Key(arn) | Subject::Alias(arn), Reason::NoStatementAllows) => {
            format!("on resource: {arn} because no resource-based policy allows the kms:{operation} action")
        }
        (Subject::Key(arn) | Subject::Alias(arn), Reason::StatementDenies) => {
            format!("on resource: {arn} with an explicit deny in a resource-based policy")
        }
        (Subject::Key(arn) | Subject::Alias(arn), Reason::NoIdentityPolicyAllows) => {
            format!("on resource: {arn} because no identity-based policy allows the kms:{operation} action")
        }
        (Subject::Nothing, _) => {
            format!("because no identity-based policy allows the kms:{operation} action")
        }
        _ => {
            "on this resource because the resource does not exist in this Region, no resource-based policies \
              allow access, or a resource-based policy explicitly denies access"
                .to_owned()
        }
    };
    format!("User: {principal} is not authorized to perform: kms:{operation} {because}")
}
