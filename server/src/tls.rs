//! TLS: certificate and key from files, and again when the files change.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// What is agreed on for HTTP/2.
pub(crate) const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Files in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those that lead from it to one that clients know.
    pub certificates: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why certificates cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read, or is no PEM of what it should be.
    File(PathBuf, pem::Error),
    /// There is no certificate in it.
    Empty(PathBuf),
    /// The certificates that the platform believes cannot be read, or there are none.
    Platform(String),
    /// Certificate and key do not go together, or cannot be used.
    Unusable(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsError::File(path, error) => write!(f, "`{}`: {error}", path.display()),
            TlsError::Empty(path) => write!(f, "`{}`: there is no certificate in it", path.display()),
            TlsError::Platform(why) => write!(f, "the certificates of the platform: {why}"),
            TlsError::Unusable(error) => write!(f, "the certificate cannot be used: {error}"),
        }
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TlsError::File(_, error) => Some(error),
            TlsError::Unusable(error) => Some(error),
            TlsError::Empty(_) | TlsError::Platform(_) => None,
        }
    }
}

/// What connections are encrypted with just now.
#[derive(Debug)]
pub(crate) struct Certificates {
    files: TlsFiles,
    current: RwLock<Loaded>,
}

#[derive(Clone, Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    /// When the files were changed last, as far as the system says.
    changed: [Option<SystemTime>; 2],
}

impl Certificates {
    pub(crate) fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let current = RwLock::new(read(&files)?);
        Ok(Certificates { files, current })
    }

    /// For the next connection.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).config)
    }

    /// Whether a file is another one than was read.
    pub(crate) fn have_changed(&self) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).changed != changed(&self.files)
    }

    /// Reads the files again. Where they cannot be used, everything stays as it was, and they are not read again before they
    /// change again.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        let loaded = read(&self.files);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        match loaded {
            Ok(loaded) => {
                *current = loaded;
                Ok(())
            }
            Err(error) => {
                current.changed = changed(&self.files);
                Err(error)
            }
        }
    }
}

fn changed(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    let of = |path: &Path| fs::metadata(path).and_then(|file: fs::Metadata| file.modified());
    [of(&files.certificates), of(&files.key)].map(|time: io::Result<SystemTime>| time.ok())
}

fn read(files: &TlsFiles) -> Result<Loaded, TlsError> {
    // Before the files are read: one that changes meanwhile is read again.
    let changed = changed(files);
    let of_certificates = |error| TlsError::File(files.certificates.clone(), error);
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificates)
        .map_err(of_certificates)?
        .collect::<Result<_, _>>()
        .map_err(of_certificates)?;
    if certificates.is_empty() {
        return Err(TlsError::Empty(files.certificates.clone()));
    }
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|error| TlsError::File(files.key.clone(), error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key));
    let mut config = config.map_err(TlsError::Unusable)?;
    config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
    Ok(Loaded { config: Arc::new(config), changed })
}
