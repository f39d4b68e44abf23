//! One line of `policy evaluate`: its parts as they are spelled, and its request.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::context::Context;
use super::name::Name;

/// The members of a line. Their text is checked to be JSON, and no more.
#[derive(Default)]
pub(super) struct Line<'a> {
    pub(super) id: Option<&'a RawValue>,
    pub(super) key_policy: Option<&'a RawValue>,
    pub(super) identity_policies: Option<&'a RawValue>,
    pub(super) request: Option<&'a RawValue>,
    /// A member that is there twice.
    pub(super) twice: Option<&'static str>,
}

/// What is asked for.
pub(super) struct Request<'a> {
    pub(super) principal: Cow<'a, str>,
    pub(super) action: Cow<'a, str>,
    pub(super) resource: Option<Cow<'a, str>>,
    pub(super) context: Context<'a>,
}

/// A value that is given, `null` being none.
pub(super) fn given(value: Option<&RawValue>) -> Option<&str> {
    value.map(RawValue::get).filter(|text| *text != "null")
}

/// The documents of a list.
///
/// # Errors
/// It is no list.
pub(super) fn documents(list: &str) -> Result<Vec<&RawValue>, String> {
    serde_json::from_str(list).map_err(|_| "identity_policies: expected a list of policies".to_owned())
}

impl<'de> Deserialize<'de> for Line<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `id`, `key_policy`, `identity_policies` and `request`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line<'de>, A::Error> {
        let mut line = Line::default();
        while let Some(name) = map.next_key::<Name<'_>>()? {
            let (place, name) = match &*name.0 {
                "id" => (&mut line.id, "id"),
                "key_policy" => (&mut line.key_policy, "key_policy"),
                "identity_policies" => (&mut line.identity_policies, "identity_policies"),
                "request" => (&mut line.request, "request"),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let value = map.next_value()?;
            if place.is_some() {
                line.twice = line.twice.or(Some(name));
            } else {
                *place = Some(value);
            }
        }
        Ok(line)
    }
}

impl<'de> Deserialize<'de> for Request<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RequestVisitor)
    }
}

struct RequestVisitor;

impl<'de> Visitor<'de> for RequestVisitor {
    type Value = Request<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `principal`, `action`, `resource` and `context`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Request<'de>, A::Error> {
        let missing = <A::Error as serde::de::Error>::missing_field;
        let (mut principal, mut action, mut resource, mut context) = (None, None, None, None);
        while let Some(name) = map.next_key::<Name<'_>>()? {
            match &*name.0 {
                "principal" => once("principal", &mut principal, map.next_value::<Name<'_>>()?.0)?,
                "action" => once("action", &mut action, map.next_value::<Name<'_>>()?.0)?,
                "resource" => {
                    let text = map.next_value::<Option<Name<'_>>>()?.map(|name| name.0);
                    once("resource", &mut resource, text)?;
                }
                "context" => {
                    once("context", &mut context, map.next_value::<Option<Context<'_>>>()?)?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Request {
            principal: principal.ok_or_else(|| missing("principal"))?,
            action: action.ok_or_else(|| missing("action"))?,
            resource: resource.flatten(),
            context: context.flatten().unwrap_or_default(),
        })
    }
}

fn once<T, E: serde::de::Error>(name: &'static str, place: &mut Option<T>, value: T) -> Result<(), E> {
    if place.is_some() {
        return Err(E::duplicate_field(name));
    }
    *place = Some(value);
    Ok(())
}
