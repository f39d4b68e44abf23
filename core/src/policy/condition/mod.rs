//! Conditions: one operator, one key of the request, the values it is compared with.

mod compare;
mod decimal;
mod instant;
mod network;
mod operator;
mod truth;

pub use operator::Operator;

pub(super) use compare::{Test, is_readable};
pub(super) use truth::Truth;
