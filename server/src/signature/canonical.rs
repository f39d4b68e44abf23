//! The canonical request: one text for all the ways in which a request can be written.

use std::fmt::Write as _;

use hyper::header::HOST;
use strongroom_core::crypto::{Primitives, RustCrypto};

use super::refusals::Flaw;
use super::{Received, hex};

/// What was signed, as long as these headers were.
pub(super) fn request(
    received: &Received<'_>,
    headers: &[String],
    is_in_query: bool,
) -> Result<String, Flaw> {
    let mut text = format!("{}\n{}\n", received.method, path(received.uri.path()));
    text.push_str(&query(received.uri.query().unwrap_or_default(), is_in_query)?);
    text.push('\n');
    for name in headers {
        let value = header(received, name)?;
        // A String takes whatever is written.
        let _ = writeln!(text, "{name}:{value}");
    }
    let _ = write!(text, "\n{}\n", headers.join(";"));
    text.push_str(&hex(&RustCrypto::sha256(std::iter::once(received.body))));
    Ok(text)
}

/// The values of a header, each without white space around and runs of it as one space.
fn header(received: &Received<'_>, name: &str) -> Result<String, Flaw> {
    let mut values = Vec::new();
    for value in received.headers.get_all(name) {
        let value = value.to_str().map_err(|_| Flaw::NotText)?;
        values.push(value.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
    }
    if values.is_empty() {
        // HTTP/2 has the host in the address.
        return match received.uri.authority().filter(|_| name == HOST.as_str()) {
            Some(host) => Ok(host.as_str().to_owned()),
            None => Err(Flaw::Differs),
        };
    }
    Ok(values.join(","))
}

/// The path without `.`, `..` and empty parts, and encoded once more than it came.
fn path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut text = String::new();
    for part in &parts {
        text.push('/');
        encode(&mut text, part.as_bytes());
    }
    if text.is_empty() || path.ends_with('/') {
        text.push('/');
    }
    text
}

/// The parameters in order, each encoded in the one way.
fn query(query: &str, is_in_query: bool) -> Result<String, Flaw> {
    let mut pairs = Vec::new();
    for (name, value) in decoded_query(query)? {
        if is_in_query && name == "X-Amz-Signature" {
            continue;
        }
        let (mut encoded, mut encoded_value) = (String::new(), String::new());
        encode(&mut encoded, name.as_bytes());
        encode(&mut encoded_value, value.as_bytes());
        pairs.push((encoded, encoded_value));
    }
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    Ok(pairs.join("&"))
}

/// Names and values of a query, or of a form.
pub(crate) fn decoded_query(query: &str) -> Result<Vec<(String, String)>, Flaw> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, Flaw> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = (digit().ok_or(Flaw::Query)?, digit().ok_or(Flaw::Query)?);
                u8::try_from(high << 4 | low).map_err(|_| Flaw::Query)?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| Flaw::Query)
}

/// Percent-encoding of everything but letters, digits and `-._~`.
fn encode(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_form() {
        for (given, expected) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/./", "/"),
            ("/a/../b", "/b"),
            ("/../../b/", "/b/"),
            ("/a//b/", "/a/b/"),
            ("/a%20b", "/a%2520b"),
            ("/a b~", "/a%20b~"),
        ] {
            assert_eq!(path(given), expected, "{given}");
        }
    }

    #[test]
    fn a_query_has_one_form() {
        for (given, expected) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1", "a=1&a=2"),
            ("a", "a="),
            ("a=b=c", "a=b%3Dc"),
            ("a=%7e%2f%41", "a=~%2FA"),
            ("a=x+y", "a=x%20y"),
            ("a-b=1&a=2&A=3", "A=3&a=2&a-b=1"),
            ("X-Amz-Signature=00&a=1", "a=1"),
        ] {
            assert_eq!(query(given, true).unwrap(), expected, "{given}");
        }
        assert_eq!(query("X-Amz-Signature=00", false).unwrap(), "X-Amz-Signature=00");
        for malformed in ["a=%", "a=%4", "a=%zz", "a=%ff"] {
            assert_eq!(query(malformed, false), Err(Flaw::Query));
        }
    }
}
