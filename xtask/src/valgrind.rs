//! Whether valgrind is here, for the commands that run a program under it.

use std::process::Command;

use crate::process;

/// Whether it is; says that a check is skipped if not. Where what checks need from outside is required, that is an error.
pub(crate) fn is_here() -> Result<bool, String> {
    let Err(error) = process::output(Command::new("valgrind").arg("--version")) else { return Ok(true) };
    let is_required =
        ["CI", "STRONGROOM_REQUIRE_EXTERNAL"].iter().any(|name| std::env::var_os(name).is_some());
    if is_required {
        return Err(format!("valgrind is required here: {error}"));
    }
    println!("SKIPPED: valgrind is not installed");
    Ok(false)
}
