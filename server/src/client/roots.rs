//! Whom to believe that they are who was asked for.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::tls::TlsError;

/// Where platforms keep the certificates that they believe.
const PLACES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Certificates that are believed, ready for a handshake.
#[derive(Clone, Debug)]
pub struct Roots(Arc<ClientConfig>);

impl Roots {
    /// Reads a file in PEM, and nothing else is believed; without one the platform's.
    ///
    /// # Errors
    /// [`TlsError`]: there is no such file, or no certificate in it.
    pub fn load(file: Option<PathBuf>) -> Result<Self, TlsError> {
        let file = match file {
            Some(file) => file,
            None => of_the_platform(),
        };
        let wrong = |error| TlsError::File(file.clone(), error);
        let is_own = !PLACES.iter().any(|place| Path::new(place) == file);
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(&file).map_err(wrong)? {
            match roots.add(certificate.map_err(wrong)?) {
                // One of the platform's that is of no use here is not what anybody waits for.
                Err(error) if is_own => return Err(TlsError::Unusable(error)),
                Ok(()) | Err(_) => {}
            }
        }
        if roots.is_empty() {
            return Err(TlsError::Empty(file));
        }
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?;
        Ok(Roots(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

/// As OpenSSL does: by the environment, else the first place where there is something.
fn of_the_platform() -> PathBuf {
    let named = env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let [first, ..] = PLACES;
    named
        .or_else(|| PLACES.iter().map(PathBuf::from).find(|place| place.is_file()))
        .unwrap_or_else(|| first.into())
}
