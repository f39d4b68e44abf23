//! The endpoint under load: clients that are killed at random for minutes, and its speed beside moto's server.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// How long moto may take to start.
const START: Duration = Duration::from_secs(60);

/// Runs both, optimized.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--minutes", "--seconds"])?;
    let minutes = number(option(arguments, "--minutes")?.unwrap_or("10"))?;
    let seconds = number(option(arguments, "--seconds")?.unwrap_or("10"))?;
    let mut moto = match start_moto(tree) {
        Ok(moto) => Some(moto),
        Err(why) => {
            println!("without moto: {why}");
            None
        }
    };
    let mut cargo = process::cargo();
    cargo
        .args(["test", "--quiet", "--release", "--package", "strongroom-server", "--test", "front"])
        .args(["--", "load::", "--nocapture", "--test-threads", "1"])
        .env("STRONGROOM_LOAD_SECONDS", minutes.saturating_mul(60).to_string())
        .env("STRONGROOM_SPEED_SECONDS", seconds.to_string());
    if let Some((_, address)) = &moto {
        cargo.env("STRONGROOM_MOTO", address);
    }
    let done = process::run(cargo.current_dir(tree.root()));
    if let Some((moto, _)) = &mut moto {
        // It has nothing to lose.
        let _ = moto.kill();
        let _ = moto.wait();
    }
    done
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

/// Starts moto's server in an environment of its own; answers where it listens.
fn start_moto(tree: &Tree) -> Result<(Child, String), String> {
    let environment = tree.root().join("target/moto-environment");
    let programs = environment.join("bin");
    if !programs.join("moto_server").exists() {
        process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let requirements = tree.root().join("server/tests/moto-requirements.txt");
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        process::run(Command::new(programs.join("python")).args(pip).arg(requirements))?;
    }
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listen| listen.local_addr());
    let address = free.map_err(|error| error.to_string())?;
    let mut moto = Command::new(programs.join("moto_server"))
        .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let began = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        if began.elapsed() > START {
            let _ = moto.kill();
            let _ = moto.wait();
            return Err("moto did not start".to_owned());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok((moto, address.to_string()))
}
