//! Keys as code: a TOML file declares keys, aliases, policies, grants, tags, rotation and callers; a plan says what would
//! change and why, and applying it changes that and nothing else.
//!
//! What the file leaves out is as in a new key: no description, no rotation, the default policy, enabled. A key is found
//! by the alias of its name, or by its `id`. Grants without a name are made by programs, and the file does not speak of
//! them. Steps that take something away which others may use (keys, aliases, grants, callers that are not declared) are
//! planned, and done only where that is allowed. A vault with a key that cannot be read has no plan: what is not seen might
//! be made a second time.
//!
//! ```
//! use strongroom_std::keys_as_code::{Declaration, Export, Plan};
//! # use strongroom_std::{Caller, NewVault, Stretching, UnlockSecret, Vault};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let secret = UnlockSecret::passphrase("correct horse battery staple").with_stretching(Stretching::Minimum);
//! # let vault = Vault::create(&folder.path().join("app.vault"), &NewVault::default(), &secret)?;
//! # let caller = Caller::new("arn:aws:iam::000000000000:root")?;
//! let file = r#"
//!     [keys.payments]
//!     description = "card numbers"
//!     rotation_days = 365
//!     tags = { team = "pay" }
//! "#;
//! let declaration = Declaration::parse(file, |_| unreachable!("no policy is named"))?;
//! let plan = Plan::of(&vault, &caller, &declaration)?;
//! assert_eq!(plan.steps[0].to_string(), "key payments: make it, SYMMETRIC_DEFAULT: the vault has none");
//! plan.apply(&vault, &caller, false, |step| println!("{step}"))?;
//!
//! assert!(Plan::of(&vault, &caller, &declaration)?.steps.is_empty());
//! assert!(Export::of(&vault, &caller)?.toml.contains("[keys.payments]"));
//! # Ok(())
//! # }
//! ```

mod apply;
mod declaration;
mod export;
mod file;
mod inventory;
mod plan;
mod step;
mod words;

pub use apply::{Applied, ApplyError};
pub use declaration::{Declaration, DeclarationError, DeclaredCaller, DeclaredGrant};
pub use export::Export;
pub use plan::{Plan, PlanError};
pub use step::{Change, Step, Subject};
pub use words::Effect;

/// The tag of a key that a plan made: its name in the file.
const DECLARED_AS: &str = "strongroom:declared-as";
