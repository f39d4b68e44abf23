//! The operations: names, parameters, and what runs them.

use super::asked::Asked;
use super::refusal::Refusal;
use super::shape::Parameter;
use super::{
    access_keys, aliases, callers, data_keys, encryption, grants, imports, keys, macs, policies, rotation,
    tags, unsupported, versions,
};
use crate::object::Object;

/// An operation of the service.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// Whether it may wait for the disk, or for who writes to it. What does not is answered where the request was read.
    pub(crate) waits: bool,
    pub(crate) run: Run,
}

/// Asks the vault, and writes what it answers.
pub(crate) type Run = fn(&Asked<'_>, &mut Object) -> Result<(), Refusal>;

/// An operation that takes what it needs from memory, but for the first use of a key.
pub(crate) const fn computes(name: &'static str, parameters: &'static [Parameter], run: Run) -> Operation {
    Operation { name, parameters, waits: false, run }
}

/// An operation that changes a vault, or reads more of it than is kept in memory.
pub(crate) const fn waits(name: &'static str, parameters: &'static [Parameter], run: Run) -> Operation {
    Operation { name, parameters, waits: true, run }
}

/// The families; the hot ones first.
const FAMILIES: [&[Operation]; 14] = [
    encryption::OPERATIONS,
    data_keys::OPERATIONS,
    macs::OPERATIONS,
    keys::OPERATIONS,
    rotation::OPERATIONS,
    imports::OPERATIONS,
    policies::OPERATIONS,
    grants::OPERATIONS,
    aliases::OPERATIONS,
    tags::OPERATIONS,
    versions::OPERATIONS,
    callers::OPERATIONS,
    access_keys::OPERATIONS,
    unsupported::OPERATIONS,
];

/// All operations.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// Finds an operation by its name.
pub(crate) fn find(name: &str) -> Option<&'static Operation> {
    all().find(|operation| operation.name == name)
}
