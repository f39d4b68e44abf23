//! Reading what a request claims.

use hyper::header::{AUTHORIZATION, HOST, HeaderMap};

use super::canonical::decoded_query;
use super::refusals::Flaw;
use super::when::SignedAt;
use super::{EXPIRES_SECONDS_MAX, Received, Signed};

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TOKEN: &str = "x-amz-security-token";
/// A proxy may add it.
const NEVER_SIGNED: &str = "x-amz-user-agent";

impl Signed {
    /// Reads what the headers or the query claim. Nothing of it is true yet.
    ///
    /// # Errors
    /// What is missing, malformed or not signed that has to be.
    pub fn read(received: &Received<'_>) -> Result<Self, Flaw> {
        let signed = match single(received.headers, AUTHORIZATION.as_str())? {
            Some(header) => Self::in_header(header, received.headers)?,
            None => Self::in_query(received)?,
        };
        signed.check_headers(received)?;
        Ok(signed)
    }

    /// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, in any order.
    fn in_header(header: &str, headers: &HeaderMap) -> Result<Self, Flaw> {
        let fields = header.trim().strip_prefix(ALGORITHM).ok_or(Flaw::OtherAlgorithm)?;
        if !fields.starts_with([' ', '\t']) {
            return Err(Flaw::OtherAlgorithm);
        }
        let (mut credential, mut names, mut signature) = (None, None, None);
        for field in fields.split(',').map(str::trim) {
            let (name, value) = field.split_once('=').ok_or(Flaw::NotNameAndValue)?;
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut names,
                "Signature" => &mut signature,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Flaw::Repeated);
            }
        }
        let at = single(headers, "x-amz-date")?.ok_or(Flaw::NoDate)?;
        let token = single(headers, TOKEN)?.map(str::to_owned);
        Self::of(
            credential.ok_or(Flaw::Missing("Credential"))?,
            names.ok_or(Flaw::Missing("SignedHeaders"))?,
            signature.ok_or(Flaw::Missing("Signature"))?,
            at,
            token,
            None,
        )
    }

    /// `X-Amz-Algorithm=…&X-Amz-Credential=…&…`.
    fn in_query(received: &Received<'_>) -> Result<Self, Flaw> {
        let query = decoded_query(received.uri.query().unwrap_or_default())?;
        let find = |wanted: &str| -> Result<Option<&str>, Flaw> {
            let mut values = query.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
            match (values.next(), values.next()) {
                (_, Some(_)) => Err(Flaw::Repeated),
                (value, None) => Ok(value),
            }
        };
        match find("X-Amz-Algorithm")? {
            None => return Err(Flaw::NoSignature),
            Some(ALGORITHM) => {}
            Some(_) => return Err(Flaw::OtherAlgorithm),
        }
        let expires = find("X-Amz-Expires")?.ok_or(Flaw::Missing("X-Amz-Expires"))?;
        let expires = expires.parse().ok().filter(|seconds| (1..=EXPIRES_SECONDS_MAX).contains(seconds));
        Self::of(
            find("X-Amz-Credential")?.ok_or(Flaw::Missing("X-Amz-Credential"))?,
            find("X-Amz-SignedHeaders")?.ok_or(Flaw::Missing("X-Amz-SignedHeaders"))?,
            find("X-Amz-Signature")?.ok_or(Flaw::Missing("X-Amz-Signature"))?,
            find("X-Amz-Date")?.ok_or(Flaw::NoDate)?,
            find("X-Amz-Security-Token")?.map(str::to_owned),
            Some(expires.ok_or(Flaw::Expires)?),
        )
    }

    fn of(
        credential: &str,
        names: &str,
        signature: &str,
        at: &str,
        token: Option<String>,
        expires: Option<u64>,
    ) -> Result<Self, Flaw> {
        // From the end: nobody promises that an access key has no slash.
        let mut parts = credential.rsplitn(5, '/');
        let mut part = || parts.next().filter(|part| !part.is_empty()).ok_or(Flaw::Credential);
        let (end, service, region, date) = (part()?, part()?, part()?, part()?);
        let access_key = part()?;
        if end != "aws4_request" {
            return Err(Flaw::Terminator);
        }
        let headers: Vec<String> = names.split(';').map(str::to_owned).collect();
        let is_name = |name: &String| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
        };
        if !headers.iter().all(is_name) || !headers.is_sorted_by(|left, right| left < right) {
            return Err(Flaw::SignedHeaders);
        }
        Ok(Signed {
            access_key: access_key.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            at: SignedAt::parse(at).ok_or(Flaw::Date)?,
            token,
            headers,
            signature: signature.to_owned(),
            expires,
        })
    }

    /// What says where a request goes and what it asks for has to be signed, or it could be exchanged.
    fn check_headers(&self, received: &Received<'_>) -> Result<(), Flaw> {
        let is_signed = |name: &str| self.headers.iter().any(|signed| signed == name);
        if !is_signed(HOST.as_str()) {
            return Err(Flaw::Unsigned("host".to_owned()));
        }
        let must_be = |name: &&str| name.starts_with("x-amz-") && *name != NEVER_SIGNED;
        match received.headers.keys().map(|name| name.as_str()).filter(must_be).find(|name| !is_signed(name))
        {
            None => Ok(()),
            Some(name) => Err(Flaw::Unsigned(name.to_owned())),
        }
    }
}

/// A header that may come once.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Flaw> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Flaw::Repeated),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Flaw::NotText),
    }
}
