//! Whole vaults in a file, on a disk that loses power at its writes and syncs, and again while they recover.
//!
//! Nothing that was destroyed is looked for in what is left of the disk: a file has no eraser, and `posture()` says so.

use std::cell::Cell;
use std::rc::Rc;

use strongroom_core::Vault;
use strongroom_core::audit::{Action, AuditKey};
use strongroom_core::crypto::RustCrypto;
use strongroom_core::operation::{CreateAlias, TagResource, TakeAuditKey};
use strongroom_core::platform::{AuditSink, Clock, Platform};
use strongroom_core::ram::{ManualClock, SeededEntropy};
use strongroom_std::Settings;
use strongroom_std::faults::disk::MockDisk;
use strongroom_std::faults::power_cuts::{CutReport, Device, Operation, PowerCuts};

use super::cuts::Tally;
use super::log::Logged;
use super::scripts::{Change, Known, Script, plain_scripts};
use super::visible::visible;
use crate::world::{OnFile, SECRET, create, root, secret_of};

type FileVault = Vault<OnFile<RustCrypto, SeededEntropy, ManualClock>>;

/// A computer without power, and what its user has written down.
#[derive(Clone)]
struct Machine {
    disk: MockDisk,
    audit_key: Vec<u8>,
    wall_ms: u64,
    /// Decides what is random in the next session.
    sessions: u64,
    known: Known,
}

impl Device for Machine {
    fn manners(&self) -> usize {
        self.disk.manners()
    }
    fn steps(&self) -> u64 {
        self.disk.steps()
    }
    fn cut_at(&mut self, step: u64, manner: usize, seed: u64) {
        self.disk.cut_at(step, manner, seed);
    }
    fn power_up(&mut self) {
        self.disk.power_up();
    }
}

impl Machine {
    fn new() -> Self {
        let disk = MockDisk::new();
        let (mut key, wall_ms) = (AuditKey::empty(), 20_000 * 86_400_000);
        let mut machine =
            Machine { disk, audit_key: Vec::new(), wall_ms, sessions: 1, known: Known::default() };
        let vault = create(machine.session().unwrap());
        vault.take_audit_key(&root(), TakeAuditKey, &mut key).unwrap();
        vault.close().unwrap();
        machine.audit_key = key.expose(|bytes| bytes.to_vec());
        machine
    }

    fn session(&self) -> Result<OnFile<RustCrypto, SeededEntropy, ManualClock>, String> {
        let clock = ManualClock::new();
        clock.set_wall_ms(Some(self.wall_ms));
        let mut settings = Settings::default();
        settings.file_cache_bytes = 1 << 20;
        let file = self.disk.open(&settings).map_err(|error| format!("{error:?}"))?;
        Ok(OnFile::new(file, SeededEntropy::new(self.sessions), clock))
    }

    /// Opens the vault, does something, and ends the process without closing it.
    fn run<R>(&mut self, work: impl FnOnce(&Rc<FileVault>, &mut Known) -> R) -> Result<R, String> {
        let vault = Rc::new(Vault::new(self.session()?));
        vault.mount(&mut secret_of(SECRET)).map_err(|error| format!("{error:?}"))?;
        let answer = work(&vault, &mut self.known);
        self.wall_ms = vault.platform().clock().wall_ms().unwrap_or(self.wall_ms);
        self.sessions += 1;
        Ok(answer)
    }
}

/// What is seen of the vault, and which changes its log has.
fn look(machine: &mut Machine, known: &Known) -> Result<Vec<String>, String> {
    machine.sessions += 1000;
    let key = machine.audit_key.clone();
    machine.run(|vault, _| {
        let mut lines = visible(&**vault, known);
        vault.flush_audit().map_err(|error| format!("{error:?}"))?;
        let log = vault.platform().audit_sink();
        let mut log = Logged::read(&key, &|visit| log.scan(0, &mut |bytes| visit(None, bytes)).is_ok());
        // An import asks for a wrapping key first, which is a change of its own.
        log.changes.remove(Action::GetParametersForImport.name());
        lines.push(format!("log: {:?}, {:?}", log.wrong, log.changes));
        Ok(lines)
    })?
}

/// Runs a script on a machine.
fn report(cuts: PowerCuts, make: impl Fn() -> Machine, script: &Script) -> CutReport {
    let operations: Vec<_> = script
        .iter()
        .map(|change| {
            move |machine: &mut Machine| {
                matches!(machine.run(|vault, known| change.run(&**vault, known)), Ok(Ok(())))
            }
        })
        .collect();
    let operations: Vec<Operation<'_, Machine>> =
        operations.iter().map(|operation| operation as Operation<'_, Machine>).collect();
    // What the script will have made, so that a change that was cut off is looked for too.
    let mut whole = make();
    assert!(operations.iter().all(|operate| operate(&mut whole)), "{script:?}");
    cuts.run(make, &operations, |machine| look(machine, &whole.known))
}

/// Three callers name a key and tag two more, in one commit; all of it is acknowledged, or nothing.
fn change_together(machine: &mut Machine) -> bool {
    let changed = machine.run(|vault, known| {
        let told = Rc::new(Cell::new(0));
        for key in known.keys.iter().copied().skip(1) {
            let (its_vault, told) = (Rc::clone(vault), Rc::clone(&told));
            vault.platform().state().wait(move || {
                let id = key.to_string();
                let request = TagResource { key_id: &id, tags: &[("shared", "commit")] };
                let is_done = its_vault.tag_resource(&root(), request).is_ok();
                told.set(told.get() + usize::from(is_done));
            });
        }
        let target_key_id = &known.keys.first().map(ToString::to_string).unwrap_or_default();
        let named =
            vault.create_alias(&root(), CreateAlias { alias_name: "alias/shared", target_key_id }).is_ok();
        vault.platform().state().go();
        (named, told.get())
    });
    matches!(changed, Ok((true, 2)))
}

/// Several callers' changes in one commit, each step of which is cut off.
fn shared_commits(cuts: PowerCuts) -> CutReport {
    let create = |machine: &mut Machine| {
        matches!(machine.run(|vault, known| Change::Create.run(&**vault, known)), Ok(Ok(())))
    };
    let operations: Vec<Operation<'_, Machine>> = vec![&create, &create, &create, &change_together];
    let mut whole = Machine::new();
    assert!(operations.iter().all(|operate| operate(&mut whole)));
    cuts.run(Machine::new, &operations, |machine| look(machine, &whole.known))
}

/// Runs the scripts, and prints what came of each.
pub fn run(cuts: PowerCuts) -> Tally {
    let mut all = Tally::default();
    let mut reports: Vec<_> = plain_scripts()
        .into_iter()
        .map(|(name, script)| (name, report(cuts, Machine::new, &script)))
        .collect();
    reports.push(("several callers in one commit", shared_commits(cuts)));
    for (name, report) in reports {
        println!("{name}, in a file: {report}");
        all.add(Tally {
            pairs: report.pairs() as usize,
            lost: report.lost() as usize + usize::from(report.clone().whole().is_err() && report.lost() == 0),
            unopenable: report.unopenable() as usize,
            ..Tally::default()
        });
    }
    all
}

/// What all this would not see is not shown by it.
#[test]
fn a_disk_that_says_it_has_synced_and_has_not_is_found_to_lose_what_was_acknowledged() {
    let make = || {
        let machine = Machine::new();
        machine.disk.sync_nothing();
        machine
    };
    let report = report(PowerCuts::everywhere().manners(1).stride(9).once(), make, &vec![Change::Create]);
    assert!(report.lost() > 0, "{report}");
}

#[test]
fn a_change_in_a_file_is_there_once_it_is_acknowledged_whichever_step_of_it_is_cut_off() {
    let script = vec![Change::Create, Change::Rotate];
    let report = report(PowerCuts::everywhere().manners(1).once(), Machine::new, &script);
    let report = report.whole().unwrap();
    assert!(report.pairs() > 80, "{report}");
}

#[test]
fn changes_that_share_a_commit_are_all_there_or_none_whichever_step_of_it_is_cut_off() {
    let report = shared_commits(PowerCuts::everywhere().manners(1).once()).whole().unwrap();
    assert!(report.pairs() > 80, "{report}");
}
