//! The published examples, and what must not pass.

use hyper::Request;
use strongroom_core::Secret;

use super::*;

/// The key of a published secret: `wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY`.
fn key(date: &str, region: &str, service: &str) -> Secret<32> {
    let mut key = b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec();
    for part in [date, region, service, "aws4_request"] {
        let mut mac = Secret::zeroed();
        let algorithm = strongroom_core::key::MacAlgorithm::HmacSha256;
        RustCrypto::message_mac(algorithm, &key, part.as_bytes(), &mut mac);
        key = mac.expose(|mac| mac[..32].to_vec());
    }
    let mut secret = Secret::zeroed();
    secret.fill_with(|secret| secret.copy_from_slice(&key));
    secret
}

struct Sent {
    request: Request<()>,
    body: Vec<u8>,
}

impl Sent {
    fn new(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let builder = Request::builder().method(method).uri(uri);
        let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        Sent { request: builder.body(()).unwrap(), body: body.as_bytes().to_vec() }
    }

    fn received(&self) -> Received<'_> {
        let request = &self.request;
        let (method, uri, headers) = (request.method().as_str(), request.uri(), request.headers());
        Received { method, uri, headers, body: &self.body }
    }

    fn verify(&self) -> Result<(), Flaw> {
        let signed = Signed::read(&self.received())?;
        signed.is_by(&key(&signed.date, &signed.region, &signed.service), &self.received())
    }
}

const SCOPE: &str = "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request";
/// AWS General Reference, *Signature Version 4 signing process*: ListUsers.
const LIST_USERS: &str = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
/// The same, `get-vanilla` of the test suite.
const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

fn list_users(signature: &str) -> Sent {
    let names = "content-type;host;x-amz-date";
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders={names}, Signature={signature}");
    Sent::new(
        "GET",
        "/?Action=ListUsers&Version=2010-05-08",
        &[
            ("Host", "iam.amazonaws.com"),
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("X-Amz-Date", "20150830T123600Z"),
            ("Authorization", &authorization),
        ],
        "",
    )
}

fn vanilla(uri: &str, headers: &[(&str, &str)], names: &str, signature: &str) -> Sent {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders={names}, Signature={signature}"
    );
    let mut all = vec![("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")];
    all.push(("Authorization", &authorization));
    all.extend(headers);
    Sent::new("GET", uri, &all, "")
}

#[test]
fn the_published_examples_verify() {
    assert_eq!(list_users(LIST_USERS).verify(), Ok(()));
    let names = "host;x-amz-date";
    assert_eq!(vanilla("/", &[], names, VANILLA).verify(), Ok(()));
    // The same request in other words.
    for uri in ["//", "/./", "/a/..", "/?"] {
        let sent = vanilla(uri, &[("User-Agent", "x"), ("x-amz-user-agent", "y")], names, VANILLA);
        assert_eq!(sent.verify(), Ok(()), "{uri}");
    }
}

#[test]
fn what_differs_from_what_was_signed_does_not_verify() {
    let names = "host;x-amz-date";
    let others = [
        vanilla("/a", &[], names, VANILLA),
        vanilla("/?a", &[], names, VANILLA),
        vanilla("/", &[("Host", "other.amazonaws.com")], names, VANILLA),
        vanilla("/", &[("Accept", "*/*")], "accept;host;x-amz-date", VANILLA),
        vanilla("/", &[], "accept;host;x-amz-date", VANILLA),
        vanilla("/", &[], names, &VANILLA.to_uppercase()),
        vanilla("/", &[], names, &VANILLA[1..]),
        vanilla("/", &[], names, ""),
        Sent { body: b"x".to_vec(), ..vanilla("/", &[], names, VANILLA) },
        list_users(VANILLA),
    ];
    for sent in others {
        assert_eq!(sent.verify(), Err(Flaw::Differs), "{:?}", sent.request);
    }
    for at in 0..VANILLA.len() {
        let mut altered = VANILLA.as_bytes().to_vec();
        altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
        let altered = String::from_utf8(altered).unwrap();
        assert_eq!(vanilla("/", &[], names, &altered).verify(), Err(Flaw::Differs), "{at}");
    }
}

#[test]
fn what_says_what_is_asked_for_is_signed_or_nothing_is_believed() {
    let names = "host;x-amz-date";
    let unsigned = |name: &str| Err(Flaw::Unsigned(name.to_owned()));
    let with = |header| vanilla("/", &[(header, "x")], names, VANILLA).verify();
    assert_eq!(with("X-Amz-Target"), unsigned("x-amz-target"));
    assert_eq!(with("X-Amz-Security-Token"), unsigned("x-amz-security-token"));
    assert_eq!(vanilla("/", &[], "x-amz-date", VANILLA).verify(), unsigned("host"));
    assert_eq!(vanilla("/", &[], "host", VANILLA).verify(), unsigned("x-amz-date"));
}

fn header(value: &str) -> Result<Signed, Flaw> {
    let headers = [("host", "h"), ("x-amz-date", "20150830T123600Z"), ("authorization", value)];
    let sent = Sent::new("POST", "/", &headers, "");
    Signed::read(&sent.received())
}

#[test]
fn a_header_that_is_not_whole_is_incomplete() {
    let whole = "AWS4-HMAC-SHA256 Credential=a/b/20150830/r/s/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";
    let read = header(whole).unwrap();
    assert_eq!((read.access_key.as_str(), read.region.as_str(), read.service.as_str()), ("a/b", "r", "s"));
    // In any order, with any space.
    let other = "AWS4-HMAC-SHA256\tSignature=00,SignedHeaders=host;x-amz-date ,  Credential=a/b/20150830/r/s/aws4_request";
    assert_eq!(header(other), Ok(read));
    let change = |from: &str, to: &str| header(&whole.replace(from, to)).unwrap_err();
    for (from, to, flaw) in [
        ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256", Flaw::OtherAlgorithm),
        ("AWS4-HMAC", "AWS3-HMAC", Flaw::OtherAlgorithm),
        ("Credential=a/b/20150830/r/s/aws4_request,", "", Flaw::Missing("Credential")),
        ("SignedHeaders=host;x-amz-date,", "", Flaw::Missing("SignedHeaders")),
        (", Signature=00", "", Flaw::Missing("Signature")),
        ("Signature=00", "Signature=00, Signature=01", Flaw::Repeated),
        ("Signature=00", "Signature", Flaw::NotNameAndValue),
        ("a/b/20150830/r", "20150830/r", Flaw::Credential),
        ("/r/s/", "//s/", Flaw::Credential),
        ("aws4_request", "aws5_request", Flaw::Terminator),
        ("host;x-amz-date", "x-amz-date;host", Flaw::SignedHeaders),
        ("host;x-amz-date", "host;host;x-amz-date", Flaw::SignedHeaders),
        ("host;x-amz-date", "Host;x-amz-date", Flaw::SignedHeaders),
        ("host;x-amz-date", "", Flaw::SignedHeaders),
    ] {
        assert_eq!(change(from, to), flaw, "{from} {to}");
    }
    let none = Sent::new("POST", "/", &[("host", "h")], "");
    assert_eq!(Signed::read(&none.received()), Err(Flaw::NoSignature));
    for (date, flaw) in [(&[][..], Flaw::NoDate), (&[("x-amz-date", "2015")], Flaw::Date)] {
        let mut headers = vec![("host", "h"), ("authorization", whole)];
        headers.extend(date);
        let sent = Sent::new("POST", "/", &headers, "");
        assert_eq!(Signed::read(&sent.received()), Err(flaw));
    }
}

#[test]
fn a_signature_is_good_for_a_quarter_of_an_hour_before_and_after() {
    let signed = Signed::read(&list_users(LIST_USERS).received()).unwrap();
    let at = signed.at.seconds();
    for (now, is_good) in [(at - 901, false), (at - 900, true), (at + 900, true), (at + 901, false)] {
        assert_eq!(signed.check_time(now).is_ok(), is_good, "{now}");
    }
    assert_eq!(
        signed.check_time(at + 1200).unwrap_err().message(),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T124100Z (20150830T125600Z - 15 min.)"
    );
    assert_eq!(signed.check_scope("iam"), Ok(()));
    assert_eq!(signed.check_scope("kms"), Err(Flaw::OtherService("kms".to_owned())));
    let other = Signed { date: "20150829".to_owned(), ..signed };
    assert!(matches!(other.check_scope("iam"), Err(Flaw::OtherDate { .. })));
}

/// A signature in the query, of a GET of `host:h` signed by the formulas themselves.
fn presigned(expires: &str, signature: Option<&str>) -> Sent {
    let scope = "AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fsts%2Faws4_request";
    let query = format!(
        "Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}\
         &X-Amz-Date=20150830T123600Z&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host"
    );
    let empty = hex(&RustCrypto::sha256(std::iter::empty()));
    let canonical = format!("GET\n/\n{query}\nhost:h\n\nhost\n{empty}");
    let hash = hex(&RustCrypto::sha256(std::iter::once(canonical.as_bytes())));
    let to_sign = format!("AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/sts/aws4_request\n{hash}");
    let mut mac = [0; 32];
    key("20150830", "us-east-1", "sts")
        .expose(|key| RustCrypto::mac(&RustCrypto::mac_key(key), &[to_sign.as_bytes()], &mut mac));
    let own = hex(&mac);
    let uri = format!("/?{query}&X-Amz-Signature={}", signature.unwrap_or(&own));
    Sent::new("GET", &uri, &[("host", "h")], "")
}

#[test]
fn a_signature_in_the_query_is_good_until_it_expires() {
    let sent = presigned("60", None);
    assert_eq!(sent.verify(), Ok(()));
    let signed = Signed::read(&sent.received()).unwrap();
    let at = signed.at.seconds();
    for (now, is_good) in [(at - 901, false), (at - 900, true), (at + 60, true), (at + 61, false)] {
        assert_eq!(signed.check_time(now).is_ok(), is_good, "{now}");
    }
    assert_eq!(presigned("60", Some(LIST_USERS)).verify(), Err(Flaw::Differs));
    for expires in ["0", "604801", "x", "-1", ""] {
        assert_eq!(presigned(expires, None).verify(), Err(Flaw::Expires), "{expires}");
    }
    assert_eq!(presigned("604800", None).verify(), Ok(()));
}
