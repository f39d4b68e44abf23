//! Conditions of one statement that cannot hold together.

use std::collections::BTreeSet;

use strongroom_core::policy::{CompiledCondition, Operator, Qualifier, same_name};
use strongroom_std::policy_json::quoted;

use super::finding::{Finding, Severity};
use super::subject::Subject;

pub(super) fn find(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (index, one) in subject.conditions.iter().enumerate() {
        for other in subject.conditions.iter().skip(index.saturating_add(1)) {
            if same_name(one.key, other.key) && (contradict(one, other) || contradict(other, one)) {
                findings.push(Finding::new(Severity::Warning, "contradiction", subject).saying(
                    format!("`{one}` and `{other}` can never both hold, so the statement never applies"),
                    format!("keep one of them, or make two statements about {}", quoted(one.key)),
                ));
            }
        }
    }
}

fn contradict(one: &CompiledCondition<'_>, other: &CompiledCondition<'_>) -> bool {
    let values = |condition: &CompiledCondition<'_>| -> BTreeSet<String> {
        condition.values().flatten().map(str::to_owned).collect()
    };
    let is_null = |condition: &CompiledCondition<'_>, wanted: &str| {
        condition.operator == Operator::Null && condition.values().flatten().all(|value| value == wanted)
    };
    if is_null(one, "true") && (is_null(other, "false") || needs_the_key(other)) {
        return true;
    }
    if one.qualifier != Qualifier::None
        || other.qualifier != Qualifier::None
        || (one.if_exists && other.if_exists)
    {
        return false;
    }
    let are_fixed = !values(one).union(&values(other)).any(|value| value.contains("${"));
    match (one.operator, other.operator) {
        (Operator::StringEquals, Operator::StringEquals) | (Operator::Bool, Operator::Bool) => {
            are_fixed && values(one).is_disjoint(&values(other))
        }
        (Operator::StringEquals, Operator::StringNotEquals) => {
            !one.if_exists && are_fixed && values(one).is_subset(&values(other))
        }
        _ => match (bound(one, "LessThan"), bound(other, "GreaterThan")) {
            (Some((most, or_most)), Some((least, or_least))) => {
                most < least || (most <= least && !(or_most && or_least))
            }
            _ => false,
        },
    }
}

/// Whether a condition is false for a request without the key.
fn needs_the_key(condition: &CompiledCondition<'_>) -> bool {
    let is_positive = condition.operator != Operator::Null && !condition.operator.name().contains("Not");
    match condition.qualifier {
        Qualifier::None => is_positive && !condition.if_exists,
        Qualifier::ForAnyValue => true,
        Qualifier::ForAllValues => false,
    }
}

/// The widest bound that a numeric condition sets in one direction, and whether the bound itself passes.
fn bound(condition: &CompiledCondition<'_>, direction: &str) -> Option<(f64, bool)> {
    let rest = condition.operator.name().strip_prefix("Numeric")?.strip_prefix(direction)?;
    let numbers = condition.values().flatten().map(|value| value.parse::<f64>().ok());
    let numbers: Vec<f64> = numbers.collect::<Option<_>>()?;
    let widest = if direction == "LessThan" { f64::max } else { f64::min };
    let number = numbers.into_iter().reduce(widest)?;
    Some((number, rest == "Equals"))
}
