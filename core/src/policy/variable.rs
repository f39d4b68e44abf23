//! Policy variables: `${name}` stands for a value of the request (IAM User Guide, *IAM policy elements: Variables and
//! tags*).

use super::keys::{ConditionKeys, Values};

/// A variable at the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variable<'a> {
    name: &'a str,
    default: Option<&'a str>,
    /// Its length in the text, braces included.
    pub(super) len: usize,
}

impl<'a> Variable<'a> {
    /// Reads `${name}` or `${name, 'default'}` at the start of a text. One that is not closed is plain text.
    pub(super) fn at_start(text: &'a str) -> Option<Self> {
        let (inside, _) = text.strip_prefix("${")?.split_once('}')?;
        let len = inside.len().saturating_add(3);
        let with_default =
            inside.split_once(", '").and_then(|(name, default)| Some((name, default.strip_suffix('\'')?)));
        Some(match with_default {
            Some((name, default)) => Variable { name, default: Some(default), len },
            None => Variable { name: inside, default: None, len },
        })
    }

    /// The text that it stands for, which is literal; `None` if the key has no single value and there is no default.
    pub(super) fn text<C: ConditionKeys + ?Sized>(&self, keys: &'a C) -> Option<&'a str> {
        if matches!(self.name, "*" | "?" | "$") && self.default.is_none() {
            return Some(self.name);
        }
        match keys.values(self.name) {
            Values::One(value) => Some(value),
            Values::Absent
            | Values::Many(_)
            | Values::Names(_)
            | Values::Stored(_)
            | Values::Ambiguous
            | Values::Unknown => self.default,
        }
    }
}

/// Where the variables of a text begin.
pub(super) fn variables(text: &str) -> impl Iterator<Item = (usize, Variable<'_>)> {
    let mut at = 0usize;
    core::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at.saturating_add(rest.find("${")?);
        // Without a closing brace behind it, none of what follows is a variable either.
        let variable = Variable::at_start(text.get(start..)?)?;
        at = start.saturating_add(variable.len);
        Some((start, variable))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_read_with_its_default() {
        let read = |text| Variable::at_start(text);
        assert_eq!(read("${a:b}c"), Some(Variable { name: "a:b", default: None, len: 6 }));
        assert_eq!(read("${a, 'b'}"), Some(Variable { name: "a", default: Some("b"), len: 9 }));
        assert_eq!(read("${a, ''}"), Some(Variable { name: "a", default: Some(""), len: 8 }));
        assert_eq!(read("${a,'b'}"), Some(Variable { name: "a,'b'", default: None, len: 8 }));
        assert_eq!(read("${a"), None);
        assert_eq!(read("$a}"), None);
        assert_eq!(variables("x${a}${b}${c").count(), 2);
    }

    #[test]
    fn the_default_serves_where_there_is_no_single_value() {
        let keys = [("one", Values::One("1")), ("many", Values::Many(&["1"])), ("unknown", Values::Unknown)];
        let text = |text| Variable::at_start(text).unwrap().text(keys.as_slice());
        assert_eq!(text("${ONE, 'x'}"), Some("1"));
        assert_eq!(text("${many}"), None);
        assert_eq!(text("${many, 'x'}"), Some("x"));
        assert_eq!(text("${unknown}"), None);
        assert_eq!(text("${none}"), None);
        assert_eq!(text("${*}"), Some("*"));
    }
}
