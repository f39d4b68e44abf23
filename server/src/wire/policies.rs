//! GetKeyPolicy, PutKeyPolicy, ListKeyPolicies.

use strongroom_core::limits::POLICY_LEN_MAX;
use strongroom_std::operation::{GetKeyPolicy, ListKeyPolicies, POLICY_NAME, PutKeyPolicy};
use strongroom_std::policy_json::{to_json, to_json_with_root_arns};
use strongroom_std::{Error, PolicyError, compile_key_policy};

use super::asked::Asked;
use super::facts::FACTS;
use super::refusal::{Refusal, Subject};
use super::shape::{BYPASS, KEY_ID, LIMIT, MARKER, POLICY, Parameter, WORD, matching, optional, required};
use super::table::{Operation, waits};
use crate::object::Object;

const NAME: Parameter = optional("PolicyName", matching(1, 128, &WORD));

pub(super) const OPERATIONS: &[Operation] = &[
    waits("GetKeyPolicy", &[KEY_ID, NAME, FACTS], get_key_policy),
    waits("PutKeyPolicy", &[KEY_ID, NAME, required("Policy", POLICY), BYPASS, FACTS], put_key_policy),
    waits("ListKeyPolicies", &[KEY_ID, LIMIT, MARKER], list_key_policies),
];

/// A policy in the form that vaults store. One that does not compile is handed in all the same, in a form that the vault refuses
/// for the same reason: so it is authorized and recorded like any other request.
pub(super) struct Compiled {
    pub(super) bytes: Vec<u8>,
    pub(super) wrong: Option<PolicyError>,
}

/// Compiles the policy of a key.
pub(super) fn compiled(json: &str) -> Compiled {
    Compiled::of(compile_key_policy(json))
}

impl Compiled {
    /// What a compiler made of a policy.
    pub(super) fn of(compiled: Result<Vec<u8>, PolicyError>) -> Self {
        match compiled {
            Ok(bytes) => Compiled { bytes, wrong: None },
            Err(wrong) => {
                let too_long = wrong.error == Error::LimitExceeded;
                let len = if too_long { POLICY_LEN_MAX.saturating_add(1) } else { 0 };
                Compiled { bytes: vec![0; len], wrong: Some(wrong) }
            }
        }
    }

    /// Why it was refused.
    pub(super) fn refusal(&self, error: Error, asked: &Asked<'_>, subject: &Subject) -> Refusal {
        match &self.wrong {
            Some(wrong) => Refusal::new(wrong.error.code(), wrong.to_string()),
            None => asked.refuse(error, subject),
        }
    }
}

fn get_key_policy(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let policy_name = asked.arguments.text("PolicyName").unwrap_or(POLICY_NAME);
    let request = GetKeyPolicy { key_id: target.key, policy_name };
    let found = asked.judge(|caller| target.vault.get_key_policy(caller, request));
    let policy = found.map_err(|error| match error {
        Error::NotFound if policy_name != POLICY_NAME => {
            Refusal::new("NotFoundException", "No such policy exists")
        }
        error => asked.refuse(error, &target.subject),
    })?;
    // What is stored was made from JSON, or by who did without.
    let json = if asked.wants_facts() {
        to_json(&policy)
    } else {
        to_json_with_root_arns(&policy, target.vault.realm().partition())
    };
    let json = json.map_err(|error| asked.refuse(error.error, &target.subject))?;
    reply.text("Policy", &json);
    reply.text("PolicyName", policy_name);
    Ok(())
}

fn put_key_policy(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, target) = (asked.arguments, asked.key()?);
    let policy = compiled(arguments.required("Policy"));
    let policy_name = arguments.text("PolicyName").unwrap_or(POLICY_NAME);
    let request = PutKeyPolicy {
        key_id: target.key,
        policy_name,
        policy: &policy.bytes,
        bypass_policy_lockout_safety_check: arguments.truth("BypassPolicyLockoutSafetyCheck"),
    };
    let put = asked.judge(|caller| target.vault.put_key_policy(caller, request));
    let facts = put.map_err(|error| match error {
        Error::MalformedPolicyDocument | Error::LimitExceeded => {
            policy.refusal(error, asked, &target.subject)
        }
        Error::Validation(_) if policy_name == "AWS_RAM" => {
            Refusal::validation("The AWS_RAM policy can only be managed by the RAM service")
        }
        error => asked.refuse(error, &target.subject),
    })?;
    asked.tell_alone(&target.vault, &facts, reply);
    Ok(())
}

fn list_key_policies(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    if asked.arguments.has("Marker") {
        // There is one page.
        return Err(asked.refuse(Error::InvalidMarker, &Subject::Nothing));
    }
    let request = ListKeyPolicies { key_id: target.key, limit: asked.arguments.size("Limit").unwrap_or(100) };
    let names = asked.ask_about(&target, |vault, caller| vault.list_key_policies(caller, request))?;
    reply.texts("PolicyNames", names.iter().copied());
    reply.truth("Truncated", false);
    Ok(())
}
