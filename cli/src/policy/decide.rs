//! The one question to the vault's evaluator, and its answer.

use serde::Serialize;
use strongroom_core::policy::{
    Authorization, Decision, Explanation, PolicyKind, Principal, RequestedAction, Resource, evaluate, explain,
};

use super::line::Request;

/// Most identity policies of a caller: the evaluator counts them with one byte.
const IDENTITY_POLICIES_MAX: usize = 256;

/// The answer.
pub(super) struct Verdict {
    pub(super) decision: Decision,
    /// Why, if that was asked for.
    pub(super) because: Option<Because>,
}

/// The statement that decided or came nearest, and what in it did not match: the member `because`, with `null` for what
/// there is not.
#[derive(Serialize)]
pub(super) struct Because {
    /// The kind of policy: `key` or `identity`.
    pub(super) policy: Option<&'static str>,
    /// Which document of that kind, from 0.
    pub(super) document: Option<u8>,
    /// Which statement in it, from 0.
    pub(super) statement: Option<u16>,
    pub(super) sid: Option<String>,
    /// The first element that did not match.
    pub(super) element: Option<String>,
    pub(super) expected: Option<String>,
    pub(super) found: Option<String>,
    /// All of it in one sentence.
    pub(super) words: String,
}

impl Verdict {
    /// The decision in the words of the evaluator's answers.
    pub(super) fn name(&self) -> &'static str {
        match self.decision {
            Decision::Allow(_) => "Allow",
            Decision::ExplicitDeny(_) => "ExplicitDeny",
            Decision::ImplicitDeny(_) => "ImplicitDeny",
        }
    }
}

/// Asks the evaluator.
///
/// # Errors
/// The request is none: what is wrong with it.
pub(super) fn decide(
    request: &Request<'_>,
    key_policy: Option<&[u8]>,
    identity_policies: &[&[u8]],
    with_reason: bool,
) -> Result<Verdict, String> {
    if identity_policies.len() > IDENTITY_POLICIES_MAX {
        return Err(format!("a caller has at most {IDENTITY_POLICIES_MAX} identity policies"));
    }
    let principal = Principal::parse(&request.principal)
        .map_err(|_| "principal: expected the ARN of a caller or the name of a service".to_owned())?;
    let action = RequestedAction::parse(&request.action)
        .ok_or("action: expected one such as `kms:Decrypt`".to_owned())?;
    let resource = match (&request.resource, key_policy) {
        (Some(resource), _) => {
            Resource::parse(resource).ok_or("resource: expected `*` or an ARN of six fields")?
        }
        (None, None) => Resource::parse("*").ok_or("resource: expected `*`")?,
        (None, Some(_)) => return Err("resource: missing; expected the ARN of the key".to_owned()),
    };
    let lists = request.context.lists();
    let keys = request.context.keys(&lists);
    let authorization = Authorization {
        principal: &principal,
        action,
        resource,
        key_policy,
        identity_policies,
        keys: keys.as_slice(),
    };
    let decision = evaluate(&authorization).decision;
    let because = with_reason.then(|| Because::from(&explain(&authorization, decision)));
    Ok(Verdict { decision, because })
}

impl From<&Explanation<'_>> for Because {
    fn from(explanation: &Explanation<'_>) -> Self {
        let (decider, mismatch) = (explanation.statement, explanation.mismatch.as_ref());
        Because {
            policy: decider.and_then(|decider| match decider.policy {
                PolicyKind::Key => Some("key"),
                PolicyKind::Identity => Some("identity"),
                PolicyKind::Grant => Some("grant"),
                PolicyKind::None => None,
            }),
            document: decider.map(|decider| decider.document),
            statement: decider.map(|decider| decider.statement),
            sid: explanation.sid.map(str::to_owned),
            element: mismatch.map(|mismatch| mismatch.element.to_string()),
            expected: mismatch.map(|mismatch| mismatch.expected().to_string()),
            found: mismatch.map(|mismatch| mismatch.found().to_string()),
            words: explanation.to_string(),
        }
    }
}
