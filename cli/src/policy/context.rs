//! The condition keys of a request, as they are given. Nothing is derived.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use strongroom_core::policy::Values;

use super::name::Name;
use super::scalar::{ContextValue, Scalar};

/// Names and values, in the order of the request.
#[derive(Default)]
pub(super) struct Context<'a>(Vec<(Cow<'a, str>, ContextValue<'a>)>);

impl<'a> Context<'a> {
    /// Adds a value from a command line: a second one under the same name makes a list.
    pub(super) fn add(&mut self, name: &'a str, value: &'a str, is_list: bool) {
        let scalar = Scalar(Cow::Borrowed(value));
        let Some((_, values)) = self.0.iter_mut().find(|(known, _)| known == name) else {
            let values = if is_list { ContextValue::Many(vec![scalar]) } else { ContextValue::One(scalar) };
            self.0.push((Cow::Borrowed(name), values));
            return;
        };
        *values = match std::mem::replace(values, ContextValue::Many(Vec::new())) {
            ContextValue::One(first) => ContextValue::Many(vec![first, scalar]),
            ContextValue::Many(mut list) => {
                list.push(scalar);
                ContextValue::Many(list)
            }
        };
    }

    /// The texts of the keys that have lists, in the order of the request.
    pub(super) fn lists(&self) -> Vec<Vec<&str>> {
        self.0.iter().map(|(_, value)| value.list()).collect()
    }

    /// The form in which the evaluator asks. `lists` are those of this context.
    pub(super) fn keys<'c>(&'c self, lists: &'c [Vec<&'c str>]) -> Vec<(&'c str, Values<'c>)> {
        self.0.iter().zip(lists).map(|((name, value), list)| (&**name, value.values(list))).collect()
    }
}

impl<'de> Deserialize<'de> for Context<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ContextVisitor)
    }
}

struct ContextVisitor;

impl<'de> Visitor<'de> for ContextVisitor {
    type Value = Context<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of condition keys and their values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Context<'de>, A::Error> {
        let mut context = Context::default();
        while let Some(name) = map.next_key::<Name<'_>>()? {
            context.0.push((name.0, map.next_value()?));
        }
        Ok(context)
    }
}
