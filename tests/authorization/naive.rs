//! A second evaluator, written from the specification of the language and for clarity alone.
//!
//! It reads the JSON documents anew for every request. Where it and the vault's evaluator differ, one is wrong.

mod address;
mod condition;
mod context;
mod date;
mod grammar;
pub(super) mod number;
mod principal;
mod text;

use self::condition::Truth;
use self::context::Context;
pub(super) use self::grammar::is_well_formed;
use self::principal::{Level, Principal};
use self::text::{Piece, expand, matches, pattern};
use super::json::Json;
use super::line::{Answer, Decision, Line};

/// Where a document is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Key,
    Identity,
}

/// Actions that another account's principals can be allowed.
const CROSS_ACCOUNT: [&str; 20] = [
    "Encrypt",
    "Decrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "Sign",
    "Verify",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "CreateGrant",
    "DescribeKey",
    "GetKeyRotationStatus",
    "GetPublicKey",
    "ListGrants",
    "RetireGrant",
    "RevokeGrant",
];

/// A request that could be read.
struct Request<'a> {
    caller: Principal,
    action: &'a str,
    resource: &'a str,
    context: Context,
}

/// Decides a line.
pub(super) fn answer(line: &Line) -> Answer {
    if are_well_formed(line) { answer_request(line) } else { Answer::ERROR }
}

/// Whether every document of the line means something.
pub(super) fn are_well_formed(line: &Line) -> bool {
    line.key_policy.iter().all(|document| is_well_formed(document, Kind::Key))
        && line.identity_policies.iter().all(|document| is_well_formed(document, Kind::Identity))
}

/// Decides a line whose documents are well-formed.
pub(super) fn answer_request(line: &Line) -> Answer {
    let (Some(caller), Some(context)) = (Principal::read(&line.principal), Context::read(&line.context))
    else {
        return Answer::ERROR;
    };
    let request = Request { caller, action: &line.action, resource: &line.resource, context };
    Answer { decision: decide(line, &request), is_error: false }
}

fn decide(line: &Line, request: &Request<'_>) -> Decision {
    let levels = |document: &Json, effect: &str| -> Vec<Level> {
        let has_variables = grammar::has_variables(document);
        let statements = document.get("Statement").unwrap().one_or_many();
        let of_effect = statements.into_iter().filter(|s| s.get("Effect").unwrap().as_text() == Some(effect));
        of_effect.filter_map(|statement| applies(statement, request, has_variables)).collect()
    };
    let documents = || line.identity_policies.iter().chain(&line.key_policy);
    if documents().any(|document| !levels(document, "Deny").is_empty()) {
        return Decision::ExplicitDeny;
    }
    let identity = line.identity_policies.iter().any(|document| !levels(document, "Allow").is_empty());
    let is_root = request.caller.is_root();
    // Of `*` there is one field, of a bucket no account: without a key policy, what is nobody's is everybody's.
    let resource: Vec<&str> = request.resource.splitn(6, ':').collect();
    let belongs = |field: usize, own: &str| match resource.get(field).copied().unwrap_or_default() {
        "" => line.key_policy.is_none(),
        theirs => theirs == own,
    };
    let is_allowed = match (&request.caller, &line.key_policy) {
        (Principal::Aws { partition, .. }, _) if !belongs(1, partition) => false,
        (Principal::Aws { account, .. }, None) => belongs(4, account) && (identity || is_root),
        (Principal::Service(_), None) => identity,
        (caller, Some(key_policy)) => {
            let levels = levels(key_policy, "Allow");
            let (direct, account) = (levels.contains(&Level::Direct), levels.contains(&Level::Account));
            match caller {
                Principal::Service(_) => direct,
                Principal::Aws { account: own, .. } if belongs(4, own) => direct || account && identity,
                Principal::Aws { .. } => {
                    is_cross_account(request.action) && (direct || account) && (identity || is_root)
                }
            }
        }
    };
    if is_allowed { Decision::Allow } else { Decision::ImplicitDeny }
}

fn is_cross_account(action: &str) -> bool {
    CROSS_ACCOUNT.iter().any(|name| action.eq_ignore_ascii_case(&format!("kms:{name}")))
}

/// Whether a statement applies, and how it names the caller.
fn applies(statement: &Json, request: &Request<'_>, has_variables: bool) -> Option<Level> {
    let level = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principals), _) => request.caller.level(principals)?,
        (_, Some(principals)) if request.caller.level(principals) == Some(Level::Direct) => return None,
        _ => Level::Direct,
    };
    if !has_action(statement, request) || !has_resource(statement, request, has_variables) {
        return None;
    }
    let is_deny = statement.get("Effect").unwrap().as_text() == Some("Deny");
    let holds = match statement.get("Condition") {
        None => true,
        Some(condition) => match condition::holds(condition, &request.context, has_variables) {
            Truth::True => true,
            Truth::Error => is_deny,
            Truth::False => false,
        },
    };
    holds.then_some(level)
}

fn has_action(statement: &Json, request: &Request<'_>) -> bool {
    let listed = |list: &Json| {
        let lower = request.action.to_ascii_lowercase();
        list.one_or_many().iter().any(|wanted| {
            let wanted = wanted.as_text().unwrap().to_ascii_lowercase();
            matches(&pattern(&wanted), &lower)
        })
    };
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(list), _) => listed(list),
        (_, Some(list)) => !listed(list),
        (None, None) => false,
    }
}

/// Whether a pattern covers the resource; `None` if a variable in it has no value.
fn covers(wanted: &str, request: &Request<'_>, has_variables: bool) -> Option<bool> {
    if wanted == "*" {
        return Some(true);
    }
    let wanted = split_arn(wanted, has_variables);
    let name = expand(&wanted[5], &request.context, has_variables)?;
    let resource: Vec<&str> = request.resource.splitn(6, ':').collect();
    if resource.len() < 6 {
        return Some(false);
    }
    let kind = name.split(|piece| *piece == Piece::Is('/')).next().unwrap();
    let is_kind_plain = name == [Piece::Run] || kind.iter().all(|piece| matches!(piece, Piece::Is(_)));
    let covers_field = |index: usize| matches(&pattern(&wanted[index]), resource[index]);
    Some(
        wanted[0] == resource[0]
            && covers_field(1)
            && wanted[2] == resource[2]
            && covers_field(3)
            && covers_field(4)
            && is_kind_plain
            && matches(&name, resource[5]),
    )
}

fn has_resource(statement: &Json, request: &Request<'_>, has_variables: bool) -> bool {
    let covered = |list: &Json| -> Vec<Option<bool>> {
        list.one_or_many()
            .iter()
            .map(|wanted| covers(wanted.as_text().unwrap(), request, has_variables))
            .collect()
    };
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(list), _) => covered(list).contains(&Some(true)),
        (_, Some(list)) => covered(list).iter().all(|covered| *covered == Some(false)),
        (None, None) => false,
    }
}

/// The fields of an ARN pattern: split at the first five colons that are not inside `${...}`.
fn split_arn(text: &str, has_variables: bool) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let variable = text::first_variable(rest).filter(|(start, _)| has_variables && *start == 0);
        let len = variable.map_or(c.len_utf8(), |(_, end)| end);
        if rest.starts_with(':') && fields.len() < 6 {
            fields.push(String::new());
        } else {
            fields.last_mut().unwrap().push_str(&rest[..len]);
        }
        rest = &rest[len..];
    }
    fields
}
