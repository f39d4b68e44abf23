//! A condition against the values of one request.

use core::cell::Cell;
use core::net::IpAddr;

use base64ct::{Base64, Decoder};

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

/// The library passes over a line break at the end, which is not base64.
fn base64_decoder(text: &str) -> Option<Decoder<'_, Base64>> {
    if text.ends_with(['\r', '\n']) { None } else { Decoder::new(text.as_bytes()).ok() }
}

/// Whether `text` is the base64 of `bytes`.
fn is_base64_of(text: &str, bytes: &[u8]) -> bool {
    let Some(mut decoder) = base64_decoder(text) else { return text.is_empty() && bytes.is_empty() };
    let mut piece = [0; 64];
    decoder.remaining_len() == bytes.len()
        && bytes.chunks(piece.len()).all(|wanted| {
            let piece = piece.get_mut(..wanted.len()).unwrap_or_default();
            decoder.decode(piece).is_ok_and(|decoded| decoded == wanted)
        })
}

fn is_base64(text: &str) -> bool {
    let Some(mut decoder) = base64_decoder(text) else { return text.is_empty() };
    let mut piece = [0; 64];
    while !decoder.is_finished() {
        let len = decoder.remaining_len().min(piece.len());
        if decoder.decode(piece.get_mut(..len).unwrap_or_default()).is_err() {
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
