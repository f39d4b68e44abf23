//! CreateKey, DescribeKey, ListKeys, EnableKey, DisableKey, UpdateKeyDescription, ScheduleKeyDeletion, CancelKeyDeletion,
//! GetKeyLastUsage.

use strongroom_core::error::Parameter as Wrong;
use strongroom_std::Error;
use strongroom_std::key::{KeyId, KeyOrigin, KeySpec, KeyUsage};
use strongroom_std::operation::{
    CancelKeyDeletion, CreateKey, DescribeKey, DisableKey, EnableKey, GetKeyLastUsage, ListKeys, Marker,
    ScheduleKeyDeletion, UpdateKeyDescription,
};

use super::asked::Asked;
use super::facts::FACTS;
use super::metadata::metadata;
use super::pages::{Page, end};
use super::policies::compiled;
use super::refusal::{Refusal, Subject};
use super::shape::{
    BYPASS, DESCRIPTION, GRANT_TOKENS, KEY_ID, LIMIT, MARKER, POLICY, Shape, TAGS, XKS_KEY, matching,
    optional, required, text,
};
use super::table::{Operation, waits};
use super::tags::{pairs, wrong_tags};
use super::versions::end_name;
use crate::object::Object;

const KEY_SPECS: [&str; 20] = [
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
];
/// Those that `CustomerMasterKeySpec` can be: the first of them.
const OLD_KEY_SPECS: &[&str] = KEY_SPECS.split_at(13).0;
const KEY_USAGES: [&str; 5] =
    ["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"];

pub(super) const OPERATIONS: &[Operation] = &[
    waits(
        "CreateKey",
        &[
            optional("Policy", POLICY),
            optional("Description", DESCRIPTION),
            optional("KeyUsage", Shape::Word(&KEY_USAGES)),
            optional("CustomerMasterKeySpec", Shape::Word(OLD_KEY_SPECS)),
            optional("KeySpec", Shape::Word(&KEY_SPECS)),
            optional("Origin", Shape::Word(&["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"])),
            optional("CustomKeyStoreId", text(1, 64)),
            BYPASS,
            optional("Tags", TAGS),
            optional("MultiRegion", Shape::Truth),
            optional("XksKeyId", matching(1, 128, &XKS_KEY)),
            FACTS,
        ],
        create_key,
    ),
    waits("DescribeKey", &[KEY_ID, GRANT_TOKENS, FACTS], describe_key),
    waits(
        "ListKeys",
        &[
            LIMIT,
            MARKER,
            optional(
                "ResourceOwners",
                Shape::List { min: 1, max: 2, item: &Shape::Word(&["SELF", "OTHER_ACCOUNTS_VIA_RAM"]) },
            ),
        ],
        list_keys,
    ),
    waits("EnableKey", &[KEY_ID, FACTS], enable_key),
    waits("DisableKey", &[KEY_ID, FACTS], disable_key),
    waits(
        "UpdateKeyDescription",
        &[KEY_ID, required("Description", DESCRIPTION), FACTS],
        update_key_description,
    ),
    waits(
        "ScheduleKeyDeletion",
        &[KEY_ID, optional("PendingWindowInDays", Shape::Number { min: 1, max: 365 }), FACTS],
        schedule_key_deletion,
    ),
    waits("CancelKeyDeletion", &[KEY_ID, FACTS], cancel_key_deletion),
    waits("GetKeyLastUsage", &[KEY_ID, FACTS], get_key_last_usage),
];

fn create_key(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, vault) = (asked.arguments, asked.own()?);
    let (key_spec, key_usage, origin) = kind(asked)?;
    let policy = arguments.text("Policy").map(compiled);
    let tags = pairs(asked, "Tags");
    let request = CreateKey {
        description: arguments.text("Description").unwrap_or_default(),
        key_spec,
        key_usage,
        origin,
        tags: &tags,
        policy: policy.as_ref().map(|policy| policy.bytes.as_slice()),
        bypass_policy_lockout_safety_check: arguments.truth("BypassPolicyLockoutSafetyCheck"),
    };
    let made = asked.judge(|caller| {
        let made = vault.create_key(caller, request)?;
        Ok((made, vault.current_key_material_id(&made)?))
    });
    let (facts, material_id) = made.map_err(|error| match (error, &policy) {
        (Error::MalformedPolicyDocument | Error::LimitExceeded, Some(policy)) => {
            policy.refusal(error, asked, &Subject::Nothing)
        }
        (Error::Tag, _) => wrong_tags(&tags),
        (Error::Validation(Wrong::KeyUsage), _) => Refusal::validation(format!(
            "KeyUsage {} is not compatible with KeySpec {}",
            key_usage.name(),
            key_spec.name()
        )),
        (error, _) => asked.refuse(error, &Subject::Nothing),
    })?;
    reply.object("KeyMetadata", |reply| {
        metadata(&vault, &facts, material_id, request.description, reply);
    });
    asked.tell(&vault, &facts, reply);
    Ok(())
}

/// What a key is to be, if there are such keys here.
fn kind(asked: &Asked<'_>) -> Result<(KeySpec, KeyUsage, KeyOrigin), Refusal> {
    let arguments = asked.arguments;
    let spec = match (arguments.text("KeySpec"), arguments.text("CustomerMasterKeySpec")) {
        (Some(_), Some(_)) => {
            return Err(Refusal::validation(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. \
                 CustomerMasterKeySpec is deprecated.",
            ));
        }
        (spec, old) => spec.or(old).unwrap_or("SYMMETRIC_DEFAULT"),
    };
    let origin = arguments.text("Origin").unwrap_or("AWS_KMS");
    let elsewhere = ["CustomKeyStoreId", "XksKeyId"].into_iter().find(|name| arguments.has(name));
    if let Some(name) = elsewhere {
        return Err(Refusal::unsupported(format!("{name}: custom key stores are not supported here.")));
    }
    if arguments.truth("MultiRegion") {
        return Err(Refusal::unsupported("Multi-Region keys are not supported here."));
    }
    let usage = match arguments.text("KeyUsage") {
        Some(usage) => usage,
        None if spec == "SYMMETRIC_DEFAULT" => "ENCRYPT_DECRYPT",
        None => {
            return Err(Refusal::validation(
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
            ));
        }
    };
    let unsupported = |what: &str| Refusal::unsupported(format!("{what} is not supported here."));
    let found = KeySpec::ALL.into_iter().find(|known| known.name() == spec);
    let spec = found.ok_or_else(|| unsupported(spec))?;
    let origin = [KeyOrigin::AwsKms, KeyOrigin::External].into_iter().find(|known| known.name() == origin);
    let origin = origin.ok_or_else(|| unsupported("This Origin"))?;
    let usages = [KeyUsage::EncryptDecrypt, KeyUsage::GenerateVerifyMac];
    let usage = usages.into_iter().find(|known| known.name() == usage).ok_or_else(|| {
        Refusal::validation(format!("KeyUsage {usage} is not compatible with KeySpec {}", spec.name()))
    })?;
    Ok((spec, usage, origin))
}

fn describe_key(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let described = asked.ask_about(&target, |vault, caller| {
        let grant_tokens = &asked.arguments.grant_tokens()?;
        vault.describe_key(caller, DescribeKey { key_id: target.key, grant_tokens })
    })?;
    reply.object("KeyMetadata", |reply| {
        let material_id = described.current_key_material_id;
        metadata(&target.vault, &described.facts, material_id, &described.description, reply);
    });
    asked.tell_with_material(&target.vault, &described.facts, described.current_key_material_id, reply);
    Ok(())
}

fn list_keys(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let vault = asked.own()?;
    let Page { limit, marker } = Page::<24>::of(asked, 100, 1000);
    let marker = marker.map(Marker);
    let request = ListKeys { limit, marker: marker.as_ref() };
    let mut listed =
        asked.ask(&vault, &Subject::Nothing, |vault, caller| vault.list_keys(caller, request))?;
    let owners = asked.arguments.texts("ResourceOwners");
    if !owners.is_empty() && !owners.contains(&"SELF") {
        // Nobody shares keys with this account.
        listed.keys.clear();
        listed.next_marker = None;
    }
    reply.objects("Keys", &listed.keys, |reply, key_id| {
        reply.text("KeyId", &key_id.to_string());
        reply.text("KeyArn", &vault.arn(*key_id));
    });
    end(reply, listed.next_marker.map(|marker| marker.0));
    Ok(())
}

fn enable_key(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = EnableKey { key_id: target.key };
    let facts = asked.ask_about(&target, |vault, caller| vault.enable_key(caller, request))?;
    asked.tell_alone(&target.vault, &facts, reply);
    Ok(())
}

fn disable_key(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = DisableKey { key_id: target.key };
    let facts = asked.ask_about(&target, |vault, caller| vault.disable_key(caller, request))?;
    asked.tell_alone(&target.vault, &facts, reply);
    Ok(())
}

fn update_key_description(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let description = asked.arguments.required("Description");
    let request = UpdateKeyDescription { key_id: target.key, description };
    let facts = asked.ask_about(&target, |vault, caller| vault.update_key_description(caller, request))?;
    asked.tell_alone(&target.vault, &facts, reply);
    Ok(())
}

fn schedule_key_deletion(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let mut request = ScheduleKeyDeletion::new(target.key);
    if let Some(days) = asked.arguments.number("PendingWindowInDays").and_then(|days| days.try_into().ok()) {
        request.pending_window_in_days = days;
    }
    let facts = asked.ask_about(&target, |vault, caller| vault.schedule_key_deletion(caller, request))?;
    reply.text("KeyId", &target.vault.arn(facts.key_id));
    reply.moment("DeletionDate", facts.deletion.map(|deletion| deletion.due_ms));
    reply.text("KeyState", facts.state.name());
    reply.number("PendingWindowInDays", request.pending_window_in_days);
    asked.tell(&target.vault, &facts, reply);
    Ok(())
}

fn cancel_key_deletion(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = CancelKeyDeletion { key_id: target.key };
    let facts = asked.ask_about(&target, |vault, caller| vault.cancel_key_deletion(caller, request))?;
    reply.text("KeyId", &target.vault.arn(facts.key_id));
    asked.tell(&target.vault, &facts, reply);
    Ok(())
}

fn get_key_last_usage(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let request = GetKeyLastUsage { key_id: target.key };
    let usage = asked.ask_about(&target, |vault, caller| vault.get_key_last_usage(caller, request))?;
    reply.text("KeyId", &target.vault.arn(usage.key_id));
    reply.object("KeyLastUsage", |reply| {
        if let Some(last) = usage.key_last_usage {
            reply.text("Operation", last.operation.name());
            reply.moment("Timestamp", last.time_ms);
            // Request ids are written as key ids are.
            reply.text("KmsRequestId", &KeyId::from_bytes(last.request_id).to_string());
        }
    });
    reply.moment("TrackingStartDate", usage.tracking_start_ms);
    reply.moment("KeyCreationDate", usage.key_creation_ms);
    if let Some(budget) = usage.budget.filter(|_| asked.wants_facts()) {
        reply.object("Facts", |reply| {
            reply.number("Sealings", i64::try_from(budget.sealings).unwrap_or(i64::MAX));
            reply.text("Then", end_name(budget.end));
        });
    }
    Ok(())
}
