//! From JSON to the compiled form.

use strongroom_core::Error;
use strongroom_core::limits::POLICY_LEN_MAX;
use strongroom_core::policy::{PolicyBuilder, PolicyKind};

use super::document::{Head, Statements};
use super::place::{line_and_column, offset_of};
use crate::error::PolicyError;

/// Most characters of an identity policy, white space not counted (IAM User Guide, *IAM and AWS STS quotas*).
const IDENTITY_POLICY_CHARACTERS_MAX: usize = 10_240;

/// Compiles a key policy.
///
/// # Errors
/// [`PolicyError`] says what is wrong and where.
pub fn compile_key_policy(json: &str) -> Result<Vec<u8>, PolicyError> {
    compile_policy(json, PolicyKind::Key)
}

/// Compiles a policy that may not be UTF-8.
///
/// # Errors
/// [`PolicyError`]; bytes that are not UTF-8 are named by their place.
pub fn compile_policy_bytes(json: &[u8], kind: PolicyKind) -> Result<Vec<u8>, PolicyError> {
    match std::str::from_utf8(json) {
        Ok(text) => compile_policy(text, kind),
        Err(error) => {
            let valid = json.get(..error.valid_up_to()).unwrap_or_default();
            let valid = String::from_utf8_lossy(valid);
            Err(at(&valid, valid.len(), "this is not UTF-8; save the policy as UTF-8 text".to_owned()))
        }
    }
}

/// Compiles a policy of a key or of a caller.
///
/// The time is linear in the length of the document, and the depth of its nesting is of no importance.
///
/// # Errors
/// [`PolicyError`] says what is wrong, where, and what was expected.
pub fn compile_policy(json: &str, kind: PolicyKind) -> Result<Vec<u8>, PolicyError> {
    check_size(json, kind)?;
    check_characters(json)?;
    let head: Head<'_> = read(json, kind)?;
    // A guess that nearly always suffices; the builder tells when it does not.
    let mut len = json.len().saturating_mul(2).saturating_add(128).min(POLICY_LEN_MAX);
    loop {
        let mut buffer = vec![0; len];
        match build(json, kind, &head, &mut buffer)? {
            Built::Whole(whole) => {
                buffer.truncate(whole);
                return Ok(buffer);
            }
            Built::Needs(needed) if needed > POLICY_LEN_MAX => {
                return Err(too_long(format!(
                    "the policy is too long: its compiled form would have more than {POLICY_LEN_MAX} bytes"
                )));
            }
            Built::Needs(needed) => len = needed.max(len.saturating_mul(2)).min(POLICY_LEN_MAX),
        }
    }
}

/// How building ended.
enum Built {
    /// With so many bytes.
    Whole(usize),
    /// The buffer needs at least so many bytes.
    Needs(usize),
}

/// Reads what must be known before the statements: they may stand before `Version`.
fn read<'de>(json: &'de str, kind: PolicyKind) -> Result<Head<'de>, PolicyError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let head = Head::read(kind, &mut deserializer).map_err(|error| positioned(json, &error, None))?;
    deserializer.end().map_err(|error| positioned(json, &error, None))?;
    Ok(head)
}

fn build(json: &str, kind: PolicyKind, head: &Head<'_>, buffer: &mut [u8]) -> Result<Built, PolicyError> {
    let builder = match PolicyBuilder::new(buffer, kind, head.language, &head.id) {
        Ok(builder) => builder,
        Err(Error::BufferTooSmall { needed }) => return Ok(Built::Needs(needed)),
        Err(error) => return Err(whole("the policy does not compile".to_owned(), error)),
    };
    let mut statements = Statements::new(json, kind, head.language, builder);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = statements.read(&mut deserializer);
    match (read, statements.refused) {
        (_, Some(Error::BufferTooSmall { needed })) => Ok(Built::Needs(needed)),
        (Err(error), Some(refused)) => {
            Err(PolicyError { error: refused, ..positioned(json, &error, statements.faulty) })
        }
        (Err(error), None) => Err(positioned(json, &error, statements.faulty)),
        (Ok(()), _) => Ok(Built::Whole(statements.builder.finish().len())),
    }
}

/// Too large documents are refused before anything in them is looked at.
fn check_size(json: &str, kind: PolicyKind) -> Result<(), PolicyError> {
    if kind == PolicyKind::Identity {
        let count = json.chars().filter(|each| !matches!(each, ' ' | '\t' | '\n' | '\r')).count();
        if count > IDENTITY_POLICY_CHARACTERS_MAX {
            return Err(too_long(format!(
                "the policy has {count} characters without white space; \
                 an identity policy has at most {IDENTITY_POLICY_CHARACTERS_MAX}"
            )));
        }
    } else if json.len() > POLICY_LEN_MAX {
        return Err(too_long(format!(
            "the policy has {} bytes; a key policy has at most {POLICY_LEN_MAX}",
            json.len()
        )));
    }
    Ok(())
}

/// The characters of the whole text. Those that are written as `\u1234` are checked where they stand.
fn check_characters(json: &str) -> Result<(), PolicyError> {
    let wrong = json.char_indices().find(|(_, each)| *each > '\u{ff}');
    wrong.map_or(Ok(()), |(offset, each)| {
        let code = u32::from(each);
        Err(at(
            json,
            offset,
            format!("the character U+{code:04X} is beyond U+00FF, where those of a policy end"),
        ))
    })
}

/// An error of the JSON library, with the place of what it complains about.
fn positioned(json: &str, error: &serde_json::Error, faulty: Option<usize>) -> PolicyError {
    let text = error.to_string();
    let message = match error.line() {
        0 => text.as_str(),
        _ => text.rsplit_once(" at line ").map_or(text.as_str(), |(front, _)| front),
    };
    at(json, faulty.unwrap_or_else(|| offset_of(json, error)), message.to_owned())
}

fn at(json: &str, offset: usize, message: String) -> PolicyError {
    let (line, column) = line_and_column(json, offset);
    PolicyError { message, line, column, error: Error::MalformedPolicyDocument }
}

fn whole(message: String, error: Error) -> PolicyError {
    PolicyError { message, line: 0, column: 0, error }
}

fn too_long(message: String) -> PolicyError {
    whole(message, Error::LimitExceeded)
}
