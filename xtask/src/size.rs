//! How many bytes of code each part of the core takes in a small build: what a device pays for it.

use std::collections::BTreeMap;
use std::process::Command;

use crate::bare::{Bare, Target, weigh};
use crate::tree::Tree;
use crate::{Outcome, process};

const MANIFEST: &str = "tests/no_std_probe/Cargo.toml";
const CORE: &str = "strongroom_core::";

/// Builds the probe for size, as one unit, and adds up its functions by the module of core that they come from.
/// Functions that were inlined count where they went.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &["--device", "--install"], &[])?;
    if arguments.iter().any(|argument| argument == "--device") {
        return evaluator(&Bare::find(tree, arguments.iter().any(|argument| argument == "--install"))?);
    }
    let folder = tree.path("target/size");
    let build = ["build", "--locked", "--release", "--example", "link", "--manifest-path", MANIFEST];
    let mut cargo = process::cargo();
    cargo
        .args(build)
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .current_dir(tree.root());
    process::run(&mut cargo)?;

    let library = folder.join("release/examples/liblink.a");
    let symbols = process::output(
        Command::new("nm").args(["--print-size", "--defined-only", "--demangle"]).arg(&library),
    )?;
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for line in symbols.lines() {
        let mut fields = line.splitn(4, ' ');
        let (Some(_), Some(size), Some(kind), Some(name)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        if !kind.eq_ignore_ascii_case("t") {
            continue;
        }
        let size = u64::from_str_radix(size, 16).map_err(|error| format!("nm: {error}: {line}"))?;
        let sum = sizes.entry(part_of(name)).or_default();
        *sum = sum.saturating_add(size);
    }
    if !sizes.contains_key("policy") {
        return Err("no function of the policy evaluator is in the probe".to_owned());
    }
    for (part, size) in &sizes {
        println!("{part:<12}{size:>8} bytes");
    }
    println!("size: code on this processor, optimized for size");
    Ok(())
}

/// What the evaluator of policies takes in the flash of a device, beside nothing but start-up.
fn evaluator(bare: &Bare) -> Outcome {
    println!("{}", bare.version);
    for target in Target::ALL {
        let without = weigh(&bare.build(target, "evaluator", "")?)?;
        let with = weigh(&bare.build(target, "evaluator", "evaluator")?)?;
        let bytes = with.flash.saturating_sub(without.flash);
        println!("{:<30}{bytes:>8} bytes of flash for the evaluator of policies", target.triple());
    }
    Ok(())
}

/// The first module of core that a function's name mentions.
fn part_of(name: &str) -> String {
    let Some((_, path)) = name.split_once(CORE) else { return "libraries".to_owned() };
    let module = path.split("::").next().unwrap_or_default();
    let is_module = module.chars().all(|c| c.is_ascii_lowercase() || c == '_') && path.contains("::");
    if is_module { module.to_owned() } else { "others".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::part_of;

    #[test]
    fn functions_are_sorted_by_module() {
        assert_eq!(part_of("strongroom_core::policy::evaluate::evaluate"), "policy");
        assert_eq!(part_of("<strongroom_core::tree::plan::Plan>::put::<X>"), "tree");
        assert_eq!(part_of("core::str::from_utf8"), "libraries");
    }
}
