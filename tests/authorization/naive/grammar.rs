//! Which documents are policies (sections 1 to 6 and 11).

use super::super::json::Json;
use super::condition::{is_value, take_apart};
use super::principal::Principal;
use super::text::{first_variable, fold};
use super::{Kind, split_arn};

/// Whether the document means anything.
pub(in super::super) fn is_well_formed(document: &Json, kind: Kind) -> bool {
    let text = document.to_string();
    let is_short = match kind {
        Kind::Key => text.len() <= 32_768,
        Kind::Identity => text.chars().filter(|c| !" \t\n\r".contains(*c)).count() <= 10_240,
    };
    let allowed: &[&str] = match kind {
        Kind::Key => &["Version", "Id", "Statement"],
        Kind::Identity => &["Version", "Statement"],
    };
    let is_version = match document.get("Version") {
        None => true,
        Some(version) => {
            ["2012-10-17", "2008-10-17"].into_iter().any(|known| version.as_text() == Some(known))
        }
    };
    let is_id = document.get("Id").is_none_or(|id| id.as_text().is_some());
    let has_variables = has_variables(document);
    let Some(statements) = document.get("Statement").map(Json::one_or_many) else { return false };
    let sids: Vec<&str> = statements
        .iter()
        .filter_map(|statement| statement.get("Sid")?.as_text())
        .filter(|sid| !sid.is_empty())
        .collect();
    is_short
        && has_allowed_characters(document)
        && has_members(document, allowed)
        && is_version
        && is_id
        && !statements.is_empty()
        && statements.iter().all(|statement| is_statement(statement, kind, has_variables))
        && is_unique(&sids)
}

/// Whether `${...}` is a variable in this document.
pub(super) fn has_variables(document: &Json) -> bool {
    document.get("Version").and_then(Json::as_text) == Some("2012-10-17")
}

fn has_allowed_characters(value: &Json) -> bool {
    let is_allowed = |text: &str| text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'));
    match value {
        Json::Text(text) => is_allowed(text),
        Json::List(items) => items.iter().all(has_allowed_characters),
        Json::Object(members) => {
            members.iter().all(|(name, value)| is_allowed(name) && has_allowed_characters(value))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => true,
    }
}

/// An object with these members and no other, none twice.
fn has_members(value: &Json, allowed: &[&str]) -> bool {
    let names: Vec<&str> = value.members().iter().map(|(name, _)| name.as_str()).collect();
    is_object(value) && names.iter().all(|name| allowed.contains(name)) && is_unique(&names)
}

fn is_object(value: &Json) -> bool {
    matches!(value, Json::Object(_))
}

fn is_unique(names: &[&str]) -> bool {
    names.iter().enumerate().all(|(index, name)| !names[..index].contains(name))
}

fn is_statement(statement: &Json, kind: Kind, has_variables: bool) -> bool {
    let mut allowed = vec!["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    if kind == Kind::Key {
        allowed.extend(["Principal", "NotPrincipal"]);
    }
    let count = |names: [&str; 2]| names.iter().filter(|name| statement.get(name).is_some()).count();
    let texts = |name: &str, is_one: &dyn Fn(&str) -> bool| {
        statement.get(name).is_none_or(|value| is_list_of(value, &|item| item.as_text().is_some_and(is_one)))
    };
    let effect = statement.get("Effect").and_then(Json::as_text);
    let has_what = match kind {
        Kind::Key => count(["Action", "NotAction"]) <= 1 && count(["Resource", "NotResource"]) <= 1,
        Kind::Identity => count(["Action", "NotAction"]) == 1 && count(["Resource", "NotResource"]) == 1,
    };
    let has_who = kind == Kind::Identity || count(["Principal", "NotPrincipal"]) == 1;
    has_members(statement, &allowed)
        && (effect == Some("Deny") || effect == Some("Allow") && statement.get("NotPrincipal").is_none())
        && statement.get("Sid").is_none_or(|sid| sid.as_text().is_some_and(|sid| is_sid(sid, kind)))
        && has_what
        && has_who
        && ["Principal", "NotPrincipal"].iter().all(|name| statement.get(name).is_none_or(is_principal))
        && ["Action", "NotAction"].iter().all(|name| texts(name, &is_action))
        && ["Resource", "NotResource"]
            .iter()
            .all(|name| texts(name, &|text| is_resource(text, has_variables)))
        && statement.get("Condition").is_none_or(|condition| is_condition(condition, kind, has_variables))
}

/// One, or a list of at least one.
fn is_list_of(value: &Json, is_one: &dyn Fn(&Json) -> bool) -> bool {
    let items = value.one_or_many();
    !items.is_empty() && items.into_iter().all(is_one)
}

fn is_sid(sid: &str, kind: Kind) -> bool {
    sid.chars().all(|c| c.is_ascii_alphanumeric() || (kind == Kind::Key && c == ' '))
}

fn is_principal(value: &Json) -> bool {
    if let Some(text) = value.as_text() {
        return text == "*";
    }
    let is_entry = |name: &str, entry: &str| match name {
        "AWS" => {
            let is_account = entry.len() == 12 && entry.chars().all(|c| c.is_ascii_digit());
            entry == "*" || is_account || matches!(Principal::read(entry), Some(Principal::Aws { .. }))
        }
        _ => matches!(Principal::read(entry), Some(Principal::Service(_))),
    };
    has_members(value, &["AWS", "Service"])
        && !value.members().is_empty()
        && value.members().iter().all(|(name, entries)| {
            is_list_of(entries, &|entry| entry.as_text().is_some_and(|entry| is_entry(name, entry)))
        })
}

fn is_action(text: &str) -> bool {
    let is_run = |text: &str, others: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
    };
    text == "*"
        || text.split_once(':').is_some_and(|(service, name)| is_run(service, "-") && is_run(name, "*?"))
}

fn is_resource(text: &str, has_variables: bool) -> bool {
    let fields = split_arn(text, has_variables);
    let has_variable = |field: &String| has_variables && first_variable(field).is_some();
    let is_short = |field: &String| field.len() <= 255;
    let is_arn = fields.len() == 6 && fields[0] == "arn" && fields[..5].iter().all(is_short);
    text == "*" || (is_arn && !fields[..5].iter().any(has_variable))
}

fn is_condition(value: &Json, kind: Kind, has_variables: bool) -> bool {
    let operators: Vec<&str> = value.members().iter().map(|(name, _)| name.as_str()).collect();
    is_object(value)
        && is_unique(&operators)
        && value.members().iter().all(|(spelled, keys)| {
            let Some((qualifier, operator, _)) = take_apart(spelled) else { return false };
            let names: Vec<&str> = keys.members().iter().map(|(name, _)| name.as_str()).collect();
            is_object(keys)
                && is_unique(&names)
                && names.iter().all(|name| is_key(name, kind, qualifier, has_variables))
                && keys.members().iter().all(|(_, values)| {
                    is_list_of(values, &|value| {
                        value.scalar().is_some_and(|value| is_value(operator, &value))
                    })
                })
        })
}

fn is_key(name: &str, kind: Kind, qualifier: &str, has_variables: bool) -> bool {
    let name = fold(name);
    let begins = |prefixes: [&str; 2]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let is_permitted = !begins(["aws:resourcetag/", "kms:resourcetag/"]) && name != "kms:resourcealiases";
    let is_too_wide = qualifier == "ForAllValues" && begins(["kms:encryptioncontext:", "aws:requesttag/"]);
    let has_variable = has_variables && first_variable(&name).is_some();
    !has_variable && (kind == Kind::Identity || (is_permitted && !is_too_wide))
}
