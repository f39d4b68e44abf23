//! Authorization, as far as this version understands it: effect, principals, actions, resources. The language is IAM's;
//! whatever is not understood denies.

mod action;
mod builder;
mod default;
mod evaluate;
mod form;
mod pattern;
mod principal;

pub use action::Action;
pub use builder::{PolicyBuilder, Statement};
pub use default::{DEFAULT_POLICY_LEN_MAX, default_key_policy};
pub use evaluate::{Authorization, Decider, Decision, evaluate};
pub use form::{Effect, MalformedPolicy, Policy, PolicyKind, PrincipalEntry};
pub use principal::{Caller, Principal};
