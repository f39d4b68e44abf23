//! Signing a request: for clients of an endpoint.

use std::fmt;

use hyper::Uri;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use strongroom_core::Secret;
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::key::MacAlgorithm;
use zeroize::Zeroizing;

use super::claims::ALGORITHM;
use super::{Flaw, Received, Signed, SignedAt};

/// Who signs: an access key, its secret, and the token of a session. Both are wiped on drop.
pub struct Signer {
    access_key: String,
    secret: Zeroizing<String>,
    token: Option<Zeroizing<String>>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

impl Signer {
    /// Whoever has this access key. Sessions have a token.
    #[must_use]
    pub fn new(access_key: String, secret: Zeroizing<String>, token: Option<Zeroizing<String>>) -> Self {
        Signer { access_key, secret, token }
    }

    /// Signs a `POST`: every header that is there, `Host` among them, and the body. Adds who signed it, for what and when.
    ///
    /// # Errors
    /// [`Flaw::Unsigned`]: there is no `Host`. Others: what keeps the request from having a canonical form.
    pub fn sign(
        &self,
        (region, service): (&str, &str),
        at: SignedAt,
        uri: &Uri,
        headers: &mut HeaderMap,
        body: &[u8],
    ) -> Result<(), Flaw> {
        if !headers.contains_key(HOST) {
            return Err(Flaw::Unsigned(HOST.as_str().to_owned()));
        }
        headers.insert(HeaderName::from_static("x-amz-date"), text(&at.text(), false)?);
        if let Some(token) = &self.token {
            headers.insert(HeaderName::from_static("x-amz-security-token"), text(token, true)?);
        }
        let mut names: Vec<String> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort_unstable();
        let claims = Signed {
            access_key: self.access_key.clone(),
            date: at.date(),
            region: region.to_owned(),
            service: service.to_owned(),
            at,
            token: None,
            headers: names,
            signature: String::new(),
            expires: None,
        };
        let received = Received { method: "POST", uri, headers, body };
        let signature = claims.signature_of(&self.key(&claims), &received)?;
        let Signed { access_key, date, headers: names, .. } = claims;
        let names = names.join(";");
        let header = format!(
            "{ALGORITHM} Credential={access_key}/{date}/{region}/{service}/aws4_request, SignedHeaders={names}, \
             Signature={signature}"
        );
        headers.insert(AUTHORIZATION, text(&header, true)?);
        Ok(())
    }

    /// What signs on one day, in one Region, for one service (AWS General Reference, *Create a signature*).
    fn key(&self, claims: &Signed) -> Secret<32> {
        let mut first = Zeroizing::new(Vec::with_capacity(self.secret.len().saturating_add(4)));
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(self.secret.as_bytes());
        let mut mac = Secret::<64>::zeroed();
        let algorithm = MacAlgorithm::HmacSha256;
        RustCrypto::message_mac(algorithm, &first, claims.date.as_bytes(), &mut mac);
        for part in [claims.region.as_str(), claims.service.as_str(), "aws4_request"] {
            let mut next = Secret::<64>::zeroed();
            mac.expose(|mac| {
                RustCrypto::message_mac(algorithm, mac.split_at(32).0, part.as_bytes(), &mut next);
            });
            mac = next;
        }
        let mut key = Secret::zeroed();
        mac.expose(|mac| {
            key.fill_with(|key: &mut [u8; 32]| {
                for (to, from) in key.iter_mut().zip(mac) {
                    *to = *from;
                }
            });
        });
        key
    }
}

fn text(text: &str, is_secret: bool) -> Result<HeaderValue, Flaw> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Flaw::NotText)?;
    value.set_sensitive(is_secret);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn signer() -> Signer {
        Signer::new("AKIDEXAMPLE".to_owned(), Zeroizing::new(SECRET.to_owned()), None)
    }

    #[test]
    fn a_request_is_signed_as_the_published_one() {
        // AWS's test suite for signatures of version 4: `post-vanilla`.
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("example.amazonaws.com"));
        let at = SignedAt::parse("20150830T123600Z").unwrap();
        let uri = Uri::from_static("/");
        signer().sign(("us-east-1", "service"), at, &uri, &mut headers, b"").unwrap();
        assert_eq!(
            headers.get(AUTHORIZATION).unwrap(),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
    }

    #[test]
    fn what_was_signed_verifies_and_nothing_else_does() {
        let mut headers = HeaderMap::new();
        let at = SignedAt::of(1_440_938_160);
        let uri = Uri::from_static("/");
        let none = signer().sign(("us-east-1", "kms"), at, &uri, &mut headers, b"{}");
        assert_eq!(none, Err(Flaw::Unsigned("host".to_owned())));
        headers.insert(HOST, HeaderValue::from_static("h"));
        headers.insert("x-amz-target", HeaderValue::from_static("TrentService.ListKeys"));
        let token = Some(Zeroizing::new("dG9rZW4=".to_owned()));
        let signer = Signer { token, ..signer() };
        signer.sign(("us-east-1", "kms"), at, &uri, &mut headers, b"{}").unwrap();
        assert!(headers.get(AUTHORIZATION).unwrap().is_sensitive());
        let received = Received { method: "POST", uri: &uri, headers: &headers, body: b"{}" };
        let signed = Signed::read(&received).unwrap();
        assert_eq!(signed.token.as_deref(), Some("dG9rZW4="));
        let key = signer.key(&signed);
        assert_eq!(signed.is_by(&key, &received), Ok(()));
        assert_eq!(signed.is_by(&key, &Received { body: b"{ }", ..received }), Err(Flaw::Differs));
        assert_eq!(signed.is_by(&key, &Received { method: "GET", ..received }), Err(Flaw::Differs));
        let other = Signer::new(String::new(), Zeroizing::new(format!("{SECRET}x")), None);
        assert_eq!(signed.is_by(&other.key(&signed), &received), Err(Flaw::Differs));
        assert!(!format!("{signer:?}").contains("wJal"));
    }
}
