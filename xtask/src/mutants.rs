//! Mutation testing of the rules: every small change to their code must be seen by a test.
//!
//! Each subject has passes, because there are hundreds of mutants and each is a build: what runs in seconds sees most of them, and
//! the other tests of the subject get what it let through.

mod subjects;

use std::path::Path;
use std::process::Command;

use crate::copy::Copy;
use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

use self::subjects::{SUBJECTS, Subject};

/// What looks at the mutants of one pass.
struct Pass {
    name: &'static str,
    /// Packages and targets, for `cargo test`.
    packages: &'static [&'static str],
    targets: &'static [&'static str],
    filters: &'static [&'static str],
}

/// Longest run of a pass's tests on one mutant, in seconds; one that takes longer hangs.
const SECONDS_MAX: &str = "300";

/// Runs `cargo mutants` on one subject, or on all of them; on one shard `K/N` of its mutants, which is every Nth. Survivors make it
/// fail.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--of", "--shard"])?;
    let shard = option(arguments, "--shard")?.unwrap_or("0/1");
    let wanted = option(arguments, "--of")?;
    let subjects: Vec<&Subject> =
        SUBJECTS.iter().filter(|subject| wanted.is_none_or(|name| name == subject.name)).collect();
    if subjects.is_empty() {
        let names: Vec<&str> = SUBJECTS.iter().map(|subject| subject.name).collect();
        return Err(format!("--of is one of: {}", names.join(", ")));
    }
    process::output(Command::new("cargo").args(["mutants", "--version"]))
        .map_err(|_| "install it first: cargo install cargo-mutants --locked".to_owned())?;
    let copy = Copy::of(tree, "mutants")?;
    let mut missed = Vec::new();
    for subject in subjects {
        let folder = tree.path("target/mutants").join(subject.name).join(shard.replace('/', "-of-"));
        let results = subject.results(&copy, &folder, shard)?;
        println!("{}", results.summary(subject.name));
        missed.extend(results.missed);
    }
    if missed.is_empty() { Ok(()) } else { Err(format!("missed\n  {}", missed.join("\n  "))) }
}

impl Subject {
    /// What became of the mutants of one shard in all passes.
    fn results(&self, copy: &Copy, folder: &Path, shard: &str) -> Result<Results, String> {
        let Some((first, others)) = self.passes.split_first() else { return Err("no passes".to_owned()) };
        let shards = ["--sharding", "round-robin", "--shard", shard].map(str::to_owned);
        let mut results = first.results(copy, folder, self.files, &shards)?;
        for pass in others {
            if results.missed.is_empty() {
                break;
            }
            let sought = std::mem::take(&mut results.missed);
            let selection: Vec<String> =
                sought.iter().flat_map(|mutant| ["--re".to_owned(), exactly(mutant)]).collect();
            let found = pass.results(copy, folder, self.files, &selection)?;
            // Mutants that leave out a field are not selected by name: they all run.
            let among = |list: Vec<String>| list.into_iter().filter(|mutant| sought.contains(mutant));
            results.caught.extend(among(found.caught));
            results.hung.extend(among(found.hung));
            results.missed.extend(among(found.missed));
        }
        Ok(results)
    }
}

/// What became of the mutants, each by its place and change.
struct Results {
    caught: Vec<String>,
    /// The tests did not end, which is as good as failing.
    hung: Vec<String>,
    missed: Vec<String>,
    /// What does not compile says nothing of the tests.
    unviable: Vec<String>,
}

impl Results {
    fn summary(&self, subject: &str) -> String {
        let [caught, hung, missed, unviable] =
            [&self.caught, &self.hung, &self.missed, &self.unviable].map(Vec::len);
        let seen = caught.saturating_add(hung);
        let viable = seen.saturating_add(missed);
        let percent = seen.saturating_mul(100).checked_div(viable).unwrap_or(100);
        format!(
            "mutants: {subject}: {viable} compile, {caught} caught, {hung} hung, {missed} missed: {percent} %; \
             {unviable} do not compile"
        )
    }
}

impl Pass {
    /// Runs the selected mutants against the tests of this pass. They are planted one after the other in the copy,
    /// whose build is kept: from mutant to mutant only what depends on the change is built again.
    fn results(
        &self,
        copy: &Copy,
        folder: &Path,
        files: &[&str],
        selection: &[String],
    ) -> Result<Results, String> {
        let cargo = || {
            let mut cargo = Command::new("cargo");
            cargo.current_dir(copy.tree()).env("CARGO_TARGET_DIR", copy.target());
            cargo
        };
        // `cargo mutants` tries only the mutated package without mutants, which does not have these tests.
        let packages = self.packages.iter().flat_map(|package| ["--package", package]);
        let mut unchanged = cargo();
        unchanged.args(["test", "--quiet", "--profile", "mutants"]).args(packages).args(self.targets);
        process::run(unchanged.arg("--").args(self.filters))?;

        let folder = folder.join(self.name);
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut mutants = cargo();
        mutants.args(["mutants", "--in-place", "--baseline", "skip", "--profile", "mutants"]);
        mutants.args(["--colors", "never", "--timeout", SECONDS_MAX, "--package", "strongroom-core"]);
        mutants.args(self.packages.iter().flat_map(|package| ["--test-package", package]));
        mutants.args(files.iter().flat_map(|file| ["--file", file]));
        mutants.arg("--output").arg(&folder).args(selection);
        // Of the build too, not of the run alone.
        mutants.args(self.targets.iter().map(|target| format!("--cargo-arg={target}")));
        mutants.args(["--", "--"]).args(self.filters);
        let status = mutants.status().map_err(|error| format!("`cargo mutants`: {error}"))?;
        // 2: some were missed; 3: some hung.
        if !matches!(status.code(), Some(0 | 2 | 3)) {
            return Err(format!("`cargo mutants` failed: {status}"));
        }
        let list = |name: &str| {
            let path = folder.join("mutants.out").join(name);
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok::<_, String>(text.lines().map(str::to_owned).collect::<Vec<_>>())
        };
        Ok(Results {
            caught: list("caught.txt")?,
            hung: list("timeout.txt")?,
            missed: list("missed.txt")?,
            unviable: list("unviable.txt")?,
        })
    }
}

/// A regular expression for this text and no other.
fn exactly(text: &str) -> String {
    let mut expression = String::from("^");
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            expression.push('\\');
        }
        expression.push(character);
    }
    expression.push('$');
    expression
}
