//! Truth with a third value, for what cannot be told.

/// What a condition comes to. An error is what cannot be told: an Allow does not apply then, and a Deny does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Truth {
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
    pub(in crate::policy) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::Error, _) | (_, Truth::Error) => Truth::Error,
            (Truth::True, Truth::True) => Truth::True,
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
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
