//! `Condition`: operators, in them condition keys, and their values.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use strongroom_core::policy::{Condition, Operator, Qualifier, check};

use super::document::Statements;
use super::member::{Name, twice};
use super::nearest::nearest_name;
use super::quoted::quoted;

const VALUE: &str = "a text, a number, `true`, `false`, or a list of such";

/// One key under one operator.
pub(super) struct ConditionParts<'de> {
    pub(super) qualifier: Qualifier,
    pub(super) operator: Operator,
    pub(super) if_exists: bool,
    pub(super) key: String,
    pub(super) values: Vec<Cow<'de, str>>,
}

/// Reads the condition block of a statement into a list.
pub(super) struct Conditions<'s, 'b, 'de> {
    pub(super) statements: &'s mut Statements<'b>,
    pub(super) into: &'s mut Vec<ConditionParts<'de>>,
}

impl<'de> DeserializeSeed<'de> for Conditions<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Conditions<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of condition operators")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        loop {
            let take = |name: &str| {
                let parsed = Condition::parse_operator(name).ok_or_else(|| unknown_operator(name))?;
                if seen.insert(name.to_owned()) { Ok(parsed) } else { Err(twice(name)) }
            };
            let Some(parsed) = map.next_key_seed(Name { expected: "a condition operator", take })? else {
                return Ok(());
            };
            map.next_value_seed(Keys { statements: self.statements, parsed, into: self.into })?;
        }
    }
}

/// The keys under one operator.
struct Keys<'s, 'b, 'de> {
    statements: &'s mut Statements<'b>,
    parsed: (Qualifier, Operator, bool),
    into: &'s mut Vec<ConditionParts<'de>>,
}

impl<'de> DeserializeSeed<'de> for Keys<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of condition keys and their values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (qualifier, operator, if_exists) = self.parsed;
        let (kind, language) = (self.statements.kind, self.statements.language);
        let mut seen = HashSet::new();
        loop {
            let take = |name: &str| {
                check::condition_key(name, language, kind, qualifier)
                    .map_err(|fault| format!("{}: {fault}", quoted(name)))?;
                if seen.insert(name.to_owned()) { Ok(name.to_owned()) } else { Err(twice(name)) }
            };
            let Some(key) = map.next_key_seed(Name { expected: "a condition key", take })? else {
                return Ok(());
            };
            let mut values = Vec::new();
            map.next_value_seed(Values { statements: self.statements, operator, into: &mut values })?;
            self.into.push(ConditionParts { qualifier, operator, if_exists, key, values });
        }
    }
}

/// The values of one key, as they are spelled: `7.0` is not `7`.
struct Values<'s, 'b, 'de> {
    statements: &'s mut Statements<'b>,
    operator: Operator,
    into: &'s mut Vec<Cow<'de, str>>,
}

impl<'de> DeserializeSeed<'de> for Values<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if !raw.starts_with('[') {
            return self.value(raw).map_err(D::Error::custom);
        }
        let mut list = serde_json::Deserializer::from_str(raw);
        let before = self.into.len();
        list.deserialize_seq(Items { values: &mut self }).map_err(|error| {
            let text = error.to_string();
            D::Error::custom(text.rsplit_once(" at line ").map_or(text.as_str(), |(front, _)| front))
        })?;
        if self.into.len() == before {
            self.statements.faulty = self.place(raw);
            return Err(D::Error::custom(format!("the list is empty; expected {VALUE}")));
        }
        Ok(())
    }
}

impl<'de> Values<'_, '_, 'de> {
    /// The offset of a part of the document.
    fn place(&self, raw: &str) -> Option<usize> {
        raw.as_ptr().addr().checked_sub(self.statements.start)
    }

    /// Takes a value that is no list.
    fn value(&mut self, raw: &'de str) -> Result<(), String> {
        self.scalar(raw).inspect_err(|_| self.statements.faulty = self.place(raw))
    }

    fn scalar(&mut self, raw: &'de str) -> Result<(), String> {
        let text = match raw.bytes().next() {
            Some(b'"') => match raw.get(1..raw.len().saturating_sub(1)).filter(|text| !text.contains('\\')) {
                Some(text) => Cow::Borrowed(text),
                None => {
                    let read = serde_json::from_str::<String>(raw);
                    Cow::Owned(
                        read.map_err(|_| "this text has an escape that stands for no character".to_owned())?,
                    )
                }
            },
            Some(b't' | b'f' | b'-' | b'0'..=b'9') => Cow::Borrowed(raw),
            Some(b'n') => return Err(format!("`null` is no value; expected {VALUE}")),
            Some(b'[') => return Err(format!("a list inside a list; expected {VALUE}")),
            _ => return Err(format!("an object is no value; expected {VALUE}")),
        };
        let refuse = |fault: &dyn fmt::Display| format!("{}: {fault}", quoted(&text));
        check::text(&text).map_err(|fault| refuse(&fault))?;
        check::condition_value(self.operator, &text, self.statements.language)
            .map_err(|fault| refuse(&fault))?;
        self.into.push(text);
        Ok(())
    }
}

/// The items of a list of values.
struct Items<'v, 's, 'b, 'de> {
    values: &'v mut Values<'s, 'b, 'de>,
}

impl<'de> Visitor<'de> for Items<'_, '_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(VALUE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&'de RawValue>()? {
            self.values.value(item.get()).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

fn unknown_operator(name: &str) -> String {
    let (front, rest) = match name.split_once(':') {
        Some((qualifier, rest)) if rest != name => (format!("{qualifier}:"), rest),
        _ => (String::new(), name),
    };
    let bare = rest.strip_suffix("IfExists").unwrap_or(rest);
    let end = rest.strip_prefix(bare).unwrap_or_default();
    let qualifier = nearest_name(&front, ["ForAllValues:", "ForAnyValue:"]).unwrap_or_default();
    let meant = nearest_name(bare, Operator::all().map(Operator::name))
        .map(|meant| format!("{qualifier}{meant}{end}"))
        .filter(|meant| Condition::parse_operator(meant).is_some())
        .map_or_else(
            || {
                "expected one such as `StringEquals`, `ArnLike` or `ForAnyValue:StringLikeIfExists`"
                    .to_owned()
            },
            |meant| format!("did you mean `{meant}`?"),
        );
    format!("{} is not a condition operator; {meant}", quoted(name))
}
