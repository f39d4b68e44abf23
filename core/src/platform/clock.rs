/// Tells the time, which is an input like any other.
///
/// # Contract
/// A wrong wall clock shows in creation dates and the audit record, and cannot make vault time run backwards: readings
/// below the highest one ever committed are lifted to it.
pub trait Clock {
    /// Milliseconds since 1970-01-01T00:00Z, or `None` where there is no clock or it is not set.
    fn wall_ms(&self) -> Option<u64>;

    /// Milliseconds since any fixed moment of this run; never decreases.
    fn monotonic_ms(&self) -> u64;
}
