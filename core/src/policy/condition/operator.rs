//! The condition operators, numbered once and for all (IAM User Guide, *IAM JSON policy elements: Condition
//! operators*).

use core::cmp::Ordering;

/// How the values of a request are compared with those of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operator {
    /// Exactly the same text.
    StringEquals,
    /// Negated.
    StringNotEquals,
    /// The same text but for case.
    StringEqualsIgnoreCase,
    /// Negated.
    StringNotEqualsIgnoreCase,
    /// Text with the wildcards `*` and `?`.
    StringLike,
    /// Negated.
    StringNotLike,
    /// The same number.
    NumericEquals,
    /// Negated.
    NumericNotEquals,
    /// The request's number is less.
    NumericLessThan,
    /// The request's number is not greater.
    NumericLessThanEquals,
    /// The request's number is greater.
    NumericGreaterThan,
    /// The request's number is not less.
    NumericGreaterThanEquals,
    /// The same instant.
    DateEquals,
    /// Negated.
    DateNotEquals,
    /// The request's instant is earlier.
    DateLessThan,
    /// The request's instant is not later.
    DateLessThanEquals,
    /// The request's instant is later.
    DateGreaterThan,
    /// The request's instant is not earlier.
    DateGreaterThanEquals,
    /// `true` or `false`.
    Bool,
    /// The bytes that the policy has in base64.
    BinaryEquals,
    /// An address within a range.
    IpAddress,
    /// Negated.
    NotIpAddress,
    /// An ARN, field by field, with wildcards; the same as `ArnLike`.
    ArnEquals,
    /// An ARN, field by field, with wildcards.
    ArnLike,
    /// Negated.
    ArnNotEquals,
    /// Negated.
    ArnNotLike,
    /// Whether the key is absent.
    Null,
}

/// What an operator does, apart from being negated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Exact,
    IgnoringCase,
    Like,
    Number(Wanted),
    Date(Wanted),
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

/// Which orders of (request value, policy value) match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Wanted {
    pub(super) fn accepts(self, order: Ordering) -> bool {
        match self {
            Wanted::Equal => order.is_eq(),
            Wanted::Less => order.is_lt(),
            Wanted::LessOrEqual => order.is_le(),
            Wanted::Greater => order.is_gt(),
            Wanted::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// Name, operator, comparison, negated; the position is the number in compiled policies. Append only.
static TABLE: [(&str, Operator, Comparison, bool); 27] = [
    ("StringEquals", Operator::StringEquals, Comparison::Exact, false),
    ("StringNotEquals", Operator::StringNotEquals, Comparison::Exact, true),
    ("StringEqualsIgnoreCase", Operator::StringEqualsIgnoreCase, Comparison::IgnoringCase, false),
    ("StringNotEqualsIgnoreCase", Operator::StringNotEqualsIgnoreCase, Comparison::IgnoringCase, true),
    ("StringLike", Operator::StringLike, Comparison::Like, false),
    ("StringNotLike", Operator::StringNotLike, Comparison::Like, true),
    ("NumericEquals", Operator::NumericEquals, Comparison::Number(Wanted::Equal), false),
    ("NumericNotEquals", Operator::NumericNotEquals, Comparison::Number(Wanted::Equal), true),
    ("NumericLessThan", Operator::NumericLessThan, Comparison::Number(Wanted::Less), false),
    (
        "NumericLessThanEquals",
        Operator::NumericLessThanEquals,
        Comparison::Number(Wanted::LessOrEqual),
        false,
    ),
    ("NumericGreaterThan", Operator::NumericGreaterThan, Comparison::Number(Wanted::Greater), false),
    (
        "NumericGreaterThanEquals",
        Operator::NumericGreaterThanEquals,
        Comparison::Number(Wanted::GreaterOrEqual),
        false,
    ),
    ("DateEquals", Operator::DateEquals, Comparison::Date(Wanted::Equal), false),
    ("DateNotEquals", Operator::DateNotEquals, Comparison::Date(Wanted::Equal), true),
    ("DateLessThan", Operator::DateLessThan, Comparison::Date(Wanted::Less), false),
    ("DateLessThanEquals", Operator::DateLessThanEquals, Comparison::Date(Wanted::LessOrEqual), false),
    ("DateGreaterThan", Operator::DateGreaterThan, Comparison::Date(Wanted::Greater), false),
    (
        "DateGreaterThanEquals",
        Operator::DateGreaterThanEquals,
        Comparison::Date(Wanted::GreaterOrEqual),
        false,
    ),
    ("Bool", Operator::Bool, Comparison::Bool, false),
    ("BinaryEquals", Operator::BinaryEquals, Comparison::Binary, false),
    ("IpAddress", Operator::IpAddress, Comparison::Address, false),
    ("NotIpAddress", Operator::NotIpAddress, Comparison::Address, true),
    ("ArnEquals", Operator::ArnEquals, Comparison::Arn, false),
    ("ArnLike", Operator::ArnLike, Comparison::Arn, false),
    ("ArnNotEquals", Operator::ArnNotEquals, Comparison::Arn, true),
    ("ArnNotLike", Operator::ArnNotLike, Comparison::Arn, true),
    ("Null", Operator::Null, Comparison::Null, false),
];

impl Operator {
    /// The operator of this name, spelled exactly so; without set qualifier and `IfExists`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.0 == name).map(|row| row.1)
    }

    /// All operators, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Operator> {
        TABLE.iter().map(|row| row.1)
    }

    /// The name in policy documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    pub(super) fn comparison(self) -> Comparison {
        self.row().2
    }

    pub(super) fn is_negated(self) -> bool {
        self.row().3
    }

    fn row(self) -> &'static (&'static str, Operator, Comparison, bool) {
        // Rows stand in the order of the variants, which a test checks; the last one stands in for none.
        let [.., last] = &TABLE;
        TABLE.get(usize::from(self.number())).unwrap_or(last)
    }

    /// The number in compiled policies.
    pub(in crate::policy) const fn number(self) -> u8 {
        #[expect(
            clippy::as_conversions,
            reason = "the discriminant of an enum without fields is its position"
        )]
        {
            self as u8
        }
    }

    pub(in crate::policy) fn from_number(number: u8) -> Option<Self> {
        TABLE.get(usize::from(number)).map(|row| row.1)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_where_their_numbers_say() {
        for (position, operator) in (0u8..).zip(Operator::all()) {
            assert_eq!(operator.number(), position);
            assert_eq!(Operator::from_number(position), Some(operator));
            assert_eq!(Operator::parse(operator.name()), Some(operator));
        }
        assert_eq!(Operator::from_number(27), None);
        assert_eq!(Operator::parse("stringequals"), None);
    }
}
