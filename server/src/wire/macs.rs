//! GenerateMac, VerifyMac.

use strongroom_std::key::MacAlgorithm;
use strongroom_std::operation::{GenerateMac, VerifyMac};

use super::asked::Asked;
use super::refusal::Refusal;
use super::shape::{CIPHERTEXT, DRY_RUN, GRANT_TOKENS, KEY_ID, MESSAGE, Parameter, Shape, required};
use super::table::{Operation, computes};
use crate::object::Object;

const MAC_ALGORITHM: Parameter =
    required("MacAlgorithm", Shape::Word(&["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"]));

pub(super) const OPERATIONS: &[Operation] = &[
    computes(
        "GenerateMac",
        &[required("Message", MESSAGE), KEY_ID, MAC_ALGORITHM, GRANT_TOKENS, DRY_RUN],
        generate_mac,
    ),
    computes(
        "VerifyMac",
        &[
            required("Message", MESSAGE),
            KEY_ID,
            MAC_ALGORITHM,
            required("Mac", CIPHERTEXT),
            GRANT_TOKENS,
            DRY_RUN,
        ],
        verify_mac,
    ),
];

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
        vault.generate_mac(caller, request)
    })?;
    reply.blob("Mac", &made.mac);
    reply.text("MacAlgorithm", mac_algorithm.name());
    reply.text("KeyId", &target.vault.arn(made.key_id));
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
        vault.verify_mac(caller, request)
    })?;
    reply.text("KeyId", &target.vault.arn(verified.key_id));
    reply.truth("MacValid", true);
    reply.text("MacAlgorithm", mac_algorithm.name());
    Ok(())
}

/// The algorithm that is asked for: the shapes have seen to it that there is one.
fn mac_algorithm(asked: &Asked<'_>) -> Result<MacAlgorithm, Refusal> {
    let name = asked.arguments.required("MacAlgorithm");
    let found = MacAlgorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name);
    found.ok_or_else(|| Refusal::unsupported(format!("{name} is not supported here.")))
}
