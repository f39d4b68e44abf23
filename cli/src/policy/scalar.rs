//! The values of a condition key, as a line has them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;
use strongroom_core::policy::Values;

use super::name::Name;

/// A value of a condition key: a text, or a number or Boolean as it is spelled.
pub(super) struct Scalar<'a>(pub(super) Cow<'a, str>);

impl<'a> Scalar<'a> {
    /// Reads one from its JSON.
    pub(super) fn read(raw: &'a str) -> Result<Self, &'static str> {
        match raw.bytes().next() {
            Some(b'"') => serde_json::from_str::<Name<'a>>(raw)
                .map(|name| Scalar(name.0))
                .map_err(|_| "a text has an escape that stands for no character"),
            Some(b't' | b'f' | b'-' | b'0'..=b'9') => Ok(Scalar(Cow::Borrowed(raw))),
            _ => Err("the value of a condition key is a text, a number, a Boolean or a list of such"),
        }
    }
}

/// The values of one condition key.
pub(super) enum ContextValue<'a> {
    One(Scalar<'a>),
    Many(Vec<Scalar<'a>>),
}

impl ContextValue<'_> {
    /// The texts of a list; none of a single value.
    pub(super) fn list(&self) -> Vec<&str> {
        match self {
            ContextValue::One(_) => Vec::new(),
            ContextValue::Many(texts) => texts.iter().map(|text| &*text.0).collect(),
        }
    }

    /// The value, or the list that [`ContextValue::list`] gave.
    pub(super) fn values<'c>(&'c self, list: &'c [&'c str]) -> Values<'c> {
        match self {
            ContextValue::One(text) => Values::One(&text.0),
            ContextValue::Many(_) => Values::Many(list),
        }
    }
}

impl<'de> Deserialize<'de> for ContextValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if !raw.starts_with('[') {
            return Scalar::read(raw).map(ContextValue::One).map_err(serde::de::Error::custom);
        }
        let mut list = serde_json::Deserializer::from_str(raw);
        let items = list.deserialize_seq(Scalars);
        items.map(ContextValue::Many).map_err(|error| {
            let text = error.to_string();
            serde::de::Error::custom(text.rsplit_once(" at line ").map_or(text.as_str(), |(front, _)| front))
        })
    }
}

struct Scalars;

impl<'de> Visitor<'de> for Scalars {
    type Value = Vec<Scalar<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut scalars = Vec::new();
        while let Some(item) = items.next_element::<&'de RawValue>()? {
            scalars.push(Scalar::read(item.get()).map_err(serde::de::Error::custom)?);
        }
        Ok(scalars)
    }
}
