//! The request's condition keys.

use super::super::json::Json;
use super::text::fold;

/// The context of a request, by names in lower case.
pub(super) struct Context(Vec<(String, Value)>);

#[derive(Clone)]
enum Value {
    One(String),
    Many(Vec<String>),
}

/// What a key has in a request.
#[derive(Clone)]
pub(super) enum Found {
    /// Nothing, or an empty list.
    Absent,
    One(String),
    /// A list, also of one element.
    Many(Vec<String>),
    /// Two names that differ only in case.
    Ambiguous,
}

impl Context {
    /// Reads strings, lists of strings, numbers and Booleans; `None` if there is anything else.
    pub(super) fn read(members: &[(String, Json)]) -> Option<Context> {
        let value = |json: &Json| match json {
            Json::List(items) => items
                .iter()
                .map(|item| item.as_text().map(str::to_string))
                .collect::<Option<_>>()
                .map(Value::Many),
            scalar => scalar.scalar().map(Value::One),
        };
        members
            .iter()
            .map(|(name, json)| Some((fold(name), value(json)?)))
            .collect::<Option<_>>()
            .map(Context)
    }

    /// What the key has, whatever the case of its name.
    pub(super) fn find(&self, name: &str) -> Found {
        let name = fold(name);
        let same: Vec<&Value> =
            self.0.iter().filter(|(other, _)| *other == name).map(|(_, value)| value).collect();
        match same[..] {
            [] => Found::Absent,
            [Value::One(value)] => Found::One(value.clone()),
            [Value::Many(values)] if values.is_empty() => Found::Absent,
            [Value::Many(values)] => Found::Many(values.clone()),
            _ => Found::Ambiguous,
        }
    }
}
