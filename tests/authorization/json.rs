//! JSON as it is written: repeated members stay, and a number is its text.

use std::fmt;

/// Any JSON value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// A number, as spelled.
    Number(String),
    Text(String),
    List(Vec<Json>),
    /// Members in their order, repeated ones included.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value and nothing after it; `None` if the text is not JSON.
    pub(super) fn parse(text: &str) -> Option<Json> {
        let mut parser = Parser { rest: text.chars().collect(), at: 0 };
        let value = parser.value(0)?;
        parser.skip_white_space();
        (parser.at == parser.rest.len()).then_some(value)
    }

    /// The text of a string.
    pub(super) fn text(value: &str) -> Json {
        Json::Text(value.to_string())
    }

    /// An object with these members.
    pub(super) fn object(members: &[(&str, Json)]) -> Json {
        Json::Object(members.iter().map(|(name, value)| (name.to_string(), value.clone())).collect())
    }

    /// The first member of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.members().iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value)
    }

    /// The members of an object; nothing for anything else.
    pub(super) fn members(&self) -> &[(String, Json)] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// The string, if this is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list; anything else is a list of itself.
    pub(super) fn one_or_many(&self) -> Vec<&Json> {
        match self {
            Json::List(items) => items.iter().collect(),
            other => vec![other],
        }
    }

    /// The JSON text of a string, number or Boolean without quotes.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Json::Text(text) | Json::Number(text) => Some(text.clone()),
            Json::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }
}

struct Parser {
    rest: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn expect(&mut self, text: &str) -> Option<()> {
        text.chars().try_for_each(|wanted| (self.next()? == wanted).then_some(()))
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > 100 {
            return None;
        }
        self.skip_white_space();
        match self.peek()? {
            'n' => self.expect("null").map(|()| Json::Null),
            't' => self.expect("true").map(|()| Json::Bool(true)),
            'f' => self.expect("false").map(|()| Json::Bool(false)),
            '"' => self.string().map(Json::Text),
            '[' => self.list(depth),
            '{' => self.object(depth),
            _ => self.number(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        self.expect("[")?;
        let mut items = Vec::new();
        self.skip_white_space();
        if self.peek()? == ']' {
            self.next();
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_white_space();
            match self.next()? {
                ',' => {}
                ']' => return Some(Json::List(items)),
                _ => return None,
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        self.expect("{")?;
        let mut members = Vec::new();
        self.skip_white_space();
        if self.peek()? == '}' {
            self.next();
            return Some(Json::Object(members));
        }
        loop {
            self.skip_white_space();
            let name = self.string()?;
            self.skip_white_space();
            self.expect(":")?;
            members.push((name, self.value(depth + 1)?));
            self.skip_white_space();
            match self.next()? {
                ',' => {}
                '}' => return Some(Json::Object(members)),
                _ => return None,
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.expect("\"")?;
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                '\0'..='\x1f' => return None,
                plain => text.push(plain),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\x08',
            'f' => '\x0c',
            'u' => match self.unit()? {
                high @ 0xd800..=0xdbff => {
                    self.expect("\\u")?;
                    let low = self.unit()?;
                    (0xdc00..=0xdfff).contains(&low).then_some(())?;
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
                }
                unit => char::from_u32(unit)?,
            },
            same @ ('"' | '\\' | '/') => same,
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |unit, _| Some(unit * 16 + self.next()?.to_digit(16)?))
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit() || "+-.eE".contains(c)) {
            self.at += 1;
        }
        let text: String = self.rest[start..self.at].iter().collect();
        // JSON's numbers are ours (`number.rs`) but for a leading plus and leading zeros.
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let has_leading_zero =
            digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
        let is_number = !text.starts_with('+') && !has_leading_zero && super::naive::number::is_number(&text);
        is_number.then_some(Json::Number(text))
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(text) => f.write_str(text),
            Json::Text(text) => quoted(f, text),
            Json::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "[" } else { "," })?;
                }
                f.write_str(if items.is_empty() { "[]" } else { "]" })
            }
            Json::Object(members) => {
                for (index, (name, value)) in members.iter().enumerate() {
                    f.write_str(if index == 0 { "{" } else { "," })?;
                    quoted(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str(if members.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\0'..='\x1f' => write!(f, "\\u{:04x}", u32::from(c))?,
            _ => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

#[test]
fn json_keeps_repeated_members_and_the_spelling_of_numbers() {
    for same in [
        r#"{"a":1,"a":2}"#,
        r#"[1e2,1.50,-0,true,false,null,{},[],"x\"\\é"]"#,
        r#"{"a":{"b":[{"c":""}]}}"#,
        r#""\u0001""#,
    ] {
        assert_eq!(Json::parse(same).unwrap().to_string(), same);
    }
    assert_eq!(
        Json::parse(" [ 1 , { \"a\" : \"\\u00e9\\ud83d\\ude00\\/\\n\" } ] ").unwrap().to_string(),
        "[1,{\"a\":\"é😀/\\u000a\"}]"
    );
    let deep = "[".repeat(1000);
    for not in [
        "",
        "{",
        "[1,]",
        "{\"a\"}",
        "{\"a\":1,}",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "-",
        "\"a",
        "\"\\ud800\"",
        "\"\\x\"",
        "tru",
        "1 2",
        "'a'",
        &deep,
    ] {
        assert_eq!(Json::parse(not), None, "{not}");
    }
}
