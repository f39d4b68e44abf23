//! The vault's evaluator, asked with a line.

use strongroom_core::policy::{
    self, Authorization, PolicyKind, Principal, RequestedAction, Resource, Values, evaluate,
};
use strongroom_std::policy_json::{self, compile_policy};

use super::json::Json;
use super::line::{Answer, Decision, Line};
use super::naive::Kind;

/// The compiled documents of a line.
pub(super) struct Compiled {
    key_policy: Option<Vec<u8>>,
    identity_policies: Vec<Vec<u8>>,
}

/// Compiles the documents; `None` if one is malformed.
pub(super) fn compile(line: &Line) -> Option<Compiled> {
    let identity = line.identity_policies.iter().map(|document| compile_document(document, Kind::Identity));
    Some(Compiled {
        key_policy: match &line.key_policy {
            Some(document) => Some(compile_document(document, Kind::Key)?),
            None => None,
        },
        identity_policies: identity.collect::<Option<_>>()?,
    })
}

/// Compiles a document; `None` if it is malformed.
pub(super) fn compile_document(document: &Json, kind: Kind) -> Option<Vec<u8>> {
    let kind = match kind {
        Kind::Key => PolicyKind::Key,
        Kind::Identity => PolicyKind::Identity,
    };
    compile_policy(&document.to_string(), kind).ok()
}

impl Compiled {
    /// Decides the line's request.
    pub(super) fn answer(&self, line: &Line) -> Answer {
        self.decide(line).map_or(Answer::ERROR, |decision| Answer { decision, is_error: false })
    }

    /// `None` if the request cannot be read.
    fn decide(&self, line: &Line) -> Option<Decision> {
        let lists = line.context.iter().map(|(_, value)| texts(value)).collect::<Option<Vec<_>>>()?;
        let lists: Vec<Vec<&str>> =
            lists.iter().map(|list| list.iter().map(String::as_str).collect()).collect();
        let keys: Vec<(&str, Values<'_>)> = line
            .context
            .iter()
            .zip(&lists)
            .map(|((name, value), texts)| {
                let is_list = matches!(value, Json::List(_));
                (name.as_str(), if is_list { Values::Many(texts) } else { Values::One(texts[0]) })
            })
            .collect();
        let identity_policies: Vec<&[u8]> = self.identity_policies.iter().map(Vec::as_slice).collect();
        let evaluation = evaluate(&Authorization {
            principal: &Principal::parse(&line.principal).ok()?,
            action: RequestedAction::parse(&line.action)?,
            resource: Resource::parse(&line.resource)?,
            key_policy: self.key_policy.as_deref(),
            identity_policies: &identity_policies,
            keys: keys.as_slice(),
        });
        Some(match evaluation.decision {
            policy::Decision::Allow(_) => Decision::Allow,
            policy::Decision::ExplicitDeny(_) => Decision::ExplicitDeny,
            policy::Decision::ImplicitDeny(_) => Decision::ImplicitDeny,
        })
    }
}

/// The texts of a condition key's value: strings, numbers and Booleans, and lists of strings.
fn texts(value: &Json) -> Option<Vec<String>> {
    match value {
        Json::List(items) => items.iter().map(|item| item.as_text().map(str::to_string)).collect(),
        scalar => scalar.scalar().map(|text| vec![text]),
    }
}

/// Decides a line.
pub(super) fn answer(line: &Line) -> Answer {
    compile(line).map_or(Answer::ERROR, |compiled| compiled.answer(line))
}

/// The document that a compiled policy stands for.
pub(super) fn to_json(compiled: &[u8]) -> String {
    policy_json::to_json(compiled).unwrap()
}
