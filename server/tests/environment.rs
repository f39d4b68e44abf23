//! Programs from outside: virtual environments of Python, made once and kept in the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Where the programs that drive clients are: a folder of this one.
pub(crate) fn programs(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

/// Where what is installed for them is kept.
pub(crate) fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Runs a program, and hands on what it wrote or complained about.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(said(&output.stdout))
    } else {
        Err(said(&output.stdout) + &said(&output.stderr))
    }
}

/// Makes the environment with the pinned packages of a folder, if it is not there; answers the folder of its programs.
fn python(folder: &str) -> Result<PathBuf, String> {
    let requirements = programs(folder).join("requirements.txt");
    let pinned = std::fs::read(&requirements).map_err(|error| error.to_string())?;
    let environment = kept(&format!("{folder}-environment"));
    let bin = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let installed = environment.join("installed.txt");
    if std::fs::read(&installed).is_ok_and(|installed| installed == pinned) {
        return Ok(bin);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    run(Command::new(bin.join("python")).args(pip).arg(&requirements))?;
    std::fs::write(&installed, pinned).map_err(|error| error.to_string())?;
    Ok(bin)
}

/// Makes something from outside, or says that it cannot be had: aloud, and as an error where it is required. One at a time.
pub(crate) fn outside<T>(make: impl FnOnce() -> Result<T, String>) -> Option<T> {
    static ONE: Mutex<()> = Mutex::new(());
    let made = {
        let _one = ONE.lock();
        make()
    };
    match made {
        Ok(made) => Some(made),
        Err(error) => {
            let required =
                ["CI", "STRONGROOM_REQUIRE_EXTERNAL"].iter().any(|name| std::env::var_os(name).is_some());
            assert!(!required, "programs from outside are required here: {error}");
            println!("SKIPPED: programs from outside cannot be had: {error}");
            None
        }
    }
}

/// The folder of the programs of an environment.
pub(crate) fn environment(folder: &str) -> Option<PathBuf> {
    outside(|| python(folder))
}
