//! Statements that others make useless.

use std::collections::BTreeSet;

use strongroom_core::policy::{Effect, PrincipalEntry};

use super::finding::{Finding, Severity};
use super::openness::{account_of, is_account};
use super::subject::Subject;

pub(super) fn find(subjects: &[Subject<'_>], findings: &mut Vec<Finding>) {
    for subject in subjects.iter().filter(|subject| !subject.is_ineffective() && !subject.covered.is_empty())
    {
        let others =
            || subjects.iter().filter(|other| other.index != subject.index && !other.is_ineffective());
        let denied = others().find(|other| {
            subject.is_allow() && !other.is_allow() && other.conditions.is_empty() && covers(other, subject)
        });
        if let Some(other) = denied {
            findings.push(Finding::new(Severity::Warning, "shadowed", subject).saying(
                format!("it allows nothing, since {} denies all of it", name(other)),
                "remove one of the two, or narrow the Deny",
            ));
            continue;
        }
        let doubled = others().find(|other| {
            let is_wider = other.conditions.is_empty() || conditions(other) == conditions(subject);
            let is_same = covers(subject, other) && conditions(other) == conditions(subject);
            other.effect == subject.effect
                && is_wider
                && covers(other, subject)
                // Of two that say the same, the later one is too many.
                && (!is_same || other.index < subject.index)
        });
        if let Some(other) = doubled {
            findings.push(
                Finding::new(Severity::Note, "doubled", subject)
                    .saying(format!("it adds nothing to {}", name(other)), "remove it, or make it say more"),
            );
        }
    }
}

fn name(subject: &Subject<'_>) -> String {
    match subject.sid {
        Some(sid) => format!("statement {} (Sid \"{sid}\")", subject.index),
        None => format!("statement {}", subject.index),
    }
}

fn conditions(subject: &Subject<'_>) -> BTreeSet<(String, Vec<String>)> {
    let values = |condition: &strongroom_core::policy::CompiledCondition<'_>| {
        condition.values().flatten().map(str::to_owned).collect()
    };
    subject.conditions.iter().map(|condition| (condition.to_string(), values(condition))).collect()
}

/// Whether every request that the one is about, conditions aside, is one that the other is about.
fn covers(wide: &Subject<'_>, narrow: &Subject<'_>) -> bool {
    let is_kms = |pattern: &&str| {
        pattern.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("kms"))
    };
    // Identity policies speak of other services, too, which are not looked at here.
    let are_comparable = narrow.is_of_key()
        || narrow.actions.iter().all(is_kms)
        || (!wide.not_action && wide.actions.contains(&"*"));
    are_comparable
        && narrow.covered.is_subset(&wide.covered)
        && resources(wide, narrow)
        && principals(wide, narrow)
}

fn resources(wide: &Subject<'_>, narrow: &Subject<'_>) -> bool {
    let within = |inner: &[String], outer: &[String]| inner.iter().all(|pattern| outer.contains(pattern));
    match (wide.not_resource, narrow.not_resource) {
        _ if wide.has_every_resource() => true,
        (false, false) => within(&narrow.resources, &wide.resources),
        (true, true) => within(&wide.resources, &narrow.resources),
        _ => false,
    }
}

fn principals(wide: &Subject<'_>, narrow: &Subject<'_>) -> bool {
    if !wide.is_of_key() {
        return true;
    }
    let is_deny = wide.effect == Effect::Deny;
    let covered = |inner: &[PrincipalEntry<'_>], outer: &[PrincipalEntry<'_>]| {
        inner.iter().all(|entry| outer.iter().any(|other| covers_entry(other, entry, is_deny)))
    };
    match (wide.not_principal, narrow.not_principal) {
        (false, false) => covered(&narrow.principals, &wide.principals),
        (true, true) => wide.principals.iter().all(|entry| narrow.principals.contains(entry)),
        _ => false,
    }
}

/// Whether one entry names everyone that the other names. An account that is allowed something only delegates it, and
/// gives its members less than an entry of their own does.
pub(super) fn covers_entry(wide: &PrincipalEntry<'_>, narrow: &PrincipalEntry<'_>, is_deny: bool) -> bool {
    let same_account = account_of(wide) == account_of(narrow);
    match (wide, narrow) {
        _ if wide == narrow => true,
        (PrincipalEntry::Everyone, other) => !matches!(other, PrincipalEntry::Service(_)),
        _ => is_account(wide) && same_account && (is_deny || is_account(narrow)),
    }
}
