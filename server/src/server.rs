//! The listener, and what runs behind it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use crate::connection;
use crate::directory::Directory;
use crate::endpoint::Endpoint;
use crate::error::ServeError;
use crate::http::{Peer, text};
use crate::notify::notify;
use crate::settings::{Listen, Settings};
use crate::signals::{Asked, Signals};
use crate::tls::Certificates;

/// How long nothing is accepted after the system has refused a connection: it has no more of something.
const REST: Duration = Duration::from_millis(50);
/// How often the files of certificates are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A server that runs, on threads of its own. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    endpoint: Arc<Endpoint>,
    certificates: Option<Arc<Certificates>>,
    connections: Arc<Semaphore>,
    over: watch::Sender<bool>,
    listener: JoinHandle<()>,
}

impl Server {
    /// Starts to listen. Vaults that are there are opened first, except with `--dev`.
    ///
    /// # Errors
    /// See [`ServeError`]. Nothing listens then.
    pub fn start(settings: Settings) -> Result<Self, ServeError> {
        let Settings { data, listen, mode, tls, metrics, limits } = settings;
        let is_dev = mode.is_dev();
        if let (true, Some(address)) = (is_dev, address_of(&listen)?.filter(|at| !at.ip().is_loopback())) {
            return Err(ServeError::NotLoopback(address));
        }
        let certificates = tls.map(Certificates::load).transpose()?.map(Arc::new);
        let directory = Arc::new(Directory::new(&data, mode)?);
        if is_dev {
            warn!("--dev looks at no signatures, and anybody can open its vaults: for tests only");
            directory.plant_seed()?;
        } else {
            let vaults = directory.open_all()?;
            info!(vaults, "vaults are open");
        }
        let runtime = Builder::new_multi_thread().enable_all().thread_name("strongroom-server").build()?;
        let listen = runtime.block_on(bind(listen))?;
        let address = listen.local_addr()?;
        let endpoint = Arc::new(Endpoint::new(directory, limits));
        let (over, is_over) = watch::channel(false);
        let metrics_address = match metrics {
            None => None,
            Some(at) => {
                let listen = runtime.block_on(bind(Listen::On(at)))?;
                let address = listen.local_addr()?;
                runtime.spawn(tell_metrics(listen, Arc::clone(&endpoint)));
                Some(address)
            }
        };
        if let Some(certificates) = &certificates {
            runtime.spawn(keep_certificates(Arc::clone(certificates)));
        }
        let connections = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
        let accepting = Accepting {
            endpoint: Arc::clone(&endpoint),
            certificates: certificates.clone(),
            connections: Arc::clone(&connections),
            is_over,
        };
        let listener = runtime.spawn(accepting.run(listen));
        info!(%address, tls = certificates.is_some(), "listening");
        Ok(Server { runtime, address, metrics_address, endpoint, certificates, connections, over, listener })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it tells its counters.
    #[must_use]
    pub const fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Hears the signals that ask the process to end. Whoever says that the server is there does this first: a signal that comes
    /// earlier ends the process at once, without closing the vaults.
    ///
    /// # Errors
    /// [`ServeError::Io`]: they cannot be heard.
    pub fn hear_signals(&self) -> Result<Signals, ServeError> {
        let _entered = self.runtime.enter();
        Ok(Signals::hear()?)
    }

    /// Serves until the process is asked to end, and stops.
    ///
    /// # Errors
    /// [`ServeError::Io`]: signals cannot be waited for. Others: see [`Server::stop`].
    pub fn serve(self, mut signals: Signals) -> Result<(), ServeError> {
        notify("READY=1");
        self.runtime.block_on(asked_to_end(&mut signals, self.certificates.as_deref()))?;
        self.stop()
    }

    /// Takes no more requests, answers those under way, and closes the vaults. What is not done within the time that the
    /// limits give is cut, but no change of a vault is left half-way.
    ///
    /// # Errors
    /// [`ServeError::Directory`]: a vault was not closed in order.
    pub fn stop(self) -> Result<(), ServeError> {
        let Server { runtime, endpoint, connections, over, listener, .. } = self;
        notify("STOPPING=1");
        endpoint.end();
        // Nobody listens if it has ended by itself, and that is well.
        let _ = over.send(true);
        let _ = runtime.block_on(listener);
        let limits = endpoint.limits;
        let all = u32::try_from(limits.connections.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        let drained =
            runtime.block_on(async { timeout(limits.drain_time, connections.acquire_many(all)).await });
        if drained.is_err() {
            warn!("connections are cut that did not end in time");
        }
        // Waits for whatever commits right now.
        drop(runtime);
        endpoint.directory.close()?;
        info!("the vaults are closed");
        Ok(())
    }
}

/// What the listener needs.
struct Accepting {
    endpoint: Arc<Endpoint>,
    certificates: Option<Arc<Certificates>>,
    connections: Arc<Semaphore>,
    is_over: watch::Receiver<bool>,
}

impl Accepting {
    async fn run(self, listen: TcpListener) {
        let Accepting { endpoint, certificates, connections, is_over } = self;
        let mut is_to_end = is_over.clone();
        loop {
            let accepted = tokio::select! {
                accepted = listen.accept() => accepted,
                _ = is_to_end.wait_for(|is_over| *is_over) => return,
            };
            let (stream, address) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    warn!(%error, "a connection was not accepted");
                    sleep(REST).await;
                    continue;
                }
            };
            // One too many is cut: whoever holds the others may hold them for long.
            let Ok(permit) = Arc::clone(&connections).try_acquire_owned() else {
                endpoint.metrics.cut();
                continue;
            };
            let _ = stream.set_nodelay(true);
            let peer = Peer { address, is_secure: certificates.is_some() };
            let (endpoint, certificates, is_over) =
                (Arc::clone(&endpoint), certificates.clone(), is_over.clone());
            tokio::spawn(async move {
                endpoint.metrics.accepted();
                connection::serve(stream, peer, Arc::clone(&endpoint), certificates, is_over).await;
                endpoint.metrics.ended();
                drop(permit);
            });
        }
    }
}

fn address_of(listen: &Listen) -> io::Result<Option<SocketAddr>> {
    match listen {
        Listen::On(address) => Ok(Some(*address)),
        Listen::Given(listen) => listen.local_addr().map(Some),
    }
}

async fn bind(listen: Listen) -> Result<TcpListener, ServeError> {
    match listen {
        Listen::On(address) => {
            TcpListener::bind(address).await.map_err(|error| ServeError::Listen(address, error))
        }
        Listen::Given(listen) => {
            listen.set_nonblocking(true)?;
            Ok(TcpListener::from_std(listen)?)
        }
    }
}

/// Answers `/metrics`, and what the endpoint says of itself.
async fn tell_metrics(listen: TcpListener, endpoint: Arc<Endpoint>) {
    loop {
        let Ok((stream, _)) = listen.accept().await else {
            sleep(REST).await;
            continue;
        };
        let endpoint = Arc::clone(&endpoint);
        let head_time = endpoint.limits.head_time;
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let (method, path) = (request.method(), request.uri().path());
            let response = match (method, path) {
                (&hyper::Method::GET, "/metrics") => text(200, endpoint.metrics.text()),
                (method, path) => {
                    endpoint.about_itself(method, path).unwrap_or_else(|| text(404, "not here\n".to_owned()))
                }
            };
            std::future::ready(Ok::<_, std::convert::Infallible>(response))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_time)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(timeout(head_time.saturating_mul(2), connection));
    }
}

/// Reads the files of certificates again when they change.
async fn keep_certificates(certificates: Arc<Certificates>) {
    loop {
        sleep(LOOK).await;
        if certificates.have_changed() {
            reload(&certificates);
        }
    }
}

fn reload(certificates: &Certificates) {
    match certificates.reload() {
        Ok(()) => info!("the certificates are others from now on"),
        Err(error) => warn!(%error, "the certificates stay as they were"),
    }
}

async fn asked_to_end(signals: &mut Signals, certificates: Option<&Certificates>) -> io::Result<()> {
    loop {
        match (signals.next().await?, certificates) {
            (Asked::End, _) => return Ok(()),
            (Asked::Reload, Some(certificates)) => {
                notify("RELOADING=1");
                reload(certificates);
                notify("READY=1");
            }
            (Asked::Reload, None) => info!("there is nothing to be read again"),
        }
    }
}
