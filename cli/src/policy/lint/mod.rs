//! What a policy that compiles was probably not meant to do.
//!
//! Nothing here takes part in a decision. Which actions a pattern covers is asked of the evaluator.

mod administration;
mod conditions;
mod contradictions;
mod finding;
mod known;
mod matching;
mod openness;
mod shadows;
mod subject;

pub(super) use finding::{Finding, Severity};

use strongroom_core::policy::{Policy, UnreadablePolicy};

use subject::Subject;

/// All findings, by statement.
///
/// # Errors
/// The bytes are no compiled policy.
pub(super) fn findings(compiled: &[u8], account: Option<&str>) -> Result<Vec<Finding>, UnreadablePolicy> {
    let policy = Policy::read(compiled)?;
    let subjects = Subject::all(&policy)?;
    let mut findings = Vec::new();
    for subject in &subjects {
        matching::find(subject, &mut findings);
        conditions::find(subject, &mut findings);
        contradictions::find(subject, &mut findings);
        openness::find(subject, account, &mut findings);
    }
    openness::find_second_account(&subjects, account, &mut findings);
    shadows::find(&subjects, &mut findings);
    administration::find(&policy, &subjects, &mut findings);
    findings.sort_by_key(|finding| finding.statement.unwrap_or(usize::MAX));
    Ok(findings)
}
