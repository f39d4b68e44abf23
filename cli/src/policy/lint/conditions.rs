//! Conditions that do not say what they seem to.

use strongroom_core::policy::{CompiledCondition, Language, Operator, Qualifier, same_name};
use strongroom_std::policy_json::{nearest_name, quoted};

use super::finding::{Finding, Severity};
use super::known::{MULTIVALUED, OF_CALLERS, OTHERS, PREFIXES};
use super::subject::Subject;

pub(super) fn find(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for condition in &subject.conditions {
        name(subject, condition, findings);
        qualifier(subject, condition, findings);
        values(subject, condition, findings);
    }
    if subject.language == Language::Version2008 {
        let in_values = subject.conditions.iter().flat_map(CompiledCondition::values).flatten();
        let mut texts = in_values.chain(subject.resources.iter().map(String::as_str));
        if let Some(text) = texts.find(|text| text.contains("${")) {
            findings.push(Finding::new(Severity::Warning, "no-variables", subject).saying(
                format!("{} is plain text, since the policy has no `Version` with variables", quoted(text)),
                "set `Version` to `2012-10-17`",
            ));
        }
    }
}

/// Whether a key is known and, if so, whether it has many values.
fn known(key: &str) -> Option<bool> {
    let has = |names: &[&str]| names.iter().any(|name| same_name(name, key));
    let begins = |prefix: &&str| key.get(..prefix.len()).is_some_and(|front| same_name(front, prefix));
    if has(MULTIVALUED) {
        Some(true)
    } else {
        (has(OF_CALLERS) || has(OTHERS) || PREFIXES.iter().any(begins)).then_some(false)
    }
}

fn name(subject: &Subject<'_>, condition: &CompiledCondition<'_>, findings: &mut Vec<Finding>) {
    if known(condition.key).is_some() {
        return;
    }
    let names = [MULTIVALUED, OF_CALLERS, OTHERS].concat();
    let meant = nearest_name(condition.key, names.iter().copied()).map(str::to_owned).or_else(|| {
        // A prefix with a slip, before the part that anybody may choose.
        let end = condition.key.rfind(['/', ':'])?.saturating_add(1);
        let (front, tail) = condition.key.split_at_checked(end)?;
        nearest_name(front, PREFIXES.iter().copied()).map(|prefix| format!("{prefix}{tail}"))
    });
    let is_of_kms = condition.key.get(..4).is_some_and(|front| same_name(front, "kms:"));
    let advice = match meant {
        Some(meant) => format!("did you mean {}?", quoted(&meant)),
        None if is_of_kms => "no request has it: correct or remove it".to_owned(),
        None => return,
    };
    findings.push(
        Finding::new(Severity::Warning, "unknown-condition-key", subject)
            .saying(format!("{} is no condition key of a request to a vault", quoted(condition.key)), advice),
    );
}

fn qualifier(subject: &Subject<'_>, condition: &CompiledCondition<'_>, findings: &mut Vec<Finding>) {
    if condition.operator == Operator::Null {
        return;
    }
    if condition.qualifier == Qualifier::None && known(condition.key) == Some(true) {
        findings.push(Finding::new(Severity::Warning, "no-set-qualifier", subject).saying(
            format!("`{condition}` never holds while the request has the key: it has many values"),
            format!(
                "write `ForAnyValue:{}` or `ForAllValues:{}`",
                condition.operator.name(),
                condition.operator.name()
            ),
        ));
    }
    let is_guarded = subject.conditions.iter().any(|other| {
        other.operator == Operator::Null
            && same_name(other.key, condition.key)
            && other.values().flatten().all(|value| value == "false")
    });
    if subject.is_allow() && condition.qualifier == Qualifier::ForAllValues && !is_guarded {
        findings.push(Finding::new(Severity::Note, "holds-without-values", subject).saying(
            format!("`{condition}` also holds for requests without the key"),
            format!("add `\"Null\": {{\"{}\": \"false\"}}` if the key must be there", condition.key),
        ));
    }
    let is_negated = condition.operator.name().contains("Not");
    if subject.is_allow() && is_negated && condition.qualifier == Qualifier::None && !is_guarded {
        findings.push(Finding::new(Severity::Note, "holds-without-values", subject).saying(
            format!("`{condition}` also holds for requests without the key, and so allows them"),
            format!("add `\"Null\": {{\"{}\": \"false\"}}` if the key must be there", condition.key),
        ));
    }
}

fn values(subject: &Subject<'_>, condition: &CompiledCondition<'_>, findings: &mut Vec<Finding>) {
    let is_exact = matches!(
        condition.operator,
        Operator::StringEquals
            | Operator::StringNotEquals
            | Operator::StringEqualsIgnoreCase
            | Operator::StringNotEqualsIgnoreCase
    );
    let is_arn = condition.operator.name().starts_with("Arn");
    for value in condition.values().flatten() {
        if is_exact && value.contains('*') && !value.contains("${*}") {
            let operator =
                if condition.operator.name().contains("Not") { "StringNotLike" } else { "StringLike" };
            findings.push(Finding::new(Severity::Warning, "literal-wildcard", subject).saying(
                format!("`{condition}` takes the `*` in {} for an asterisk", quoted(value)),
                format!("write `{operator}` if it stands for any text"),
            ));
        }
        let has_fields = value.contains("${") || value.split(':').count() >= 6;
        if is_arn && !has_fields {
            findings.push(Finding::new(Severity::Warning, "no-arn", subject).saying(
                format!(
                    "{} under `{condition}` has fewer than six fields and matches nothing",
                    quoted(value)
                ),
                "write a whole ARN; a field may be `*`",
            ));
        }
    }
}
