//! One connection, from the handshake to its end.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::endpoint::Endpoint;
use crate::http::{Peer, respond};
use crate::tls::{Certificates, HTTP_2};

/// Requests at a time on one connection of HTTP/2.
const STREAMS_MAX: u32 = 128;
/// Headers of one request.
const HEADERS_MAX: usize = 64;
/// How often an HTTP/2 client is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);
/// How long a connection has to end in order, once it should.
const LAST: Duration = Duration::from_secs(10);

/// When something last happened on a connection, and what is under way.
struct Activity {
    began: Instant,
    /// In milliseconds since then.
    last: AtomicU64,
    under_way: AtomicUsize,
}

impl Activity {
    fn touch(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// How long it will be before the connection has been idle for so long; nothing if it has.
    fn rest(&self, idle: Duration) -> Option<Duration> {
        if self.under_way.load(Ordering::Relaxed) > 0 {
            return Some(idle);
        }
        let since =
            self.began.elapsed().saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)));
        idle.checked_sub(since).filter(|rest| !rest.is_zero())
    }
}

/// Serves a connection until its client, its limits or the server end it.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: Peer,
    endpoint: Arc<Endpoint>,
    certificates: Option<Arc<Certificates>>,
    is_over: watch::Receiver<bool>,
) {
    let Some(certificates) = certificates else {
        return serve_http(stream, false, peer, endpoint, is_over).await;
    };
    let handshake = TlsAcceptor::from(certificates.config()).accept(stream);
    let Ok(Ok(stream)) = timeout(endpoint.limits.head_time, handshake).await else {
        endpoint.metrics.handshake_failed();
        return;
    };
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP_2);
    serve_http(stream, is_http2, peer, endpoint, is_over).await;
}

async fn serve_http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    is_http2: bool,
    peer: Peer,
    endpoint: Arc<Endpoint>,
    is_over: watch::Receiver<bool>,
) {
    let limits = endpoint.limits;
    let (began, last, under_way) = (Instant::now(), AtomicU64::new(0), AtomicUsize::new(0));
    let activity = Arc::new(Activity { began, last, under_way });
    let watched = Arc::clone(&activity);
    let service = service_fn(move |request| {
        let (endpoint, activity) = (Arc::clone(&endpoint), Arc::clone(&activity));
        async move {
            activity.touch();
            activity.under_way.fetch_add(1, Ordering::Relaxed);
            let response = respond(endpoint, peer, request).await;
            activity.under_way.fetch_sub(1, Ordering::Relaxed);
            activity.touch();
            response
        }
    });
    let stream = TokioIo::new(stream);
    if is_http2 {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(limits.head_len).unwrap_or(u32::MAX))
            .keep_alive_interval(PING)
            .keep_alive_timeout(LAST)
            .serve_connection(stream, service);
        watch_over(connection, &watched, limits.idle_time, is_over).await;
    } else {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .max_buf_size(limits.head_len.max(8192))
            .max_headers(HEADERS_MAX)
            .serve_connection(stream, service);
        watch_over(connection, &watched, limits.idle_time, is_over).await;
    }
}

/// Runs a connection, and has it end when it is idle for too long or the server is to end. What does not end then is cut.
async fn watch_over(
    connection: impl GracefulConnection,
    activity: &Activity,
    idle: Duration,
    mut is_over: watch::Receiver<bool>,
) {
    let mut connection = pin!(connection);
    while let Some(rest) = activity.rest(idle) {
        tokio::select! {
            // How a connection ends is its client's affair.
            _ = connection.as_mut() => return,
            () = end(&mut is_over) => {
                connection.as_mut().graceful_shutdown();
                // The server waits for it, and cuts it in the end.
                let _ = connection.await;
                return;
            }
            () = sleep(rest) => {}
        }
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(LAST, connection).await;
}

/// Waits until the server is to end.
async fn end(is_over: &mut watch::Receiver<bool>) {
    // Nobody left who could say so is the end too.
    let _ = is_over.wait_for(|is_over| *is_over).await;
}
