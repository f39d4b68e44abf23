//! Benchmarks: each prints a table in which everything was measured in the same run, with ratios.
//!
//! ```sh
//! cargo xtask bench        # operations against the floor, a naive form, and a second thread; then beside peers (`peers/`)
//! cargo xtask decisions    # decisions of policies of several sizes
//! cargo xtask versions     # one key with 10,000 versions against one with a single version
//! cargo xtask changes      # durable changes a second, and what each writes
//! cargo xtask million      # a file with 1,000,000 keys
//! cargo xtask plots        # what cost grows with, as tables and as pictures in docs/plots/
//! cargo xtask streams      # a file of 1 GiB through the command, beside openssl and age or rage
//! ```

mod changes;
mod chart;
mod decisions;
mod floor;
mod measure;
mod million;
mod operations;
mod plots;
mod streams;
mod versions;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let number = arguments.next().and_then(|text| text.parse().ok());
    match name.as_str() {
        "operations" => operations::run(),
        "decisions" => decisions::run(),
        "versions" => versions::run(number.unwrap_or(10_000)),
        "changes" => changes::run(number.unwrap_or(400)),
        "million" => million::run(number.unwrap_or(1_000_000)),
        "plots" => {
            let Some(folder) = std::env::args_os().nth(2).map(std::path::PathBuf::from) else {
                return ExitCode::FAILURE;
            };
            if let Err(error) = plots::run(&folder) {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
        "streams" => streams::run(number.unwrap_or(1024)),
        // The second half of `million`, in a process of its own.
        "million-use" => {
            let mut paths = std::env::args_os().skip(2).map(std::path::PathBuf::from);
            let (Some(vault), Some(sample)) = (paths.next(), paths.next()) else { return ExitCode::FAILURE };
            million::measure_use(&vault, &sample);
        }
        _ => {
            eprintln!(
                "usage: strongroom-benches operations | plots FOLDER | decisions | versions [COUNT] | changes [COUNT] | million [KEYS] | streams [MIB]"
            );
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
