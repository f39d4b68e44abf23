//! `Principal`: everyone, or lists by type.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use strongroom_core::policy::{PrincipalEntry, check};

use super::member::{Members, Name};
use super::one_or_many::OneOrMany;
use super::quoted::quoted;

const TYPES: &[&str] = &["AWS", "Service"];

/// The types of principals that the vault knows.
#[derive(Clone, Copy, Debug)]
pub(super) enum PrincipalType {
    Aws,
    Service,
}

impl PrincipalType {
    /// The entry of a statement.
    pub(super) fn entry(self, text: &str) -> PrincipalEntry<'_> {
        match self {
            PrincipalType::Service => PrincipalEntry::Service(text),
            PrincipalType::Aws if text == "*" => PrincipalEntry::Everyone,
            PrincipalType::Aws if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                PrincipalEntry::Account(text)
            }
            PrincipalType::Aws => PrincipalEntry::Arn(text),
        }
    }
}

/// Reads them into a list.
pub(super) struct Principals<'s, 'de> {
    pub(super) into: &'s mut Vec<(PrincipalType, Cow<'de, str>)>,
}

impl<'de> DeserializeSeed<'de> for Principals<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Principals<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`*`, or an object such as {\"AWS\": \"arn:…\"}")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if text != "*" {
            let form = format!("expected `*`, or an object such as {{\"AWS\": {}}}", quoted(text));
            return Err(E::custom(format!("{} is not a principal; {form}", quoted(text))));
        }
        self.into.push((PrincipalType::Aws, Cow::Borrowed("*")));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut members = Members::new("`Principal`", TYPES);
        loop {
            let take = |name: &str| match name {
                "Federated" | "CanonicalUser" => {
                    Err(format!("principals of type `{name}` are not supported; expected `AWS` or `Service`"))
                }
                _ => members.take(name),
            };
            let Some(name) = map.next_key_seed(Name { expected: "a type of principals", take })? else {
                break;
            };
            let kind = if name == "AWS" { PrincipalType::Aws } else { PrincipalType::Service };
            map.next_value_seed(OneOrMany {
                expected: match kind {
                    PrincipalType::Aws => "the ARN of a user, role or session, an account or `*`",
                    PrincipalType::Service => "a service such as `backup.amazonaws.com`",
                },
                take: |text: Cow<'de, str>| {
                    check::principal(&kind.entry(&text))
                        .map_err(|fault| format!("invalid principal {}: {fault}", quoted(&text)))?;
                    self.into.push((kind, text));
                    Ok(())
                },
            })?;
        }
        if self.into.is_empty() {
            return Err(A::Error::custom("this names no principal; expected `AWS` or `Service`"));
        }
        Ok(())
    }
}
