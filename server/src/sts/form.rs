//! The parameters of a request of the query protocol.

use hyper::Uri;

use crate::signature::decoded_query;

/// Names and values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the query and the body; `None` where they are not encoded properly.
    pub(crate) fn read(uri: &Uri, body: &[u8]) -> Option<Self> {
        let body = std::str::from_utf8(body).ok()?;
        let mut pairs = decoded_query(uri.query().unwrap_or_default()).ok()?;
        pairs.extend(decoded_query(body.trim()).ok()?);
        Some(Form(pairs))
    }

    /// The first value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// Whether the query asks for something.
pub(super) fn has_action(uri: &Uri) -> bool {
    uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("Action=")))
}
