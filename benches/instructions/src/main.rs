//! One request, so many times, on a vault in memory: `cargo xtask instructions` runs it under valgrind, which counts.
//!
//! ```sh
//! strongroom-instructions                     # the names of the requests
//! strongroom-instructions "Encrypt 32 B" 16   # that one, sixteen times
//! ```
//!
//! Randomness comes from a seed and the clock stands, so that the same code takes the same instructions.

mod decision;
mod requests;
mod world;

use std::process::ExitCode;

use requests::REQUESTS;
use world::World;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = &arguments[..] else {
        for (name, _) in REQUESTS {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    };
    let request = REQUESTS.iter().find(|(known, _)| known == name);
    let (Some((_, request)), Ok(times)) = (request, times.parse()) else {
        eprintln!("usage: strongroom-instructions [REQUEST TIMES]");
        return ExitCode::FAILURE;
    };
    request(&World::new(), times);
    ExitCode::SUCCESS
}
