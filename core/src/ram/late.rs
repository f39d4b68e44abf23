//! A value that comes later, in memory that starts as zeros.

/// As an [`Option`], whose absence is a zero in a byte of its own. An option puts absence into bits that the value leaves over, and
/// what a variable starts as lies in flash as well, all of it, unless every byte is zero.
#[derive(Debug)]
#[repr(u8)]
pub(super) enum Late<T> {
    /// Not there yet, or no more.
    Absent = 0,
    /// There.
    Here(T) = 1,
}

impl<T> Late<T> {
    pub(super) const fn as_ref(&self) -> Option<&T> {
        match self {
            Late::Absent => None,
            Late::Here(value) => Some(value),
        }
    }

    pub(super) const fn as_mut(&mut self) -> Option<&mut T> {
        match self {
            Late::Absent => None,
            Late::Here(value) => Some(value),
        }
    }

    pub(super) const fn is_absent(&self) -> bool {
        matches!(self, Late::Absent)
    }
}
