//! The parameters of a request: read, and checked against their shapes.

use std::borrow::Cow;

use base64ct::{Base64, Encoding};
use serde_json::value::RawValue;
use strongroom_core::grant::GrantToken;
use strongroom_std::Error;
use zeroize::Zeroizing;

use super::members::{Members, Name};
use super::refusal::Refusal;
use super::shape::{Parameter, Pattern, Shape};

/// What a request says, within its shapes.
pub(crate) struct Arguments<'b>(Vec<(&'static str, Value<'b>)>);

/// A value within its shape.
pub(crate) enum Value<'b> {
    Text(Cow<'b, str>),
    Blob(Zeroizing<Vec<u8>>),
    Number(i64),
    Truth(bool),
    /// Milliseconds since 1970.
    Moment(i64),
    List(Vec<Value<'b>>),
    Pairs(Vec<(Cow<'b, str>, Cow<'b, str>)>),
    Structure(Arguments<'b>),
}

impl<'b> Arguments<'b> {
    /// Reads a body. Members that the operation does not know are passed over.
    pub(crate) fn read(body: &'b [u8], parameters: &'static [Parameter]) -> Result<Self, Refusal> {
        let body = if body.is_empty() { b"{}".as_slice() } else { body };
        let members: Members<'b> =
            serde_json::from_slice(body).map_err(|_| Refusal::silent("SerializationException"))?;
        let mut findings = Findings::default();
        let arguments = structure(&members, parameters, "", &mut findings)?;
        findings.check()?;
        Ok(arguments)
    }

    fn get(&self, name: &str) -> Option<&Value<'b>> {
        self.0.iter().find(|(member, _)| *member == name).map(|(_, value)| value)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A parameter that must be there: the shapes have seen to it.
    pub(crate) fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    pub(crate) fn blob(&self, name: &str) -> Option<&[u8]> {
        match self.get(name)? {
            Value::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that is a size, within its shape.
    pub(crate) fn size(&self, name: &str) -> Option<usize> {
        self.number(name).and_then(|number| usize::try_from(number).ok())
    }

    pub(crate) fn truth(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Truth(true)))
    }

    /// Milliseconds since 1970.
    pub(crate) fn moment(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Moment(ms) => Some(*ms),
            _ => None,
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        match self.get(name) {
            Some(Value::List(items)) => items
                .iter()
                .filter_map(|item| match item {
                    Value::Text(text) => Some(text.as_ref()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn structures(&self, name: &str) -> Vec<&Arguments<'b>> {
        match self.get(name) {
            Some(Value::List(items)) => items
                .iter()
                .filter_map(|item| match item {
                    Value::Structure(members) => Some(members),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn structure(&self, name: &str) -> Option<&Arguments<'b>> {
        match self.get(name)? {
            Value::Structure(members) => Some(members),
            _ => None,
        }
    }

    /// Names and values; none if it is not there.
    pub(crate) fn pairs(&self, name: &str) -> Vec<(&str, &str)> {
        match self.get(name) {
            Some(Value::Pairs(pairs)) => {
                pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn grant_tokens(&self) -> Result<Vec<GrantToken>, Error> {
        self.texts("GrantTokens").into_iter().map(grant_token).collect()
    }
}

/// Reads a grant token. A text that is none is handed in all the same, as one that no vault has made: so the request is authorized
/// and recorded like any other before it is refused.
pub(crate) fn grant_token(text: &str) -> Result<GrantToken, Error> {
    GrantToken::parse(text).or_else(|_| GrantToken::from_bytes(&[0; 64]))
}

/// Most findings that are told: what is asked for in one request is answered in one that is not much longer.
const FINDINGS_MAX: usize = 100;

/// What is wrong with a request.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn check(self) -> Result<(), Refusal> {
        match self.0.len() {
            0 => Ok(()),
            count => {
                let errors = if count == 1 { "error" } else { "errors" };
                let message = format!("{count} validation {errors} detected: {}", self.0.join("; "));
                Err(Refusal::new("ValidationException", message))
            }
        }
    }

    fn add(&mut self, value: Option<&str>, path: &str, constraint: &str) {
        let value = value.map(|value| format!("Value '{value}'")).unwrap_or_else(|| "Value".to_owned());
        self.put(format!("{value} at '{path}' failed to satisfy constraint: {constraint}"));
    }

    fn put(&mut self, finding: String) {
        if self.0.len() < FINDINGS_MAX {
            self.0.push(finding);
        }
    }

    fn length(&mut self, value: Option<&str>, path: &str, len: usize, min: usize, max: usize) {
        if len < min {
            self.add(value, path, &format!("Member must have length greater than or equal to {min}"));
        } else if len > max {
            self.add(value, path, &format!("Member must have length less than or equal to {max}"));
        }
    }
}

fn structure<'b>(
    members: &Members<'b>,
    parameters: &'static [Parameter],
    path: &str,
    findings: &mut Findings,
) -> Result<Arguments<'b>, Refusal> {
    let mut arguments = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        let path = || format!("{path}{}", camel_case(parameter.name));
        match members.get(parameter.name) {
            Some(raw) => arguments.push((parameter.name, value(raw, &parameter.shape, &path, findings)?)),
            None if parameter.is_required => findings.put(format!(
                "Value null at '{}' failed to satisfy constraint: Member must not be null",
                path()
            )),
            None => (),
        }
    }
    Ok(Arguments(arguments))
}

fn value<'b>(
    raw: &'b RawValue,
    shape: &'static Shape,
    path: &dyn Fn() -> String,
    findings: &mut Findings,
) -> Result<Value<'b>, Refusal> {
    Ok(match shape {
        Shape::Text { min, max, pattern } => {
            let text: Name<'b> = read(raw)?;
            let len = text.0.chars().count();
            if !(*min..=*max).contains(&len) {
                findings.length(Some(&text.0), &path(), len, *min, *max);
            }
            check_pattern(&text.0, *pattern, path, findings);
            Value::Text(text.0)
        }
        Shape::Word(words) => {
            let text: Name<'b> = read(raw)?;
            if !words.contains(&text.0.as_ref()) {
                let constraint = format!("Member must satisfy enum value set: [{}]", words.join(", "));
                findings.add(Some(&text.0), &path(), &constraint);
            }
            Value::Text(text.0)
        }
        Shape::Blob { min, max } => {
            let text: Name<'b> = read(raw)?;
            let text = Wiped(text.0);
            let bytes = Base64::decode_vec(&text.0).map_err(|_| Refusal::silent("SerializationException"))?;
            let bytes = Zeroizing::new(bytes);
            if !(*min..=*max).contains(&bytes.len()) {
                findings.length(None, &path(), bytes.len(), *min, *max);
            }
            Value::Blob(bytes)
        }
        Shape::Number { min, max } => {
            let number: i64 = read(raw)?;
            if number < *min {
                let constraint = format!("Member must have value greater than or equal to {min}");
                findings.add(Some(&number.to_string()), &path(), &constraint);
            } else if number > *max {
                let constraint = format!("Member must have value less than or equal to {max}");
                findings.add(Some(&number.to_string()), &path(), &constraint);
            }
            Value::Number(number)
        }
        Shape::Truth => Value::Truth(read(raw)?),
        Shape::Moment => Value::Moment(moment(raw.get())?),
        Shape::List { min, max, item } => {
            let items: Vec<&'b RawValue> = read(raw)?;
            if !(*min..=*max).contains(&items.len()) {
                findings.length(None, &path(), items.len(), *min, *max);
            }
            let mut values = Vec::with_capacity(items.len());
            for (number, raw) in (1usize..).zip(items) {
                let path = || format!("{}.{number}.member", path());
                values.push(value(raw, item, &path, findings)?);
            }
            Value::List(values)
        }
        Shape::Pairs => {
            let members: Members<'b> = read(raw)?;
            let mut pairs = Vec::with_capacity(members.0.len());
            for (name, raw) in members.0 {
                pairs.push((name.0, read::<Name<'b>>(raw)?.0));
            }
            Value::Pairs(pairs)
        }
        Shape::Structure(parameters) => {
            let members: Members<'b> = read(raw)?;
            Value::Structure(structure(&members, parameters, &format!("{}.", path()), findings)?)
        }
    })
}

/// A text in base64 of something that may be secret. A copy that had to be made is wiped.
struct Wiped<'b>(Cow<'b, str>);

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.0 {
            zeroize::Zeroize::zeroize(text);
        }
    }
}

fn check_pattern(
    text: &str,
    pattern: Option<&'static Pattern>,
    path: &dyn Fn() -> String,
    findings: &mut Findings,
) {
    if let Some(pattern) = pattern.filter(|pattern| !(pattern.holds)(text)) {
        let constraint = format!("Member must satisfy regular expression pattern: {}", pattern.text);
        findings.add(Some(text), &path(), &constraint);
    }
}

fn read<'b, T: serde::Deserialize<'b>>(raw: &'b RawValue) -> Result<T, Refusal> {
    serde_json::from_str(raw.get()).map_err(|_| Refusal::silent("SerializationException"))
}

/// Seconds since 1970, with or without a fraction, as milliseconds.
fn moment(text: &str) -> Result<i64, Refusal> {
    let refused = || Refusal::silent("SerializationException");
    let seconds: f64 = serde_json::from_str(text).map_err(|_| refused())?;
    // No date that anybody means is further away; what is left is exact to the millisecond.
    if !(-1e11..1e11).contains(&seconds) {
        return Err(refused());
    }
    let millis = format!("{:.0}", seconds * 1000.0);
    millis.parse().map_err(|_| refused())
}

/// As the service writes members in messages.
fn camel_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}
