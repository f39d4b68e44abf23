use core::fmt;

use crate::error::{Error, Parameter};
use crate::format::bytes::{Malformed, Writer};
use crate::format::context::{Context, pairs};
use crate::limits::{GRANT_CONSTRAINT_LEN_MAX, GRANT_CONSTRAINT_PAIRS_MAX, GRANT_CONSTRAINT_VALUE_CHARS_MAX};
use crate::operation::EncryptionContext;

/// How a constraint compares the encryption context of a request with its own pairs, names and values exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstraintKind {
    /// Every pair of the constraint is there; more may be.
    EncryptionContextSubset,
    /// The pairs are exactly those of the constraint.
    EncryptionContextEquals,
}

/// A constraint of a grant.
#[derive(Clone, Copy)]
pub struct GrantConstraint<'a> {
    kind: ConstraintKind,
    pairs: Pairs<'a>,
}

#[derive(Clone, Copy)]
enum Pairs<'a> {
    /// As a request has them.
    Given(Context<'a>),
    /// In canonical form, checked.
    Stored(&'a [u8]),
}

impl fmt::Debug for GrantConstraint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)?;
        f.debug_map().entries(self.pairs()).finish()
    }
}

impl PartialEq for GrantConstraint<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.pairs().eq(other.pairs())
    }
}

impl<'a> GrantConstraint<'a> {
    /// Checks the bounds of a request.
    pub(crate) fn given(kind: ConstraintKind, pairs: EncryptionContext<'a>) -> Result<Self, Error> {
        const REFUSED: Error = Error::Validation(Parameter::GrantConstraints);
        let context = Context::parse(pairs).map_err(|_| REFUSED)?;
        let is_long = |value: &str| value.chars().count() > GRANT_CONSTRAINT_VALUE_CHARS_MAX;
        if pairs.len() > GRANT_CONSTRAINT_PAIRS_MAX
            || context.canonical_len() > GRANT_CONSTRAINT_LEN_MAX
            || pairs.iter().any(|(_, value)| is_long(value))
        {
            return Err(REFUSED);
        }
        Ok(GrantConstraint { kind, pairs: Pairs::Given(context) })
    }

    /// Checks the canonical form that a record holds.
    pub(crate) fn stored(kind: ConstraintKind, canonical: &'a [u8]) -> Result<Self, Malformed> {
        if canonical.len() > GRANT_CONSTRAINT_LEN_MAX {
            return Err(Malformed);
        }
        let mut count = 0usize;
        for pair in pairs(canonical) {
            pair?;
            count = count.saturating_add(1);
        }
        if count > GRANT_CONSTRAINT_PAIRS_MAX {
            return Err(Malformed);
        }
        Ok(GrantConstraint { kind, pairs: Pairs::Stored(canonical) })
    }

    /// How it compares.
    #[must_use]
    pub fn kind(&self) -> ConstraintKind {
        self.kind
    }

    /// Names and values, by name.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let (given, stored) = match self.pairs {
            Pairs::Given(context) => (Some(context), &[0, 0][..]),
            Pairs::Stored(canonical) => (None, canonical),
        };
        let given = given.into_iter().flat_map(Context::into_sorted);
        // Checked when it was read.
        given.chain(pairs(stored).filter_map(Result::ok))
    }

    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        match &self.pairs {
            Pairs::Given(context) => {
                context.with_canonical(|pieces| pieces.for_each(|piece| writer.put(piece)));
            }
            Pairs::Stored(canonical) => writer.put(canonical),
        }
    }

    /// Whether a request with this encryption context is within the constraint.
    pub(crate) fn holds(&self, context: EncryptionContext<'_>) -> bool {
        // No name stands twice, on either side.
        let is_exact = self.kind == ConstraintKind::EncryptionContextEquals;
        self.pairs().all(|pair| context.contains(&pair))
            && (!is_exact || self.pairs().count() == context.len())
    }

    /// Whether whatever this constraint lets through, `parent` does too.
    pub(crate) fn is_within(&self, parent: &GrantConstraint<'_>) -> bool {
        match parent.kind {
            ConstraintKind::EncryptionContextEquals => self == parent,
            ConstraintKind::EncryptionContextSubset => {
                parent.pairs().all(|pair| self.pairs().any(|own| own == pair))
            }
        }
    }
}
