//! A NOR flash in memory that is stricter than hardware, and loses power where a test wants it to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use super::dice::Dice;

/// A flash of words of `WORD` bytes, which are programmed once between erasures, and sectors of `SECTOR` bytes.
///
/// Programming a word and erasing a sector are a *step* each. Steps are counted from 0, and power can go at any of them:
///
/// ```
/// use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
/// use strongroom_std::faults::flash::{Cut, MockFlash};
///
/// let mut flash = MockFlash::<4, 256>::new(2);
/// flash.cut_at(1, Cut::Before, 0);
/// assert!(flash.write(0, b"onlyhalf").is_err());
/// flash.power_up();
/// let mut found = [0; 8];
/// flash.read(0, &mut found).unwrap();
/// assert_eq!(found, *b"only\xff\xff\xff\xff");
/// ```
#[derive(Clone, Debug)]
pub struct MockFlash<const WORD: usize, const SECTOR: usize> {
    bytes: Vec<u8>,
    /// Words that were programmed since their sector was erased, whatever they read.
    programmed: Vec<bool>,
    /// Where a step was interrupted and may look done or not, as the power cycle decides.
    weak: BTreeMap<usize, Weak>,
    erasures: Vec<u64>,
    stuck: BTreeSet<usize>,
    lies: BTreeMap<u64, Lie>,
    cut: Option<(u64, Cut, u64)>,
    steps: u64,
    has_power: bool,
    written_over: u64,
    dice: Dice,
}

/// What bytes read while they are between two states.
#[derive(Clone, Debug)]
struct Weak {
    undone: Vec<u8>,
    done: Vec<u8>,
}

/// What a power cut makes of the step that it interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cut {
    /// The step has not begun.
    Before,
    /// Some of the bits of the word have fallen; the front half of the sector is erased.
    Half,
    /// Some of the bits of the word have fallen; the sector holds anything.
    Random,
    /// It looks done, or not, or half done, and otherwise after the next power cycle.
    Weak,
    /// Nothing is seen of it: the word reads as erased and must not be programmed again; the sector reads as before.
    Unseen,
}

impl Cut {
    /// All of them.
    pub const ALL: [Cut; 5] = [Cut::Before, Cut::Half, Cut::Random, Cut::Weak, Cut::Unseen];
}

/// What a flash does instead of a step, while it says that it did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lie {
    /// Nothing.
    DoesNothing,
    /// Part of it: some of the bits of the word; the front half of the sector.
    DoesPart,
}

/// Why the flash refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MockFlashError {
    /// The offset or the length is not one of whole words or sectors.
    NotAligned,
    /// The end of the flash is exceeded.
    OutOfBounds,
    /// The power is off; see [`MockFlash::power_up`].
    NoPower,
    /// A word would be programmed a second time.
    WrittenTwice,
}

impl NorFlashError for MockFlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            MockFlashError::NotAligned => NorFlashErrorKind::NotAligned,
            MockFlashError::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            MockFlashError::NoPower | MockFlashError::WrittenTwice => NorFlashErrorKind::Other,
        }
    }
}

impl From<NorFlashErrorKind> for MockFlashError {
    fn from(kind: NorFlashErrorKind) -> Self {
        match kind {
            NorFlashErrorKind::NotAligned => MockFlashError::NotAligned,
            _ => MockFlashError::OutOfBounds,
        }
    }
}

impl<const WORD: usize, const SECTOR: usize> MockFlash<WORD, SECTOR> {
    /// An erased flash.
    #[must_use]
    pub fn new(sectors: usize) -> Self {
        MockFlash {
            bytes: vec![0xff; sectors.saturating_mul(SECTOR)],
            programmed: vec![false; sectors.saturating_mul(SECTOR).checked_div(WORD).unwrap_or(0)],
            weak: BTreeMap::new(),
            erasures: vec![0; sectors],
            stuck: BTreeSet::new(),
            lies: BTreeMap::new(),
            cut: None,
            steps: 0,
            has_power: true,
            written_over: 0,
            dice: Dice::new(0),
        }
    }

    /// How many steps there were.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// Cuts the power at the step with this number, counted from the start. `seed` decides what is random about it.
    pub const fn cut_at(&mut self, step: u64, cut: Cut, seed: u64) {
        self.cut = Some((step, cut, seed));
    }

    /// Whether there is power.
    #[must_use]
    pub const fn has_power(&self) -> bool {
        self.has_power
    }

    /// Gives power again, after a cut or without one. Weak bits are drawn anew.
    pub fn power_up(&mut self) {
        self.has_power = true;
        self.cut = None;
        for (at, Weak { undone, done }) in &self.weak {
            let manner = self.dice.byte().checked_rem(3);
            let places = self.bytes.iter_mut().skip(*at);
            for (byte, (undone, done)) in places.zip(undone.iter().zip(done)) {
                let mask = match manner {
                    Some(0) => 0,
                    Some(1) => 0xff,
                    _ => self.dice.byte(),
                };
                *byte = (done & mask) | (undone & !mask);
            }
        }
    }

    /// Lies at the step with this number, counted from the start.
    pub fn lie_at(&mut self, step: u64, lie: Lie) {
        self.lies.insert(step, lie);
    }

    /// From now on erasing this sector changes nothing, and is reported as done.
    pub fn stick(&mut self, sector: usize) {
        self.stuck.insert(sector);
    }

    /// How often each sector was erased.
    #[must_use]
    pub fn erasures(&self) -> &[u64] {
        &self.erasures
    }

    /// How often it was tried to program a word that did not read as erased.
    #[must_use]
    pub const fn written_over(&self) -> u64 {
        self.written_over
    }

    /// Everything in it, as it reads now.
    #[must_use]
    pub fn image(&self) -> &[u8] {
        &self.bytes
    }

    /// Changes what it holds, as age and attackers do.
    pub fn alter(&mut self, change: impl FnOnce(&mut [u8])) {
        change(&mut self.bytes);
    }

    /// Counts a step. `Err`: it is not to be done, or only as far as the cut went.
    fn step(&mut self) -> Result<Option<Lie>, (Cut, u64)> {
        let number = self.steps;
        self.steps = number.saturating_add(1);
        if let Some((_, cut, seed)) = self.cut.filter(|(step, ..)| *step == number) {
            self.has_power = false;
            return Err((cut, seed));
        }
        Ok(self.lies.remove(&number))
    }

    /// Which of the words in a range of bytes were programmed.
    fn programmed(&mut self, bytes: Range<usize>) -> &mut [bool] {
        let word = |at: usize| at.checked_div(WORD).unwrap_or(0);
        self.programmed.get_mut(word(bytes.start)..word(bytes.end)).unwrap_or_default()
    }

    fn program(&mut self, at: usize, word: &[u8]) -> Result<(), MockFlashError> {
        let end = at.saturating_add(WORD);
        let Some(place) = self.bytes.get_mut(at..end) else { return Err(MockFlashError::OutOfBounds) };
        let is_written = place.iter().any(|byte| *byte != 0xff);
        if is_written || self.programmed(at..end).contains(&true) {
            self.written_over = self.written_over.saturating_add(u64::from(is_written));
            return Err(MockFlashError::WrittenTwice);
        }
        let step = self.step();
        let Some(place) = self.bytes.get_mut(at..end) else { return Err(MockFlashError::OutOfBounds) };
        match step {
            Ok(None) => place.copy_from_slice(word),
            Ok(Some(Lie::DoesNothing)) | Err((Cut::Before, _)) => return step.map(drop).map_err(no_power),
            Ok(Some(Lie::DoesPart)) => {
                place.iter_mut().zip(word).for_each(|(byte, wanted)| *byte &= wanted | self.dice.byte());
            }
            Err((Cut::Half | Cut::Random, seed)) => {
                let mut dice = Dice::new(seed);
                place.iter_mut().zip(word).for_each(|(byte, wanted)| *byte &= wanted | dice.byte());
            }
            Err((Cut::Weak, seed)) => {
                self.dice = Dice::new(seed);
                self.weak.insert(at, Weak { undone: place.to_vec(), done: word.to_vec() });
            }
            Err((Cut::Unseen, _)) => {}
        }
        self.programmed(at..end).fill(true);
        step.map(drop).map_err(no_power)
    }

    fn erase_sector(&mut self, sector: usize) -> Result<(), MockFlashError> {
        let step = self.step();
        if step.is_err_and(|(cut, _)| cut == Cut::Before) {
            return Err(MockFlashError::NoPower);
        }
        if let Some(count) = self.erasures.get_mut(sector) {
            *count = count.saturating_add(1);
        }
        if self.stuck.contains(&sector) || step == Ok(Some(Lie::DoesNothing)) {
            return step.map(drop).map_err(no_power);
        }
        let start = sector.saturating_mul(SECTOR);
        let end = start.saturating_add(SECTOR);
        let middle = start.saturating_add(SECTOR.checked_div(2).unwrap_or(0));
        let Some(place) = self.bytes.get_mut(start..end) else { return Err(MockFlashError::OutOfBounds) };
        let was_erased_to = match step {
            Ok(None) => end,
            Ok(Some(_)) | Err((Cut::Half, _)) => middle,
            Err(_) => start,
        };
        place.iter_mut().zip(start..was_erased_to).for_each(|(byte, _)| *byte = 0xff);
        match step {
            Err((Cut::Random, seed)) => {
                let mut dice = Dice::new(seed);
                place.iter_mut().for_each(|byte| *byte = dice.byte());
            }
            Err((Cut::Weak, seed)) => {
                self.dice = Dice::new(seed);
                let weak = Weak { undone: place.to_vec(), done: vec![0xff; SECTOR] };
                self.weak.retain(|at, _| !(start..end).contains(at));
                self.weak.insert(start, weak);
            }
            _ => {}
        }
        // What is not quite erased may be programmed only after a whole erasure.
        self.programmed(start..was_erased_to).fill(false);
        self.weak.retain(|at, _| !(start..was_erased_to).contains(at));
        if step.is_err_and(|(cut, _)| cut != Cut::Half) {
            self.programmed(start..end).fill(true);
        }
        step.map(drop).map_err(no_power)
    }
}

fn no_power(_: (Cut, u64)) -> MockFlashError {
    MockFlashError::NoPower
}

impl<const WORD: usize, const SECTOR: usize> ErrorType for MockFlash<WORD, SECTOR> {
    type Error = MockFlashError;
}

impl<const WORD: usize, const SECTOR: usize> ReadNorFlash for MockFlash<WORD, SECTOR> {
    const READ_SIZE: usize = WORD;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), MockFlashError> {
        check_read(self, offset, bytes.len())?;
        if !self.has_power {
            return Err(MockFlashError::NoPower);
        }
        let start = usize::try_from(offset).map_err(|_| MockFlashError::OutOfBounds)?;
        let place = self.bytes.get(start..start.saturating_add(bytes.len()));
        bytes.copy_from_slice(place.ok_or(MockFlashError::OutOfBounds)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const WORD: usize, const SECTOR: usize> NorFlash for MockFlash<WORD, SECTOR> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), MockFlashError> {
        check_erase(self, from, to)?;
        let sector_of =
            |offset: u32| usize::try_from(offset).ok().and_then(|offset| offset.checked_div(SECTOR));
        let (Some(from), Some(to)) = (sector_of(from), sector_of(to)) else {
            return Err(MockFlashError::OutOfBounds);
        };
        (from..to).try_for_each(|sector| {
            if self.has_power { self.erase_sector(sector) } else { Err(MockFlashError::NoPower) }
        })
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), MockFlashError> {
        check_write(self, offset, bytes.len())?;
        let start = usize::try_from(offset).map_err(|_| MockFlashError::OutOfBounds)?;
        bytes.chunks(WORD).zip((start..).step_by(WORD)).try_for_each(|(word, at)| {
            if self.has_power { self.program(at, word) } else { Err(MockFlashError::NoPower) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Flash = MockFlash<4, 64>;

    #[test]
    fn a_word_is_programmed_once_between_erasures() {
        let mut flash = Flash::new(2);
        flash.write(4, &[0xff; 4]).unwrap();
        assert_eq!(flash.write(4, &[0; 4]), Err(MockFlashError::WrittenTwice));
        flash.erase(0, 64).unwrap();
        flash.write(4, &[0; 4]).unwrap();
        assert_eq!((flash.erasures(), flash.written_over()), ([1, 0].as_slice(), 0));
        assert_eq!(flash.write(4, &[0; 4]), Err(MockFlashError::WrittenTwice));
        assert_eq!(flash.written_over(), 1);
    }

    #[test]
    fn what_is_not_aligned_is_refused() {
        let mut flash = Flash::new(2);
        assert_eq!(flash.write(2, &[0; 4]), Err(MockFlashError::NotAligned));
        assert_eq!(flash.write(0, &[0; 3]), Err(MockFlashError::NotAligned));
        assert_eq!(flash.read(1, &mut [0; 4]), Err(MockFlashError::NotAligned));
        assert_eq!(flash.erase(0, 32), Err(MockFlashError::NotAligned));
        assert_eq!(flash.write(128, &[0; 4]), Err(MockFlashError::OutOfBounds));
        assert_eq!(flash.erase(64, 192), Err(MockFlashError::OutOfBounds));
    }

    #[test]
    fn a_torn_word_lies_between_erased_and_written() {
        for cut in [Cut::Half, Cut::Random, Cut::Weak, Cut::Unseen] {
            let mut flash = Flash::new(1);
            flash.cut_at(1, cut, 5);
            assert_eq!(flash.write(0, &[0x0f; 12]), Err(MockFlashError::NoPower));
            assert_eq!(flash.read(0, &mut [0; 4]), Err(MockFlashError::NoPower));
            let mut seen = BTreeSet::new();
            for _ in 0..20 {
                flash.power_up();
                let image = flash.image();
                assert_eq!((&image[..4], &image[8..]), ([0x0f; 4].as_slice(), [0xff; 56].as_slice()));
                assert!(image[4..8].iter().all(|byte| byte & 0x0f == 0x0f), "{cut:?}: a bit fell alone");
                seen.insert(image[4..8].to_vec());
            }
            assert_eq!(seen.len() > 1, cut == Cut::Weak, "{cut:?}");
            assert_eq!(flash.write(4, &[0x0f; 4]), Err(MockFlashError::WrittenTwice));
        }
    }

    #[test]
    fn a_torn_erasure_must_be_done_again() {
        for cut in Cut::ALL {
            let mut flash = Flash::new(1);
            flash.write(0, &[0; 64]).unwrap();
            flash.cut_at(16, cut, 5);
            assert_eq!(flash.erase(0, 64), Err(MockFlashError::NoPower));
            flash.power_up();
            assert_ne!(flash.image(), [0xff; 64], "{cut:?}");
            assert!(flash.write(32, &[0; 4]).is_err(), "{cut:?}");
            flash.erase(0, 64).unwrap();
            flash.power_up();
            assert_eq!(flash.image(), [0xff; 64], "{cut:?}");
            flash.write(32, &[0; 4]).unwrap();
        }
    }

    #[test]
    fn lies_are_told_as_success() {
        let mut flash = Flash::new(2);
        flash.lie_at(0, Lie::DoesNothing);
        flash.lie_at(1, Lie::DoesPart);
        flash.write(0, &[0; 8]).unwrap();
        assert_eq!(&flash.image()[..4], [0xff; 4]);
        assert_ne!(&flash.image()[4..8], [0; 4]);
        flash.stick(1);
        flash.write(64, &[0; 4]).unwrap();
        flash.erase(0, 128).unwrap();
        assert_eq!((&flash.image()[..8], &flash.image()[64..68]), ([0xff; 8].as_slice(), [0; 4].as_slice()));
    }
}
