//! The whole document: `Version`, `Id`, `Statement`.
//!
//! It is read twice, since the statements mean something else in another version, and may stand before it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use strongroom_core::Error;
use strongroom_core::policy::{Language, PolicyBuilder, PolicyKind};

use super::member::{Members, Name};
use super::one_or_many::One;
use super::quoted::quoted;
use super::statement::StatementParts;

const MEMBERS: &[&str] = &["Version", "Id", "Statement"];
const EXPECTED: &str = "a policy: an object with `Version` and `Statement`";

/// What the statements depend on.
pub(super) struct Head<'de> {
    pub(super) language: Language,
    pub(super) id: Cow<'de, str>,
}

impl<'de> Head<'de> {
    /// Reads it, and sees that the document is JSON throughout.
    pub(super) fn read<D: Deserializer<'de>>(kind: PolicyKind, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HeadVisitor { kind })
    }
}

struct HeadVisitor {
    kind: PolicyKind,
}

impl<'de> Visitor<'de> for HeadVisitor {
    type Value = Head<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head<'de>, A::Error> {
        let mut members = Members::new("a policy", MEMBERS);
        let mut head = Head { language: Language::Version2008, id: Cow::Borrowed("") };
        let mut next = |map: &mut A| {
            let take = |name: &str| match name {
                "Id" if self.kind == PolicyKind::Identity => {
                    Err("`Id` is not allowed in an identity policy; leave it out".to_owned())
                }
                _ => members.take(name),
            };
            map.next_key_seed(Name { expected: "the name of a member of a policy", take })
        };
        while let Some(name) = next(&mut map)? {
            match name {
                "Version" => map.next_value_seed(One {
                    expected: "a version: `2012-10-17` or `2008-10-17`",
                    take: &mut |text: Cow<'de, str>| {
                        head.language = language(&text)?;
                        Ok(())
                    },
                })?,
                "Id" => map.next_value_seed(One {
                    expected: "a text",
                    take: &mut |text: Cow<'de, str>| {
                        head.id = text;
                        Ok(())
                    },
                })?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if !members.has("Statement") {
            return Err(A::Error::custom("`Statement` is missing; a policy has at least one statement"));
        }
        Ok(head)
    }
}

fn language(version: &str) -> Result<Language, String> {
    match version {
        "2012-10-17" => Ok(Language::Version2012),
        "2008-10-17" => Ok(Language::Version2008),
        other => Err(format!(
            "{} is not a version of the policy language; expected `2012-10-17` or `2008-10-17`",
            quoted(other)
        )),
    }
}

/// The statements, each given to the builder as soon as it is read.
pub(super) struct Statements<'b> {
    pub(super) kind: PolicyKind,
    pub(super) language: Language,
    pub(super) builder: PolicyBuilder<'b>,
    /// Why the builder refused, if it did.
    pub(super) refused: Option<Error>,
    /// The place of an error in a value that is taken apart by hand.
    pub(super) faulty: Option<usize>,
    /// Where the document begins in memory.
    pub(super) start: usize,
    pub(super) sids: HashSet<String>,
}

impl<'b> Statements<'b> {
    pub(super) fn new(json: &str, kind: PolicyKind, language: Language, builder: PolicyBuilder<'b>) -> Self {
        let start = json.as_ptr().addr();
        Statements { kind, language, builder, refused: None, faulty: None, start, sids: HashSet::new() }
    }

    /// Reads them all.
    pub(super) fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(Body { statements: self })
    }

    fn statement<'de, A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        let parts = StatementParts::read(self, map)?;
        let built = parts.build(&mut self.builder);
        built.map_err(|error| {
            self.refused = Some(error);
            A::Error::custom("this statement is not accepted")
        })
    }
}

/// The document once more, for its statements.
struct Body<'s, 'b> {
    statements: &'s mut Statements<'b>,
}

impl<'de> Visitor<'de> for Body<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name == "Statement" {
                map.next_value_seed(Several { statements: self.statements })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// One statement, or a list.
struct Several<'s, 'b> {
    statements: &'s mut Statements<'b>,
}

impl<'de> DeserializeSeed<'de> for Several<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Several<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a statement, which is an object, or a list of statements")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.statements.statement(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut is_empty = true;
        while items.next_element_seed(Single { statements: self.statements })?.is_some() {
            is_empty = false;
        }
        if is_empty {
            return Err(A::Error::custom("the list is empty; a policy has at least one statement"));
        }
        Ok(())
    }
}

/// A statement of a list.
struct Single<'s, 'b> {
    statements: &'s mut Statements<'b>,
}

impl<'de> DeserializeSeed<'de> for Single<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Single<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a statement, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.statements.statement(map)
    }
}
