//! A text or a list of texts: the same in the policy language.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use strongroom_core::policy::check;

use super::quoted::quoted;

/// A text, for a closure that takes it or says why not.
pub(super) struct One<'s, F> {
    /// What is expected, with its article.
    pub(super) expected: &'static str,
    pub(super) take: &'s mut F,
}

/// A text, or a list of at least one.
pub(super) struct OneOrMany<F> {
    /// What each is, with its article.
    pub(super) expected: &'static str,
    pub(super) take: F,
}

fn take<'de, E: serde::de::Error>(
    take: &mut impl FnMut(Cow<'de, str>) -> Result<(), String>,
    text: Cow<'de, str>,
) -> Result<(), E> {
    check::text(&text).map_err(|fault| E::custom(format!("{}: {fault}", quoted(&text))))?;
    take(text).map_err(E::custom)
}

impl<'de, F: FnMut(Cow<'de, str>) -> Result<(), String>> DeserializeSeed<'de> for One<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Cow<'de, str>) -> Result<(), String>> Visitor<'de> for One<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<(), E> {
        take(self.take, Cow::Borrowed(text))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        take(self.take, Cow::Owned(text.to_owned()))
    }
}

impl<'de, F: FnMut(Cow<'de, str>) -> Result<(), String>> DeserializeSeed<'de> for OneOrMany<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Cow<'de, str>) -> Result<(), String>> Visitor<'de> for OneOrMany<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or a list of such", self.expected)
    }

    fn visit_borrowed_str<E: serde::de::Error>(mut self, text: &'de str) -> Result<(), E> {
        take(&mut self.take, Cow::Borrowed(text))
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<(), E> {
        take(&mut self.take, Cow::Owned(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut is_empty = true;
        while items.next_element_seed(One { expected: self.expected, take: &mut self.take })?.is_some() {
            is_empty = false;
        }
        if is_empty {
            return Err(serde::de::Error::custom(format!("the list is empty; expected {}", self.expected)));
        }
        Ok(())
    }
}
