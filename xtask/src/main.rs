//! The project's own commands: `cargo xtask <command>`.
//!
//! A command is one file with a function `run`, and one row in [`COMMANDS`].
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to people")]

mod bare;
mod bench;
mod bits;
mod book;
mod clients;
mod constant_time;
mod copy;
mod corpus;
mod coverage;
mod declared;
mod dependencies;
mod dudect;
mod endpoint;
mod evidence;
mod firmware;
mod fuzz;
mod instructions;
mod layering;
mod model;
mod msrv;
mod mutants;
mod planted;
mod planted_bugs;
mod policies;
mod portable;
mod probe;
mod process;
mod processes;
mod public_api;
mod record;
mod simulate;
mod size;
mod source;
mod torture;
mod tree;
mod unsafe_check;
mod valgrind;

use std::process::ExitCode;

/// What a command answers: nothing, or one text that says what is wrong.
type Outcome = Result<(), String>;

/// One command.
struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&tree::Tree, &[String]) -> Outcome,
}

/// All of them, as `cargo xtask` lists them.
const COMMANDS: &[Command] = &[
    Command {
        name: "layering",
        arguments: "",
        about: "cryptographic crates in their folders only; no std or alloc in core",
        run: layering::run,
    },
    Command {
        name: "unsafe-check",
        arguments: "",
        about: "every package forbids unsafe code, and none has any but the start-up of the firmware",
        run: unsafe_check::run,
    },
    Command {
        name: "dependencies",
        arguments: "",
        about: "licences, sources, bans and duplicates, by the rules of deny.toml",
        run: dependencies::run,
    },
    Command {
        name: "public-api",
        arguments: "[--update]",
        about: "compare what the libraries show to other programs with the listings in xtask/public_api/",
        run: public_api::run,
    },
    Command {
        name: "msrv",
        arguments: "",
        about: "everything that a library is linked with builds with the oldest Rust that its manifest names",
        run: msrv::run,
    },
    Command {
        name: "book",
        arguments: "",
        about: "the pages in docs/: all in the summary, no dead link, and the tests and commands that they name exist",
        run: book::run,
    },
    Command {
        name: "size",
        arguments: "[--device [--install]]",
        about: "bytes of code that each part of core takes, built for size; or what the evaluator takes on a device",
        run: size::run,
    },
    Command {
        name: "firmware",
        arguments: "[--install] [--quick] [--boards TARGET,...] [--cuts N]",
        about: "build the images of all boards, weigh them against the goals, and run them in the emulator",
        run: firmware::run,
    },
    Command {
        name: "constant-time",
        arguments: "",
        about: "a vault whose secrets valgrind holds for undefined: no branch and no address may depend on them",
        run: constant_time::run,
    },
    Command {
        name: "instructions",
        arguments: "[--update]",
        about: "count the instructions of requests under valgrind, and compare them with benches/instructions.txt",
        run: instructions::run,
    },
    Command {
        name: "dudect",
        arguments: "",
        about: "whether time tells a secret, by statistics; reported, and a planted leak must be found",
        run: dudect::run,
    },
    Command {
        name: "portable",
        arguments: "",
        about: "the tests of core and all vectors with the portable AES, GHASH and SHA-2 that devices ship",
        run: portable::run,
    },
    Command {
        name: "probe",
        arguments: "",
        about: "link and run the core without std and alloc",
        run: probe::run,
    },
    Command {
        name: "planted",
        arguments: "[--list] [--only SUBSTRING] [--minutes N]",
        about: "plant one bug at a time and see its test fail",
        run: planted::run,
    },
    Command {
        name: "mutants",
        arguments: "[--of policies|states|flow|tree] [--shard K/N]",
        about: "small changes to the rules, each of which a test must see",
        run: mutants::run,
    },
    Command {
        name: "policies",
        arguments: "[--pairs N]",
        about: "compare the evaluator with the naive one on N random pairs (5,000,000)",
        run: policies::run,
    },
    Command {
        name: "model",
        arguments: "[--sequences N] [--steps M]",
        about: "compare the vault with a naive model on N random sequences (5,000) of M steps (400)",
        run: model::run,
    },
    Command {
        name: "bench",
        arguments: "",
        about: "operations against the floor, a naive form and a second thread, then beside aws-lc-rs, ring and SoftHSM",
        run: bench::operations,
    },
    Command {
        name: "decisions",
        arguments: "",
        about: "how long decisions of policies take, of several sizes",
        run: bench::decisions,
    },
    Command {
        name: "versions",
        arguments: "[COUNT]",
        about: "a key with COUNT versions (10,000) against one with a single version",
        run: bench::versions,
    },
    Command {
        name: "changes",
        arguments: "[COUNT]",
        about: "durable changes a second, and bytes for each, beside the engine's commit; COUNT (400) in each of 5 rounds",
        run: bench::changes,
    },
    Command {
        name: "declared",
        arguments: "[--keys N]",
        about: "apply a file of N keys (1,000) twice, and plan it after changes by hand",
        run: declared::run,
    },
    Command {
        name: "million",
        arguments: "[KEYS]",
        about: "a file with KEYS keys (1,000,000): open time, memory, first use, size",
        run: bench::million,
    },
    Command {
        name: "plots",
        arguments: "",
        about: "what cost grows with: tables, and pictures into docs/plots/",
        run: bench::plots,
    },
    Command {
        name: "streams",
        arguments: "[MIB]",
        about: "files of MIB mebibytes (1024) through `strongroom file`, beside openssl and age or rage: speed, memory",
        run: bench::streams,
    },
    Command {
        name: "torture",
        arguments: "[--full] [--pairs N]",
        about: "vaults in flash under power cuts: 50,000 pairs of an operation and a cut, or a million",
        run: torture::run,
    },
    Command {
        name: "bits",
        arguments: "[--step N]",
        about: "flip every Nth bit (every one) of a flash image, of every stored blob, of ciphertexts and log entries",
        run: bits::run,
    },
    Command {
        name: "hammer",
        arguments: "[--minutes N]",
        about: "eight threads on one file, in a process that is killed again and again for N minutes (5)",
        run: processes::hammer,
    },
    Command {
        name: "endpoint",
        arguments: "[--minutes N] [--seconds N]",
        about: "the endpoint with clients that are killed for N minutes (10), and its speed beside moto's, N seconds (10) each",
        run: endpoint::run,
    },
    Command {
        name: "memory",
        arguments: "",
        about: "search the memory of a process for keys, messages and secrets, built for release",
        run: processes::memory,
    },
    Command {
        name: "clients",
        arguments: "[--only SUBSTRING]",
        about: "every client of docs/clients.md against the endpoint; it needs Python and Node.js",
        run: clients::run,
    },
    Command {
        name: "simulate",
        arguments: "[--seeds N] [--steps N] [--seed S]",
        about: "a vault with all that can fail about it against the model: N seeds (200) of N steps (1000), or one told",
        run: simulate::run,
    },
    Command {
        name: "fuzz",
        arguments: "[--seconds N | --minutes N] [--only SUBSTRING] [--seed N] [--keep]",
        about: "run every fuzz target for N seconds (10); with --keep, make its corpus anew of all that reaches something",
        run: fuzz::run,
    },
    Command {
        name: "coverage",
        arguments: "[--files]",
        about: "how much of each parser the seeds and corpora of the fuzz targets run through; it needs LLVM's tools",
        run: coverage::run,
    },
    Command {
        name: "record",
        arguments: "COMMAND [ARGUMENTS] | --tests",
        about: "run a command, or the tests that show promises, and keep what it says for the evidence",
        run: record::run,
    },
    Command {
        name: "evidence",
        arguments: "[--check]",
        about: "make docs/evidence.md: every promise beside what shows it, with the figures that were recorded",
        run: evidence::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        println!("{}", help());
        return ExitCode::SUCCESS;
    };
    if ["help", "--help", "-h"].contains(&name.as_str()) {
        println!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("there is no command `{name}`\n\n{}", help());
        return ExitCode::FAILURE;
    };
    match tree::Tree::find().and_then(|tree| (command.run)(&tree, rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{name}: {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let mut text = String::from("usage: cargo xtask COMMAND\n");
    for Command { name, arguments, about, .. } in COMMANDS {
        text.push_str(&format!("\n  {name} {arguments}\n      {about}"));
    }
    text
}

/// Takes the value that follows `--name` out of the arguments, or nothing if the option is absent.
fn option<'a>(arguments: &'a [String], name: &str) -> Result<Option<&'a str>, String> {
    let mut rest = arguments.iter();
    match rest.find(|argument| *argument == name) {
        None => Ok(None),
        Some(_) => rest.next().map(|value| Some(value.as_str())).ok_or(format!("{name} needs a value")),
    }
}

/// Refuses arguments that a command does not know, so that a typing error does not pass for a green run.
fn only_known(arguments: &[String], flags: &[&str], options: &[&str]) -> Outcome {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if options.contains(&argument.as_str()) {
            rest.next();
        } else if !flags.contains(&argument.as_str()) {
            return Err(format!("unknown argument `{argument}`"));
        }
    }
    Ok(())
}
