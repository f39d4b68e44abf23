//! Whether time tells a secret, by statistics: *dudect*, on primitives and requests (`tests/timing`).
//!
//! Reported and not in the gate: time on a machine that does other things is no ground to refuse a commit on. `constant-time` is.

use crate::tree::Tree;
use crate::{Outcome, process};

const MANIFEST: &str = "tests/timing/Cargo.toml";
/// The measurement that must find a leak.
const PLANTED: &str = "early_exit";
/// Welch's t beyond this is a leak; below half of it there is nothing to be seen.
const LEAK: f64 = 10.0;

/// Measures, prints t of each, and fails if the planted leak is not found.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &[], &[])?;
    let mut cargo = process::cargo();
    cargo.args(["run", "--quiet", "--release", "--locked", "--manifest-path", MANIFEST]);
    let said = process::output(cargo.current_dir(tree.root()))?;
    let measured: Vec<Measured> = said.lines().filter_map(Measured::read).collect();
    println!("{:<16}{:>12}  Welch's t of two classes that differ in a secret", "measured", "largest t");
    for one in &measured {
        println!("{:<16}{:>12.2}  {}", one.name, one.t, one.meaning());
    }
    println!();
    println!("{}", judge(&measured)?);
    Ok(())
}

/// What one measurement came to.
#[derive(Debug, PartialEq)]
struct Measured {
    name: String,
    t: f64,
}

impl Measured {
    /// `bench NAME ... : n == +0.1M, max t = -1.79, max tau = …`
    fn read(line: &str) -> Option<Self> {
        let (name, rest) = line.strip_prefix("bench ")?.split_once(" ... : ")?;
        let (_, rest) = rest.split_once("max t = ")?;
        let (t, _) = rest.split_once(',')?;
        Some(Measured { name: name.trim().to_owned(), t: t.parse().ok()? })
    }

    fn is_planted(&self) -> bool {
        self.name == PLANTED
    }

    fn is_leak(&self) -> bool {
        self.t.abs() > LEAK
    }

    fn meaning(&self) -> &'static str {
        if self.is_planted() {
            "planted: must be beyond 10"
        } else if self.is_leak() {
            "A LEAK, unless it is gone in a second run on a quiet machine"
        } else if self.t.abs() > LEAK / 2.0 {
            "between: measure again on a quiet machine"
        } else {
            "nothing to be seen"
        }
    }
}

/// The closing line, if the measurement can be believed.
fn judge(measured: &[Measured]) -> Result<String, String> {
    let planted = measured.iter().find(|one| one.is_planted() && one.is_leak());
    let planted = planted.ok_or("the planted leak was not found: what was measured says nothing")?;
    let others = measured.iter().filter(|one| !one.is_planted());
    let most = others.clone().max_by(|one, other| one.t.abs().total_cmp(&other.t.abs()));
    let most = most.ok_or("nothing but the planted leak was measured")?;
    Ok(format!(
        "dudect: the planted leak has t = {:.1}; of {} others the largest is {:.1} ({}), beyond 10 is a leak",
        planted.t,
        others.count(),
        most.t,
        most.name
    ))
}

#[cfg(test)]
mod tests {
    use super::{Measured, judge};

    fn measured(name: &str, t: f64) -> Measured {
        Measured { name: name.to_owned(), t }
    }

    #[test]
    fn a_measurement_is_read_as_dudect_prints_it() {
        let line =
            "bench seal        ... : n == +0.099M, max t = -1.90385, max tau = -0.00606, (5/tau)^2 = 679658";
        assert_eq!(Measured::read(line), Some(measured("seal", -1.903_85)));
        assert_eq!(Measured::read("bench seal        seeded with 0x29f770f7cc5fb725"), None);
        assert_eq!(Measured::read("bench seal ... : n == +0.000M, max t = ?, max tau"), None);
    }

    #[test]
    fn without_the_planted_leak_nothing_is_believed() {
        assert!(judge(&[measured("equal", 1.0)]).is_err());
        assert!(judge(&[measured("early_exit", 9.9), measured("equal", 1.0)]).is_err());
        assert!(judge(&[measured("early_exit", f64::NAN), measured("equal", 1.0)]).is_err());
        assert!(judge(&[measured("early_exit", -500.0)]).is_err());
        let said = judge(&[measured("early_exit", -500.0), measured("equal", 1.0), measured("seal", -2.5)]);
        assert!(said.unwrap().contains("of 2 others the largest is -2.5 (seal)"));
    }

    #[test]
    fn a_leak_is_named_in_either_direction() {
        assert!(measured("seal", 10.1).is_leak() && measured("seal", -10.1).is_leak());
        assert!(!measured("seal", 9.9).is_leak());
        assert_ne!(measured("seal", 6.0).meaning(), measured("seal", 4.0).meaning());
    }
}
