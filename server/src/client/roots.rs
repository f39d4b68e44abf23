//! Whom to believe that they are who was asked for.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use rustls_native_certs::load_native_certs;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::tls::TlsError;

/// Certificates that are believed, ready for a handshake.
#[derive(Clone, Debug)]
pub struct Roots(Arc<ClientConfig>);

impl Roots {
    /// Reads a file in PEM, and nothing else is believed; without one what `SSL_CERT_FILE` and `SSL_CERT_DIR` name, as OpenSSL
    /// does, and else the platform's.
    ///
    /// # Errors
    /// [`TlsError`]: there is no such file, or no certificate in it.
    pub fn load(file: Option<PathBuf>) -> Result<Self, TlsError> {
        let roots = match file {
            Some(file) => of_a_file(file)?,
            None => of_the_platform()?,
        };
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?;
        Ok(Roots(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

/// Those in a file: each has to be one.
fn of_a_file(file: PathBuf) -> Result<RootCertStore, TlsError> {
    let wrong = |error| TlsError::File(file.clone(), error);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&file).map_err(wrong)? {
        roots.add(certificate.map_err(wrong)?).map_err(TlsError::Unusable)?;
    }
    if roots.is_empty() {
        return Err(TlsError::Empty(file));
    }
    Ok(roots)
}

/// Those that the platform believes. One that is of no use here is not what anybody waits for, but what somebody has named has to
/// be readable.
fn of_the_platform() -> Result<RootCertStore, TlsError> {
    let found = load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    let is_named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| env::var_os(name).is_some());
    match found.errors.into_iter().next() {
        Some(error) if is_named || roots.is_empty() => Err(TlsError::Platform(error.to_string())),
        None if roots.is_empty() => Err(TlsError::Platform("there are none".to_owned())),
        _ => Ok(roots),
    }
}
