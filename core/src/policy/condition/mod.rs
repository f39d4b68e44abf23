//! Conditions: one operator, one key of the request, the values it is compared with.

mod decimal;
mod instant;
mod network;
mod operator;

use core::cell::Cell;
use core::net::IpAddr;

use base64ct::{Base64, Decoder};

pub use operator::Operator;

use super::check::Fault;
use super::form::UnreadablePolicy;
use super::keys::{ConditionKeys, Values, fold};
use super::pattern::Pattern;
use decimal::Decimal;
use instant::Instant;
use network::Network;
use operator::Comparison;

/// How the many values of a key are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// The key has a single value.
    None,
    /// Every value of the request passes.
    ForAllValues,
    /// At least one value of the request passes.
    ForAnyValue,
}

/// A condition to be compiled, in the words of the policy language.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a> {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub qualifier: Qualifier,
    /// The operator.
    pub operator: Operator,
    /// `IfExists`: a request without the key passes.
    pub if_exists: bool,
    /// The condition key.
    pub key: &'a str,
    /// One or more values, as they stand in the document.
    pub values: &'a [&'a str],
}

impl<'a> Condition<'a> {
    /// `operator key = value`, for one value or several alternatives.
    #[must_use]
    pub const fn new(operator: Operator, key: &'a str, values: &'a [&'a str]) -> Self {
        Condition { qualifier: Qualifier::None, operator, if_exists: false, key, values }
    }

    /// Takes an operator's whole name apart, for example `ForAnyValue:StringLikeIfExists`.
    #[must_use]
    pub fn parse_operator(name: &str) -> Option<(Qualifier, Operator, bool)> {
        let (qualifier, name) = match name.split_once(':') {
            None => (Qualifier::None, name),
            Some(("ForAllValues", name)) => (Qualifier::ForAllValues, name),
            Some(("ForAnyValue", name)) => (Qualifier::ForAnyValue, name),
            Some(_) => return None,
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let operator = Operator::parse(name)?;
        let is_qualified = if_exists || qualifier != Qualifier::None;
        (operator != Operator::Null || !is_qualified).then_some((qualifier, operator, if_exists))
    }
}

/// What a condition comes to. An error is what cannot be told: an Allow does not apply then, and a Deny does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    False,
    Error,
    True,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Truth::True } else { Truth::False }
    }
}

impl Truth {
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::Error, _) | (_, Truth::Error) => Truth::Error,
            (Truth::True, Truth::True) => Truth::True,
        }
    }

    fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }
}

impl core::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Truth::False => Truth::True,
            Truth::Error => Truth::Error,
            Truth::True => Truth::False,
        }
    }
}

/// A value of a policy.
type Read<'a> = Result<&'a str, UnreadablePolicy>;

/// A condition against one request.
#[derive(Debug)]
pub(super) struct Test<'a, C: ?Sized> {
    pub(super) qualifier: Qualifier,
    pub(super) operator: Operator,
    pub(super) if_exists: bool,
    pub(super) keys: &'a C,
    /// Whether the document is of a language with variables.
    pub(super) has_variables: bool,
    /// How many steps the patterns of this evaluation may still take.
    pub(super) steps_left: &'a Cell<u32>,
}

impl<'a, C: ConditionKeys + ?Sized> Test<'a, C> {
    /// Whether the condition holds (`policy-evaluation`, section 5). `listed` gives the policy's values, as often as
    /// needed; one that is met and cannot be read is an error.
    pub(super) fn holds<V: Iterator<Item = Read<'a>>>(
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
pub(super) fn is_readable(operator: Operator, value: &str) -> Result<(), Fault> {
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

impl Operator {
    /// Whether policy variables may stand in its values.
    #[must_use]
    pub fn takes_variables(self) -> bool {
        matches!(
            self.comparison(),
            Comparison::Exact | Comparison::IgnoringCase | Comparison::Like | Comparison::Arn
        )
    }
}
