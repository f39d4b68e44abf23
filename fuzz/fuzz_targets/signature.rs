//! Signatures of requests: reading what a request claims is total, and of a request that was signed nothing can be changed that
//! says what is asked for, where, when, by whom, but in the ways that the canonical form does not see.
//!
//! Input: a mode. 0: a method, path and query, headers and body as they are, claims of their own included, verified under a
//! key that signed none of it. 1: what is signed, and then a change to it.
#![no_main]

use hyper::Uri;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use strongroom_core::Secret;
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::key::MacAlgorithm;
use strongroom_fuzz::input::Input;
use strongroom_server::signature::{Flaw, Received, Signed, SignedAt, Signer};
use zeroize::Zeroizing;

const ACCESS_KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NOW: u64 = 1_795_000_000;

/// A request, in parts that can be changed.
#[derive(Clone, Debug)]
struct Request {
    method: String,
    uri: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    fn received(&self) -> Received<'_> {
        Received { method: &self.method, uri: &self.uri, headers: &self.headers, body: &self.body }
    }

    /// Who it is by, if its signature is that of the one secret.
    fn verify(&self) -> Result<Signed, Flaw> {
        let received = self.received();
        let signed = Signed::read(&received)?;
        signed.check_scope("kms")?;
        signed.check_time(NOW)?;
        // The secret is found by the access key, so that nothing has to sign it.
        if signed.access_key != ACCESS_KEY {
            return Err(Flaw::UnknownKey);
        }
        signed.is_by(&key(&signed), &received)?;
        Ok(signed)
    }
}

/// What the vault would lend: the key of the secret for what is claimed.
fn key(signed: &Signed) -> Secret<32> {
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for part in [&signed.date, &signed.region, &signed.service, "aws4_request"] {
        let mut mac = Secret::zeroed();
        RustCrypto::message_mac(MacAlgorithm::HmacSha256, &key, part.as_bytes(), &mut mac);
        key = mac.expose(|mac| mac[..32].to_vec());
    }
    let mut secret = Secret::zeroed();
    secret.fill_with(|secret: &mut [u8; 32]| secret.copy_from_slice(&key));
    secret
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    match input.byte() & 1 {
        0 => unsigned(input),
        _ => changed(input),
    }
});

/// Bytes up to a line's end, as text.
fn line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest.iter().position(|byte| *byte == b'\n');
    let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = after.get(1..).unwrap_or_default();
    line
}

/// `METHOD PATH\nname:value\n…\n\nbody`: whoever did not sign it with the secret is not believed.
fn unsigned(input: Input<'_>) {
    let mut rest = input.0;
    let first = String::from_utf8_lossy(line(&mut rest)).into_owned();
    let (method, uri) = first.split_once(' ').unwrap_or((&first, "/"));
    let Ok(uri) = uri.parse::<Uri>() else { return };
    let mut headers = HeaderMap::new();
    while !rest.is_empty() {
        let header = line(&mut rest);
        if header.is_empty() {
            break;
        }
        let Some(colon) = header.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = header.split_at(colon);
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(&value[1..])) {
            headers.append(name, value);
        }
    }
    let request = Request { method: method.to_owned(), uri, headers, body: rest.to_vec() };
    assert!(request.verify().is_err(), "nobody signed this");
}

/// Signs a request, changes it as the input says, and looks whether it is believed still.
fn changed(mut input: Input<'_>) {
    const BODIES: [&str; 4] = ["", "{}", r#"{"KeyId":"alias/a"}"#, "\0"];
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_static("vault.example.com:8443"));
    headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
    headers.insert("x-amz-target", HeaderValue::from_static("TrentService.Encrypt"));
    let choice = input.byte();
    let body = BODIES[usize::from(choice & 3)].as_bytes().to_vec();
    let token = (choice & 4 != 0).then(|| Zeroizing::new("dG9rZW4=".to_owned()));
    let uri = if choice & 8 == 0 { "/" } else { "/a/b?x=1&y=%2F" };
    let signer = Signer::new(ACCESS_KEY.to_owned(), Zeroizing::new(SECRET.to_owned()), token);
    let mut request = Request { method: "POST".to_owned(), uri: Uri::from_static(uri), headers, body };
    let at = SignedAt::of(NOW);
    let signed = signer.sign(("eu-central-1", "kms"), at, &request.uri, &mut request.headers, &request.body);
    signed.expect("it has a host and is text");
    let original = request.clone();
    let claims = original.verify().expect("it was signed with the secret");
    for _ in 0..input.byte() % 4 {
        change(&mut request, &mut input);
    }
    if let Ok(mut believed) = request.verify() {
        assert!(is_the_same(&original, &request), "what was not signed is believed {original:?} {request:?}");
        // White space around a header is no part of it.
        believed.token = believed.token.map(|token| token.trim().to_owned());
        assert_eq!(believed, claims, "it is somebody else's");
    }
}

/// One change, of the kind and to what the input says.
fn change(request: &mut Request, input: &mut Input<'_>) {
    match input.byte() % 6 {
        0 => {
            const METHODS: [&str; 4] = ["POST", "GET", "post", "POST "];
            request.method = METHODS[usize::from(input.byte() & 3)].to_owned();
        }
        1 => {
            let (at, to) = (usize::from(input.byte()), input.byte());
            match request.body.get_mut(at) {
                Some(byte) => *byte ^= to,
                None => request.body.push(to),
            }
        }
        2 => {
            const URIS: [&str; 10] = [
                "/",
                "//",
                "/./",
                "/a/b?x=1&y=%2F",
                "/a/./b?y=%2f&x=1",
                "/a/c/../b?x=1&y=/",
                "/a/b?x=1&y=%2F&x=1",
                "/a/b?x=1",
                "/a/b",
                "/a%2Fb?x=1&y=%2F",
            ];
            request.uri = Uri::from_static(URIS[usize::from(input.byte()) % URIS.len()]);
        }
        // A header's bytes.
        3 => {
            let names: Vec<HeaderName> = request.headers.keys().cloned().collect();
            let Some(name) = names.get(usize::from(input.byte()) % names.len().max(1)) else { return };
            let mut value = request.headers[name].as_bytes().to_vec();
            let (at, to) = (usize::from(input.byte()), input.byte());
            match value.get_mut(at) {
                Some(byte) => *byte ^= to,
                None => value.push(to),
            }
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                request.headers.insert(name.clone(), value);
            }
        }
        // A header more, of the same name or another.
        4 => {
            const NAMES: [&str; 6] =
                ["x-amz-target", "host", "accept", "x-amz-user-agent", "x-amz-security-token", "x-amz-extra"];
            let name = HeaderName::from_static(NAMES[usize::from(input.byte()) % NAMES.len()]);
            request.headers.append(name, HeaderValue::from_static("x"));
        }
        // A header less.
        _ => {
            let names: Vec<HeaderName> = request.headers.keys().cloned().collect();
            if let Some(name) = names.get(usize::from(input.byte()) % names.len().max(1)) {
                request.headers.remove(name);
            }
        }
    }
}

/// Whether two requests are the same to whoever signs: by the words of the standard, and not by the code under test.
fn is_the_same(one: &Request, other: &Request) -> bool {
    one.method == other.method
        && one.body == other.body
        && path_of(&one.uri) == path_of(&other.uri)
        && query_of(&one.uri) == query_of(&other.uri)
        && headers_of(one) == headers_of(other)
        && claims_of(one) == claims_of(other)
}

/// The parts of a path that count.
fn path_of(uri: &Uri) -> (Vec<String>, bool) {
    let mut parts = Vec::new();
    for part in uri.path().split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part.to_owned());
        }
    }
    let ends = uri.path().ends_with('/') || parts.is_empty();
    (parts, ends)
}

/// The pairs of a query, in order. Of the queries here, only `%2F` is written in more than one way.
fn query_of(uri: &Uri) -> Vec<String> {
    let query = uri.query().unwrap_or_default().replace("%2f", "/").replace("%2F", "/");
    let mut pairs: Vec<String> = query.split('&').map(str::to_owned).collect();
    pairs.sort();
    pairs
}

/// The headers that count: those that were signed, and whatever must be. White space around a value and runs of it do not.
fn headers_of(request: &Request) -> Vec<(String, Vec<Vec<Vec<u8>>>)> {
    const SIGNED: [&str; 5] = ["content-type", "host", "x-amz-date", "x-amz-target", "x-amz-security-token"];
    let counts =
        |name: &str| SIGNED.contains(&name) || name.starts_with("x-amz-") && name != "x-amz-user-agent";
    let words = |value: &HeaderValue| -> Vec<Vec<u8>> {
        let words = value.as_bytes().split(|byte| byte.is_ascii_whitespace());
        words.filter(|word| !word.is_empty()).map(<[u8]>::to_vec).collect()
    };
    let mut headers: Vec<_> = request
        .headers
        .keys()
        .filter(|name| counts(name.as_str()))
        .map(|name| (name.as_str().to_owned(), request.headers.get_all(name).iter().map(words).collect()))
        .collect();
    headers.sort();
    headers
}

/// What the `Authorization` headers say: their fields, in any order, and what stands between them and the algorithm.
fn claims_of(request: &Request) -> Vec<(Vec<u8>, Vec<String>)> {
    let values = request.headers.get_all(AUTHORIZATION).iter();
    values
        .map(|value| {
            let Ok(text) = value.to_str() else { return (value.as_bytes().to_vec(), Vec::new()) };
            let text = text.trim();
            let Some((algorithm, fields)) = text.split_once([' ', '\t']) else {
                return (text.as_bytes().to_vec(), Vec::new());
            };
            const KNOWN: [&str; 3] = ["Credential=", "SignedHeaders=", "Signature="];
            let is_known =
                |field: &&str| KNOWN.iter().any(|known| field.starts_with(known)) || !field.contains('=');
            let mut fields: Vec<String> =
                fields.split(',').map(str::trim).filter(is_known).map(str::to_owned).collect();
            fields.sort();
            (algorithm.as_bytes().to_vec(), fields)
        })
        .collect()
}
