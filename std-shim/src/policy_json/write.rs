//! From the compiled form back to JSON that people read.

use strongroom_core::Error;
use strongroom_core::policy::{
    CompiledCondition, CompiledStatement, Effect, Language, Policy, PrincipalEntry, Qualifier,
    UnreadablePolicy,
};

use crate::error::PolicyError;

/// A compiled policy as JSON, in the order in which people write the members, with a line for each element.
///
/// What [`compile_policy`](super::compile_policy) makes of it has the same bytes, where it was made from JSON.
///
/// # Errors
/// [`PolicyError`]: the bytes are no compiled policy of this version, or hold a statement that JSON cannot express: one
/// with the same operator and condition key twice, or with an empty list.
pub fn to_json(compiled: &[u8]) -> Result<String, PolicyError> {
    written(compiled, &str::to_owned)
}

/// The same with accounts as AWS KMS writes them: by the ARNs of their root users, in this partition.
///
/// # Errors
/// As [`to_json`].
pub fn to_json_with_root_arns(compiled: &[u8], partition: &str) -> Result<String, PolicyError> {
    written(compiled, &|account| format!("arn:{partition}:iam::{account}:root"))
}

/// How an account is written.
type Account<'a> = &'a dyn Fn(&str) -> String;

fn written(compiled: &[u8], account: Account<'_>) -> Result<String, PolicyError> {
    document(compiled, account).map_err(|unreadable| PolicyError {
        message: match unreadable {
            UnreadablePolicy::Malformed => "these bytes are not a compiled policy that JSON can express",
            UnreadablePolicy::Newer => {
                "these bytes were compiled by a newer version; use that version or a later one"
            }
        }
        .to_owned(),
        line: 0,
        column: 0,
        error: Error::MalformedPolicyDocument,
    })
}

fn document(compiled: &[u8], account: Account<'_>) -> Result<String, UnreadablePolicy> {
    let policy = Policy::read(compiled)?;
    policy.check()?;
    let version = match policy.language() {
        Language::Version2012 => "2012-10-17",
        Language::Version2008 => "2008-10-17",
    };
    let mut document = vec![("Version", Json::text(version))];
    if !policy.id().is_empty() {
        document.push(("Id", Json::text(policy.id())));
    }
    let statements: Result<Vec<Json>, UnreadablePolicy> =
        policy.statements().map(|read| statement(&read?, account)).collect();
    document.push(("Statement", Json::List(statements?)));
    let mut text = String::new();
    Json::object(document).write(&mut text, 0);
    text.push('\n');
    Ok(text)
}

fn statement(view: &CompiledStatement<'_>, account: Account<'_>) -> Result<Json, UnreadablePolicy> {
    let mut members = Vec::new();
    if let Some(sid) = view.sid() {
        members.push(("Sid", Json::text(sid)));
    }
    members.push((
        "Effect",
        Json::text(match view.effect() {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }),
    ));
    let name = |negated: bool, plain: &'static str, not: &'static str| if negated { not } else { plain };
    if let Some(principals) = principals(view, account)? {
        members.push((name(view.not_principal(), "Principal", "NotPrincipal"), principals));
    }
    let actions: Result<Vec<String>, UnreadablePolicy> =
        view.actions().map(|action| Ok(action?.to_owned())).collect();
    if let Some(actions) = Json::one_or_many(actions?) {
        members.push((name(view.not_action(), "Action", "NotAction"), actions));
    }
    let resources: Result<Vec<String>, UnreadablePolicy> =
        view.resources().map(|pattern| Ok(pattern?.to_string())).collect();
    if let Some(resources) = Json::one_or_many(resources?) {
        members.push((name(view.not_resource(), "Resource", "NotResource"), resources));
    }
    let mut operators: Vec<(String, Vec<(String, Json)>)> = Vec::new();
    for condition in view.conditions() {
        add_condition(&condition?, &mut operators)?;
    }
    if !operators.is_empty() {
        let operators = operators.into_iter().map(|(operator, keys)| (operator, Json::Object(keys)));
        members.push(("Condition", Json::Object(operators.collect())));
    }
    Ok(Json::object(members))
}

/// The entries by type, in the order in which the types first stand; nothing where there are none.
fn principals(view: &CompiledStatement<'_>, account: Account<'_>) -> Result<Option<Json>, UnreadablePolicy> {
    let mut types: Vec<(&'static str, Vec<String>)> = Vec::new();
    for entry in view.principals() {
        let (name, text) = match entry? {
            PrincipalEntry::Everyone => ("AWS", "*".to_owned()),
            PrincipalEntry::Account(text) => ("AWS", account(text)),
            PrincipalEntry::Arn(text) => ("AWS", text.to_owned()),
            PrincipalEntry::Service(text) => ("Service", text.to_owned()),
        };
        match types.iter_mut().find(|(known, _)| *known == name) {
            Some((_, texts)) => texts.push(text),
            None => types.push((name, vec![text])),
        }
    }
    if let [("AWS", texts)] = types.as_slice()
        && let [text] = texts.as_slice()
        && text == "*"
    {
        return Ok(Some(Json::text("*")));
    }
    let types: Vec<_> =
        types.into_iter().filter_map(|(name, texts)| Some((name, Json::one_or_many(texts)?))).collect();
    Ok((!types.is_empty()).then(|| Json::object(types)))
}

fn add_condition(
    condition: &CompiledCondition<'_>,
    operators: &mut Vec<(String, Vec<(String, Json)>)>,
) -> Result<(), UnreadablePolicy> {
    let qualifier = match condition.qualifier {
        Qualifier::None => "",
        Qualifier::ForAllValues => "ForAllValues:",
        Qualifier::ForAnyValue => "ForAnyValue:",
    };
    let if_exists = if condition.if_exists { "IfExists" } else { "" };
    let operator = format!("{qualifier}{}{if_exists}", condition.operator.name());
    let values: Result<Vec<String>, UnreadablePolicy> =
        condition.values().map(|value| Ok(value?.to_owned())).collect();
    let member = (condition.key.to_owned(), Json::one_or_many(values?).ok_or(UnreadablePolicy::Malformed)?);
    match operators.iter_mut().find(|(known, _)| *known == operator) {
        Some((_, keys)) if keys.iter().any(|(key, _)| *key == member.0) => {
            return Err(UnreadablePolicy::Malformed);
        }
        Some((_, keys)) => keys.push(member),
        None => operators.push((operator, vec![member])),
    }
    Ok(())
}

/// A document, to be written with an indentation of two.
enum Json {
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    fn text(text: &str) -> Self {
        Json::Text(text.to_owned())
    }

    fn object(members: Vec<(&str, Json)>) -> Self {
        Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// One text stands alone, more are a list; none is nothing.
    fn one_or_many(texts: Vec<String>) -> Option<Self> {
        let mut texts: Vec<Json> = texts.into_iter().map(Json::Text).collect();
        match texts.len() {
            0 => None,
            1 => texts.pop(),
            _ => Some(Json::List(texts)),
        }
    }

    fn write(&self, out: &mut String, depth: usize) {
        let inner = depth.saturating_add(1);
        match self {
            Json::Text(text) => write_text(text, out),
            Json::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    next_line(out, index, inner);
                    item.write(out, inner);
                }
                close(out, items.is_empty(), depth);
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    next_line(out, index, inner);
                    write_text(name, out);
                    out.push_str(": ");
                    value.write(out, inner);
                }
                close(out, members.is_empty(), depth);
                out.push('}');
            }
        }
    }
}

fn next_line(out: &mut String, index: usize, depth: usize) {
    if index > 0 {
        out.push(',');
    }
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

fn close(out: &mut String, is_empty: bool, depth: usize) {
    if !is_empty {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for each in text.chars() {
        match each {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other if other.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('"');
}
