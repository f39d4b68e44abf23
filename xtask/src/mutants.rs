//! Mutation testing of the policy evaluator: every small change to its code must be seen by a test.
//!
//! Two passes, because there are hundreds of mutants and each is a build: the decision table, which builds and runs in
//! seconds, sees most of them; every other test of policies gets what the table let through.

use std::path::Path;
use std::process::Command;

use crate::copy::Copy;
use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// What is mutated: the evaluator, without the builder and the tables of names.
const FILES: [&str; 13] = [
    "core/src/policy/evaluate.rs",
    "core/src/policy/pattern.rs",
    "core/src/policy/variable.rs",
    "core/src/policy/keys.rs",
    "core/src/policy/resource.rs",
    "core/src/policy/principal.rs",
    "core/src/policy/caller.rs",
    "core/src/policy/requested_action.rs",
    "core/src/policy/condition/compare.rs",
    "core/src/policy/condition/truth.rs",
    "core/src/policy/condition/decimal.rs",
    "core/src/policy/condition/instant.rs",
    "core/src/policy/condition/network.rs",
];

/// What looks at the mutants of one pass.
struct Pass {
    name: &'static str,
    /// Packages and targets, for `cargo test`.
    packages: &'static [&'static str],
    targets: &'static [&'static str],
    filters: &'static [&'static str],
}

/// The decision table alone.
const TABLE: Pass = Pass {
    name: "table",
    packages: &["strongroom-tests"],
    targets: &["--test", "evaluator"],
    filters: &["table::the_evaluator"],
};

/// The rest of what is said of policies.
const OTHERS: Pass = Pass {
    name: "others",
    packages: &["strongroom-core", "strongroom-tests"],
    targets: &["--lib", "--test", "tests"],
    filters: &["policy::", "policy_json::", "conditions::", "key_policies::", "callers::", "explanations::"],
};

/// Longest run of a pass's tests on one mutant, in seconds; one that takes longer hangs.
const SECONDS_MAX: &str = "120";

/// Runs `cargo mutants` on the evaluator, or on one shard `K/N` of its mutants, which is every Nth. Survivors make it fail.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--shard"])?;
    let shard = option(arguments, "--shard")?.unwrap_or("0/1");
    process::output(Command::new("cargo").args(["mutants", "--version"]))
        .map_err(|_| "install it first: cargo install cargo-mutants --locked".to_owned())?;
    let copy = Copy::of(tree, "mutants")?;
    let folder = tree.path("target/mutants").join(shard.replace('/', "-of-"));

    let shards = ["--sharding", "round-robin", "--shard", shard].map(str::to_owned);
    let mut results = TABLE.results(&copy, &folder, &shards)?;
    if !results.missed.is_empty() {
        let sought = std::mem::take(&mut results.missed);
        let selection: Vec<String> =
            sought.iter().flat_map(|mutant| ["--re".to_owned(), exactly(mutant)]).collect();
        let others = OTHERS.results(&copy, &folder, &selection)?;
        // Mutants that leave out a field are not selected by name: they all run.
        let among = |list: Vec<String>| list.into_iter().filter(|mutant| sought.contains(mutant));
        results.caught.extend(among(others.caught));
        results.hung.extend(among(others.hung));
        results.missed.extend(among(others.missed));
    }
    results.report()
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
    fn report(&self) -> Outcome {
        let [caught, hung, missed, unviable] =
            [&self.caught, &self.hung, &self.missed, &self.unviable].map(Vec::len);
        let seen = caught.saturating_add(hung);
        let viable = seen.saturating_add(missed);
        let percent = seen.saturating_mul(100).checked_div(viable).unwrap_or(100);
        println!(
            "mutants: {viable} compile, {caught} caught, {hung} hung, {missed} missed: {percent} %; \
             {unviable} do not compile"
        );
        if missed == 0 { Ok(()) } else { Err(format!("missed\n  {}", self.missed.join("\n  "))) }
    }
}

impl Pass {
    /// Runs the selected mutants against the tests of this pass. They are planted one after the other in the copy,
    /// whose build is kept: from mutant to mutant only what depends on the change is built again.
    fn results(&self, copy: &Copy, folder: &Path, selection: &[String]) -> Result<Results, String> {
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
        mutants.args(FILES.iter().flat_map(|file| ["--file", file]));
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
