//! Certificates: from files, and other ones without a restart.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use strongroom_server::{Server, Settings, TlsFiles};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::kept::Kept;
use super::raw::{Sent, answer, connect, exchange};

/// A fresh certificate for `localhost`, and its key.
pub(crate) fn write_certificate(files: &TlsFiles) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    // Not half of either is ever read.
    for (path, text) in
        [(&files.key, made.signing_key.serialize_pem()), (&files.certificates, made.cert.pem())]
    {
        std::fs::write(path.with_extension("new"), text).unwrap();
        std::fs::rename(path.with_extension("new"), path).unwrap();
    }
}

pub(crate) fn trusting(files: &TlsFiles) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.certificates).unwrap()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn stream(to: SocketAddr, config: &ClientConfig) -> StreamOwned<ClientConnection, std::net::TcpStream> {
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config.clone()), name).unwrap(), connect(to))
}

/// Whether a signed request is answered over TLS by a server that has this certificate.
fn is_answered(kept: &Kept, config: &ClientConfig) -> bool {
    let mut stream = stream(kept.address(), config);
    let body = format!(r#"{{"KeyId":"{}"}}"#, kept.key_id);
    let text = Sent::by(&kept.alice, "DescribeKey", &body).text();
    stream.write_all(text.as_bytes()).is_ok()
        && answer(&mut stream).is_some_and(|answer| answer.status == 200)
}

#[test]
fn requests_are_answered_over_tls_and_other_certificates_are_taken_while_it_runs() {
    let kept = Kept::start_tls();
    let files = kept.tls_files();
    let first = trusting(&files);
    assert!(is_answered(&kept, &first));
    // What is no TLS gets no answer.
    let mut plain = connect(kept.address());
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    assert!(answer(&mut plain).is_none());
    // A certificate that is half there changes nothing.
    std::fs::write(&files.certificates, "-----BEGIN CERTIFICATE-----\nAAAA").unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    assert!(is_answered(&kept, &first));
    write_certificate(&files);
    let second = trusting(&files);
    let is_new = || is_answered(&kept, &second);
    assert!((0..40).any(|_| is_new() || {
        std::thread::sleep(Duration::from_millis(250));
        false
    }));
    assert!(!is_answered(&kept, &first));
    // The handshake that failed is counted.
    let counted = exchange(
        kept.server.as_ref().unwrap().metrics_address().unwrap(),
        b"GET /metrics HTTP/1.1\r\nhost: h\r\n\r\n",
    );
    assert!(!counted.body.contains("strongroom_tls_handshakes_failed_total 0"), "{}", counted.body);
    assert!(counted.body.contains(r#"strongroom_requests_total{operation="DescribeKey",outcome="ok"}"#));
}

#[test]
fn certificates_that_cannot_be_used_keep_a_server_from_starting() {
    let kept = Kept::idle();
    let files = kept.tls_files();
    let start = || Server::start(Settings { tls: Some(files.clone()), ..kept.settings() }).map(drop);
    assert!(start().is_err());
    write_certificate(&files);
    let certificate = std::fs::read(&files.certificates).unwrap();
    std::fs::write(&files.certificates, "").unwrap();
    assert!(start().unwrap_err().to_string().contains("no certificate"));
    write_certificate(&files);
    // A key of another certificate.
    std::fs::write(&files.certificates, certificate).unwrap();
    assert!(start().is_err());
}
