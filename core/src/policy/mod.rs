//! Authorization: the policy language of IAM over the keys of a vault.
//!
//! Policies are compiled once, from JSON on a desktop ([`PolicyBuilder`] on a device), and [`evaluate`] reads the compiled
//! bytes in place, for every request. What is malformed or newer than this version denies. [`explain`] tells why; a
//! [`Denial`] is what a vault tells of it.

mod action;
mod administrators;
mod builder;
mod caller;
pub mod check;
mod condition;
mod default;
mod denial;
mod evaluate;
mod explain;
mod form;
mod keys;
mod language;
mod pattern;
mod principal;
mod requested_action;
mod resource;
mod variable;
mod whole;

pub use crate::format::strings::Strings;
pub use action::Action;
pub use administrators::Administrator;
pub use builder::{Condition, PolicyBuilder, Statement};
pub use caller::Caller;
pub use check::Fault;
pub use condition::Operator;
pub use default::{DEFAULT_POLICY_LEN_MAX, default_key_policy};
pub use denial::Denial;
pub(crate) use denial::Reasons;
pub(crate) use evaluate::evaluate_by_name;
pub use evaluate::{Authorization, Decider, Decision, Evaluation, evaluate};
pub use explain::{Element, Explanation, Mismatch, explain};
pub use form::{CompiledCondition, CompiledStatement, Policy, UnreadablePolicy};
pub use keys::{ConditionKeys, Values, same_name};
pub use language::{Effect, Language, PolicyKind, PrincipalEntry, Qualifier, ResourcePattern};
pub(crate) use principal::Level;
pub use principal::Principal;
pub use requested_action::RequestedAction;
pub use resource::Resource;
