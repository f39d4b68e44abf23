//! Access keys: what a kept user signs requests with, and the temporary ones of a role's sessions.
//!
//! The vault draws them, shows a secret once, and lends no more of it than a signing key for one day, Region and service.

mod id;
mod secret;
mod session;
mod signing;

pub use id::AccessKeyId;
pub(crate) use id::bucket_of;
pub use secret::ACCESS_KEY_SECRET_LEN;
pub(crate) use secret::AccessKeyDraft;
pub(crate) use session::SessionClaims;
pub use session::{SESSION_TOKEN_LEN_MAX, Session};
pub use signing::SigningScope;
pub(crate) use signing::derive;
