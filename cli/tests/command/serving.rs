//! `strongroom serve` as a service.

use std::path::Path;
use std::process::Command;

use super::folder;

#[test]
fn systemd_gives_the_socket_and_is_told_when_it_is_ready_and_when_it_ends() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/serving.py");
    let folder = folder();
    let mut python = Command::new("python3");
    python.arg("-B").arg(program).arg(env!("CARGO_BIN_EXE_strongroom")).arg(folder.path());
    match python.output() {
        Ok(ran) => assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr)),
        Err(error) => {
            assert!(
                std::env::var_os("STRONGROOM_REQUIRE_EXTERNAL").is_none(),
                "python3 cannot be had: {error}"
            );
            println!("SKIPPED: python3 cannot be had: {error}");
        }
    }
}
