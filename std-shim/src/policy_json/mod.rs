//! Policies as people write them, in JSON (IAM User Guide, *Grammar of the IAM JSON policy language*), and their compiled
//! form, which the vault stores and evaluates: both ways.
//!
//! Nothing is decided here. What an element may be is said by `strongroom_core::policy::check`; this module says where
//! in the document it stands.
//!
//! ```
//! use strongroom_std::policy_json::{compile_policy, to_json};
//! use strongroom_core::policy::PolicyKind;
//!
//! let wrong = r#"{ "Statement": { "Effect": "Allow", "Action": "kms:Decrypt", "Resouce": "*" } }"#;
//! let error = compile_policy(wrong, PolicyKind::Identity).unwrap_err();
//! assert_eq!(error.to_string(), "line 1, column 62: `Resouce` is not a member of a statement; did you mean `Resource`?");
//!
//! let compiled = compile_policy(&wrong.replace("Resouce", "Resource"), PolicyKind::Identity)?;
//! assert!(to_json(&compiled)?.contains("\"Action\": \"kms:Decrypt\""));
//! # Ok::<(), strongroom_std::PolicyError>(())
//! ```

mod compile;
mod condition;
mod document;
mod member;
mod nearest;
mod one_or_many;
mod place;
mod principals;
mod quoted;
mod statement;
mod write;

pub use compile::{compile_key_policy, compile_policy, compile_policy_bytes};
pub use nearest::nearest_name;
pub use quoted::quoted;
pub use write::{to_json, to_json_with_root_arns};
