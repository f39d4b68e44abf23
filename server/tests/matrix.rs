//! Every client of docs/clients.md: more of them than `cargo test` takes. `cargo xtask clients` runs them.

use std::path::Path;
use std::process::Command;

use crate::environment::{environment, kept, outside, programs, run};
use crate::running::Running;

/// Whether the matrix is asked for.
fn is_asked_for() -> bool {
    let is_asked_for = std::env::var_os("STRONGROOM_CLIENTS").is_some();
    if !is_asked_for {
        println!("SKIPPED: `cargo xtask clients` runs this");
    }
    is_asked_for
}

/// Runs a client against a server of its own.
fn check(name: &str, command: &mut Command) {
    let running = Running::dev();
    running.tell(command);
    command
        .env("AWS_ENDPOINT_URL_KMS", running.url())
        .env("AWS_ACCESS_KEY_ID", "111122223333")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .env("AWS_REGION", "eu-central-1");
    run(command).unwrap_or_else(|said| panic!("{name}: {said}"));
}

fn python(program: &str) {
    if !is_asked_for() {
        return;
    }
    let Some(bin) = environment("matrix") else { return };
    check(program, Command::new(bin.join("python")).arg("-B").arg(programs("matrix").join(program)));
}

/// Installs the packages of Node.js, and brings the program beside them.
fn node_packages(folder: &Path, program: &str) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    for file in ["package.json", program] {
        std::fs::copy(programs("matrix").join(file), folder.join(file)).map_err(|error| error.to_string())?;
    }
    let npm = ["install", "--no-audit", "--no-fund", "--silent"];
    run(Command::new("npm").args(npm).current_dir(folder)).map(drop)
}

#[test]
fn the_aws_command_line_works() {
    python("awscli.py");
}

#[test]
fn the_encryption_sdk_for_python_and_its_command_line_work() {
    python("encryption_sdk.py");
}

#[test]
fn encrypted_tables_and_objects_work() {
    python("stores.py");
}

#[test]
fn the_sdk_and_the_encryption_sdk_for_javascript_work() {
    if !is_asked_for() {
        return;
    }
    let (folder, program) = (kept("matrix-node"), "sdk.mjs");
    let Some(()) = outside(|| node_packages(&folder, program)) else { return };
    check(program, Command::new("node").arg(program).current_dir(&folder));
}

#[test]
fn the_sdk_for_rust_works() {
    if !is_asked_for() {
        return;
    }
    let manifest = programs("matrix").join("rust/Cargo.toml");
    let cargo = |command: &str| {
        let mut cargo = Command::new("cargo");
        cargo.args([command, "--quiet", "--locked", "--manifest-path"]).arg(&manifest);
        cargo.env("CARGO_TARGET_DIR", kept("matrix-rust"));
        cargo
    };
    let Some(_) = outside(|| run(&mut cargo("build"))) else { return };
    check("rust", &mut cargo("run"));
}
