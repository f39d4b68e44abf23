//! `strongroom serve`: vaults behind the protocol of AWS KMS.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use strongroom_core::AccountId;
use strongroom_server::{Limits, Listen, Mode, Seed, ServeError, Server, Settings, TlsFiles};
use tracing_subscriber::filter::LevelFilter;

use crate::Answer;
use crate::declared::read;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::output::Output;
use crate::secrets::named_key_file;

/// What to serve, where, and how strictly.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The folder of the vaults: DIR/<account>/<region>.vault
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to listen; port 0 takes a free one; `systemd` takes the socket that it has opened
    #[arg(long, value_name = "ADDRESS:PORT|systemd", value_parser = place)]
    listen: Place,
    /// The certificate in PEM, and those that lead to one that clients know. Read again when it changes, and at SIGHUP
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificates: Option<PathBuf>,
    /// Its private key in PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificates")]
    tls_key: Option<PathBuf>,
    /// Where the counters are told to anybody who asks for /metrics, without TLS
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    /// Connections at a time; one more is cut at once
    #[arg(long, value_name = "NUMBER", default_value_t = Limits::default().connections)]
    connections: usize,
    /// How much goes to the log on standard error; no secret ever does
    #[arg(long, value_name = "LEVEL", value_enum, default_value = "info")]
    log: LogLevel,
    /// For tests: make vaults as they are asked for, believe any access key, look at no signature. No vault made
    /// otherwise is opened
    #[arg(long)]
    dev: bool,
    /// The account of access keys that are not twelve digits themselves
    #[arg(long, value_name = "ID", requires = "dev", default_value = "000000000000", value_parser = account)]
    account: AccountId,
    /// Start from keys as code: a key that is declared by an id is made with that id
    #[arg(long, value_name = "FILE", requires = "dev")]
    seed: Option<PathBuf>,
    /// The Region of the vault that --seed is for; its account is --account
    #[arg(long, value_name = "REGION", requires = "seed", default_value = "us-east-1")]
    seed_region: String,
    /// The key file that opens the vaults; also STRONGROOM_KEY_FILE
    #[arg(long, value_name = "PATH", conflicts_with = "dev")]
    key_file: Option<PathBuf>,
    /// Answer in JSON, one value a line
    #[arg(long)]
    json: bool,
}

/// Reads an account.
fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).ok_or_else(|| "an account has twelve digits".to_owned())
}

/// What there is to be from the start.
fn seed(arguments: &Serve) -> Result<Option<Seed>, CommandError> {
    let Some(file) = &arguments.seed else { return Ok(None) };
    let declaration = read(file)?;
    Ok(Some(Seed { region: arguments.seed_region.clone(), declaration }))
}

/// Where to listen.
#[derive(Clone, Copy, Debug)]
enum Place {
    On(SocketAddr),
    Systemd,
}

fn place(text: &str) -> Result<Place, String> {
    match text {
        "systemd" => Ok(Place::Systemd),
        _ => text.parse().map(Place::On).map_err(|_| "this is no ADDRESS:PORT and not `systemd`".to_owned()),
    }
}

/// What goes to the log.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogLevel {
    /// Nothing.
    Off,
    /// What somebody should look at.
    Warn,
    /// And what begins, ends and changes.
    Info,
    /// And a line for each request.
    Debug,
}

/// Serves until the process is asked to end.
pub(crate) fn serve(arguments: &Serve, output: &mut Output) -> Result<Answer, CommandError> {
    let mode = if arguments.dev {
        Mode::Dev { account: arguments.account, seed: seed(arguments)? }
    } else {
        Mode::Real { secret: named_key_file(arguments.key_file.as_deref())? }
    };
    write_log(arguments.log);
    allow_connections();
    let listen = match arguments.listen {
        Place::On(address) => Listen::On(address),
        Place::Systemd => Listen::Given(given_socket()?),
    };
    let tls = arguments.tls_certificates.clone().zip(arguments.tls_key.clone());
    let tls = tls.map(|(certificates, key)| TlsFiles { certificates, key });
    let limits = Limits { connections: arguments.connections, ..Limits::default() };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let (data, metrics) = (arguments.data.clone(), arguments.metrics);
    let server = Server::start(Settings { data, listen, mode, tls, metrics, limits })?;
    let signals = server.hear_signals()?;
    output.line(&format!("listening on {scheme}://{}", server.address()))?;
    if let Some(address) = server.metrics_address() {
        output.line(&format!("counters on http://{address}/metrics"))?;
    }
    output.flush()?;
    server.serve(signals)?;
    Ok(Answer::Yes)
}

/// The first socket that systemd has opened.
fn given_socket() -> Result<TcpListener, CommandError> {
    let taken = listenfd::ListenFd::from_env().take_tcp_listener(0);
    let none = || {
        CommandError::new("systemd has opened no socket")
            .next("start this from a socket unit, or give --listen ADDRESS:PORT")
    };
    taken.map_err(|error| CommandError::of(Kind::Other, error))?.ok_or_else(none)
}

/// Lets the process have as many connections as the system would give it.
fn allow_connections() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        // Fewer is no failure: what cannot be accepted waits.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// Has the log written to standard error.
fn write_log(level: LogLevel) {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_target(false);
    // Nobody else in this process writes one.
    let _ = log.with_writer(std::io::stderr).try_init();
}

impl From<ServeError> for CommandError {
    fn from(error: ServeError) -> Self {
        CommandError::of(Kind::Other, error)
    }
}
