//! Whole vaults in flash that lies, sticks and rots: never a wrong plaintext, never a panic. What the store can find out by
//! reading back costs nothing that was acknowledged; what rots costs one record.

use std::fmt;

use strongroom_core::Error;
use strongroom_std::faults::flash::Lie;

use super::cuts::{die, look, make};
use super::device::{Device, Failed, Kind, SECTOR, STORE};
use super::scripts::{Known, plain_scripts};
use crate::world::decrypt;

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub lies: usize,
    pub stuck: usize,
    pub rotten: usize,
    /// A sector that cannot be erased can keep a vault closed, and says so.
    pub closed: usize,
    /// Ciphertexts whose record has rotted.
    pub damaged: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { lies, stuck, rotten, closed, damaged } = self;
        write!(
            f,
            "ugly flash: {lies} lies, {stuck} stuck sectors ({closed} keep the vault closed), {rotten} rotten words \
             ({damaged} ciphertexts whose key is damaged): 0 wrong, 0 acknowledged and lost"
        )
    }
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.lies += other.lies;
        self.stuck += other.stuck;
        self.rotten += other.rotten;
        self.closed += other.closed;
        self.damaged += other.damaged;
    }
}

/// A change, and the vault before and after it.
struct Place<'d, const WORD: usize> {
    label: String,
    before: &'d Device<WORD>,
    known_before: &'d Known,
    known: &'d Known,
    old: Vec<String>,
    new: Vec<String>,
    seed: u64,
    steps: u64,
}

impl<const WORD: usize> Place<'_, WORD> {
    /// Makes the change in a flash that something was done to. Answers what is left, and whether the change was acknowledged.
    fn make(
        &self,
        spoil: impl FnOnce(&mut super::device::Flash<WORD>),
        change: super::scripts::Change,
    ) -> (Device<WORD>, bool) {
        let mut device = self.before.clone();
        spoil(&mut device.flash.borrow_mut());
        let mut made = self.known_before.clone();
        let is_acknowledged =
            matches!(device.run(self.seed, |vault| make(&change, vault, &mut made)), Ok(Ok(())));
        device.flash.borrow_mut().power_up();
        (device, is_acknowledged)
    }

    /// Nothing opens to anything but what was sealed. Answers what each ciphertext came to.
    fn check_plaintexts(
        &self,
        device: &Device<WORD>,
        ugliness: &str,
    ) -> Result<Vec<Result<(), Error>>, Failed> {
        let right = |plaintext: Vec<u8>| assert_eq!(plaintext, b"kept", "{ugliness}, {}", self.label);
        device.clone().run(77, |vault| {
            self.known.ciphertexts.iter().map(|ciphertext| decrypt(vault, ciphertext).map(right)).collect()
        })
    }

    /// What rots is one record's, and is called damaged. Answers how many ciphertexts that costs.
    fn check_rotten(&self, whole: &Device<WORD>, rotten: &Device<WORD>, ugliness: &str) -> usize {
        let before = self.check_plaintexts(whole, ugliness).unwrap();
        let after = self.check_plaintexts(rotten, ugliness);
        let after = after.unwrap_or_else(|failed| panic!("{ugliness}, {}: {failed:?}", self.label));
        let mut damaged = Vec::new();
        for ((before, after), ciphertext) in before.iter().zip(&after).zip(&self.known.ciphertexts) {
            match (before, after) {
                (before, after) if before == after => {}
                (_, Err(Error::Damaged(_) | Error::AccessDenied(_))) => damaged.push(&ciphertext[4..20]),
                _ => panic!("{ugliness}, {}: {before:?}, and now {after:?}", self.label),
            }
        }
        let is_of_one_key = damaged.windows(2).all(|pair| pair[0] == pair[1]);
        assert!(is_of_one_key, "{ugliness}, {}: more than one key is damaged", self.label);
        damaged.len()
    }

    fn check_state(
        &self,
        device: &Device<WORD>,
        is_acknowledged: bool,
        ugliness: &str,
    ) -> Result<(), Failed> {
        self.check_plaintexts(device, ugliness)?;
        let seen = look(device, self.known)?;
        let is_one_of_both = seen == self.new || !is_acknowledged && seen == self.old;
        assert!(
            is_one_of_both,
            "{ugliness}, acknowledged: {is_acknowledged}, {}\n  seen {seen:?}\n  old  {:?}\n  new  {:?}",
            self.label, self.old, self.new
        );
        Ok(())
    }
}

/// Runs the scripts that need nothing special, with so many uglinesses of each kind in every change.
pub fn run<const WORD: usize>(each: usize) -> Tally {
    let mut tally = Tally::default();
    for (index, (name, script)) in plain_scripts().into_iter().enumerate() {
        let mut device = Device::<WORD>::new(Kind::Plain);
        let mut known = Known::default();
        for (number, change) in script.iter().enumerate() {
            let (before, known_before) = (device.clone(), known.clone());
            let seed = (index * 100 + number + 1) as u64;
            let start = device.flash.borrow().steps();
            device.run(seed, |vault| make(change, vault, &mut known)).unwrap().unwrap();
            let steps = device.flash.borrow().steps() - start;
            device.flash.borrow_mut().power_up();
            let (old, new) = (look(&before, &known).unwrap(), look(&device, &known).unwrap());
            let label = format!("{change:?} of `{name}`, words of {WORD}");
            let (before, known_before) = (&before, &known_before);
            let place = Place { label, before, known_before, known: &known, old, new, seed, steps };
            let written: Vec<usize> = {
                let flash = device.flash.borrow();
                let store = &flash.image()[..2 * STORE.segment_len as usize];
                (0..store.len()).filter(|at| store[*at] != 0xff).collect()
            };
            for round in 0..each {
                let random = die(seed, round);
                let step = start + (random >> 4) % place.steps;
                let lie = [Lie::DoesNothing, Lie::DoesPart][(random >> 3) as usize % 2];
                let (left, is_acknowledged) = place.make(|flash| flash.lie_at(step, lie), *change);
                let ugliness = format!("{lie:?} at step {step} of {start}+{steps}");
                if let Err(failed) = place.check_state(&left, is_acknowledged, &ugliness) {
                    panic!("{ugliness}, {}: it does not open: {failed:?}", place.label);
                }
                tally.lies += 1;

                let sectors = before.flash.borrow().image().len() / SECTOR;
                let sector = (random >> 8) as usize % sectors;
                let (left, is_acknowledged) = place.make(|flash| flash.stick(sector), *change);
                let checked = place.check_state(&left, is_acknowledged, &format!("sector {sector} is stuck"));
                tally.closed += usize::from(checked.is_err());
                tally.stuck += 1;

                let rotten = device.clone();
                let at = written[(random >> 16) as usize % written.len()];
                rotten.flash.borrow_mut().alter(|bytes| bytes[at] ^= 1 << (random % 8));
                tally.damaged += place.check_rotten(&device, &rotten, &format!("byte {at} has rotted"));
                tally.rotten += 1;
            }
        }
    }
    tally
}
