//! JSON key policies into the compiled form (IAM User Guide, *Grammar of the IAM JSON policy language*).
//!
//! Conditions and policy variables are not understood yet and are refused: a policy that silently meant something else
//! would be worse.

use std::collections::HashSet;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use strongroom_core::Error;
use strongroom_core::limits::POLICY_LEN_MAX;
use strongroom_core::policy::{Effect, Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement};

use crate::error::PolicyError;

/// Compiles a key policy.
///
/// # Errors
/// [`PolicyError`] says what is wrong and where.
pub fn compile_key_policy(json: &str) -> Result<Vec<u8>, PolicyError> {
    if json.len() > POLICY_LEN_MAX {
        return Err(whole("the policy is longer than 32768 bytes", Error::LimitExceeded));
    }
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    if !json.chars().all(allowed) {
        return Err(malformed("characters beyond U+00FF are not allowed"));
    }
    let document: Document = serde_json::from_str(json).map_err(|error| PolicyError {
        message: strip_position(&error.to_string()),
        line: error.line(),
        column: error.column(),
        error: Error::MalformedPolicyDocument,
    })?;
    if !matches!(document.version.as_deref(), None | Some("2012-10-17" | "2008-10-17")) {
        return Err(malformed("`Version` must be 2012-10-17 or 2008-10-17"));
    }
    if document.statement.0.is_empty() {
        return Err(malformed("a policy needs at least one statement"));
    }
    let language = match document.version.as_deref() {
        Some("2012-10-17") => Language::Version2012,
        _ => Language::Version2008,
    };
    let mut buffer = vec![0; POLICY_LEN_MAX];
    let mut builder = PolicyBuilder::new(
        &mut buffer,
        PolicyKind::Key,
        language,
        document.id.as_deref().unwrap_or_default(),
    )
    .map_err(|error| whole("the policy is too long", error))?;
    let mut sids = HashSet::new();
    for (index, statement) in document.statement.0.iter().enumerate() {
        statement.compile(&mut builder, &mut sids).map_err(|message| match message {
            Refused::Because(why) => malformed(&format!("statement {index}: {why}")),
            Refused::TooLong => whole("the policy is too long in its compiled form", Error::LimitExceeded),
        })?;
    }
    Ok(builder.finish().to_vec())
}

fn whole(message: &str, error: Error) -> PolicyError {
    PolicyError { message: message.to_owned(), line: 0, column: 0, error }
}

fn malformed(message: &str) -> PolicyError {
    whole(message, Error::MalformedPolicyDocument)
}

/// The JSON library ends its messages with the position, which we hold apart.
fn strip_position(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(front, _)| front).to_owned()
}

enum Refused {
    Because(String),
    TooLong,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Document {
    version: Option<String>,
    id: Option<String>,
    statement: OneOrMany<JsonStatement>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct JsonStatement {
    #[serde(default, deserialize_with = "not_null")]
    sid: Option<String>,
    effect: JsonEffect,
    #[serde(default, deserialize_with = "not_null")]
    principal: Option<Principals>,
    #[serde(default, deserialize_with = "not_null")]
    not_principal: Option<Principals>,
    #[serde(default, deserialize_with = "not_null")]
    action: Option<OneOrMany<String>>,
    #[serde(default, deserialize_with = "not_null")]
    not_action: Option<OneOrMany<String>>,
    #[serde(default, deserialize_with = "not_null")]
    resource: Option<OneOrMany<String>>,
    #[serde(default, deserialize_with = "not_null")]
    not_resource: Option<OneOrMany<String>>,
    #[serde(default, deserialize_with = "not_null")]
    condition: Option<serde_json::Map<String, serde_json::Value>>,
}

/// An element that is there has a value: `null` is not the same as leaving it out.
fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Clone, Copy, serde::Deserialize)]
enum JsonEffect {
    Allow,
    Deny,
}

impl JsonStatement {
    fn compile(&self, builder: &mut PolicyBuilder<'_>, sids: &mut HashSet<String>) -> Result<(), Refused> {
        let refuse = |why: &str| Err(Refused::Because(why.to_owned()));
        if self.condition.as_ref().is_some_and(|condition| !condition.is_empty()) {
            return refuse("`Condition` is not supported yet");
        }
        if let Some(sid) = &self.sid {
            if !sid.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ') {
                return refuse("`Sid` takes letters, digits and spaces");
            }
            if !sids.insert(sid.clone()) {
                return refuse("another statement has the same `Sid`");
            }
        }
        let (principals, not_principal) = match (&self.principal, &self.not_principal) {
            (Some(principals), None) => (principals, false),
            (None, Some(principals)) => (principals, true),
            _ => return refuse("exactly one of `Principal` and `NotPrincipal` is needed"),
        };
        let principals = principals.entries().map_err(Refused::Because)?;
        let (actions, not_action) = one_of("Action", self.action.as_ref(), self.not_action.as_ref())?;
        let (resources, not_resource) =
            one_of("Resource", self.resource.as_ref(), self.not_resource.as_ref())?;
        let statement = Statement {
            effect: match self.effect {
                JsonEffect::Allow => Effect::Allow,
                JsonEffect::Deny => Effect::Deny,
            },
            sid: self.sid.as_deref(),
            principals: &principals,
            not_principal,
            actions: &actions,
            not_action,
            resources: &resources,
            not_resource,
            conditions: &[],
        };
        builder.statement(&statement).map_err(|error| match error {
            Error::MalformedPolicyDocument => Refused::Because(
                "an action is not `service:name`, a resource is not an ARN, a principal is not valid, \
                 `NotPrincipal` stands with `Allow`, or a policy variable is used, which is not supported yet"
                    .to_owned(),
            ),
            _ => Refused::TooLong,
        })
    }
}

/// The list of an element or of its negation. Neither is accepted: such a statement never applies.
fn one_of<'a>(
    name: &str,
    plain: Option<&'a OneOrMany<String>>,
    negated: Option<&'a OneOrMany<String>>,
) -> Result<(Vec<&'a str>, bool), Refused> {
    let list = |items: &'a OneOrMany<String>| items.0.iter().map(String::as_str).collect();
    if plain.or(negated).is_some_and(|items| items.0.is_empty()) {
        return Err(Refused::Because(format!("`{name}` is an empty list")));
    }
    match (plain, negated) {
        (Some(_), Some(_)) => Err(Refused::Because(format!("both `{name}` and `Not{name}` are given"))),
        (Some(items), None) => Ok((list(items), false)),
        (None, Some(items)) => Ok((list(items), true)),
        (None, None) => Ok((Vec::new(), false)),
    }
}

/// A value or a list of values: the same in the policy language.
struct OneOrMany<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Vec<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or a list of values")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
                T::deserialize(StrDeserializer::new(text)).map(|one| vec![one])
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| vec![one])
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_any(Either(std::marker::PhantomData)).map(OneOrMany)
    }
}

/// `"*"`, or lists of principals by type.
enum Principals {
    Everyone,
    ByType(Vec<(String, OneOrMany<String>)>),
}

impl<'de> Deserialize<'de> for Principals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Principals;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`*` or an object of principals by type")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Principals, E> {
                if text == "*" {
                    Ok(Principals::Everyone)
                } else {
                    Err(E::custom("a principal is `*` or an object"))
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Principals, A::Error> {
                let mut types: Vec<(String, OneOrMany<String>)> = Vec::new();
                while let Some((name, list)) = map.next_entry::<String, _>()? {
                    if types.iter().any(|(earlier, _)| *earlier == name) {
                        return Err(A::Error::custom(format!("duplicate member `{name}`")));
                    }
                    types.push((name, list));
                }
                Ok(Principals::ByType(types))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Principals {
    fn entries(&self) -> Result<Vec<PrincipalEntry<'_>>, String> {
        let types = match self {
            Principals::Everyone => return Ok(vec![PrincipalEntry::Everyone]),
            Principals::ByType(types) => types,
        };
        let mut entries = Vec::new();
        for (name, list) in types {
            for text in &list.0 {
                entries.push(match name.as_str() {
                    "AWS" if text == "*" => PrincipalEntry::Everyone,
                    "AWS" if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => {
                        PrincipalEntry::Account(text)
                    }
                    "AWS" => PrincipalEntry::Arn(text),
                    "Service" => PrincipalEntry::Service(text),
                    other => return Err(format!("principals of type `{other}` are not supported")),
                });
            }
        }
        if entries.is_empty() {
            return Err("a statement names at least one principal".to_owned());
        }
        Ok(entries)
    }
}
