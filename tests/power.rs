//! Whole vaults in flash and in a file, cut off power at every step of what is done to them, and again while they recover.
//!
//! A *pair* is an operation and a place where power goes: at a programmed word or an erased sector, a write or a sync of the
//! operation, of the mount before it, or of the recovery after a first cut. After each, everything that can be seen of the vault must be as before
//! the operation or as after it; as after it, if it was acknowledged. The audit log, in the same flash, must follow from its key, and
//! hold the event of every change that is there once.

mod cuts;
mod device;
mod file;
mod log;
mod raw;
mod scripts;
mod ugly;
mod visible;

use cuts::{Effort, Tally, torture};
use scripts::scripts;

/// Runs all scripts on three geometries, and prints what came of them.
fn run(effort: Effort) -> Tally {
    let mut all = Tally::default();
    for (name, kind, script) in scripts() {
        let tally = std::thread::scope(|scope| {
            let small = scope.spawn(|| torture::<1>(kind, &script, effort));
            let mut tally = torture::<4>(kind, &script, effort);
            tally.add(torture::<8>(kind, &script, effort));
            tally.add(small.join().unwrap());
            tally
        });
        println!("{name}: {tally}");
        all.add(tally);
    }
    all.add(file::run(effort.in_a_file()));
    println!("{}", ugly(effort));
    println!("{all}");
    all
}

/// Flash that does not do what it says.
fn ugly(effort: Effort) -> ugly::Tally {
    let each = effort.pairs.div_ceil(16);
    let mut tally = ugly::run::<4>(each);
    if each > 1 {
        tally.add(ugly::run::<1>(each));
        tally.add(ugly::run::<8>(each));
    }
    assert!(tally.lies > 50 && tally.closed < tally.stuck / 8, "{tally}");
    tally
}

/// Pairs for each operation and geometry, by default so few that the tests take seconds.
fn effort() -> Effort {
    let asked = std::env::var("STRONGROOM_TORTURE_PAIRS").ok().and_then(|text| text.parse().ok());
    Effort { pairs: asked.unwrap_or(4), seed: 1 }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_destroyed_comes_back_wherever_power_goes() {
    let tally = run(effort());
    assert!(tally.pairs > 500 && tally.images_searched > 0);
    assert_eq!((tally.lost, tally.unopenable, tally.resurrected), (0, 0, 0));
}
