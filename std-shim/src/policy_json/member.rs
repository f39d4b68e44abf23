//! Names of members: known, and each once.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Visitor};
use strongroom_core::policy::check;

use super::nearest::nearest_name;
use super::quoted::quoted;

/// What takes a name: it answers what the name stands for, or why it is refused.
pub(super) struct Name<'e, F> {
    /// What names are expected here.
    pub(super) expected: &'e str,
    /// Takes it. The message must not end with a digit, which the JSON library would take for a position.
    pub(super) take: F,
}

impl<'de, T, F: FnOnce(&str) -> Result<T, String>> DeserializeSeed<'de> for Name<'_, F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, T, F: FnOnce(&str) -> Result<T, String>> Visitor<'de> for Name<'_, F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<T, E> {
        check::text(name).map_err(|fault| E::custom(format!("{}: {fault}", quoted(name))))?;
        (self.take)(name).map_err(E::custom)
    }
}

/// The members of an object that has a fixed set of them, and which were met.
pub(super) struct Members {
    /// What the object is, with its article.
    pub(super) of: &'static str,
    /// Their names.
    pub(super) names: &'static [&'static str],
    seen: u32,
}

impl Members {
    pub(super) const fn new(of: &'static str, names: &'static [&'static str]) -> Self {
        Members { of, names, seen: 0 }
    }

    /// Whether a member was met.
    pub(super) fn has(&self, name: &str) -> bool {
        let position = self.names.iter().position(|known| *known == name);
        position.is_some_and(|position| self.seen & bit(position) != 0)
    }

    /// The known name that this is, if it stands here for the first time.
    pub(super) fn take(&mut self, name: &str) -> Result<&'static str, String> {
        let Some((position, known)) = self.names.iter().enumerate().find(|(_, known)| **known == name) else {
            let meant = match nearest_name(name, self.names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("expected {}", alternatives(self.names)),
            };
            return Err(format!("{} is not a member of {}; {meant}", quoted(name), self.of));
        };
        if self.seen & bit(position) != 0 {
            return Err(twice(known));
        }
        self.seen |= bit(position);
        Ok(known)
    }
}

fn bit(position: usize) -> u32 {
    u32::try_from(position).ok().and_then(|position| 1u32.checked_shl(position)).unwrap_or(0)
}

/// What is said of a second member with the same name.
pub(super) fn twice(name: &str) -> String {
    format!("{} is given twice; a member may stand only once in its object", quoted(name))
}

/// `a`, `b` or `c`.
fn alternatives(names: &[&str]) -> String {
    let mut text = String::new();
    for (left, name) in (0..names.len()).rev().zip(names) {
        text.push_str(&format!("`{name}`"));
        text.push_str(match left {
            0 => "",
            1 => " or ",
            _ => ", ",
        });
    }
    text
}
