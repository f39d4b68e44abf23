//! One sequence after the other, and what came of them.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use strongroom_core::platform::Clock;

use crate::authorization::dice::Dice;
use crate::world::{SECRET, World};

use super::answer::agree;
use super::generate::Generator;
use super::look::look_at_everything;
use super::real::Real;
use super::state::Model;
use super::step::{Ask, Step, User};

const START: u64 = 1_700_000_000_000;
/// After so many steps everything is looked at.
const LOOK_EVERY: usize = 60;

/// How often each operation succeeded and failed.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub sequences: u64,
    pub steps: u64,
    pub by_operation: BTreeMap<String, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    pub succeeded: u64,
    pub failed: u64,
}

impl Tally {
    fn count(&mut self, ask: &Ask, is_ok: bool) {
        self.steps += 1;
        let count = self.by_operation.entry(ask.name()).or_default();
        *(if is_ok { &mut count.succeeded } else { &mut count.failed }) += 1;
    }

    pub fn add(&mut self, other: &Tally) {
        self.sequences += other.sequences;
        self.steps += other.steps;
        for (name, more) in &other.by_operation {
            let count = self.by_operation.entry(name.clone()).or_default();
            count.succeeded += more.succeeded;
            count.failed += more.failed;
        }
    }
}

/// Where the vault did not do what the model says.
#[derive(Debug)]
pub struct Divergence {
    seed: u64,
    steps: usize,
    number: usize,
    step: Step,
    expected: String,
    found: String,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Divergence { seed, steps, number, step, expected, found } = self;
        writeln!(f, "seed {seed}, step {number}: {step:?}")?;
        writeln!(f, "  the model: {expected}")?;
        writeln!(f, "  the vault: {found}")?;
        write!(
            f,
            "  again, with every step: STRONGROOM_SEED={seed} STRONGROOM_STEPS={steps} \
             cargo test -p strongroom-tests model::replay -- --nocapture"
        )
    }
}

/// One vault, one model, and whether every step is told.
struct Sequence<'w, 't> {
    /// Empty, until the vault is restored there.
    elsewhere: &'w World,
    real: Real<'w>,
    model: Model,
    seed: u64,
    steps: usize,
    number: usize,
    is_told: bool,
    tally: &'t mut Tally,
}

impl Sequence<'_, '_> {
    fn take(&mut self, step: &Step) -> Result<(), Box<Divergence>> {
        if let Some(question) = self.model.question_before(step) {
            self.take(&question)?;
            if let Ok(heard) = self.real.take(&question) {
                self.model.hear(&question, &heard);
            }
        }
        self.number += 1;
        let expected = self.model.predict(step);
        let found = catch_unwind(AssertUnwindSafe(|| self.real.take(step)));
        let (is_same, found) = match found {
            Ok(found) => {
                let told = format!("{found:?}");
                (agree(&found.map_err(|error| error.code()), &expected), told)
            }
            Err(_) => (false, "a panic".to_owned()),
        };
        if self.is_told {
            println!("{:4} {step:?}\n     {found}", self.number);
        }
        if !is_same {
            return Err(Box::new(Divergence {
                seed: self.seed,
                steps: self.steps,
                number: self.number,
                step: step.clone(),
                expected: format!("{expected:?}"),
                found,
            }));
        }
        self.tally.count(&step.ask, expected.is_ok());
        Ok(())
    }

    /// Goes on with a vault that is made of a bundle of this one. The model sees no more of that than of a mount, but what
    /// opens it and what it is recorded in are new.
    fn restore(&mut self) {
        self.real.restore_into(self.elsewhere);
        let _ = self.model.predict(&Step { by: User::Root, ask: Ask::Remount { ms: 0 } });
        self.model.slots = [(0, SECRET)].into();
        self.model.has_audit_key = true;
    }

    fn look(&mut self) -> Result<(), Box<Divergence>> {
        look_at_everything(&self.model).iter().try_for_each(|step| self.take(step))
    }
}

/// Runs the sequence with this seed: so many random steps, and everything looked at in between and in the end.
pub fn run(seed: u64, steps: usize, is_told: bool, tally: &mut Tally) -> Result<(), Box<Divergence>> {
    let world = if seed.is_multiple_of(4) { World::new(seed).with_cells() } else { World::new(seed) };
    let elsewhere = if seed.is_multiple_of(5) { World::new(!seed).with_cells() } else { World::new(!seed) };
    world.storage.keep_no_history();
    world.log.batch();
    // Counting uses makes commits and records of its own.
    world.usage_block.set(if seed.is_multiple_of(3) { 4 } else { 0 });
    world.clock.set_wall_ms(Some(START));
    let (real, model) = (Real::new(&world), Model::new(START));
    let mut sequence =
        Sequence { elsewhere: &elsewhere, real, model, seed, steps, number: 0, is_told, tally };
    let mut dice = Dice(seed);
    for number in 1..=steps {
        let step = Generator { dice: &mut dice, model: &sequence.model }.step();
        sequence.take(&step)?;
        if number % LOOK_EVERY == 0 {
            sequence.look()?;
        }
    }
    // What is written says the same as what is in memory.
    sequence.take(&Step { by: User::Root, ask: Ask::Remount { ms: 0 } })?;
    sequence.look()?;
    // And so does a vault that is made of its bundle. Uses that are counted in memory would be lost.
    sequence.take(&Step { by: User::Root, ask: Ask::Remount { ms: 0 } })?;
    elsewhere.clock.set_wall_ms(world.clock.wall_ms());
    elsewhere.usage_block.set(world.usage_block.get());
    sequence.restore();
    sequence.look()?;
    sequence.tally.sequences += 1;
    Ok(())
}
