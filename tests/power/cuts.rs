use std::fmt;

use strongroom_core::Error;
use strongroom_std::faults::flash::Cut;
use strongroom_std::faults::power_cuts::PowerCuts;

use super::device::{Device, Failed, Kind, SessionVault};
use super::log::Logged;
use super::raw::resurrections;
use super::scripts::{CREATES, Change, Known, Script};
use super::visible::visible;
use crate::world::decrypt;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Places of a first cut in each operation, evenly spread; every second one is followed by a cut of the recovery.
    pub pairs: usize,
    pub seed: u64,
}

impl Effort {
    /// Fewer in a file, which takes longer to open; most operations are 60 to 100 steps. With ten thousand, which take a night,
    /// all there are.
    pub fn in_a_file(self) -> PowerCuts {
        let cuts = PowerCuts::everywhere().seed(self.seed);
        match self.pairs {
            10_000.. => cuts,
            1000.. => cuts.manners(1).stride(2).recovery_stride(8),
            50.. => cuts.manners(1).stride(8).recovery_stride(26),
            _ => cuts.manners(1).stride(60).recovery_stride(200),
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub pairs: usize,
    /// Acknowledged and not there, or half there.
    pub lost: usize,
    pub unopenable: usize,
    /// Manifests under which something opened that had been destroyed.
    pub resurrected: usize,
    /// Raw images in which that was looked for, and manifests that were tried.
    pub images_searched: usize,
    pub manifests_tried: usize,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.pairs += other.pairs;
        self.lost += other.lost;
        self.unopenable += other.unopenable;
        self.resurrected += other.resurrected;
        self.images_searched += other.images_searched;
        self.manifests_tried += other.manifests_tried;
    }
}

impl Tally {
    /// Looks in the raw flash for what is gone.
    fn search<const WORD: usize>(&mut self, device: &Device<WORD>, gone: &[Vec<u8>]) {
        if !gone.is_empty() {
            let (opened, tried) = resurrections(device, gone);
            self.resurrected += opened;
            self.manifests_tried += tried;
            self.images_searched += 1;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { pairs, lost, unopenable, resurrected, images_searched, manifests_tried } = self;
        write!(f, "{pairs} pairs, {lost} lost, {unopenable} unopenable, {resurrected} resurrected")?;
        if *images_searched > 0 {
            write!(f, " ({images_searched} raw images searched, {manifests_tried} manifests tried)")?;
        }
        Ok(())
    }
}

/// Numbers that look random and follow from others.
pub fn die(seed: u64, number: usize) -> u64 {
    let mut mixed = seed ^ (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ mixed >> 32
}

pub fn look<const WORD: usize>(device: &Device<WORD>, known: &Known) -> Result<Vec<String>, Failed> {
    device.clone().run(77, |vault| visible(vault, known))
}

pub fn make<const WORD: usize>(
    change: &Change,
    vault: &SessionVault<'_, WORD>,
    known: &mut Known,
) -> Result<(), Error> {
    match change {
        Change::Compact => vault.platform().storage.wipe_old().map_err(Error::from),
        _ => change.run(vault, known),
    }
}

/// Runs a script, each change in a power cycle of its own, and again with cuts in each.
pub fn torture<const WORD: usize>(kind: Kind, script: &Script, effort: Effort) -> Tally {
    let mut tally = Tally::default();
    let mut device = Device::<WORD>::new(kind);
    let mut known = Known::default();
    for (number, change) in script.iter().enumerate() {
        let (before, known_before) = (device.clone(), known.clone());
        let seed = effort.seed * 1000 + number as u64;
        let start = device.flash.borrow().steps();
        let done = device.run(seed, |vault| make(change, vault, &mut known));
        assert!(matches!(done, Ok(Ok(()))), "{change:?} of {script:?}, {WORD}: {done:?}");
        let steps = device.flash.borrow().steps() - start;
        device.flash.borrow_mut().power_up();
        let (old, new) = (look(&before, &known).unwrap(), look(&device, &known).unwrap());
        let (old_log, new_log) = (logged(&before), logged(&device));
        assert_eq!(new_log.wrong, None, "{change:?} of {script:?}, {WORD}");
        let gone: Vec<Vec<u8>> = if change.destroys() { no_longer_open(&device, &known) } else { Vec::new() };
        // As soon as it was acknowledged, without a mount that would finish what was left undone.
        tally.search(&device, &gone);

        for pair in 0..effort.pairs {
            let label = format!("{change:?} of {script:?}, words of {WORD}, pair {pair}");
            let random = die(seed, pair);
            // Spread evenly, but for every fourth, which is among the last: that is where commits and erasures end.
            let spread = (pair as u64 * steps / effort.pairs as u64 + random % 7) % steps;
            let late = steps - 1 - random % 16.min(steps);
            let first = start + if pair % 4 == 3 { late } else { spread };
            let cut = Cut::ALL[(random >> 8) as usize % Cut::ALL.len()];
            let mut torn = before.clone();
            torn.flash.borrow_mut().cut_at(first, cut, random);
            let mut made = known_before.clone();
            let is_acknowledged =
                matches!(torn.run(seed, |vault| make(change, vault, &mut made)), Ok(Ok(())));
            torn.flash.borrow_mut().power_up();
            tally.pairs += 1;
            if pair % 2 == 1 {
                cut_recovery(&mut torn, random);
                tally.pairs += 1;
            }
            let key = torn.audit_key.clone();
            let looked =
                torn.run(seed + 500, |vault| (visible(vault, &known), Logged::in_flash(vault, &key)));
            let (seen, log) = match looked {
                Ok(looked) => looked,
                Err(error) => {
                    println!("{label}: {cut:?} at step {first}: does not open: {error:?}");
                    tally.unopenable += 1;
                    continue;
                }
            };
            let is_new = seen == new;
            if !is_new && (is_acknowledged || seen != old) {
                println!(
                    "{label}: {cut:?} at step {first} of {start}+{steps}, acknowledged: {is_acknowledged}"
                );
                for (line, (seen, (old, new))) in seen.iter().zip(old.iter().zip(&new)).enumerate() {
                    if seen != new {
                        println!("  line {line}\n    seen {seen}\n    old  {old}\n    new  {new}");
                    }
                }
                tally.lost += 1;
            } else {
                let sure = if is_acknowledged { &new_log } else { &old_log };
                let missing = if kind == Kind::Wrapping { None } else { sure.missing_in(&log) };
                if log.wrong.is_some() || missing.is_some() {
                    println!(
                        "{label}: {cut:?} at step {first} of {start}+{steps}, acknowledged: {is_acknowledged}: \
                         the log: {:?}, missing {missing:?}",
                        log.wrong
                    );
                    tally.lost += 1;
                }
            }
            if is_new {
                tally.search(&torn, &gone);
            }
        }
    }
    match kind {
        Kind::Small => assert!((2..CREATES).contains(&known.keys.len()), "{} keys", known.keys.len()),
        Kind::Wrapping => assert!(logged(&device).has_dropped, "the log does not wrap"),
        Kind::Plain | Kind::Batched => {}
    }
    tally
}

fn logged<const WORD: usize>(device: &Device<WORD>) -> Logged {
    device.clone().run(79, |vault| Logged::in_flash(vault, &device.audit_key)).unwrap()
}

/// Lets power go once more while the vault is opened.
fn cut_recovery<const WORD: usize>(torn: &mut Device<WORD>, random: u64) {
    let mut trial = torn.clone();
    let start = trial.flash.borrow().steps();
    let _ = trial.run(random, |_| ());
    let steps = trial.flash.borrow().steps() - start;
    let cut = Cut::ALL[(random >> 16) as usize % Cut::ALL.len()];
    torn.flash.borrow_mut().cut_at(start + (random >> 24) % steps.max(1), cut, random);
    let _ = torn.run(random, |_| ());
    torn.flash.borrow_mut().power_up();
}

/// The ciphertexts that do not open any more.
fn no_longer_open<const WORD: usize>(device: &Device<WORD>, known: &Known) -> Vec<Vec<u8>> {
    let still = |vault: &SessionVault<'_, WORD>| {
        known.ciphertexts.iter().filter(|ciphertext| decrypt(vault, ciphertext).is_err()).cloned().collect()
    };
    device.clone().run(78, still).unwrap()
}
