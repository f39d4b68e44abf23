//! Doing what a plan says.

use std::collections::BTreeMap;
use std::fmt;

use strongroom_core::Error;
use strongroom_core::key::KeyId;
use strongroom_core::policy::Caller;

use super::plan::Plan;
use super::step::{Change, Step, Subject, change_caller, change_key, create_key};
use crate::vault::Vault;

/// What became of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Steps that were done.
    pub done: usize,
    /// Steps that were left because they take something away and that was not allowed.
    pub left: usize,
}

/// A step that the vault refused. What was done before it stays; a new plan goes on from there.
#[derive(Debug)]
pub struct ApplyError {
    /// The step.
    pub step: Box<Step>,
    /// Why.
    pub error: Error,
    /// Steps that were done before it.
    pub done: usize,
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} steps, the vault refused this one: {}", self.done, self.step)
    }
}

impl std::error::Error for ApplyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Plan {
    /// Does the steps in their order, each a request of this caller, durable and recorded. Those that take something away are
    /// left unless `allows_destruction`. `show` sees each step that was done.
    ///
    /// # Errors
    /// [`ApplyError`]: the first step that the vault refused.
    pub fn apply(
        &self,
        vault: &Vault,
        caller: &Caller<'_>,
        allows_destruction: bool,
        mut show: impl FnMut(&Step),
    ) -> Result<Applied, ApplyError> {
        let mut applied = Applied::default();
        let mut made: BTreeMap<&str, KeyId> = BTreeMap::new();
        for step in &self.steps {
            if step.change.is_destructive() && !allows_destruction {
                applied.left = applied.left.saturating_add(1);
                continue;
            }
            match do_step(vault, caller, step, &mut made) {
                Ok(()) => applied.done = applied.done.saturating_add(1),
                Err(error) => {
                    return Err(ApplyError { step: Box::new(step.clone()), error, done: applied.done });
                }
            }
            show(step);
        }
        Ok(applied)
    }
}

/// Does one step; `made` knows the keys that earlier ones made.
fn do_step<'s>(
    vault: &Vault,
    caller: &Caller<'_>,
    step: &'s Step,
    made: &mut BTreeMap<&'s str, KeyId>,
) -> Result<(), Error> {
    match (&step.subject, &step.change) {
        (Subject::Caller(name), change) => change_caller(vault, caller, name, change),
        (Subject::Key { name, .. }, change @ Change::CreateKey { .. }) => {
            made.insert(name, create_key(vault, caller, change)?);
            Ok(())
        }
        (Subject::Key { name, key_id }, change) => {
            let key_id = key_id.or_else(|| made.get(name.as_str()).copied()).ok_or(Error::Bug)?;
            change_key(vault, caller, &key_id.to_string(), change)
        }
    }
}
