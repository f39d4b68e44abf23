//! Encrypt, Decrypt, ReEncrypt.

use strongroom_core::Ciphertext;
use strongroom_std::operation::{Decrypt, Encrypt, ReEncrypt, RefusedAcross};
use strongroom_std::{Caller, Error, ReEncryptOutput, Vault};

use super::asked::{Asked, Target};
use super::refusal::{Refusal, Subject};
use super::shape::{
    CIPHERTEXT, DRY_RUN, ENCRYPTION_ALGORITHM, ENCRYPTION_CONTEXT, GRANT_TOKENS, KEY_ID, MESSAGE, Parameter,
    RECIPIENT, Shape, list, optional, required, text,
};
use super::table::{Operation, computes};
use crate::object::Object;

/// The only algorithm of keys that encrypt here.
pub(super) const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";

const DRY_RUN_MODIFIERS: Parameter = optional("DryRunModifiers", list(&Shape::Word(&["IGNORE_CIPHERTEXT"])));

pub(super) const OPERATIONS: &[Operation] = &[
    computes(
        "Encrypt",
        &[
            KEY_ID,
            required("Plaintext", MESSAGE),
            ENCRYPTION_CONTEXT,
            GRANT_TOKENS,
            optional("EncryptionAlgorithm", ENCRYPTION_ALGORITHM),
            DRY_RUN,
        ],
        encrypt,
    ),
    computes(
        "Decrypt",
        &[
            optional("CiphertextBlob", CIPHERTEXT),
            ENCRYPTION_CONTEXT,
            GRANT_TOKENS,
            optional("KeyId", text(1, 2048)),
            optional("EncryptionAlgorithm", ENCRYPTION_ALGORITHM),
            RECIPIENT,
            DRY_RUN,
            DRY_RUN_MODIFIERS,
        ],
        decrypt,
    ),
    computes(
        "ReEncrypt",
        &[
            optional("CiphertextBlob", CIPHERTEXT),
            optional("SourceEncryptionContext", Shape::Pairs),
            optional("SourceKeyId", text(1, 2048)),
            required("DestinationKeyId", text(1, 2048)),
            optional("DestinationEncryptionContext", Shape::Pairs),
            optional("SourceEncryptionAlgorithm", ENCRYPTION_ALGORITHM),
            optional("DestinationEncryptionAlgorithm", ENCRYPTION_ALGORITHM),
            GRANT_TOKENS,
            DRY_RUN,
            DRY_RUN_MODIFIERS,
        ],
        re_encrypt,
    ),
];

fn encrypt(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, target) = (asked.arguments, asked.key()?);
    let context = arguments.pairs("EncryptionContext");
    let made = asked.with_algorithm("EncryptionAlgorithm", &target, |dry_run, vault, caller| {
        let request = Encrypt {
            key_id: target.key,
            plaintext: arguments.blob("Plaintext").unwrap_or_default(),
            encryption_context: &context,
            grant_tokens: &arguments.grant_tokens()?,
            dry_run,
        };
        vault.encrypt(caller, request)
    })?;
    reply.blob("CiphertextBlob", &made.ciphertext);
    reply.text("KeyId", &target.vault.arn(made.key_id));
    reply.text("EncryptionAlgorithm", SYMMETRIC);
    Ok(())
}

fn decrypt(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let arguments = asked.arguments;
    asked.without_recipient()?;
    let ciphertext = ciphertext(asked)?;
    let key = arguments.text("KeyId");
    let target = source(asked, key, ciphertext)?;
    let context = arguments.pairs("EncryptionContext");
    let opened = asked.with_algorithm("EncryptionAlgorithm", &target, |dry_run, vault, caller| {
        let request = Decrypt {
            key_id: key,
            ciphertext,
            encryption_context: &context,
            grant_tokens: &arguments.grant_tokens()?,
            dry_run,
        };
        vault.decrypt(caller, request)
    })?;
    reply.text("KeyId", &target.vault.arn(opened.key_id));
    reply.blob("Plaintext", opened.plaintext.as_bytes());
    reply.text("EncryptionAlgorithm", SYMMETRIC);
    reply.hex("KeyMaterialId", &opened.key_material_id);
    Ok(())
}

fn re_encrypt(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let arguments = asked.arguments;
    let ciphertext = ciphertext(asked)?;
    let source_key = arguments.text("SourceKeyId");
    let from = source(asked, source_key, ciphertext)?;
    let to = asked.target(arguments.required("DestinationKeyId"))?;
    let source_context = arguments.pairs("SourceEncryptionContext");
    let destination_context = arguments.pairs("DestinationEncryptionContext");
    let grant_tokens = arguments.grant_tokens();
    let request = |dry_run: bool| {
        Ok(ReEncrypt {
            source_key_id: source_key,
            ciphertext,
            source_encryption_context: &source_context,
            destination_key_id: to.key,
            destination_encryption_context: &destination_context,
            grant_tokens: grant_tokens.as_deref().map_err(|error| *error)?,
            dry_run,
        })
    };
    let ask = |dry_run: bool, vault: &Vault, caller: &Caller<'_>| vault.re_encrypt(caller, request(dry_run)?);
    // What is refused is named by the source first: that is what is looked at first.
    let subject = if source_key.is_some() { &from } else { &to };
    let given = ["SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"];
    let foreign = given.into_iter().find(|name| arguments.text(name).is_some_and(|given| given != SYMMETRIC));
    let made = if from.vault.realm() == to.vault.realm() {
        asked.with_algorithm(foreign.unwrap_or_default(), subject, ask)?
    } else {
        let algorithm = foreign.and_then(|name| arguments.text(name));
        asked.across((&from, &to), algorithm, request)?
    };
    reply.blob("CiphertextBlob", &made.ciphertext);
    reply.text("SourceKeyId", &from.vault.arn(made.source_key_id));
    reply.text("KeyId", &to.vault.arn(made.key_id));
    reply.text("SourceEncryptionAlgorithm", SYMMETRIC);
    reply.text("DestinationEncryptionAlgorithm", SYMMETRIC);
    reply.hex("SourceKeyMaterialId", &made.source_key_material_id);
    reply.hex("DestinationKeyMaterialId", &made.destination_key_material_id);
    Ok(())
}

/// The ciphertext. Dry runs without one are not offered.
fn ciphertext<'r>(asked: &Asked<'r>) -> Result<&'r [u8], Refusal> {
    if !asked.arguments.texts("DryRunModifiers").is_empty() {
        return Err(Refusal::unsupported("DryRunModifiers are not supported here."));
    }
    asked.arguments.blob("CiphertextBlob").ok_or_else(|| {
        Refusal::validation(
            "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: \
             Member must not be null",
        )
    })
}

/// Which vault opens a ciphertext: the key's, if one is named, and else the one that has the key which made it.
fn source<'k>(asked: &Asked<'_>, key: Option<&'k str>, ciphertext: &[u8]) -> Result<Target<'k>, Refusal> {
    if let Some(key) = key.filter(|key| key.starts_with("arn:")) {
        return asked.target(key);
    }
    // A bare id will do too: the ciphertext says which key it is. An alias is one of the caller's own account.
    let made_by = match Ciphertext::parse(ciphertext) {
        Ok(read) if key.is_none_or(|key| key == read.header.key_id.to_string()) => Some(read.header.key_id),
        _ => None,
    };
    match (key, made_by) {
        (Some(key), None) => asked.target(key),
        (None, None) => Ok(Target { vault: asked.own()?, key: "", subject: Subject::Ciphertext }),
        (key, Some(key_id)) => {
            let vault = asked.holder(key_id)?;
            let subject = match key {
                Some(_) => Subject::Key(vault.arn(key_id)),
                None => Subject::Ciphertext,
            };
            Ok(Target { vault, key: key.unwrap_or_default(), subject })
        }
    }
}

impl Asked<'_> {
    /// Asks about a key that encrypts. If the request names an algorithm that no key here has, all is checked and nothing
    /// done, so that whoever may not use the key learns nothing of it.
    pub(super) fn with_algorithm<T>(
        &self,
        parameter: &str,
        target: &Target<'_>,
        ask: impl Fn(bool, &Vault, &Caller<'_>) -> Result<T, Error>,
    ) -> Result<T, Refusal> {
        let foreign = self.arguments.text(parameter).filter(|algorithm| *algorithm != SYMMETRIC);
        let Some(algorithm) = foreign else {
            let dry_run = self.arguments.truth("DryRun");
            return self.ask_about(target, |vault, caller| ask(dry_run, vault, caller));
        };
        let asked = self.judge(|caller| ask(true, &target.vault, caller));
        Err(match asked {
            Ok(_) | Err(Error::DryRun) => incompatible(algorithm),
            Err(error) => self.refuse(error, &target.subject),
        })
    }

    /// Moves a ciphertext from a key of one account to a key of another. Each vault judges its half and says itself why not.
    fn across<'q>(
        &self,
        (from, to): (&Target<'_>, &Target<'_>),
        foreign: Option<&str>,
        request: impl Fn(bool) -> Result<ReEncrypt<'q>, Error>,
    ) -> Result<ReEncryptOutput, Refusal> {
        let dry_run = foreign.is_some() || self.arguments.truth("DryRun");
        let moved = self.judge(|caller| {
            let request = request(dry_run)?;
            Ok(from.vault.re_encrypt_across(&to.vault, caller, request))
        });
        let moved = moved.map_err(|error| self.refuse_about(&from.vault, &from.subject, error))?;
        moved.map_err(|refused| match (refused, foreign) {
            (RefusedAcross::ByDestination(Error::DryRun), Some(algorithm)) => incompatible(algorithm),
            (RefusedAcross::BySource(error), _) => self.refuse_about(&from.vault, &from.subject, error),
            (RefusedAcross::ByDestination(error), _) => self.refuse_about(&to.vault, &to.subject, error),
        })
    }

    /// Nothing here answers to enclaves.
    pub(super) fn without_recipient(&self) -> Result<(), Refusal> {
        if self.arguments.has("Recipient") {
            return Err(Refusal::unsupported("The Recipient parameter is not supported here."));
        }
        Ok(())
    }
}

/// What a key is told that has another algorithm than is asked for.
fn incompatible(algorithm: &str) -> Refusal {
    Refusal::new(
        "InvalidKeyUsageException",
        format!("Algorithm {algorithm} is incompatible with key spec {SYMMETRIC}."),
    )
}
