//! Python, with the packages of the second decoder, for tests that want somebody else's opinion.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where its programs are.
pub fn decoder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("decoder")
}

/// Runs a command, and answers what it prints, or else what it complains of.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A virtual environment with the pinned packages, made once and kept in the target folder.
fn make_environment() -> Result<PathBuf, String> {
    let requirements = decoder().join("requirements.txt");
    let pinned = std::fs::read(&requirements).map_err(|error| error.to_string())?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("decoder-environment");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let (python, installed) = (programs.join("python"), folder.join("installed.txt"));
    if std::fs::read(&installed).is_ok_and(|installed| installed == pinned) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    run(Command::new(&python).args(pip).arg(&requirements))?;
    std::fs::write(&installed, pinned).map_err(|error| error.to_string())?;
    Ok(python)
}

/// The interpreter, or `None` where there is no Python: said aloud, and an error where the check is required.
pub fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PYTHON.get_or_init(make_environment) {
        Ok(python) => Some(python.clone()),
        Err(error) => {
            let required =
                ["CI", "STRONGROOM_REQUIRE_EXTERNAL"].iter().any(|name| std::env::var_os(name).is_some());
            assert!(!required, "python3 and its packages are required here: {error}");
            println!("SKIPPED: python3 or its packages cannot be had: {error}");
            None
        }
    }
}
