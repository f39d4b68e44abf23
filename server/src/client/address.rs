//! Where an endpoint is.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use hyper::Uri;
use hyper::http::uri::Scheme;

/// The URL of an endpoint: with `https`, or on this machine with `http`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    is_secure: bool,
    host: String,
    port: u16,
}

/// Why a URL is no address of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// It is not `https://HOST` or `http://HOST`, with or without `:PORT`.
    Malformed,
    /// What is sent with `http` can be read on its way, so it goes to this machine only.
    InTheClear,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressError::Malformed => "expected https://HOST:PORT, or http://127.0.0.1:PORT on this machine",
            AddressError::InTheClear => {
                "http would show keys and secrets to everybody on the way; it is for this machine only: use https"
            }
        })
    }
}

impl std::error::Error for AddressError {}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        let uri: Uri = url.parse().map_err(|_| AddressError::Malformed)?;
        let is_secure = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(AddressError::Malformed),
        };
        let has_more = uri.path() != "/" || uri.query().is_some();
        let authority = uri.authority().ok_or(AddressError::Malformed)?;
        if has_more || authority.host().is_empty() || authority.as_str().contains('@') {
            return Err(AddressError::Malformed);
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            // A port that is none is not there either.
            None if authority.as_str().len() > authority.host().len() => return Err(AddressError::Malformed),
            None if is_secure => 443,
            None => 80,
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !is_secure && !is_here {
            return Err(AddressError::InTheClear);
        }
        Ok(Address { is_secure, host, port })
    }

    /// Whether it is asked over TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The name that its certificate has to have.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// What a resolver is asked for.
    pub(super) fn place(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Whether this place may be connected to: `localhost` has to be this machine.
    pub(super) fn admits(&self, place: SocketAddr) -> bool {
        self.is_secure || place.ip().is_loopback()
    }
}

/// As a `Host` header has it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address { is_secure, host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]")?;
        } else {
            f.write_str(host)?;
        }
        match (is_secure, port) {
            (true, 443) | (false, 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for (url, host) in [
            ("https://vault.example.com", "vault.example.com"),
            ("https://vault.example.com/", "vault.example.com"),
            ("https://vault.example.com:443", "vault.example.com"),
            ("https://10.0.0.1:8443", "10.0.0.1:8443"),
            ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://127.9.9.9", "127.9.9.9"),
            ("http://[::1]:8080", "[::1]:8080"),
            ("http://localhost:8080", "localhost:8080"),
        ] {
            assert_eq!(Address::parse(url).map(|address| address.to_string()).as_deref(), Ok(host), "{url}");
        }
        for url in [
            "http://vault.example.com",
            "http://10.0.0.1:8080",
            "http://localhost.example.com",
            "http://[::2]",
        ] {
            assert_eq!(Address::parse(url), Err(AddressError::InTheClear), "{url}");
        }
        for url in [
            "",
            "vault.example.com",
            "vault.example.com:443",
            "ftp://vault.example.com",
            "https://vault.example.com/path",
            "https://vault.example.com?query",
            "https://user@vault.example.com",
            "https://vault.example.com:x",
            "https://vault.example.com:",
            "https://",
        ] {
            assert_eq!(Address::parse(url), Err(AddressError::Malformed), "{url}");
        }
    }

    #[test]
    fn a_name_of_this_machine_that_leads_elsewhere_is_not_followed() {
        let address = Address::parse("http://localhost:8080").unwrap();
        assert!(address.admits("127.0.0.1:8080".parse().unwrap()));
        assert!(!address.admits("192.0.2.1:8080".parse().unwrap()));
        let address = Address::parse("https://localhost:8080").unwrap();
        assert!(address.admits("192.0.2.1:8080".parse().unwrap()));
    }
}
