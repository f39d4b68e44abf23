//! A condition against the values of one request.

use core::cell::Cell;
use core::net::IpAddr;

use base64ct::{Base64, Encoding};

use super::decimal::Decimal;
use super::instant::Instant;
use super::network::Network;
use super::operator::{Comparison, Operator};
use super::truth::Truth;
use crate::policy::check::Fault;
use crate::policy::form::UnreadablePolicy;
use crate::policy::keys::{ConditionKeys, Values, fold};
use crate::policy::language::Qualifier;
use crate::policy::pattern::Pattern;

/// A value of a policy.
type Read<'a> = Result<&'a str, UnreadablePolicy>;

/// A condition against one request.
#[derive(Debug)]
pub(in crate::policy) struct Test<'a, C: ?Sized> {
    pub(in crate::policy) qualifier: Qualifier,
    pub(in crate::policy) operator: Operator,
    pub(in crate::policy) if_exists: bool,
    pub(in crate::policy) keys: &'a C,
    /// Whether the document is of a language with variables.
    pub(in crate::policy) has_variables: bool,
    /// How many steps the patterns of this evaluation may still take.
    pub(in crate::policy) steps_left: &'a Cell<u32>,
}

impl<'a, C: ConditionKeys + ?Sized> Test<'a, C> {
    /// Whether the condition holds (`policy-evaluation`, section 5). `listed` gives the policy's values, as often as
    /// needed; one that is met and cannot be read is an error.
    pub(in crate::policy) fn holds<V: Iterator<Item = Read<'a>>>(
        &self,
        values: Values<'_>,
        listed: impl Fn() -> V,
    ) -> Truth {
        let is_negated = self.operator.is_negated();
        match values {
            Values::Unknown => Truth::Error,
            _ if self.operator == Operator::Null => {
                let wanted = if values.is_absent() { "true" } else { "false" };
                any(listed(), |value| value == wanted)
            }
            _ if values.is_absent() => match self.qualifier {
                Qualifier::None => (self.if_exists || is_negated).into(),
                Qualifier::ForAllValues => Truth::True,
                Qualifier::ForAnyValue => Truth::False,
            },
            Values::Ambiguous => is_negated.into(),
            _ if values.is_multivalued() && self.qualifier == Qualifier::None => Truth::False,
            _ => {
                let mut tested = values.iter().map(|value| self.test(value, listed()));
                if self.qualifier == Qualifier::ForAllValues {
                    tested.fold(Truth::True, Truth::and)
                } else {
                    tested.next().map_or(Truth::False, |first| tested.fold(first, Truth::or))
                }
            }
        }
    }

    /// Whether one value of the request passes: it matches one of the listed values or, negated, none.
    fn test(&self, value: &str, listed: impl Iterator<Item = Read<'a>>) -> Truth {
        let matched = match self.operator.comparison() {
            Comparison::Exact => any(listed, |listed| self.literal(listed).matches(value)),
            Comparison::IgnoringCase => any(listed, |listed| self.matches_ignoring_case(listed, value)),
            Comparison::Like => any(listed, |listed| self.wild(listed).matches(value)),
            Comparison::Arn => any(listed, |listed| self.wild(listed).matches_arn(value)),
            Comparison::Binary => any(listed, |listed| is_base64_of(listed, value.as_bytes())),
            Comparison::Bool => match value {
                "true" | "false" => any(listed, |listed| listed == value),
                _ => Truth::Error,
            },
            Comparison::Number(wanted) => read(Decimal::parse(value), listed, |value, listed| {
                Decimal::parse(listed).is_some_and(|listed| wanted.accepts(value.compare(&listed)))
            }),
            Comparison::Date(wanted) => read(Instant::parse(value), listed, |value, listed| {
                Instant::parse(listed).is_some_and(|listed| wanted.accepts(value.compare(&listed)))
            }),
            Comparison::Address => read(value.parse().ok(), listed, |value: &IpAddr, listed| {
                Network::parse(listed).is_some_and(|network| network.contains(*value))
            }),
            Comparison::Null => Truth::Error,
        };
        match matched {
            _ if self.steps_left.get() == 0 => Truth::Error,
            matched if self.operator.is_negated() => !matched,
            matched => matched,
        }
    }

    fn variables(&self) -> Option<&'a C> {
        self.has_variables.then_some(self.keys)
    }

    fn wild(&self, listed: &'a str) -> Pattern<'a, C> {
        Pattern::wild(listed, self.variables()).counted(self.steps_left)
    }

    fn literal(&self, listed: &'a str) -> Pattern<'a, C> {
        Pattern::literal(listed, self.variables()).counted(self.steps_left)
    }

    fn matches_ignoring_case(&self, listed: &'a str, value: &str) -> bool {
        let pattern = self.literal(listed);
        pattern.is_resolved() && fold(pattern.bytes()).eq(fold(value.bytes()))
    }
}

fn any<'a>(listed: impl Iterator<Item = Read<'a>>, matches: impl Fn(&'a str) -> bool) -> Truth {
    for value in listed {
        match value {
            Ok(value) if matches(value) => return Truth::True,
            Ok(_) => {}
            Err(_) => return Truth::Error,
        }
    }
    Truth::False
}

/// Compares a value that had to be read first; one that could not is an error.
fn read<'a, T>(
    value: Option<T>,
    listed: impl Iterator<Item = Read<'a>>,
    matches: impl Fn(&T, &'a str) -> bool,
) -> Truth {
    match value {
        Some(value) => any(listed, |listed| matches(&value, listed)),
        None => Truth::Error,
    }
}

/// Characters of base64 that stand for three bytes, or for less at the end.
const BASE64_BLOCK: usize = 4;

/// Whether `text` is the base64 of `bytes`: there is one only.
fn is_base64_of(text: &str, bytes: &[u8]) -> bool {
    let mut blocks = text.as_bytes().chunks(BASE64_BLOCK);
    let is_same = bytes.chunks(3).all(|wanted| {
        let mut block = [0; BASE64_BLOCK];
        Base64::encode(wanted, &mut block).is_ok_and(|block| blocks.next() == Some(block.as_bytes()))
    });
    is_same && blocks.next().is_none()
}

/// Whether `text` is base64: of whole blocks, padded in the last one only.
fn is_base64(text: &str) -> bool {
    let mut blocks = text.as_bytes().chunks(BASE64_BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let mut bytes = [0; 3];
        let is_whole = Base64::decode(block, &mut bytes).map(|bytes| bytes.len() == 3);
        if !is_whole.is_ok_and(|is_whole| is_whole || blocks.peek().is_none()) {
            return false;
        }
    }
    true
}

/// Whether an operator can read a value of a policy.
pub(in crate::policy) fn is_readable(operator: Operator, value: &str) -> Result<(), Fault> {
    let (is_readable, fault) = match operator.comparison() {
        Comparison::Exact | Comparison::IgnoringCase | Comparison::Like | Comparison::Arn => return Ok(()),
        Comparison::Number(_) => (Decimal::parse(value).is_some(), Fault::Number),
        Comparison::Date(_) => (Instant::parse(value).is_some(), Fault::Date),
        Comparison::Bool | Comparison::Null => (matches!(value, "true" | "false"), Fault::Boolean),
        Comparison::Binary => (is_base64(value), Fault::Base64),
        Comparison::Address => (Network::parse(value).is_some(), Fault::Address),
    };
    if is_readable { Ok(()) } else { Err(fault) }
}

#[cfg(test)]
mod tests {
    use super::{is_base64, is_base64_of};

    #[test]
    fn base64_is_of_whole_blocks_padded_at_the_end_and_nothing_else() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9vYg==", b"foob"),
            ("Zm9vYmFy", b"foobar"),
            ("AAAA/+8=", b"\0\0\0\xff\xef"),
        ] {
            assert!(is_base64(text) && is_base64_of(text, bytes), "{text}");
            assert!(!is_base64_of(text, b"other") && !is_base64_of("Zm9vYmFy", &bytes[..bytes.len() / 2]));
        }
        for text in
            ["Z", "Zg", "Zg=", "Zg==Zg==", "Zg==Zm8=", "Zh==", "====", "Zm9v\n", "Zm9v\r\n", "Zm9v=", "Zm9-"]
        {
            assert!(!is_base64(text), "{text:?}");
            assert!(
                [&b"f"[..], b"ff", b"foo", b""].iter().all(|bytes| !is_base64_of(text, bytes)),
                "{text:?}"
            );
        }
    }
}
