//! GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom.

use strongroom_std::operation::{GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom};

use super::asked::Asked;
use super::refusal::{Refusal, Subject};
use super::shape::{
    DRY_RUN, ENCRYPTION_CONTEXT, GRANT_TOKENS, KEY_ID, Parameter, RECIPIENT, Shape, optional, text,
};
use super::table::{Operation, computes};
use crate::object::Object;

const KEY_SPEC: Parameter = optional("KeySpec", Shape::Word(&["AES_256", "AES_128"]));
const NUMBER_OF_BYTES: Parameter = optional("NumberOfBytes", Shape::Number { min: 1, max: 1024 });

pub(super) const OPERATIONS: &[Operation] = &[
    computes(
        "GenerateDataKey",
        &[KEY_ID, ENCRYPTION_CONTEXT, NUMBER_OF_BYTES, KEY_SPEC, GRANT_TOKENS, RECIPIENT, DRY_RUN],
        generate_data_key,
    ),
    computes(
        "GenerateDataKeyWithoutPlaintext",
        &[KEY_ID, ENCRYPTION_CONTEXT, KEY_SPEC, NUMBER_OF_BYTES, GRANT_TOKENS, DRY_RUN],
        generate_data_key,
    ),
    computes(
        "GenerateRandom",
        &[NUMBER_OF_BYTES, optional("CustomKeyStoreId", text(1, 64)), RECIPIENT],
        generate_random,
    ),
];

fn generate_data_key(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    asked.without_recipient()?;
    let (arguments, target) = (asked.arguments, asked.key()?);
    let with_plaintext = asked.operation == "GenerateDataKey";
    let number_of_bytes = match (arguments.text("KeySpec"), arguments.size("NumberOfBytes")) {
        (Some("AES_128"), None) => 16,
        (Some(_), None) => 32,
        (None, Some(number)) => number,
        _ => return Err(Refusal::validation("Please specify either number of bytes or key spec.")),
    };
    let context = arguments.pairs("EncryptionContext");
    let made = asked.ask_about(&target, |vault, caller| {
        let request = GenerateDataKey {
            key_id: target.key,
            number_of_bytes,
            encryption_context: &context,
            grant_tokens: &arguments.grant_tokens()?,
            dry_run: arguments.truth("DryRun"),
        };
        if with_plaintext {
            vault.generate_data_key(caller, request)
        } else {
            vault.generate_data_key_without_plaintext(caller, GenerateDataKeyWithoutPlaintext(request))
        }
    })?;
    reply.blob("CiphertextBlob", &made.ciphertext);
    if with_plaintext {
        reply.blob("Plaintext", made.plaintext.as_bytes());
    }
    reply.text("KeyId", &target.vault.arn(made.key_id));
    reply.hex("KeyMaterialId", &made.key_material_id);
    Ok(())
}

fn generate_random(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    asked.without_recipient()?;
    if asked.arguments.has("CustomKeyStoreId") {
        return Err(Refusal::unsupported("Custom key stores are not supported here."));
    }
    let Some(number_of_bytes) = asked.arguments.size("NumberOfBytes") else {
        return Err(Refusal::validation("NumberOfBytes is required."));
    };
    let drawn = asked.ask(&asked.own()?, &Subject::Nothing, |vault, caller| {
        vault.generate_random(caller, GenerateRandom { number_of_bytes })
    })?;
    reply.blob("Plaintext", drawn.as_bytes());
    Ok(())
}
