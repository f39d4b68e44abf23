//! The images for microcontrollers: built, weighed against the goals, and run in the emulator.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bare::{Bare, Target, Weight, weigh};
use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// What an image can be built without, see `firmware/Cargo.toml`.
const FEATURES: [&str; 10] = [
    "grants",
    "imports",
    "provisioning",
    "create",
    "data",
    "keys",
    "macs",
    "streams",
    "administration",
    "vectors",
];
/// What a device needs that is provisioned by its host: mounting, encrypting and decrypting, timers.
const LEAN: &str = "data,administration";
/// Goals for four open keys with policy, audit and flash store, in bytes.
const FLASH_GOAL: u64 = 64 * 1024;
const RAM_GOAL: u64 = 8 * 1024;
/// Most that may lie in flash only because variables start as something else than zeros.
const INITIAL_MAX: u64 = 64;
/// Cuts of power where nothing else is said.
const CUTS: &str = "200";
const CUTS_QUICK: &str = "5";

/// Builds, weighs and runs. `--quick`: the image with everything alone, no cost of each feature, few cuts.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &["--install", "--quick"], &["--boards", "--cuts"])?;
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let cuts = option(arguments, "--cuts")?.unwrap_or(if has("--quick") { CUTS_QUICK } else { CUTS });
    cuts.parse::<u64>().map_err(|_| "--cuts needs a number".to_owned())?;
    let boards = option(arguments, "--boards")?.unwrap_or_default();
    if let Some(unknown) = boards.split(',').find(|name| !name.is_empty() && !is_target(name)) {
        return Err(format!("there is no board for `{unknown}`"));
    }
    let bare = Bare::find(tree, has("--install"))?;
    println!("{}", bare.version);
    println!("{:<30}{:<24}{:>9}{:>9}", "target", "image", "flash", "RAM");
    println!("{:<30}{:<24}{FLASH_GOAL:>9}{RAM_GOAL:>9}", "", "goal");
    let mut shares = None;
    if !has("--quick") {
        costs(&bare)?;
        all(&bare, "lean", LEAN)?;
        shares = Some(counting(&bare)?);
    }
    // Last, so that it is what lies in the folder when it is run.
    all(&bare, "with everything", &FEATURES.join(","))?;
    // Calls on RISC-V go by way of a register, and are not seen; the code is the same.
    for target in [Target::CortexM4, Target::CortexM0] {
        check_panics(target, &bare.program(target, "firmware"))?;
    }
    emulate(tree, &bare, boards, cuts, shares.as_deref())
}

/// Builds and weighs one image for all targets.
fn all(bare: &Bare, image: &str, features: &str) -> Outcome {
    bare.build_for(&Target::ALL, "firmware", features)?;
    for target in Target::ALL {
        let weight = weigh(&bare.program(target, "firmware"))?;
        print_weight(target, image, weight);
        if weight.initial > INITIAL_MAX {
            return Err(format!(
                "{} bytes of variables lie in flash, and do not start as zeros",
                weight.initial
            ));
        }
    }
    Ok(())
}

/// The image that counts what is spent in each primitive, under another name.
fn counting(bare: &Bare) -> Result<PathBuf, String> {
    let image = bare.build(Target::RiscV, "firmware", &format!("{},shares", FEATURES.join(",")))?;
    let shares = image.with_file_name("firmware-shares");
    std::fs::copy(&image, &shares).map_err(|error| format!("{}: {error}", shares.display()))?;
    Ok(shares)
}

fn is_target(name: &str) -> bool {
    Target::ALL.iter().any(|target| target.triple() == name)
}

fn print_weight(target: Target, image: &str, Weight { flash, ram, .. }: Weight) {
    println!("{:<30}{image:<24}{flash:>9}{ram:>9}", target.triple());
}

/// What each feature adds to an image that can mount a vault and nothing else.
fn costs(bare: &Bare) -> Outcome {
    let target = Target::CortexM4;
    let none = weigh(&bare.build(target, "firmware", "")?)?;
    print_weight(target, "mounts, and closes", none);
    for feature in FEATURES {
        let with = weigh(&bare.build(target, "firmware", feature)?)?;
        let added = with.flash.saturating_sub(none.flash);
        println!("{:<30}{:<24}{:>9}", target.triple(), format!("  {feature} adds"), format!("+{added}"));
    }
    Ok(())
}

/// Counts the calls of the functions that panic, by whose code they are in: in ours there is none.
fn check_panics(target: Target, image: &Path) -> Outcome {
    let code = process::output(
        Command::new("/usr/bin/llvm-objdump").args(["-d", "--demangle", "--no-show-raw-insn"]).arg(image),
    )?;
    let calls = panic_calls(&code);
    let count = |is_wanted: &dyn Fn(&str) -> bool| {
        calls.iter().filter(|(name, _)| is_wanted(name)).map(|(_, count)| count).sum::<usize>()
    };
    let is_ours = |name: &str| {
        let path = name.trim_start_matches(['<', '&']);
        path.starts_with("strongroom_core::") || path.starts_with("firmware::")
    };
    println!(
        "{:<30}calls of panicking functions: {} from functions of ours, libraries inlined in them included (goal 0), {} from others",
        target.triple(),
        count(&is_ours),
        count(&|name| !is_ours(name))
    );
    for (name, count) in calls.iter().filter(|(name, _)| is_ours(name)) {
        println!("{:<32}{count} in {name}", "");
    }
    if count(&is_ours) == 0 { Ok(()) } else { Err("functions of ours can panic".to_owned()) }
}

/// How often each function calls one that panics.
fn panic_calls(code: &str) -> BTreeMap<&str, usize> {
    let mut calls = BTreeMap::new();
    let mut function = "";
    for line in code.lines() {
        if let Some(name) =
            line.strip_suffix(">:").and_then(|line| line.split_once('<')).map(|(_, name)| name)
        {
            function = name;
        } else if panics(line) && !function.starts_with("core::") {
            let count: &mut usize = calls.entry(function).or_default();
            *count = count.saturating_add(1);
        }
    }
    calls
}

/// Whether an instruction calls one of the functions of `core` that panic.
fn panics(line: &str) -> bool {
    let called = line.split_once("<core::").and_then(|(_, rest)| rest.split_once('>'));
    called.is_some_and(|(name, _)| {
        name.starts_with("panicking::")
            || ["_fail", "_failed", "_fail_rt"].iter().any(|end| name.ends_with(end))
    })
}

/// The tests that talk to a board in the emulator.
fn emulate(tree: &Tree, bare: &Bare, boards: &str, cuts: &str, shares: Option<&Path>) -> Outcome {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--package", "strongroom-tests", "--test", "firmware"])
        .args(["--", "--nocapture", "--test-threads=1"])
        .env("STRONGROOM_FIRMWARE", bare.folder())
        .env("STRONGROOM_FIRMWARE_BOARDS", boards)
        .env("STRONGROOM_FIRMWARE_CUTS", cuts)
        .current_dir(tree.root());
    if let Some(image) = shares {
        cargo.env("STRONGROOM_FIRMWARE_SHARES", image);
    }
    process::run(&mut cargo)
}

#[cfg(test)]
mod tests {
    use super::panic_calls;

    #[test]
    fn calls_of_panicking_functions_are_counted_where_they_are() {
        let code = "00000400 <firmware::session::serve>:\n 400: bl 0x900 <core::panicking::panic_fmt> @ imm = #0\n\
                    404: bl 0x800 <memcpy>\n 408: bl 0x910 <core::slice::index::slice_index_fail>\n\n\
                    00000900 <core::panicking::panic_fmt>:\n 900: bl 0x910 <core::panicking::panic>\n";
        assert_eq!(panic_calls(code).into_iter().collect::<Vec<_>>(), [("firmware::session::serve", 2)]);
    }
}
