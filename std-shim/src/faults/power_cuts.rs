//! Power cuts at every step of what a device does, and again at every step of its recovery.
//!
//! A *pair* is an operation and a place where power goes: in the operation, or after that once more while what it left is
//! opened. After each, what can be seen must be as before the operation or as after it; as after it, if the operation had
//! said that it was done.
//!
//! Here a driver for a flash keeps one number. It has two sectors, and writes the number into the one that is not in use,
//! behind a count that says which is newer:
//!
//! ```
//! use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
//! use strongroom_std::faults::flash::{MockFlash, MockFlashError};
//! use strongroom_std::faults::power_cuts::{Operation, PowerCuts};
//!
//! type Flash = MockFlash<4, 64>;
//! type Failed = MockFlashError;
//!
//! /// A slot: number, count, and their sum, which a torn write does not get right.
//! fn slot(flash: &mut Flash, sector: u32) -> Result<Option<(u32, u32)>, Failed> {
//!     let mut words = [0; 12];
//!     flash.read(sector * 64, &mut words)?;
//!     let word = |at: usize| u32::from_be_bytes(words[at..at + 4].try_into().unwrap());
//!     Ok((word(8) == word(0) ^ word(4) ^ 0x5a5a).then(|| (word(0), word(4))))
//! }
//!
//! fn newest(flash: &mut Flash) -> Result<(u32, u32, u32), Failed> {
//!     let slots = [slot(flash, 0)?.map(|(n, count)| (n, count, 0)), slot(flash, 1)?.map(|(n, count)| (n, count, 1))];
//!     Ok(slots.into_iter().flatten().max_by_key(|slot| slot.1).unwrap_or((0, 0, 1)))
//! }
//!
//! fn put(flash: &mut Flash, number: u32) -> Result<(), Failed> {
//!     let (_, count, sector) = newest(flash)?;
//!     let (count, other) = (count + 1, (1 - sector) * 64);
//!     flash.erase(other, other + 64)?;
//!     for (word, at) in [number, count, number ^ count ^ 0x5a5a].into_iter().zip([0, 4, 8]) {
//!         flash.write(other + at, &word.to_be_bytes())?;
//!     }
//!     Ok(())
//! }
//!
//! let script: [Operation<'_, Flash>; 3] = [
//!     &|flash| put(flash, 7).is_ok(),
//!     &|flash| put(flash, 8).is_ok(),
//!     &|flash| put(flash, 9).is_ok(),
//! ];
//! let look = |flash: &mut Flash| newest(flash).map(|(number, ..)| number).map_err(|error| format!("{error:?}"));
//! let report = PowerCuts::everywhere().run(|| Flash::new(2), &script, look);
//! assert!(report.pairs() > 50, "{report}");
//! assert_eq!(report.lost(), 0, "{report}");
//! ```

use std::fmt;

use super::dice::Dice;
use super::flash::{Cut, MockFlash};

/// How many violations are kept to be shown; all are counted.
const SHOWN: usize = 20;

/// A device in memory that loses power when it is told to.
///
/// # Contract
/// A copy is a device of its own, as it is. Steps are whatever power can go between or within: a word programmed, a page
/// written, a `sync`. Once power is gone everything fails until it comes back, and what was volatile is gone.
pub trait Device: Clone {
    /// In how many manners a step can be interrupted.
    fn manners(&self) -> usize;

    /// How many steps there were since the device was made.
    fn steps(&self) -> u64;

    /// Lets power go at the step with this number, in this manner. `seed` decides what is random about it.
    fn cut_at(&mut self, step: u64, manner: usize, seed: u64);

    /// Gives power, and forgets a cut that has not come.
    fn power_up(&mut self);
}

impl<const WORD: usize, const SECTOR: usize> Device for MockFlash<WORD, SECTOR> {
    fn manners(&self) -> usize {
        Cut::ALL.len()
    }

    fn steps(&self) -> u64 {
        self.steps()
    }

    fn cut_at(&mut self, step: u64, manner: usize, seed: u64) {
        self.cut_at(step, Cut::ALL.get(manner).copied().unwrap_or(Cut::Before), seed);
    }

    fn power_up(&mut self) {
        self.power_up();
    }
}

/// One operation of a script: whether it says that it is done. Without a cut it must be.
pub type Operation<'s, D> = &'s dyn Fn(&mut D) -> bool;

/// Where power is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerCuts {
    stride: u64,
    manners: usize,
    again: Option<u64>,
    seed: u64,
}

impl PowerCuts {
    /// At every step in every manner, and at every step of the recovery from each, in one manner.
    #[must_use]
    pub const fn everywhere() -> Self {
        PowerCuts { stride: 1, manners: usize::MAX, again: Some(1), seed: 1 }
    }

    /// At every so many steps of an operation only.
    #[must_use]
    pub const fn stride(mut self, steps: u64) -> Self {
        self.stride = if steps == 0 { 1 } else { steps };
        self
    }

    /// In so many manners only, in turn from one step to the next.
    #[must_use]
    pub const fn manners(mut self, manners: usize) -> Self {
        self.manners = manners;
        self
    }

    /// At every so many steps of a recovery only.
    #[must_use]
    pub const fn recovery_stride(mut self, steps: u64) -> Self {
        self.again = Some(if steps == 0 { 1 } else { steps });
        self
    }

    /// Not while it recovers.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.again = None;
        self
    }

    /// What is random about the cuts follows from this.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Runs a script on a device that `make` gives, one operation after the other, and each again with every cut.
    ///
    /// `look` opens what is on the device, as after a restart, and answers everything that can be seen of it. That is the
    /// recovery, and what is compared.
    pub fn run<D: Device, V: PartialEq + fmt::Debug>(
        &self,
        make: impl FnOnce() -> D,
        script: &[Operation<'_, D>],
        look: impl Fn(&mut D) -> Result<V, String>,
    ) -> CutReport {
        let mut report = CutReport::default();
        let mut device = make();
        for (number, operate) in script.iter().enumerate() {
            let before = device.clone();
            let place = Place { operation: number, step: None, again: None };
            if !operate(&mut device) {
                report.add(place, CutFinding::Fails);
                return report;
            }
            let steps = before.steps()..device.steps();
            device.power_up();
            let (old, new) = match (look(&mut before.clone()), look(&mut device.clone())) {
                (Ok(old), Ok(new)) => (old, new),
                (Err(error), _) | (_, Err(error)) => {
                    report.add(place, CutFinding::Unopenable { error });
                    return report;
                }
            };
            let judge = |device: &mut D, is_done: bool| {
                let seen = match look(device) {
                    Ok(seen) => seen,
                    Err(error) => return Some(CutFinding::Unopenable { error }),
                };
                let is_whole = seen == new || seen == old && !is_done;
                let seen = || format!("{seen:?}, after {new:?}, before {old:?}");
                (!is_whole).then(|| CutFinding::Lost { is_done, seen: seen() })
            };
            for (step, manner) in self.places(steps, before.manners()) {
                let seed = Dice::new(self.seed ^ step.rotate_left(32)).next();
                let place = Place { step: Some((step, manner)), ..place };
                let mut torn = before.clone();
                torn.cut_at(step, manner, seed);
                let is_done = operate(&mut torn);
                torn.power_up();
                report.single = report.single.saturating_add(1);
                let mut recovered = torn.clone();
                if let Some(finding) = judge(&mut recovered, is_done) {
                    report.add(place, finding);
                    continue;
                }
                let Some(stride) = self.again else { continue };
                let recovery = PowerCuts { stride, manners: 1, ..*self };
                for (step, manner) in recovery.places(torn.steps()..recovered.steps(), torn.manners()) {
                    let mut again = torn.clone();
                    again.cut_at(step, manner, seed.rotate_left(7) ^ step);
                    let _ = look(&mut again);
                    again.power_up();
                    report.double = report.double.saturating_add(1);
                    if let Some(finding) = judge(&mut again, is_done) {
                        report.add(Place { again: Some((step, manner)), ..place }, finding);
                    }
                }
            }
        }
        report
    }

    /// Which steps of a range, and in which of so many manners.
    fn places(&self, steps: std::ops::Range<u64>, manners: usize) -> impl Iterator<Item = (u64, usize)> {
        let stride = usize::try_from(self.stride).unwrap_or(usize::MAX);
        let tried = self.manners.min(manners);
        steps.step_by(stride).flat_map(move |step| {
            let first = usize::try_from(step).unwrap_or_default();
            (0..tried).map(move |more| (step, first.wrapping_add(more).checked_rem(manners).unwrap_or(0)))
        })
    }
}

/// What came of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutReport {
    single: u64,
    double: u64,
    lost: u64,
    unopenable: u64,
    fails: bool,
    shown: Vec<(Place, CutFinding)>,
}

/// Where power went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The operation's number in the script.
    pub operation: usize,
    /// Number and manner of the step that was interrupted.
    pub step: Option<(u64, usize)>,
    /// The same of the recovery, if that was interrupted too.
    pub again: Option<(u64, usize)>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CutFinding {
    /// It is neither as before nor as after, or it is as before although the operation had said that it was done.
    Lost {
        /// Whether the operation had said so.
        is_done: bool,
        /// What is seen, and what was to be seen.
        seen: String,
    },
    /// It does not open.
    Unopenable {
        /// What was said instead.
        error: String,
    },
    /// An operation fails although there is power.
    Fails,
}

impl CutReport {
    fn add(&mut self, place: Place, finding: CutFinding) {
        match finding {
            CutFinding::Lost { .. } => self.lost = self.lost.saturating_add(1),
            CutFinding::Unopenable { .. } => self.unopenable = self.unopenable.saturating_add(1),
            CutFinding::Fails => self.fails = true,
        }
        if self.shown.len() < SHOWN {
            self.shown.push((place, finding));
        }
    }

    /// How many pairs of an operation and a cut there were.
    #[must_use]
    pub const fn pairs(&self) -> u64 {
        self.single.saturating_add(self.double)
    }

    /// How many of them had a second cut while it recovered.
    #[must_use]
    pub const fn second_cuts(&self) -> u64 {
        self.double
    }

    /// After how many something was half there, or not there although it had been acknowledged.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// After how many nothing opened.
    #[must_use]
    pub const fn unopenable(&self) -> u64 {
        self.unopenable
    }

    /// The first of what is wrong.
    #[must_use]
    pub fn findings(&self) -> &[(Place, CutFinding)] {
        &self.shown
    }

    /// The report, if nothing is wrong and something was tried.
    ///
    /// # Errors
    /// The report as well.
    pub fn whole(self) -> Result<Self, Self> {
        if self.pairs() > 0 && self.shown.is_empty() { Ok(self) } else { Err(self) }
    }
}

impl fmt::Display for CutReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pairs, {} lost, {} unopenable", self.pairs(), self.lost, self.unopenable)?;
        if self.fails {
            write!(f, ", and an operation fails")?;
        }
        self.shown.iter().try_for_each(|(place, finding)| write!(f, "\n  {place:?}: {finding:?}"))
    }
}

impl std::error::Error for CutReport {}
