//! What can be wrong with a signature, and what KMS says of it.

use super::when::SignedAt;
use super::{SKEW_SECONDS, claims};
use crate::wire::Refusal;

/// What is wrong with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// There is none.
    NoSignature,
    /// Another way to sign than ours.
    OtherAlgorithm,
    /// A field of the header is no `name=value`.
    NotNameAndValue,
    /// A field, header or parameter comes twice that can come once.
    Repeated,
    /// This field is not there.
    Missing(&'static str),
    /// Nothing says when it was signed.
    NoDate,
    /// What says when it was signed is no date.
    Date,
    /// No access key, date, Region, service and end.
    Credential,
    /// The scope does not end as it should.
    Terminator,
    /// The signed headers are not in lower case and in order.
    SignedHeaders,
    /// How long it is good for is no number from 1 to 604,800.
    Expires,
    /// A header is no text.
    NotText,
    /// The query is not encoded as it should be.
    Query,
    /// This header says what is asked for, and is not signed.
    Unsigned(String),
    /// The scope is of another day than the request.
    OtherDate {
        /// The scope's day.
        scope: String,
        /// The request's.
        date: String,
    },
    /// It was signed for another service than this one.
    OtherService(String),
    /// Too old, or too new.
    Skewed(Skew),
    /// Nobody here has this access key, or it cannot be used.
    UnknownKey,
    /// The session is over.
    Expired,
    /// It is not the signature of this request under this access key.
    Differs,
}

/// When a request was signed, and when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skew {
    /// Before what is still taken.
    TooOld {
        /// When it was signed.
        at: SignedAt,
        /// When it came, in seconds since 1970.
        now: u64,
    },
    /// After what is taken already.
    TooNew {
        /// When it was signed.
        at: SignedAt,
        /// When it came, in seconds since 1970.
        now: u64,
    },
}

const UNKNOWN: &str = "The security token included in the request is invalid.";
const EXPIRED: &str = "The security token included in the request is expired";
const DIFFERS: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
                       Secret Access Key and signing method. Consult the service documentation for details.";

impl Flaw {
    /// The exception of KMS. All have status 400.
    pub(crate) fn into_refusal(self) -> Refusal {
        let code = match &self {
            Flaw::NoSignature => "MissingAuthenticationTokenException",
            Flaw::UnknownKey => "UnrecognizedClientException",
            Flaw::Expired => "ExpiredTokenException",
            Flaw::Differs
            | Flaw::Skewed(_)
            | Flaw::OtherDate { .. }
            | Flaw::OtherService(_)
            | Flaw::Terminator
            | Flaw::Unsigned(_) => "InvalidSignatureException",
            _ => "IncompleteSignatureException",
        };
        Refusal::new(code, self.message())
    }

    /// The error of STS, and its status.
    pub(crate) fn of_sts(&self) -> (&'static str, u16) {
        match self {
            Flaw::NoSignature => ("MissingAuthenticationToken", 403),
            Flaw::UnknownKey => ("InvalidClientTokenId", 403),
            Flaw::Expired => ("ExpiredToken", 403),
            Flaw::Differs
            | Flaw::Skewed(_)
            | Flaw::OtherDate { .. }
            | Flaw::OtherService(_)
            | Flaw::Terminator
            | Flaw::Unsigned(_) => ("SignatureDoesNotMatch", 403),
            _ => ("IncompleteSignature", 400),
        }
    }

    /// In words.
    pub(crate) fn message(&self) -> String {
        match self {
            Flaw::NoSignature => "Missing Authentication Token".to_owned(),
            Flaw::OtherAlgorithm => {
                format!("Unsupported AWS 'algorithm'; requests are signed with {}", claims::ALGORITHM)
            }
            Flaw::NotNameAndValue => {
                "Invalid key=value pair (missing equal-sign) in Authorization header".to_owned()
            }
            Flaw::Repeated => "A part of the signature was given twice.".to_owned(),
            Flaw::Missing(name) => format!("Authorization header requires '{name}' parameter."),
            Flaw::NoDate => "Authorization header requires existence of an 'X-Amz-Date' header.".to_owned(),
            Flaw::Date => "Date must be in ISO-8601 'basic format', YYYYMMDD'T'HHMMSS'Z'.".to_owned(),
            Flaw::Credential => {
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
                    .to_owned()
            }
            Flaw::Terminator => {
                "Credential should be scoped with a valid terminator: 'aws4_request'.".to_owned()
            }
            Flaw::SignedHeaders => "SignedHeaders must be in lower case and in order.".to_owned(),
            Flaw::Expires => "X-Amz-Expires must be a number of seconds from 1 to 604800.".to_owned(),
            Flaw::NotText => "A header that is part of the signature is not text.".to_owned(),
            Flaw::Query => "The query is not encoded properly.".to_owned(),
            Flaw::Unsigned(name) if name == "host" => {
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned()
            }
            Flaw::Unsigned(name) => {
                format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")
            }
            Flaw::OtherDate { scope, date } => format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{scope}' != '{date}'."
            ),
            Flaw::OtherService(service) => {
                format!("Credential should be scoped to correct service: '{service}'.")
            }
            Flaw::Skewed(Skew::TooOld { at, now }) => {
                let edge = SignedAt::of(now.saturating_sub(SKEW_SECONDS)).text();
                let now = SignedAt::of(*now).text();
                format!("Signature expired: {} is now earlier than {edge} ({now} - 15 min.)", at.text())
            }
            Flaw::Skewed(Skew::TooNew { at, now }) => {
                let edge = SignedAt::of(now.saturating_add(SKEW_SECONDS)).text();
                let now = SignedAt::of(*now).text();
                format!(
                    "Signature not yet current: {} is still later than {edge} ({now} + 15 min.)",
                    at.text()
                )
            }
            Flaw::UnknownKey => UNKNOWN.to_owned(),
            Flaw::Expired => EXPIRED.to_owned(),
            Flaw::Differs => DIFFERS.to_owned(),
        }
    }
}
