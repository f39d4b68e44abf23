//! Whether anybody can still change the policy.

use strongroom_core::policy::{Policy, PolicyKind};

use super::finding::{Finding, Severity};
use super::shadows::covers_entry;
use super::subject::Subject;

pub(super) fn find(policy: &Policy<'_>, subjects: &[Subject<'_>], findings: &mut Vec<Finding>) {
    if policy.kind() != PolicyKind::Key {
        return;
    }
    let denies: Vec<&Subject<'_>> = subjects
        .iter()
        .filter(|subject| {
            !subject.is_allow()
                && !subject.is_ineffective()
                && !subject.not_principal
                && subject.conditions.is_empty()
                && subject.has_every_resource()
                && subject.covered.contains("PutKeyPolicy")
        })
        .collect();
    let mut allowed = policy.administrators().map(|administrator| administrator.principal).peekable();
    let is_named = allowed.peek().is_some();
    let is_left = allowed.any(|entry| {
        !denies.iter().flat_map(|deny| &deny.principals).any(|denied| covers_entry(denied, &entry, true))
    });
    let finding = if !is_named {
        "no statement allows `kms:PutKeyPolicy`: nobody could ever change this policy"
    } else if !is_left {
        "`kms:PutKeyPolicy` is denied to everyone it is allowed to: nobody could ever change this policy"
    } else {
        return;
    };
    findings.push(
        Finding::of_policy(Severity::Error, "nobody-administers")
            .saying(finding, "allow `kms:PutKeyPolicy` to an administrator, or `kms:*` to the key's account"),
    );
}
