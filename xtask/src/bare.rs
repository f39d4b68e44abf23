//! Building for microcontrollers: Debian's second Rust has the source of the library `core`, and so builds it for any target.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, process};

/// What must be installed, by a file that shows that it is.
const NEEDED: &[(&str, &str)] = &[
    ("/usr/bin/rustc", "rustc-web"),
    ("/usr/bin/cargo", "cargo-web"),
    ("/usr/lib/rustlib/src/rust/library/core/src/lib.rs", "rust-web-src"),
    ("/usr/bin/rust-lld", "rust-web-llvm"),
    ("/usr/bin/lld-22", "lld-22"),
    ("/usr/bin/qemu-system-arm", "qemu-system-arm"),
    ("/usr/bin/qemu-system-riscv32", "qemu-system-misc"),
];
/// The Rust that core is written for.
const LEAST: (u32, u32) = (1, 88);

/// The boards, and how the emulator starts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    CortexM4,
    CortexM0,
    RiscV,
}

impl Target {
    pub(crate) const ALL: [Target; 3] = [Target::CortexM4, Target::CortexM0, Target::RiscV];

    pub(crate) fn triple(self) -> &'static str {
        match self {
            Target::CortexM4 => "thumbv7em-none-eabihf",
            Target::CortexM0 => "thumbv6m-none-eabi",
            Target::RiscV => "riscv32imac-unknown-none-elf",
        }
    }
}

/// The second toolchain.
pub(crate) struct Bare {
    firmware: PathBuf,
    folder: PathBuf,
    /// `rustc 1.96.0 (…)`.
    pub(crate) version: String,
}

impl Bare {
    /// Finds the toolchain and the emulators. With `installs` it installs what is missing.
    pub(crate) fn find(tree: &Tree, installs: bool) -> Result<Self, String> {
        let missing =
            || NEEDED.iter().filter(|(file, _)| !Path::new(file).exists()).map(|(_, package)| *package);
        let packages: Vec<&str> = missing().collect();
        if !packages.is_empty() {
            // As root, or as someone who may be.
            let sudo =
                if process::output(Command::new("id").arg("-u"))?.trim() == "0" { "" } else { "sudo -n " };
            let install = format!(
                "{sudo}apt-get update -qq && {sudo}apt-get install -y -qq --no-install-recommends {}",
                packages.join(" ")
            );
            if !installs {
                return Err(format!("for bare metal this is missing; `--install` does it:\n  {install}"));
            }
            println!("installing: {}", packages.join(" "));
            process::run(Command::new("sh").args(["-c", &install]))?;
        }
        if let Some(package) = missing().next() {
            return Err(format!("the package {package} is installed, and does not have what it should"));
        }
        let version = process::output(Command::new("/usr/bin/rustc").arg("--version"))?.trim().to_owned();
        if release(&version).is_none_or(|release| release < LEAST) {
            return Err(format!("Rust {}.{} is needed, and Debian has {version}", LEAST.0, LEAST.1));
        }
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| tree.path("target"), |folder| tree.root().join(folder));
        Ok(Bare { firmware: tree.path("firmware"), folder: target.join("bare"), version })
    }

    /// Builds a program of the firmware for a target, with these features only, and answers where it is.
    pub(crate) fn build(&self, target: Target, program: &str, features: &str) -> Result<PathBuf, String> {
        self.build_for(&[target], program, features)?;
        Ok(self.program(target, program))
    }

    /// As [`Self::build`], for several targets at the same time.
    pub(crate) fn build_for(&self, targets: &[Target], program: &str, features: &str) -> Outcome {
        let mut cargo = self.cargo();
        cargo.args(["build", "--locked", "--quiet", "--release", "--no-default-features"]);
        cargo.args(["--bin", program, "--features", features]);
        cargo.args(targets.iter().flat_map(|target| ["--target", target.triple()]));
        process::run(&mut cargo)
    }

    /// Where a program is once it was built.
    pub(crate) fn program(&self, target: Target, program: &str) -> PathBuf {
        self.folder.join(target.triple()).join("release").join(program)
    }

    /// Where the images are: in a folder for each target.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn cargo(&self) -> Command {
        let mut path = std::ffi::OsString::from("/usr/bin:");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut cargo = Command::new("/usr/bin/cargo");
        cargo
            .current_dir(&self.firmware)
            .env("PATH", path)
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTDOC", "/usr/bin/rustdoc")
            // `build-std` is not stable.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", &self.folder)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO")
            .env_remove("RUSTUP_TOOLCHAIN");
        cargo
    }
}

/// The two numbers of a release in `rustc 1.96.0 (…)`.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split_whitespace().nth(1)?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// What an image takes, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Code, constants, and what variables start as.
    pub(crate) flash: u64,
    /// Variables.
    pub(crate) ram: u64,
    /// Of both: variables that do not start as zeros, and so lie in flash as well.
    pub(crate) initial: u64,
}

/// Weighs an image by the sections that a programmer would write.
pub(crate) fn weigh(image: &Path) -> Result<Weight, String> {
    sections(&process::output(Command::new("/usr/bin/llvm-size").arg("-A").arg(image))?)
        .ok_or_else(|| format!("llvm-size says nothing of {}", image.display()))
}

fn sections(listing: &str) -> Option<Weight> {
    let (mut flash, mut ram, mut initial) = (0u64, 0u64, 0u64);
    for line in listing.lines() {
        let mut fields = line.split_whitespace();
        let (Some(name), Some(Ok(size))) = (fields.next(), fields.next().map(str::parse::<u64>)) else {
            continue;
        };
        let (in_flash, in_ram) = match name.trim_start_matches('.').split('.').next().unwrap_or_default() {
            "vector_table" | "text" | "rodata" | "init" => (true, false),
            "data" => (true, true),
            "bss" | "uninit" => (false, true),
            _ => (false, false),
        };
        flash = flash.checked_add(if in_flash { size } else { 0 })?;
        ram = ram.checked_add(if in_ram { size } else { 0 })?;
        initial = initial.checked_add(if in_flash && in_ram { size } else { 0 })?;
    }
    (flash > 0).then_some(Weight { flash, ram, initial })
}

#[cfg(test)]
mod tests {
    use super::{Weight, release, sections};

    #[test]
    fn what_is_written_to_a_device_counts_as_flash() {
        let listing = "image  :\nsection   size   addr\n.vector_table 1024 0\n.text 3000 1024\n.rodata 500 4024\n\
                       .data 40 536870912\n.bss 200 536870952\n.debug_info 99999 0\nTotal 1\n";
        assert_eq!(sections(listing), Some(Weight { flash: 4564, ram: 240, initial: 40 }));
        assert_eq!(sections("no image"), None);
    }

    #[test]
    fn a_release_is_two_numbers() {
        assert_eq!(release("rustc 1.96.0 (ac68faa20 2026-05-25)"), Some((1, 96)));
        assert_eq!(release("rustc"), None);
    }
}
