//! Every short history of changes, uses, failures of storage and log, cuts and mounts, on the real vault, held against what
//! somebody beside it saw (section 5 of the protocols). A rule that is taken out of the vault shows here.

use strongroom_core::audit::{Action, AuditKey, Finding, RecordedEvent};

use super::verification::{count, take, verify};
use crate::operations::Room;
use crate::world::{CommitFate, SECRET, World, decrypt, describe, rotate, secret_of};

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// A key is rotated.
    Change,
    /// Something is decrypted.
    Use,
    Flush,
    /// The log takes no event until the next mount, or takes events and makes none durable.
    LogTakesNothing,
    LogKeepsNothing,
    /// The next commit does not land, or lands and says it has not.
    CommitFails,
    CommitLandsAndFails,
    Closed,
    /// The power goes; what the log has not made durable is lost.
    Cut,
    /// The power goes, and somebody takes the last durable entry out of the log.
    CutAndShortened,
}

const STEPS: [Step; 10] = [
    Step::Change,
    Step::Use,
    Step::Flush,
    Step::LogTakesNothing,
    Step::LogKeepsNothing,
    Step::CommitFails,
    Step::CommitLandsAndFails,
    Step::Closed,
    Step::Cut,
    Step::CutAndShortened,
];

const MANY: u32 = 1000;

/// What somebody beside the vault saw.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// Changes that were acknowledged.
    changes: u32,
    /// What was decrypted, how much of that was made durable, and how much of it can be lost with the power.
    uses: u32,
    durable_uses: u32,
    open_uses: u32,
    /// Mounts without an orderly close before; and how many of them may have had one that was not acknowledged.
    unclean: u32,
    half_clean: u32,
    /// Entries that somebody took away.
    taken: u32,
}

impl Seen {
    fn flushed(&mut self) {
        self.durable_uses += std::mem::take(&mut self.open_uses);
    }
}

struct History<'w> {
    room: Room<'w>,
    key: AuditKey,
    seen: Seen,
    is_batched: bool,
}

impl History<'_> {
    fn take(&mut self, step: Step) {
        let (world, vault) = (self.room.world, &self.room.vault);
        match step {
            Step::Change => {
                self.seen.changes += u32::from(rotate(vault, self.room.key).is_ok());
            }
            Step::Use => {
                if decrypt(vault, &self.room.ciphertext).is_ok() {
                    self.seen.uses += 1;
                    self.seen.open_uses += 1;
                    if !self.is_batched {
                        self.seen.flushed();
                    }
                }
            }
            Step::Flush => {
                if vault.flush_audit().is_ok() {
                    self.seen.flushed();
                }
            }
            Step::LogTakesNothing => world.log.fail_appends(MANY),
            Step::LogKeepsNothing => world.log.fail_flushes(MANY),
            Step::CommitFails => world.storage.decide(&[CommitFate::Fails]),
            Step::CommitLandsAndFails => world.storage.decide(&[CommitFate::LandsAndFails]),
            Step::Closed => {
                let is_closed = vault.close().is_ok();
                if is_closed {
                    self.seen.flushed();
                }
                self.seen.half_clean += u32::from(!is_closed);
                self.mount(is_closed);
            }
            Step::Cut => self.mount(false),
            Step::CutAndShortened => {
                world.cut_power();
                let mut entries = world.log.entries();
                if let Some((sequence, _)) = entries.pop_last() {
                    self.seen.taken += u32::from(sequence > 0);
                }
                world.log.put_back(entries);
                self.mount(false);
            }
        }
    }

    fn mount(&mut self, was_closed: bool) {
        let world = self.room.world;
        world.cut_power();
        world.log.fail_appends(0);
        world.log.fail_flushes(0);
        world.storage.decide_no_more();
        self.room.vault.mount(&mut secret_of(SECRET)).unwrap();
        self.seen.unclean += u32::from(!was_closed);
        self.seen.open_uses = 0;
    }

    /// How often the log has this action, with success.
    fn logged(&self, action: Action) -> u32 {
        let events = self.room.world.log.events();
        let events = events.iter().map(|event| RecordedEvent::read(event).unwrap());
        let count = events.filter(|event| event.action == action && event.error_code.is_none()).count();
        u32::try_from(count).unwrap()
    }
}

/// Runs a history, and panics where the log says what it must not.
fn run(history: &[Step], is_batched: bool) {
    let world = World::new(1);
    world.storage.keep_no_history();
    if is_batched {
        world.log.batch();
    }
    let room = Room::new(&world);
    let key = take(&room.vault).unwrap();
    room.vault.flush_audit().unwrap();
    let mut going = History { room, key, seen: Seen::default(), is_batched };
    let before = [Action::UncleanMount, Action::LogTruncated].map(|action| going.logged(action));
    assert_eq!(before, [0, 0]);
    history.iter().for_each(|step| going.take(*step));
    going.mount(false);

    let seen = going.seen;
    let told = || format!("{history:?}, batched: {is_batched}");
    let found = describe(&going.room.vault, going.room.key).unwrap().current_version - 1;
    assert!(found >= seen.changes, "an acknowledged change is lost: {}", told());
    going.room.vault.flush_audit().unwrap();
    let (changes, uses) = (going.logged(Action::RotateKeyOnDemand), going.logged(Action::Decrypt));
    let truncated = going.logged(Action::LogTruncated);
    let unclean = going.logged(Action::UncleanMount);
    let log = world.log.entries();
    let (entries, findings) = verify(&going.key, None, &log);

    if seen.taken == 0 {
        assert_eq!(changes, found, "each change that is there is logged once: {}", told());
        assert!((seen.durable_uses..=seen.uses).contains(&uses), "{uses} of {}: {}", seen.uses, told());
        let expected = seen.unclean - seen.half_clean..=seen.unclean;
        assert!(truncated == 0 && expected.contains(&unclean), "{unclean} unclean: {}", told());
        assert_eq!((entries, findings), (count(&log), vec![]), "one chain: {}", told());
        return;
    }
    // What was taken away is not made up, and nothing comes twice. Behind the last committed head it can go unseen.
    assert!(changes <= found && uses <= seen.uses, "{}", told());
    assert!(truncated + unclean <= seen.unclean, "{}", told());
    let is_missing = |finding: &Finding| matches!(finding, Finding::Missing { is_declared: true, .. });
    assert!(findings.iter().all(is_missing), "{findings:?}: {}", told());
    let gaps = u32::try_from(findings.len()).unwrap();
    assert!(gaps <= truncated, "a gap that the vault did not declare: {findings:?}: {}", told());
}

/// Runs every history of this length over these steps; answers how many.
fn run_all(steps: &[Step], length: usize, history: &mut Vec<Step>) -> u32 {
    if history.len() == length {
        run(history, false);
        run(history, true);
        return 2;
    }
    let mut histories = 0;
    for step in steps {
        history.push(*step);
        histories += run_all(steps, length, history);
        history.pop();
    }
    histories
}

#[test]
fn no_short_history_loses_doubles_or_hides_what_happened() {
    let histories = run_all(&STEPS, 3, &mut Vec::new());
    println!("{histories} histories, each logged as it was");
    assert_eq!(histories, 2000);
}

#[test]
fn no_longer_history_of_failing_commits_and_logs_does_either() {
    let steps = [Step::Change, Step::Use, Step::LogKeepsNothing, Step::CommitLandsAndFails, Step::Cut];
    assert_eq!(run_all(&steps, 4, &mut Vec::new()), 1250);
}
