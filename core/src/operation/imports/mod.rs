//! Key material from outside.

pub(super) mod import;
pub(super) mod import_parameters;
