//! Answers in XML.

use std::fmt::Write as _;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// An answer as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct StsAnswer {
    pub(crate) status: u16,
    /// The code of the error, if it is one.
    pub(crate) error: Option<&'static str>,
    pub(crate) body: String,
}

/// An error of STS.
#[derive(Debug)]
pub(super) struct StsError {
    code: &'static str,
    status: u16,
    message: String,
}

impl StsAnswer {
    /// A result.
    pub(super) fn of(action: &str, result: &str, request_id: &str) -> Self {
        let body = format!(
            "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result>\
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
        );
        StsAnswer { status: 200, error: None, body }
    }
}

impl StsError {
    pub(super) fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        StsError { code, status, message: message.into() }
    }

    pub(super) fn into_answer(self, request_id: &str) -> StsAnswer {
        let StsError { code, status, message } = self;
        let whose = if status < 500 { "Sender" } else { "Receiver" };
        let body = format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{whose}</Type><Code>{code}</Code>\
             <Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
            escaped(&message)
        );
        StsAnswer { status, error: Some(code), body }
    }
}

/// A text as XML has it. What XML cannot have at all becomes a question mark.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => {
                // A String takes whatever is written.
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            control if control.is_control() => out.push('?'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_element() {
        assert_eq!(escaped("a<b>&\"\u{0}\n"), "a&lt;b&gt;&amp;&quot;?&#10;");
    }
}
