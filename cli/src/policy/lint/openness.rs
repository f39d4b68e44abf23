//! What opens a key wider than it was probably meant to be.

use strongroom_core::policy::{CompiledCondition, Operator, PrincipalEntry, Qualifier, same_name};
use strongroom_std::policy_json::quoted;

use super::finding::{Finding, Severity};
use super::known::OF_CALLERS;
use super::subject::Subject;

pub(super) fn find(subject: &Subject<'_>, account: Option<&str>, findings: &mut Vec<Finding>) {
    if subject.is_ineffective() || subject.covered.is_empty() {
        return;
    }
    if subject.is_allow() && subject.not_action {
        findings.push(Finding::new(Severity::Warning, "allows-all-but", subject).saying(
            format!(
                "`NotAction` with `Allow` allows {} actions, those that are added later included",
                subject.covered.len()
            ),
            "list what is allowed under `Action`",
        ));
    }
    if !subject.is_of_key() {
        identity(subject, findings);
    } else if subject.not_principal {
        exempt(subject, findings);
    } else if subject.is_allow() {
        everyone(subject, findings);
        services(subject, findings);
        for entry in subject.principals.iter().filter(|_| subject.is_about_everything()) {
            if let (Some(key_account), Some(other)) = (account, account_of(entry))
                && key_account != other
            {
                findings.push(Finding::new(Severity::Warning, "other-account", subject).saying(
                    format!(
                        "it gives {} of account {other} every action that other accounts can use",
                        quoted(&entry.to_string())
                    ),
                    "list the actions they need",
                ));
            }
        }
    }
}

/// Where nobody said which account is the key's, a second one with full rights stands out.
pub(super) fn find_second_account(
    subjects: &[Subject<'_>],
    account: Option<&str>,
    findings: &mut Vec<Finding>,
) {
    if account.is_some() {
        return;
    }
    let mut first: Option<&str> = None;
    let full = subjects.iter().filter(|subject| {
        subject.is_of_key()
            && subject.is_allow()
            && subject.is_about_everything()
            && !subject.is_ineffective()
    });
    for (subject, entry) in
        full.flat_map(|subject| subject.principals.iter().map(move |entry| (subject, entry)))
    {
        let Some(account) = account_of(entry) else { continue };
        if *first.get_or_insert(account) != account {
            findings.push(Finding::new(Severity::Warning, "other-account", subject).saying(
                format!("it gives account {account} every action, and another account has them too"),
                "list the actions it needs, or name the key's account with --account",
            ));
        }
    }
}

/// The account of a principal.
pub(super) fn account_of<'a>(entry: &PrincipalEntry<'a>) -> Option<&'a str> {
    match entry {
        PrincipalEntry::Account(account) => Some(account),
        PrincipalEntry::Arn(arn) => arn.split(':').nth(4),
        PrincipalEntry::Everyone | PrincipalEntry::Service(_) => None,
    }
}

/// Whether an entry names a whole account, in either spelling.
pub(super) fn is_account(entry: &PrincipalEntry<'_>) -> bool {
    match entry {
        PrincipalEntry::Account(_) => true,
        PrincipalEntry::Arn(arn) => arn.ends_with(":root"),
        PrincipalEntry::Everyone | PrincipalEntry::Service(_) => false,
    }
}

fn everyone(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if !subject.principals.contains(&PrincipalEntry::Everyone) {
        return;
    }
    let what = match subject.covered.len() {
        _ if subject.is_about_everything() => "every action".to_owned(),
        1 => format!("`kms:{}`", subject.covered.first().copied().unwrap_or_default()),
        count => format!("{count} actions"),
    };
    if subject.conditions.is_empty() {
        findings.push(Finding::new(Severity::Error, "open-to-everyone", subject).saying(
            format!("it allows {what} to every caller of every account, without a condition"),
            "name the principals, or add a condition such as `aws:PrincipalOrgID`",
        ));
    } else if !subject.conditions.iter().any(says_who) {
        findings.push(Finding::new(Severity::Warning, "open-to-everyone", subject).saying(
            format!("it allows {what} to every caller, and none of its conditions says who that may be"),
            "name the principals, or add a condition such as `kms:CallerAccount`",
        ));
    }
}

/// Whether a condition holds for some callers only.
fn says_who(condition: &CompiledCondition<'_>) -> bool {
    let is_about = OF_CALLERS.iter().any(|name| same_name(name, condition.key))
        || condition.key.get(..17).is_some_and(|front| same_name(front, "aws:PrincipalTag/"));
    is_about
        && condition.operator != Operator::Null
        && !condition.operator.name().contains("Not")
        && !condition.if_exists
        && condition.qualifier != Qualifier::ForAllValues
        && condition.values().flatten().all(|value| !matches!(value, "*" | "0.0.0.0/0" | "::/0"))
}

fn services(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let service = subject.principals.iter().find(|entry| matches!(entry, PrincipalEntry::Service(_)));
    let sources = ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "kms:EncryptionContext:"];
    let is_bound = |condition: &CompiledCondition<'_>| {
        sources.iter().any(|name| condition.key.get(..name.len()).is_some_and(|front| same_name(front, name)))
    };
    if let Some(service) = service
        && !subject.conditions.iter().any(is_bound)
    {
        findings.push(Finding::new(Severity::Note, "service-for-anybody", subject).saying(
            format!("{} may use the key on behalf of anybody", quoted(&service.to_string())),
            "add a condition on `aws:SourceArn` or `aws:SourceAccount`",
        ));
    }
}

fn exempt(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.principals.contains(&PrincipalEntry::Everyone) {
        findings.push(Finding::new(Severity::Warning, "denies-nobody", subject).saying(
            "`NotPrincipal` names everyone, so that only services are denied",
            "name those who are exempt",
        ));
        return;
    }
    for entry in subject.principals.iter().filter(|entry| is_account(entry)) {
        findings.push(Finding::new(Severity::Warning, "exempts-root-only", subject).saying(
            format!("{} under `NotPrincipal` exempts the root user only; the account's users and roles are denied", quoted(&entry.to_string())),
            "name the users and roles that are exempt, or use a condition on `aws:PrincipalAccount`",
        ));
    }
    if subject.covered.contains("PutKeyPolicy") && subject.conditions.is_empty() {
        findings.push(Finding::new(Severity::Warning, "denies-administration", subject).saying(
            "it denies `kms:PutKeyPolicy` to everyone but those it names: when they are gone, nobody can change the policy",
            "deny the actions that use the key, and leave those that manage it",
        ));
    }
}

fn identity(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.is_allow()
        && subject.is_about_everything()
        && subject.has_every_resource()
        && subject.conditions.is_empty()
    {
        findings.push(Finding::new(Severity::Note, "all-keys", subject).saying(
            "it allows every action on every key whose policy delegates to the account",
            "name the keys and the actions that are needed",
        ));
    }
}
