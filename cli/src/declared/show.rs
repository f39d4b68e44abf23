//! A plan, for people and for scripts.

use serde::Serialize;
use strongroom_std::keys_as_code::{Effect, Plan, Step, Subject};

use super::difference;
use crate::error::CommandError;
use crate::output::{Output, Tone};

#[derive(Serialize)]
struct StepInJson<'p> {
    subject: &'static str,
    name: &'p str,
    key_id: Option<String>,
    change: &'static str,
    effect: &'static str,
    is_destructive: bool,
    is_done: bool,
    words: String,
    /// Before and after, where policies are replaced.
    policies: Option<[String; 2]>,
}

impl<'p> StepInJson<'p> {
    fn of(step: &'p Step, is_done: bool) -> Self {
        let (subject, name, key_id) = match &step.subject {
            Subject::Key { name, key_id } => ("key", name.as_str(), key_id.map(|key_id| key_id.to_string())),
            Subject::Caller(name) => ("caller", name.as_str(), None),
            _ => ("other", "", None),
        };
        StepInJson {
            subject,
            name,
            key_id,
            change: step.change.name(),
            effect: match step.change.effect() {
                Effect::Adds => "add",
                Effect::Changes => "change",
                Effect::Removes => "remove",
            },
            is_destructive: step.change.is_destructive(),
            is_done,
            words: step.change.to_string(),
            policies: step.change.policies(),
        }
    }
}

/// A line for each step. The first `done` of those that may be done are done.
pub(super) fn in_json(
    plan: &Plan,
    done: usize,
    allows_destruction: bool,
    output: &mut Output,
) -> Result<(), CommandError> {
    let mut rest = done;
    for step in &plan.steps {
        let is_done = rest > 0 && (allows_destruction || !step.change.is_destructive());
        rest = rest.saturating_sub(usize::from(is_done));
        output.json(&StepInJson::of(step, is_done))?;
    }
    Ok(())
}

/// What would change, and why.
pub(super) fn plan(plan: &Plan, allows_destruction: bool, output: &mut Output) -> Result<(), CommandError> {
    if plan.steps.is_empty() {
        return Ok(output.line("nothing to change: the vault is as declared")?);
    }
    let (mut added, mut changed, mut removed) = (0usize, 0usize, 0usize);
    for step in &plan.steps {
        let (tone, count) = match step.change.effect() {
            Effect::Adds => (Tone::Added, &mut added),
            Effect::Changes => (Tone::Changed, &mut changed),
            Effect::Removes => (Tone::Removed, &mut removed),
        };
        *count = count.saturating_add(1);
        let is_left = step.change.is_destructive() && !allows_destruction;
        let condition = if is_left { " (only with --allow-destroy)" } else { "" };
        output.difference(0, tone, &format!("{step}{condition}"))?;
        if let Some([before, after]) = step.change.policies() {
            for (tone, line) in difference::lines(&before, &after) {
                output.difference(4, tone, line)?;
            }
        }
    }
    Ok(output.line(&format!("{added} to add, {changed} to change, {removed} to remove"))?)
}
