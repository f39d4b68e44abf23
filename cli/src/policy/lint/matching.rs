//! Actions and resources that nothing matches.

use strongroom_core::policy::Action;
use strongroom_std::policy_json::{nearest_name, quoted};

use super::finding::{Finding, Severity};
use super::known::{ACTIONS_ON_A_VAULT, ACTIONS_WITHOUT_A_KEY};
use super::subject::{Subject, covered};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.is_of_key() && subject.is_ineffective() {
        let lacking = if subject.actions.is_empty() { "Action" } else { "Resource" };
        findings.push(Finding::new(Severity::Warning, "no-effect", subject).saying(
            format!("it has no `{lacking}`, and so no effect, whether it allows or denies"),
            format!("add `{lacking}`, or remove the statement"),
        ));
    }
    if subject.not_action {
        if subject.covered.is_empty() {
            findings.push(Finding::new(Severity::Warning, "no-action", subject).saying(
                "its `NotAction` leaves no action of KMS over, so it never applies",
                "exclude less, or remove the statement",
            ));
        }
    } else {
        subject.actions.iter().for_each(|pattern| action(subject, pattern, findings));
    }
    if !subject.not_resource {
        subject.resources.iter().for_each(|pattern| resource(subject, pattern, findings));
    }
}

fn action(subject: &Subject<'_>, pattern: &str, findings: &mut Vec<Finding>) {
    let Some((service, name)) = pattern.split_once(':') else { return };
    if !service.eq_ignore_ascii_case("kms") {
        if subject.is_of_key() {
            findings.push(Finding::new(Severity::Warning, "other-service", subject).saying(
                format!(
                    "{} is of another service, and a key policy is asked about `kms:` only",
                    quoted(pattern)
                ),
                "remove it here; it belongs to identity policies",
            ));
        }
        return;
    }
    let names = covered(&[pattern], false);
    if names.is_empty() {
        let advice = match nearest_name(name, Action::all().map(Action::name)) {
            Some(meant) => format!("did you mean `kms:{meant}`?"),
            None => "see the list of actions, or remove it".to_owned(),
        };
        findings.push(
            Finding::new(Severity::Warning, "unknown-action", subject)
                .saying(format!("{} matches no action of KMS", quoted(pattern)), advice),
        );
        return;
    }
    let has_no_key = names.iter().all(|name| ACTIONS_WITHOUT_A_KEY.contains(name));
    let is_on_no_key =
        names.iter().all(|name| ACTIONS_WITHOUT_A_KEY.contains(name) || ACTIONS_ON_A_VAULT.contains(name));
    if subject.is_of_key() && is_on_no_key {
        findings.push(Finding::new(Severity::Warning, "action-without-key", subject).saying(
            format!("{} is no action on a key, and key policies are not asked about it", quoted(pattern)),
            "remove it here, and allow it in an identity policy",
        ));
    } else if !subject.is_of_key() && has_no_key && !subject.not_resource && !subject.has_every_resource() {
        findings.push(Finding::new(Severity::Warning, "action-without-key", subject).saying(
            format!("{} is no action on a key, and no ARN covers it", quoted(pattern)),
            "give it a statement with the resource `*`",
        ));
    }
}

fn resource(subject: &Subject<'_>, pattern: &str, findings: &mut Vec<Finding>) {
    let mut fields = pattern.splitn(6, ':').skip(2);
    let (Some(service), Some(_), Some(account), Some(last)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return;
    };
    // Policies about other services are nobody's mistake.
    if service != "kms" && !subject.is_of_key() {
        return;
    }
    let (kind, _) = last.split_once('/').unwrap_or((last, ""));
    let types: &[&str] = if subject.is_of_key() { &["key"] } else { &["key", "alias", "vault"] };
    let is_wild = |text: &str| text.contains(['*', '?']);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let why = if service != "kms" {
        "the service of a key is `kms`, and no wildcard stands for it"
    } else if !is_wild(account) && !is_account {
        "an account has 12 digits"
    } else if last == "*" || last.contains("${") || types.contains(&kind) && last.contains('/') {
        return;
    } else if is_wild(kind) {
        "no wildcard stands for the type of a resource; write `key/…`, or `*` alone"
    } else if subject.is_of_key() && kind == "alias" {
        "a key policy is asked about the key, never about its aliases"
    } else {
        "the resources of KMS are `key/…` and `alias/…`"
    };
    findings.push(Finding::new(Severity::Warning, "unknown-resource", subject).saying(
        format!(
            "{} matches no {}: {why}",
            quoted(pattern),
            if subject.is_of_key() { "key" } else { "resource" }
        ),
        if subject.is_of_key() { "write `*`, which means this key" } else { "correct or remove it" },
    ));
}
