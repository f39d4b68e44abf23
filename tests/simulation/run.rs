use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use strongroom_core::Error;

use crate::authorization::dice::Dice;
use crate::model::answer::{Answer, Outcome, agree};
use crate::model::generate::Generator;
use crate::model::look::look_at_everything;
use crate::model::real::Real;
use crate::model::state::Model;
use crate::model::step::{Ask, Step, User};
use crate::model::times::{DAY, HOUR, MINUTE, Times};
use crate::world::World;

use super::book::Book;
use super::fault::Fault;

const START: u64 = 1_700_000_000_000;
/// After so many steps everything is looked at.
const LOOK_EVERY: usize = 250;

/// What came of some sequences.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub steps: u64,
    pub faults: u64,
    pub crashes: u64,
    /// Mounts that failed and were tried again.
    pub failed_mounts: u64,
    /// Requests that failed, and were found to be done or not.
    pub landed: u64,
    pub not_landed: u64,
    /// Requests that would have succeeded, and answered nothing.
    pub withheld: u64,
    pub replays: u64,
    /// Bytes that were searched for secrets, and so many windows of those.
    pub searched: u64,
    pub secret_windows: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        self.faults += other.faults;
        self.crashes += other.crashes;
        self.failed_mounts += other.failed_mounts;
        self.landed += other.landed;
        self.not_landed += other.not_landed;
        self.withheld += other.withheld;
        self.replays += other.replays;
        self.searched += other.searched;
        self.secret_windows += other.secret_windows;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            faults,
            crashes,
            failed_mounts,
            landed,
            not_landed,
            withheld,
            replays,
            searched,
            secret_windows,
            ..
        } = self;
        writeln!(f, "{faults} faults, {crashes} crashes, {failed_mounts} mounts that failed")?;
        writeln!(
            f,
            "{withheld} answers withheld; afterwards {landed} changes were there, {not_landed} requests left nothing"
        )?;
        writeln!(f, "{replays} sequences run twice, byte for byte the same")?;
        write!(
            f,
            "{searched} bytes of answers, images and logs searched for {secret_windows} parts of secrets"
        )
    }
}

/// How a sequence ended well: with this transcript, storage and log.
pub struct Ran {
    pub hash: u64,
}

/// What should have been, and was not.
#[derive(Debug)]
pub struct Wrong {
    pub expected: String,
    pub found: String,
}

impl Wrong {
    pub fn new(expected: &str, found: String) -> Self {
        Wrong { expected: expected.to_owned(), found }
    }

    /// A failure where there was no reason for one.
    pub fn says(what: &str, error: Error) -> Self {
        Wrong::new("no failure", format!("{what}: {error:?}"))
    }
}

/// A vault in its world, and what the model thinks of it.
pub struct Simulation<'w, 't> {
    pub world: &'w World,
    pub real: Real<'w>,
    pub model: Model,
    /// What time the vault has written down.
    pub committed: Times,
    revision: u64,
    pub dice: Dice,
    pub book: Book,
    pub tally: &'t mut Tally,
    transcript: DefaultHasher,
    /// What was told that nobody may know.
    pub leak: Option<String>,
    is_batched: bool,
    is_told: bool,
    number: usize,
}

fn changes_slots(ask: &Ask) -> bool {
    matches!(ask, Ask::AddSlot { .. } | Ask::ChangeSlot { .. } | Ask::RemoveSlot { .. } | Ask::Rekey { .. })
}

/// As the model says; but uses that nobody was told of may have been counted.
pub fn agrees(found: &Result<Answer, Error>, expected: &Outcome) -> bool {
    if let (Ok(Answer::Usage(found)), Ok(Answer::Usage(was))) = (found, expected) {
        let covers = |[_, most]: [u64; 2], [exactly, _]: [u64; 2]| exactly <= most;
        let is_covered = covers(found.sealings, was.sealings)
            && covers(found.openings, was.openings)
            && (found.is_in_use || !was.is_in_use);
        return found.sealings[1] >= was.bounded_sealings && (!found.is_tracked || is_covered);
    }
    let found = match found {
        Ok(answer) => Ok(answer.clone()),
        Err(error) => Err(error.code()),
    };
    agree(&found, expected)
}

impl Simulation<'_, '_> {
    /// Writes something into the transcript.
    pub fn tell(&mut self, line: &str) {
        line.hash(&mut self.transcript);
        if self.is_told {
            println!("{:5} {line}", self.number);
        }
    }

    /// Asks the vault. `None`: it panicked.
    pub fn ask(&mut self, step: &Step) -> (Option<Result<Answer, Error>>, String) {
        let found = catch_unwind(AssertUnwindSafe(|| self.real.take(step))).ok();
        let told = found.as_ref().map_or("a panic".to_owned(), |found| format!("{found:?}"));
        let shown = found.as_ref().and_then(|found| found.as_ref().err()).map(Error::to_string);
        self.search_text(&shown.unwrap_or_default());
        self.search_text(&told);
        self.tell(&format!("{step:?}\n      {told}"));
        (found, told)
    }

    /// What was committed until now was committed at this time.
    fn sync(&mut self) {
        let revision = self.world.storage.revision();
        if self.revision != revision {
            (self.revision, self.committed) = (revision, self.model.times);
        }
    }

    /// Takes a step in a world where nothing fails.
    fn take(&mut self, step: &Step) -> Result<(), Wrong> {
        if let Some(question) = self.model.question_before(step) {
            self.take(&question)?;
            if let (Some(Ok(heard)), _) = self.ask(&question) {
                self.model.hear(&question, &heard);
            }
        }
        self.sync();
        let expected = self.model.predict(step);
        let (found, told) = self.ask(step);
        match found {
            Some(found) if agrees(&found, &expected) => self.went(step, &expected),
            _ => Err(Wrong::new(&format!("{expected:?}"), told)),
        }
    }

    /// The vault and the model went the same way.
    fn went(&mut self, step: &Step, expected: &Outcome) -> Result<(), Wrong> {
        let is_committed = self.world.storage.revision() != self.revision;
        self.sync();
        self.tally.steps += 1;
        if expected.is_ok() {
            self.book.note(&step.ask, is_committed);
        }
        Ok(())
    }

    /// Takes a step while something is about to fail.
    fn take_with(&mut self, fault: Fault, step: &Step) -> Result<(), Wrong> {
        self.sync();
        self.tally.faults += 1;
        self.tell(&format!("{fault:?}"));
        let before = self.model.clone();
        let expected = self.model.predict(step);
        self.real.find_access_key(&step.ask);
        fault.arm(self.world);
        let (found, told) = self.ask(step);
        Fault::disarm(self.world);
        let landed = self.world.storage.revision() != self.revision;
        match found {
            Some(found) if agrees(&found, &expected) && (found.is_ok() || self.real.is_open()) => {
                self.went(step, &expected)
            }
            // A refusal is an answer, whatever became of its event; and then the session may be over.
            Some(Err(error)) if fault.explains(&error) || agrees(&Err(error), &expected) => {
                self.tally.steps += 1;
                self.tally.withheld += u64::from(expected.is_ok());
                if error == Error::Audit && !landed && expected.is_ok() {
                    self.book.note_withheld(&step.ask);
                }
                let after = std::mem::replace(&mut self.model, before.clone());
                self.recover(step, before, after, landed)
            }
            _ => Err(Wrong::new(&format!("{expected:?}, or a failure that {fault:?} explains"), told)),
        }
    }

    /// Has everything written that was recorded.
    pub fn flush(&mut self) -> Result<(), Wrong> {
        let flushed = self.real.flush();
        self.sync();
        flushed.map_err(|error| Wrong::says("a flush", error))
    }

    /// The log is compared with what was done.
    pub fn check_book(&mut self) -> Result<(), Wrong> {
        self.flush()?;
        self.book.check(&self.world.log, self.is_batched).map_err(|wrong| Wrong::new("what was done", wrong))
    }

    fn look(&mut self) -> Result<(), Wrong> {
        look_at_everything(&self.model).iter().try_for_each(|step| self.take(step))?;
        match self.real.damaged() {
            Ok((0, 0)) => self.check_book(),
            other => Err(Wrong::new("nothing damaged", format!("{other:?}"))),
        }
    }

    fn step(&mut self) -> Result<(), Wrong> {
        match self.dice.below(100) {
            0 | 1 => {
                self.sync();
                let ms = self.crash()?;
                self.model.times.crash(self.committed);
                self.model.times.remount(ms);
                self.sync();
                self.check_book()
            }
            2 => {
                self.sync();
                let ms = [MINUTE / 2, HOUR, 30 * DAY][self.dice.below(3)];
                let wall_ms = self.model.times.wall_ms + ms;
                self.world.clock.set_wall_ms(Some(wall_ms));
                self.model.times.jump(ms);
                self.tell(&format!("the wall clock jumps by {ms} ms"));
                Ok(())
            }
            chance => {
                let step = Generator { dice: &mut self.dice, model: &self.model }.step();
                let fault = if chance < 13 { Fault::draw(&mut self.dice, &step.ask) } else { None };
                // A version that may do no more gives way in a commit of its own, and who changes slots has to know which
                // secret opens the vault.
                let is_spared = self.model.question_before(&step).is_some() || changes_slots(&step.ask);
                let Some(fault) = fault.filter(|_| !is_spared) else { return self.take(&step) };
                // What has come due is done before, so that there is one change to be made or not.
                if !matches!(step.ask, Ask::Tick) {
                    self.take(&Step { by: User::Root, ask: Ask::Tick })?;
                }
                self.take_with(fault, &step)
            }
        }
    }

    /// What the vault holds in the end.
    fn hash(mut self) -> u64 {
        let image = self.world.storage.image();
        (image.revision, image.blobs).hash(&mut self.transcript);
        self.world.log.entries().hash(&mut self.transcript);
        self.transcript.finish()
    }
}

/// Runs the sequence with this seed.
pub fn run(seed: u64, steps: usize, is_told: bool, tally: &mut Tally) -> Result<Ran, String> {
    let mut world = World::new(seed);
    if seed % 4 == 1 {
        world = world.with_cells();
    }
    if seed % 4 > 1 {
        world = world.with_counter(seed % 7);
    }
    world.storage.keep_no_history();
    world.canaries.watch(true);
    if seed.is_multiple_of(2) {
        world.log.batch();
    }
    world.usage_block.set(if seed.is_multiple_of(3) { 4 } else { 0 });
    world.clock.set_wall_ms(Some(START));
    let model = Model::new(START);
    let mut simulation = Simulation {
        world: &world,
        real: Real::new(&world),
        committed: model.times,
        revision: world.storage.revision(),
        model,
        dice: Dice(seed),
        book: Book::default(),
        tally,
        transcript: DefaultHasher::new(),
        leak: None,
        is_batched: seed.is_multiple_of(2),
        is_told,
        number: 0,
    };
    for number in 1..=steps {
        simulation.number = number;
        let mut went = simulation.step();
        if number % LOOK_EVERY == 0 || number == steps {
            went = went.and_then(|()| simulation.look());
        }
        if number % LOOK_EVERY == 0 || number == steps {
            simulation.search_bytes();
        }
        if let Some(leak) = simulation.leak.take() {
            went = went.and(Err(Wrong::new("no secret anywhere", leak)));
        }
        if let Err(Wrong { expected, found }) = went {
            return Err(format!(
                "seed {seed:#x}, step {number}\n  expected: {expected}\n  found:    {found}"
            ));
        }
    }
    simulation.tally.secret_windows += world.canaries.count() as u64;
    Ok(Ran { hash: simulation.hash() })
}
