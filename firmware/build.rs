//! Puts the memory map of the target where the linker looks for it.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let map = match std::env::var("CARGO_CFG_TARGET_ARCH")?.as_str() {
        "arm" => "memory-arm.x",
        "riscv32" => "memory-riscv.x",
        other => return Err(format!("there is no board for {other}").into()),
    };
    let folder = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::copy(map, folder.join("memory.x"))?;
    println!("cargo::rustc-link-search={}", folder.display());
    println!("cargo::rerun-if-changed={map}");
    Ok(())
}
