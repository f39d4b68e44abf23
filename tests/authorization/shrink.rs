//! A line that shows a difference, made smaller while it still does.

use super::json::Json;
use super::line::Line;

/// The smallest line found that still shows it.
pub(super) fn smallest(line: &Line, shows: &dyn Fn(&Line) -> bool) -> Line {
    let mut smallest = line.clone();
    while let Some(smaller) = smaller_lines(&smallest).into_iter().find(|line| shows(line)) {
        smallest = smaller;
    }
    smallest
}

fn smaller_lines(line: &Line) -> Vec<Line> {
    let mut lines = Vec::new();
    for index in 0..line.identity_policies.len() {
        let mut without = line.clone();
        without.identity_policies.remove(index);
        lines.push(without);
        for smaller in smaller_values(&line.identity_policies[index]) {
            let mut with = line.clone();
            with.identity_policies[index] = smaller;
            lines.push(with);
        }
    }
    for smaller in line.key_policy.iter().flat_map(smaller_values) {
        lines.push(Line { key_policy: Some(smaller), ..line.clone() });
    }
    for smaller in smaller_values(&Json::Object(line.context.clone())) {
        lines.push(Line { context: smaller.members().to_vec(), ..line.clone() });
    }
    lines
}

/// The value without one element or member, at any depth.
fn smaller_values(value: &Json) -> Vec<Json> {
    let mut values = Vec::new();
    match value {
        Json::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let mut without = items.clone();
                without.remove(index);
                values.push(Json::List(without));
                for smaller in smaller_values(item) {
                    let mut with = items.clone();
                    with[index] = smaller;
                    values.push(Json::List(with));
                }
            }
            if let [only] = &items[..] {
                values.push(only.clone());
            }
        }
        Json::Object(members) => {
            for (index, (name, member)) in members.iter().enumerate() {
                let mut without = members.clone();
                without.remove(index);
                values.push(Json::Object(without));
                for smaller in smaller_values(member) {
                    let mut with = members.clone();
                    with[index] = (name.clone(), smaller);
                    values.push(Json::Object(with));
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
    }
    values
}
