//! The members of a JSON object, borrowed from its text: nothing secret is copied while it is read.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, in their order, with values as they are spelled.
pub(crate) struct Members<'b>(pub(crate) Vec<(Name<'b>, &'b RawValue)>);

/// A text that is borrowed where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Name<'b>(#[serde(borrow)] pub(crate) Cow<'b, str>);

impl<'b> Members<'b> {
    /// The value of a member. `null` is as good as none.
    pub(crate) fn get(&self, name: &str) -> Option<&'b RawValue> {
        let (_, value) = self.0.iter().find(|(member, _)| member.0 == name)?;
        Some(*value).filter(|value| value.get() != "null")
    }
}

impl<'b> Deserialize<'b> for Members<'b> {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'b> Visitor<'b> for Seen {
            type Value = Members<'b>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(Name<'b>, &'b RawValue)> = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                let mut names: Vec<&str> = members.iter().map(|(name, _)| name.0.as_ref()).collect();
                names.sort_unstable();
                // Which of two is meant nobody can tell.
                if names.windows(2).any(|pair| pair.first() == pair.last()) {
                    return Err(A::Error::custom("a member twice"));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Seen)
    }
}
