//! GenerateMac, VerifyMac; and of our own GenerateVersionedMac and VerifyVersionedMac, whose MACs name their version.

use strongroom_std::key::MacAlgorithm;
use strongroom_std::operation::{GenerateMac, GenerateVersionedMac, VerifyMac, VerifyVersionedMac};

use super::asked::Asked;
use super::facts::FACTS;
use super::refusal::Refusal;
use super::shape::{CIPHERTEXT, DRY_RUN, GRANT_TOKENS, KEY_ID, MESSAGE, Parameter, Shape, required};
use super::table::{Operation, computes};
use crate::object::Object;

const MAC_ALGORITHM: Parameter =
    required("MacAlgorithm", Shape::Word(&["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"]));

const GENERATE: &[Parameter] =
    &[required("Message", MESSAGE), KEY_ID, MAC_ALGORITHM, GRANT_TOKENS, DRY_RUN, FACTS];
const VERIFY: &[Parameter] = &[
    required("Message", MESSAGE),
    KEY_ID,
    MAC_ALGORITHM,
    required("Mac", CIPHERTEXT),
    GRANT_TOKENS,
    DRY_RUN,
    FACTS,
];

pub(super) const OPERATIONS: &[Operation] = &[
    computes("GenerateMac", GENERATE, generate_mac),
    computes("VerifyMac", VERIFY, verify_mac),
    computes("GenerateVersionedMac", GENERATE, generate_mac),
    computes("VerifyVersionedMac", VERIFY, verify_mac),
];

/// Which version made a MAC, if that is asked for.
fn version(asked: &Asked<'_>, version: u32, key_material_id: &[u8; 32], reply: &mut Object) {
    if asked.wants_facts() {
        reply.object("Facts", |reply| {
            reply.number("Version", version);
            reply.hex("KeyMaterialId", key_material_id);
        });
    }
}

fn generate_mac(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, target) = (asked.arguments, asked.key()?);
    let mac_algorithm = mac_algorithm(asked)?;
    let made = asked.ask_about(&target, |vault, caller| {
        let request = GenerateMac {
            key_id: target.key,
            message: arguments.blob("Message").unwrap_or_default(),
            mac_algorithm,
            grant_tokens: &arguments.grant_tokens()?,
            dry_run: arguments.truth("DryRun"),
        };
        if asked.operation == "GenerateVersionedMac" {
            vault.generate_versioned_mac(caller, GenerateVersionedMac(request))
        } else {
            vault.generate_mac(caller, request)
        }
    })?;
    reply.blob("Mac", &made.mac);
    reply.text("MacAlgorithm", mac_algorithm.name());
    reply.text("KeyId", &target.vault.arn(made.key_id));
    version(asked, made.version, &made.key_material_id, reply);
    Ok(())
}

fn verify_mac(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, target) = (asked.arguments, asked.key()?);
    let mac_algorithm = mac_algorithm(asked)?;
    let verified = asked.ask_about(&target, |vault, caller| {
        let request = VerifyMac {
            key_id: target.key,
            message: arguments.blob("Message").unwrap_or_default(),
            mac_algorithm,
            mac: arguments.blob("Mac").unwrap_or_default(),
            grant_tokens: &arguments.grant_tokens()?,
            dry_run: arguments.truth("DryRun"),
        };
        if asked.operation == "VerifyVersionedMac" {
            vault.verify_versioned_mac(caller, VerifyVersionedMac(request))
        } else {
            vault.verify_mac(caller, request)
        }
    })?;
    reply.text("KeyId", &target.vault.arn(verified.key_id));
    reply.truth("MacValid", true);
    reply.text("MacAlgorithm", mac_algorithm.name());
    version(asked, verified.version, &verified.key_material_id, reply);
    Ok(())
}

/// The algorithm that is asked for: the shapes have seen to it that there is one.
fn mac_algorithm(asked: &Asked<'_>) -> Result<MacAlgorithm, Refusal> {
    let name = asked.arguments.required("MacAlgorithm");
    let found = MacAlgorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name);
    found.ok_or_else(|| Refusal::unsupported(format!("{name} is not supported here.")))
}
