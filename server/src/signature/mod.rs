//! Signatures of requests, version 4 (AWS General Reference, *Signing AWS API requests*): in a header or in the query.
//!
//! [`Signed::read`] says what a request claims, [`Signed::check_time`] and [`Signed::check_scope`] refuse what is old or was
//! meant for another endpoint, [`Signed::is_by`] compares the signature with that of a key. Secrets of callers do not come
//! here: the vault lends a key that is good for one day, Region and service.
//!
//! [`Signer`] is the other side: whoever asks an endpoint signs by it, over the same canonical form.

mod canonical;
mod claims;
mod refusals;
mod signer;
mod when;

#[cfg(test)]
mod tests;

use hyper::Uri;
use hyper::header::HeaderMap;
use strongroom_core::Secret;
use strongroom_core::access_key::SigningScope;
use strongroom_core::crypto::{Primitives, RustCrypto};

pub(crate) use self::canonical::decoded_query;
pub use self::refusals::{Flaw, Skew};
pub use self::signer::Signer;
pub use self::when::SignedAt;

/// How far a request's clock may be from ours, in seconds.
const SKEW_SECONDS: u64 = 15 * 60;
/// How long a signature in a query can be good for, in seconds: a week.
const EXPIRES_SECONDS_MAX: u64 = 7 * 24 * 3600;

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub struct Received<'r> {
    /// `POST` and the like.
    pub method: &'r str,
    /// Path and query; of HTTP/2 the host too.
    pub uri: &'r Uri,
    /// All of them.
    pub headers: &'r HeaderMap,
    /// All of it.
    pub body: &'r [u8],
}

/// What a request claims about its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Whose.
    pub access_key: String,
    /// `YYYYMMDD`, as the scope has it.
    pub date: String,
    /// For which Region.
    pub region: String,
    /// For which service.
    pub service: String,
    /// When.
    pub at: SignedAt,
    /// Of a session.
    pub token: Option<String>,
    /// In lower case and in order, as they were signed.
    headers: Vec<String>,
    /// Hexadecimal digits.
    signature: String,
    /// For how many seconds it is good, where it stands in the query.
    expires: Option<u64>,
}

impl Signed {
    /// Refuses a signature that is older or newer than it may be. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`Flaw::Skewed`].
    pub fn check_time(&self, now: u64) -> Result<(), Flaw> {
        let at = self.at.seconds();
        let last = at.saturating_add(self.expires.unwrap_or(SKEW_SECONDS));
        if at > now.saturating_add(SKEW_SECONDS) {
            return Err(Flaw::Skewed(Skew::TooNew { at: self.at, now }));
        }
        if now > last {
            return Err(Flaw::Skewed(Skew::TooOld { at: self.at, now }));
        }
        Ok(())
    }

    /// Refuses a signature for another service, or one whose parts do not go together.
    ///
    /// # Errors
    /// [`Flaw::OtherDate`], [`Flaw::OtherService`].
    pub fn check_scope(&self, service: &str) -> Result<(), Flaw> {
        if self.date != self.at.date() {
            return Err(Flaw::OtherDate { scope: self.date.clone(), date: self.at.date() });
        }
        if self.service != service {
            return Err(Flaw::OtherService(service.to_owned()));
        }
        Ok(())
    }

    /// What a key has to be good for.
    #[must_use]
    pub fn scope(&self) -> SigningScope<'_> {
        SigningScope { date: &self.date, region: &self.region, service: &self.service }
    }

    /// Whether the request was signed with this key; compared in constant time.
    ///
    /// # Errors
    /// [`Flaw::Differs`], and what keeps the request from having a canonical form.
    pub fn is_by(&self, key: &Secret<32>, received: &Received<'_>) -> Result<(), Flaw> {
        let own = self.signature_of(key, received)?;
        let is_equal = RustCrypto::equal(own.as_bytes(), self.signature.as_bytes());
        if is_equal { Ok(()) } else { Err(Flaw::Differs) }
    }

    /// The signature that a key gives to a request with these claims.
    fn signature_of(&self, key: &Secret<32>, received: &Received<'_>) -> Result<String, Flaw> {
        let canonical = canonical::request(received, &self.headers, self.expires.is_some())?;
        let scope = format!("{}/{}/{}/aws4_request", self.date, self.region, self.service);
        let hash = hex(&RustCrypto::sha256(std::iter::once(canonical.as_bytes())));
        let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{hash}", self.at.text());
        let mut mac = [0; 32];
        key.expose(|key| RustCrypto::mac(&RustCrypto::mac_key(key), &[to_sign.as_bytes()], &mut mac));
        Ok(hex(&mac))
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A String takes whatever is written.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
