//! Key material that comes from elsewhere: how it is wrapped on its way, the token that names its wrapping key, and what is
//! kept of it.

mod material;
mod token;
mod wrapping;

pub(crate) use material::ImportedMaterial;
pub(crate) use token::ImportTicket;
pub use token::{IMPORT_TOKEN_LEN, ImportToken};
pub use wrapping::{Wrapping, WrappingAlgorithm, WrappingKeySpec};
