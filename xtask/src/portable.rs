//! The tests with the portable AES, GHASH and SHA-2 that devices ship, in place of the processor's instructions.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, process};

/// What chooses the portable code in `aes`, `polyval` and `sha2`; `firmware/.cargo/config.toml` chooses the compact form of it.
const PORTABLE: [&str; 5] = [
    "--cfg=aes_backend=\"soft\"",
    "--cfg=aes_backend_soft=\"compact\"",
    "--cfg=polyval_backend=\"soft\"",
    "--cfg=sha2_backend=\"soft\"",
    "--cfg=sha2_backend_soft=\"compact\"",
];
/// An instruction for each of AES, GHASH and SHA-256, on x86-64 and on 64-bit Arm.
const INSTRUCTIONS: [&str; 6] = ["aesenc", "pclmul", "sha256rnds2", "aese", "pmull", "sha256h"];
/// The tests of core, the vectors of all formats, and those of others for the primitives.
const RUNS: [(&str, &[&str], &str); 3] = [
    ("strongroom-core", &["--lib"], ""),
    ("strongroom-tests", &["--test", "tests"], "vectors::"),
    ("strongroom-tests", &["--test", "tests"], "wycheproof::"),
];

/// Builds the tests with portable primitives, sees that the instructions are gone from core's, and runs them.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &[], &[])?;
    let (package, target, _) = RUNS[0];
    // An ordinary build has the instructions, so that missing them means something.
    let ordinary = instructions(&executable(&mut cargo(tree, package, target, false))?)?;
    if ordinary == 0 {
        return Err("no instruction for AES, GHASH or SHA-256 is in the ordinary build either".to_owned());
    }
    for (package, target, filter) in RUNS {
        let program = executable(&mut cargo(tree, package, target, true))?;
        if package == RUNS[0].0 {
            let left = instructions(&program)?;
            println!(
                "portable: {left} instructions for AES, GHASH and SHA-256, {ordinary} in the ordinary build"
            );
            if left != 0 {
                return Err(format!("{} is not portable", program.display()));
            }
        }
        process::run(cargo(tree, package, target, true).args(["--quiet", "--", filter]))?;
    }
    Ok(())
}

/// Builds with portable primitives from now on, and answers where: what is portable has a folder of its own in `target`, or every
/// change between the two would build all anew.
pub(crate) fn choose(cargo: &mut Command, target: &Path) -> PathBuf {
    let target = target.join("portable");
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", PORTABLE.join("\u{1f}"));
    cargo.env("CARGO_TARGET_DIR", &target);
    target
}

/// `cargo test` of a package.
fn cargo(tree: &Tree, package: &str, target: &[&str], is_portable: bool) -> Command {
    let mut cargo = process::cargo();
    cargo.args(["test", "--locked", "--package", package]).args(target).current_dir(tree.root());
    if is_portable {
        let folder = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| tree.path("target"), |folder| tree.root().join(folder));
        choose(&mut cargo, &folder);
    }
    cargo
}

/// Builds a test program, and answers where it is.
fn executable(cargo: &mut Command) -> Result<PathBuf, String> {
    let messages = process::output(cargo.args(["--no-run", "--message-format=json"]))?;
    path_in(&messages).map(PathBuf::from).ok_or_else(|| "cargo does not say where the tests are".to_owned())
}

fn path_in(messages: &str) -> Option<&str> {
    let (_, rest) = messages.rsplit_once("\"executable\":\"")?;
    rest.split_once('"').map(|(path, _)| path)
}

/// How many instructions for cryptography are in a program.
fn instructions(program: &Path) -> Result<usize, String> {
    let code = process::output(Command::new("objdump").args(["-d", "--no-show-raw-insn"]).arg(program))?;
    Ok(count(&code))
}

fn count(code: &str) -> usize {
    let mnemonic = |line: &str| {
        line.split_once('\t').and_then(|(_, rest)| rest.split_whitespace().next().map(str::to_owned))
    };
    let is_one =
        |name: &String| INSTRUCTIONS.iter().any(|known| name.trim_start_matches('v').starts_with(known));
    code.lines().filter_map(mnemonic).filter(is_one).count()
}

#[cfg(test)]
mod tests {
    use super::{count, path_in};

    #[test]
    fn instructions_are_counted_and_names_of_functions_are_not() {
        let code = "0000000000001000 <aesenc_soft>:\n    1000:\taesenc %xmm1,%xmm0\n    1005:\tvaesenc %ymm1,%ymm0\n    \
                    100a:\tpclmulqdq $0x0,%xmm1,%xmm0\n    1010:\tcall 2000 <sha256rnds2>\n    1015:\tret\n";
        assert_eq!(count(code), 3);
    }

    #[test]
    fn the_program_is_what_cargo_named_last() {
        let messages = "{\"executable\":null}\n{\"executable\":\"/a/b-1\",\"fresh\":true}\n{\"reason\":\"build-finished\"}";
        assert_eq!(path_in(messages), Some("/a/b-1"));
        assert_eq!(path_in("{\"executable\":null}"), None);
    }
}
