//! The core, linked and run without `std`, without `alloc`, without an allocator.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, process};

const MANIFEST: &str = "tests/no_std_probe/Cargo.toml";

/// Builds `tests/no_std_probe` as a static library, links it to a C `main`, and runs it.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &[], &[])?;
    let build = ["build", "--locked", "--release", "--example", "link", "--manifest-path", MANIFEST];
    process::run(process::cargo().args(build).current_dir(tree.root()))?;

    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| tree.path("tests/no_std_probe/target"), |folder| tree.root().join(folder));
    let folder = target.join("release/examples");
    let library = folder.join("liblink.a");
    // The symbol has its mangled name, since an unmangled one needs an unsafe attribute.
    let symbols = process::output(Command::new("nm").arg("--defined-only").arg(&library))?;
    let symbol = symbols
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .find(|symbol| symbol.contains("strongroom_no_std_probe") && symbol.contains("round_trip"))
        .ok_or("the probe's function is not in its library")?;

    let (main, program) = (folder.join("main.c"), folder.join("main"));
    // The precompiled `core` mentions the personality routine of unwinding, which nothing here does.
    let text = format!(
        "extern unsigned probe(void) __asm__(\"{symbol}\");\n\
         void rust_eh_personality(void) {{}}\n\
         int main(void) {{ return (int)probe(); }}\n"
    );
    std::fs::write(&main, text).map_err(|error| format!("{}: {error}", main.display()))?;
    process::run(Command::new("cc").arg(&main).arg(&library).arg("-o").arg(&program))?;
    process::run(&mut Command::new(&program))?;
    println!("probe: the vault runs without std and alloc");
    Ok(())
}
