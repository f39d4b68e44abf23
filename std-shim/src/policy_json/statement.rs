//! A statement: its members in any order, each checked where it stands.

use std::borrow::Cow;

use serde::de::{Error as _, MapAccess};
use strongroom_core::Error;
use strongroom_core::policy::{
    Condition, Effect, PolicyBuilder, PolicyKind, PrincipalEntry, Statement, check,
};

use super::condition::{ConditionParts, Conditions};
use super::document::Statements;
use super::member::{Members, Name};
use super::one_or_many::{One, OneOrMany};
use super::principals::{PrincipalType, Principals};
use super::quoted::quoted;

const MEMBERS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Of each pair a statement has at most one.
const PAIRS: &[(&str, &str)] =
    &[("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")];

/// What a statement holds, as far as it is read.
#[derive(Default)]
pub(super) struct StatementParts<'de> {
    effect: Option<Effect>,
    sid: Option<Cow<'de, str>>,
    pub(super) principals: Vec<(PrincipalType, Cow<'de, str>)>,
    actions: Vec<Cow<'de, str>>,
    resources: Vec<Cow<'de, str>>,
    pub(super) conditions: Vec<ConditionParts<'de>>,
    not_principal: bool,
    not_action: bool,
    not_resource: bool,
}

impl<'de> StatementParts<'de> {
    /// Reads a statement to its end.
    pub(super) fn read<A: MapAccess<'de>>(
        statements: &mut Statements<'_>,
        mut map: A,
    ) -> Result<Self, A::Error> {
        let mut members = Members::new("a statement", MEMBERS);
        let mut parts = StatementParts::default();
        let (kind, language) = (statements.kind, statements.language);
        loop {
            let is_allow = parts.effect == Some(Effect::Allow);
            let take =
                |name: &str| allowed_here(name, kind, is_allow, &members).and_then(|()| members.take(name));
            let Some(name) =
                map.next_key_seed(Name { expected: "the name of a member of a statement", take })?
            else {
                break;
            };
            match name {
                "Sid" => map.next_value_seed(One {
                    expected: "a text",
                    take: &mut |sid: Cow<'de, str>| {
                        check::sid(&sid, kind).map_err(|fault| format!("{}: {fault}", quoted(&sid)))?;
                        if !sid.is_empty() && !statements.sids.insert(sid.clone().into_owned()) {
                            return Err(format!("another statement has the `Sid` {}", quoted(&sid)));
                        }
                        parts.sid = Some(sid);
                        Ok(())
                    },
                })?,
                "Effect" => {
                    let not_principal = parts.not_principal;
                    map.next_value_seed(One {
                        expected: "an effect: `Allow` or `Deny`",
                        take: &mut |text: Cow<'de, str>| {
                            parts.effect = Some(effect(&text, not_principal)?);
                            Ok(())
                        },
                    })?;
                }
                "Principal" | "NotPrincipal" => {
                    parts.not_principal = name == "NotPrincipal";
                    map.next_value_seed(Principals { into: &mut parts.principals })?;
                }
                "Action" | "NotAction" => {
                    parts.not_action = name == "NotAction";
                    map.next_value_seed(OneOrMany {
                        expected: "an action such as `kms:Decrypt`",
                        take: |text: Cow<'de, str>| {
                            check::action(&text).map_err(|fault| format!("{}: {fault}", quoted(&text)))?;
                            parts.actions.push(text);
                            Ok(())
                        },
                    })?;
                }
                "Resource" | "NotResource" => {
                    parts.not_resource = name == "NotResource";
                    map.next_value_seed(OneOrMany {
                        expected: "a resource: `*` or an ARN",
                        take: |text: Cow<'de, str>| {
                            check::resource(&text, language)
                                .map_err(|fault| format!("{}: {fault}", quoted(&text)))?;
                            parts.resources.push(text);
                            Ok(())
                        },
                    })?;
                }
                _ => map.next_value_seed(Conditions { statements, into: &mut parts.conditions })?,
            }
        }
        missing(&members, kind).map_or(Ok(parts), |message| Err(A::Error::custom(message)))
    }

    /// Gives the statement to the builder.
    ///
    /// # Errors
    /// As the builder's.
    pub(super) fn build(&self, builder: &mut PolicyBuilder<'_>) -> Result<(), Error> {
        let principals: Vec<PrincipalEntry<'_>> =
            self.principals.iter().map(|(kind, text)| kind.entry(text)).collect();
        let actions: Vec<&str> = self.actions.iter().map(|text| &**text).collect();
        let resources: Vec<&str> = self.resources.iter().map(|text| &**text).collect();
        let values: Vec<Vec<&str>> = self
            .conditions
            .iter()
            .map(|condition| condition.values.iter().map(|text| &**text).collect())
            .collect();
        let conditions: Vec<Condition<'_>> = self
            .conditions
            .iter()
            .zip(&values)
            .map(|(condition, values)| Condition {
                qualifier: condition.qualifier,
                operator: condition.operator,
                if_exists: condition.if_exists,
                key: &condition.key,
                values,
            })
            .collect();
        builder.statement(&Statement {
            effect: self.effect.ok_or(Error::Bug)?,
            sid: self.sid.as_deref(),
            principals: &principals,
            not_principal: self.not_principal,
            actions: &actions,
            not_action: self.not_action,
            resources: &resources,
            not_resource: self.not_resource,
            conditions: &conditions,
        })
    }
}

/// Whether a member may stand in such a statement, beside those already met.
fn allowed_here(name: &str, kind: PolicyKind, is_allow: bool, members: &Members) -> Result<(), String> {
    if kind == PolicyKind::Identity && matches!(name, "Principal" | "NotPrincipal") {
        return Err(format!(
            "`{name}` is not allowed in an identity policy, which is about the caller it belongs to; leave it out"
        ));
    }
    if name == "NotPrincipal" && is_allow {
        return Err(ALLOW_BUT.to_owned());
    }
    for (one, other) in PAIRS {
        for (this, earlier) in [(one, other), (other, one)] {
            if name == *this && members.has(earlier) {
                return Err(format!("`{this}` stands beside `{earlier}`; a statement takes one of the two"));
            }
        }
    }
    Ok(())
}

const ALLOW_BUT: &str =
    "`NotPrincipal` is accepted with `Deny` only: with `Allow` it would open the key to everybody else";

fn effect(text: &str, not_principal: bool) -> Result<Effect, String> {
    match text {
        "Allow" if not_principal => Err(ALLOW_BUT.to_owned()),
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => Err(format!("{} is not an effect; expected `Allow` or `Deny`", quoted(other))),
    }
}

/// What a statement lacks, if it lacks something.
fn missing(members: &Members, kind: PolicyKind) -> Option<&'static str> {
    let has_one = |(one, other): (&str, &str)| members.has(one) || members.has(other);
    if !members.has("Effect") {
        Some("`Effect` is missing in this statement; expected `Allow` or `Deny`")
    } else if kind == PolicyKind::Identity {
        // In a key policy such a statement is accepted, and has no effect.
        if !has_one(("Action", "NotAction")) {
            Some("`Action` is missing in this statement; expected `Action` or `NotAction`")
        } else if !has_one(("Resource", "NotResource")) {
            Some("`Resource` is missing in this statement; expected `Resource` or `NotResource`")
        } else {
            None
        }
    } else if !has_one(("Principal", "NotPrincipal")) {
        Some(
            "`Principal` is missing in this statement; in a key policy each statement names at least one principal",
        )
    } else {
        None
    }
}
