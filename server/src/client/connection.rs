//! A connection to an endpoint, and the requests that go over it.

use std::error::Error;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::rt::{Read, Write};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use super::{Address, ClientError, Roots};
use crate::clock::now_ms;
use crate::signature::{SignedAt, Signer};
use crate::wire::TARGET_PREFIX;

/// A connection of HTTP/1.1, plain or encrypted.
#[derive(Debug)]
pub(super) struct Connection(SendRequest<Full<Bytes>>);

/// A request for an operation, signed.
pub(super) fn request(
    address: &Address,
    (signer, region): (&Signer, &str),
    operation: &str,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, ClientError> {
    let uri = Uri::from_static("/");
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| ClientError::Unsignable);
    let mut request = Request::new(Full::default());
    let headers = request.headers_mut();
    headers.insert(HOST, value(&address.to_string())?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    let target = value(&format!("{TARGET_PREFIX}{operation}"))?;
    headers.insert(HeaderName::from_static("x-amz-target"), target);
    let at = SignedAt::of(now_ms().checked_div(1000).unwrap_or(0));
    signer.sign((region, "kms"), at, &uri, headers, &body).map_err(|_| ClientError::Unsignable)?;
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    *request.body_mut() = Full::new(body);
    Ok(request)
}

impl Connection {
    /// Connects, and agrees on keys where that is asked for.
    pub(super) async fn open(address: &Address, roots: Option<&Roots>) -> Result<Self, ClientError> {
        let stream = connect(address).await?;
        // An answer is short, and waited for.
        stream.set_nodelay(true).map_err(ClientError::Unreachable)?;
        let Some(roots) = roots else {
            return Self::over(TokioIo::new(stream)).await;
        };
        let name = ServerName::try_from(address.host().to_owned())
            .map_err(|error| ClientError::Untrusted(error.to_string()))?;
        let stream = TlsConnector::from(roots.config()).connect(name, stream).await;
        Self::over(TokioIo::new(stream.map_err(of_handshake)?)).await
    }

    async fn over(stream: impl Read + Write + Unpin + Send + 'static) -> Result<Self, ClientError> {
        let (sender, connection) = handshake(stream).await.map_err(cut)?;
        // What is wrong with it, the request under way is told.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Connection(sender))
    }

    pub(super) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Sends a request, and reads its answer up to a length.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        len_max: usize,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>), ClientError> {
        self.0.ready().await.map_err(cut)?;
        let (parts, mut incoming) = self.0.send_request(request).await.map_err(cut)?.into_parts();
        let stated = hyper::body::Body::size_hint(&incoming).exact();
        let room = stated.and_then(|len| usize::try_from(len).ok()).unwrap_or_default().min(len_max);
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(cut)?;
            let bytes = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
            let len = body.len().saturating_add(bytes.len());
            if len > len_max {
                return Err(ClientError::NotAnEndpoint(parts.status.as_u16()));
            }
            if len > body.capacity() {
                // Growing in place would leave the old bytes behind.
                let mut longer = Zeroizing::new(Vec::with_capacity(len.saturating_mul(2)));
                longer.extend_from_slice(&body);
                body = longer;
            }
            body.extend_from_slice(bytes);
        }
        Ok((parts.status, body))
    }
}

/// The first of its places that answers.
async fn connect(address: &Address) -> Result<TcpStream, ClientError> {
    let places = lookup_host(address.place()).await.map_err(ClientError::Unreachable)?;
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name leads to no place");
    for place in places.filter(|place| address.admits(*place)) {
        match TcpStream::connect(place).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(ClientError::Unreachable(last))
}

/// A certificate that is not believed, or nobody who speaks TLS.
fn of_handshake(error: io::Error) -> ClientError {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<tokio_rustls::rustls::Error>());
    match tls {
        Some(inner) => ClientError::Untrusted(inner.to_string()),
        None => ClientError::Unreachable(error),
    }
}

/// What the connection said, of which the operating system may know more.
fn cut(error: hyper::Error) -> ClientError {
    let inner = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    ClientError::Unreachable(match inner {
        Some(inner) => io::Error::new(inner.kind(), inner.to_string()),
        None => io::Error::other(error),
    })
}
