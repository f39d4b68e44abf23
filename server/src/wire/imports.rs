//! GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial; and GetParametersForHpkeImport, a name of our own for what
//! AWS KMS does not have.

use strongroom_core::error::Parameter as Wrong;
use strongroom_std::Error;
use strongroom_std::import::{WrappingAlgorithm, WrappingKeySpec};
use strongroom_std::operation::{
    DeleteImportedKeyMaterial, ExpirationModel, GetParametersForImport, ImportKeyMaterial, ImportType,
};

use super::asked::{Asked, Target};
use super::facts::FACTS;
use super::refusal::Refusal;
use super::shape::{
    CIPHERTEXT, KEY_ID, MATERIAL_DESCRIPTION, MATERIAL_ID, Parameter, Shape, matching, optional, required,
};
use super::table::{Operation, waits};
use crate::object::Object;

const KEY_MATERIAL_ID: Parameter = optional("KeyMaterialId", MATERIAL_ID);

pub(super) const OPERATIONS: &[Operation] = &[
    waits(
        "GetParametersForImport",
        &[
            KEY_ID,
            required(
                "WrappingAlgorithm",
                Shape::Word(&[
                    "RSAES_PKCS1_V1_5",
                    "RSAES_OAEP_SHA_1",
                    "RSAES_OAEP_SHA_256",
                    "RSA_AES_KEY_WRAP_SHA_1",
                    "RSA_AES_KEY_WRAP_SHA_256",
                    "SM2PKE",
                ]),
            ),
            required("WrappingKeySpec", Shape::Word(&["RSA_2048", "RSA_3072", "RSA_4096", "SM2"])),
        ],
        get_parameters_for_import,
    ),
    waits(
        "GetParametersForHpkeImport",
        &[KEY_ID, required("WrappingKeySpec", Shape::Word(&["X25519"]))],
        get_parameters_for_hpke_import,
    ),
    waits(
        "ImportKeyMaterial",
        &[
            KEY_ID,
            required("ImportToken", CIPHERTEXT),
            required("EncryptedKeyMaterial", CIPHERTEXT),
            optional("ValidTo", Shape::Moment),
            optional(
                "ExpirationModel",
                Shape::Word(&["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"]),
            ),
            optional("ImportType", Shape::Word(&["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"])),
            optional("KeyMaterialDescription", matching(0, 256, &MATERIAL_DESCRIPTION)),
            KEY_MATERIAL_ID,
            FACTS,
        ],
        import_key_material,
    ),
    waits("DeleteImportedKeyMaterial", &[KEY_ID, KEY_MATERIAL_ID], delete_imported_key_material),
];

fn get_parameters_for_import(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, target) = (asked.arguments, asked.key()?);
    let algorithm = arguments.required("WrappingAlgorithm");
    let spec = arguments.required("WrappingKeySpec");
    let unsupported = |name: &str| Refusal::unsupported(format!("{name} is not supported here."));
    let found = WrappingAlgorithm::ALL.into_iter().find(|known| known.name() == algorithm);
    let wrapping_algorithm = found.ok_or_else(|| unsupported(algorithm))?;
    let found = WrappingKeySpec::ALL.into_iter().find(|known| known.name() == spec);
    let wrapping_key_spec = found.ok_or_else(|| unsupported(spec))?;
    parameters(asked, &target, wrapping_algorithm, wrapping_key_spec, reply)
}

fn get_parameters_for_hpke_import(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let algorithm = WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm;
    parameters(asked, &target, algorithm, WrappingKeySpec::X25519, reply)
}

fn parameters(
    asked: &Asked<'_>,
    target: &Target<'_>,
    wrapping_algorithm: WrappingAlgorithm,
    wrapping_key_spec: WrappingKeySpec,
    reply: &mut Object,
) -> Result<(), Refusal> {
    let request = GetParametersForImport { key_id: target.key, wrapping_algorithm, wrapping_key_spec };
    let made = asked.ask_about(target, |vault, caller| vault.get_parameters_for_import(caller, request))?;
    reply.text("KeyId", &target.vault.arn(made.key_id));
    reply.blob("ImportToken", &made.import_token);
    reply.blob("PublicKey", &made.public_key);
    reply.moment("ParametersValidTo", made.valid_to_ms);
    Ok(())
}

fn import_key_material(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, target) = (asked.arguments, asked.key()?);
    let expiration_model = arguments.text("ExpirationModel").map(|name| match name {
        "KEY_MATERIAL_DOES_NOT_EXPIRE" => ExpirationModel::KeyMaterialDoesNotExpire,
        _ => ExpirationModel::KeyMaterialExpires,
    });
    let import_type = arguments.text("ImportType").map(|name| match name {
        "NEW_KEY_MATERIAL" => ImportType::NewKeyMaterial,
        _ => ImportType::ExistingKeyMaterial,
    });
    let key_material_id = material_id(asked);
    let request = ImportKeyMaterial {
        key_id: target.key,
        import_token: arguments.blob("ImportToken").unwrap_or_default(),
        encrypted_key_material: arguments.blob("EncryptedKeyMaterial").unwrap_or_default(),
        expiration_model,
        // What lies before 1970 has passed in any case.
        valid_to_ms: arguments.moment("ValidTo").map(|ms| u64::try_from(ms).unwrap_or(0)),
        import_type,
        key_material_description: arguments.text("KeyMaterialDescription"),
        key_material_id: key_material_id.as_ref(),
    };
    let asked_for = asked.judge(|caller| target.vault.import_key_material(caller, request));
    let imported = asked_for.map_err(|error| match error {
        Error::Validation(Wrong::ValidTo) => {
            let lasts = expiration_model == Some(ExpirationModel::KeyMaterialDoesNotExpire);
            Refusal::validation(match request.valid_to_ms {
                None => "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
                Some(_) if lasts => {
                    "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE"
                }
                Some(_) => "ValidTo must be in the future, and at most 365 days from now",
            })
        }
        error => asked.refuse(error, &target.subject),
    })?;
    reply.text("KeyId", &target.vault.arn(imported.facts.key_id));
    reply.hex_if("KeyMaterialId", imported.key_material_id);
    if asked.wants_facts() {
        reply.number("Version", imported.version);
        asked.tell(&target.vault, &imported.facts, reply);
    }
    Ok(())
}

fn delete_imported_key_material(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let key_material_id = material_id(asked);
    let request = DeleteImportedKeyMaterial { key_id: target.key, key_material_id: key_material_id.as_ref() };
    let deleted =
        asked.ask_about(&target, |vault, caller| vault.delete_imported_key_material(caller, request))?;
    reply.text("KeyId", &target.vault.arn(deleted.key_id));
    reply.hex_if("KeyMaterialId", deleted.key_material_id);
    Ok(())
}

/// The id of the material that is meant: the shapes have seen to it that it is 64 digits.
fn material_id(asked: &Asked<'_>) -> Option<[u8; 32]> {
    let digits = asked.arguments.text("KeyMaterialId")?;
    let mut id = [0; 32];
    for (byte, at) in id.iter_mut().zip((0usize..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at.checked_add(2)?)?, 16).ok()?;
    }
    Some(id)
}
