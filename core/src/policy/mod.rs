//! Authorization: the policy language of IAM over the keys of a vault.
//!
//! Policies are compiled once, from JSON on a desktop ([`PolicyBuilder`] on a device), and [`evaluate`] reads the compiled
//! bytes in place, for every request. What is malformed or newer than this version denies. [`explain`] tells why.

mod action;
mod administrators;
mod builder;
pub mod check;
mod condition;
mod default;
mod evaluate;
mod explain;
mod form;
mod keys;
mod pattern;
mod principal;
mod resource;
mod variable;

pub use action::{Action, RequestedAction};
pub use administrators::Administrator;
pub use builder::{PolicyBuilder, Statement};
pub use check::Fault;
pub use condition::{Condition, Operator, Qualifier};
pub use default::{DEFAULT_POLICY_LEN_MAX, default_key_policy};
pub use evaluate::{Authorization, Decider, Decision, Evaluation, evaluate};
pub use explain::{Element, Explanation, Mismatch, explain};
pub use form::{
    CompiledCondition, CompiledStatement, Effect, Language, Policy, PolicyKind, PrincipalEntry,
    ResourcePattern, UnreadablePolicy,
};
pub use keys::{ConditionKeys, Values, same_name};
pub(crate) use principal::Level;
pub use principal::{Caller, Principal};
pub use resource::Resource;
