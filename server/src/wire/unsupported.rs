//! What the service has and no vault here: asymmetric keys, custom key stores, several Regions.

use super::asked::Asked;
use super::refusal::Refusal;
use super::shape::{
    BYPASS, CIPHERTEXT, DESCRIPTION, DRY_RUN, ENCRYPTION_CONTEXT, GRANT_TOKENS, KEY_ID, MESSAGE, POLICY,
    Parameter, RECIPIENT, REGION, Shape, TAGS, optional, required,
};
use super::table::{Operation, computes};
use crate::object::Object;

const MESSAGE_TYPE: Parameter = optional("MessageType", Shape::Word(&["RAW", "DIGEST", "EXTERNAL_MU"]));
const SIGNING_ALGORITHM: Parameter = required(
    "SigningAlgorithm",
    Shape::Word(&[
        "RSASSA_PSS_SHA_256",
        "RSASSA_PSS_SHA_384",
        "RSASSA_PSS_SHA_512",
        "RSASSA_PKCS1_V1_5_SHA_256",
        "RSASSA_PKCS1_V1_5_SHA_384",
        "RSASSA_PKCS1_V1_5_SHA_512",
        "ECDSA_SHA_256",
        "ECDSA_SHA_384",
        "ECDSA_SHA_512",
        "SM2DSA",
        "ML_DSA_SHAKE_256",
        "ED25519_SHA_512",
        "ED25519_PH_SHA_512",
    ]),
);
const KEY_PAIR_SPEC: Parameter = required(
    "KeyPairSpec",
    Shape::Word(&[
        "RSA_2048",
        "RSA_3072",
        "RSA_4096",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
        "SM2",
        "ECC_NIST_EDWARDS25519",
        "ML_KEM_512",
        "ML_KEM_768",
        "ML_KEM_1024",
    ]),
);
const KEM: Parameter = required("EncapsulationAlgorithm", Shape::Word(&["ML_KEM"]));

pub(super) const OPERATIONS: &[Operation] = &[
    computes(
        "Sign",
        &[KEY_ID, required("Message", MESSAGE), MESSAGE_TYPE, GRANT_TOKENS, SIGNING_ALGORITHM, DRY_RUN],
        asymmetric,
    ),
    computes(
        "Verify",
        &[
            KEY_ID,
            required("Message", MESSAGE),
            MESSAGE_TYPE,
            required("Signature", CIPHERTEXT),
            SIGNING_ALGORITHM,
            GRANT_TOKENS,
            DRY_RUN,
        ],
        asymmetric,
    ),
    computes("GetPublicKey", &[KEY_ID, GRANT_TOKENS], asymmetric),
    computes(
        "DeriveSharedSecret",
        &[
            KEY_ID,
            required("KeyAgreementAlgorithm", Shape::Word(&["ECDH"])),
            required("PublicKey", Shape::Blob { min: 1, max: 8192 }),
            GRANT_TOKENS,
            DRY_RUN,
            RECIPIENT,
        ],
        asymmetric,
    ),
    computes("Encapsulate", &[KEY_ID, KEM, GRANT_TOKENS, DRY_RUN], asymmetric),
    computes(
        "Decapsulate",
        &[KEY_ID, required("SharedSecretCiphertextBlob", CIPHERTEXT), KEM, GRANT_TOKENS, DRY_RUN],
        asymmetric,
    ),
    computes(
        "GenerateDataKeyPair",
        &[ENCRYPTION_CONTEXT, KEY_ID, KEY_PAIR_SPEC, GRANT_TOKENS, RECIPIENT, DRY_RUN],
        asymmetric,
    ),
    computes(
        "GenerateDataKeyPairWithoutPlaintext",
        &[ENCRYPTION_CONTEXT, KEY_ID, KEY_PAIR_SPEC, GRANT_TOKENS, DRY_RUN],
        asymmetric,
    ),
    computes(
        "ReplicateKey",
        &[
            KEY_ID,
            required("ReplicaRegion", REGION),
            optional("Policy", POLICY),
            BYPASS,
            optional("Description", DESCRIPTION),
            optional("Tags", TAGS),
        ],
        regions,
    ),
    computes("UpdatePrimaryRegion", &[KEY_ID, required("PrimaryRegion", REGION)], regions),
    computes("CreateCustomKeyStore", &[], key_stores),
    computes("ConnectCustomKeyStore", &[], key_stores),
    computes("DeleteCustomKeyStore", &[], key_stores),
    computes("DescribeCustomKeyStores", &[], key_stores),
    computes("DisconnectCustomKeyStore", &[], key_stores),
    computes("UpdateCustomKeyStore", &[], key_stores),
];

fn asymmetric(_: &Asked<'_>, _: &mut Object) -> Result<(), Refusal> {
    Err(Refusal::unsupported("Asymmetric keys are not supported here."))
}

fn regions(_: &Asked<'_>, _: &mut Object) -> Result<(), Refusal> {
    Err(Refusal::unsupported("Multi-Region keys are not supported here."))
}

fn key_stores(_: &Asked<'_>, _: &mut Object) -> Result<(), Refusal> {
    Err(Refusal::unsupported("Custom key stores are not supported here."))
}
