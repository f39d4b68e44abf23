//! The audit log in flash, on a flash that holds anything: it opens or says why not, and the entries that it then shows are
//! those that it goes on showing, in order, with those that were appended behind them, also when the power goes.
//!
//! Input: a mode (1 a log that was lived in, otherwise a blank flash; 2 it drops its oldest), what is scribbled into it, then
//! steps.
#![no_main]

use std::cell::RefCell;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use strongroom_core::flash::{
    AuditArea, AuditDurability, AuditRules, FlashAudit, FlashError, SharedFlash, WhenFull, walk_audit_log,
};
use strongroom_core::platform::{AuditRoom, AuditSink, LINK_LEN};
use strongroom_fuzz::input::Input;
use strongroom_fuzz::scribble::{Layout, scribble};
use strongroom_std::faults::flash::{Cut, MockFlash};

const BUFFER: usize = 1792;
const BLOCK_LEN: u32 = 4096;
type Flash = MockFlash<4, 512>;
type Log<'a> = FlashAudit<SharedFlash<'a, Flash>, BUFFER>;
/// The hash behind which an entry stands, and the entry.
type Line = ([u8; 32], Vec<u8>);

const AREA: AuditArea = AuditArea { start: 512, block_len: BLOCK_LEN, blocks: 3 };
const LAYOUT: Layout =
    Layout { start: 512, part_len: 4096, parts: 3, magic: *b"SRal", numbers: [BLOCK_LEN, 3], kinds: (8, 9) };
const STEPS_MAX: usize = 24;

static LIVED_IN: OnceLock<Flash> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mode = input.byte();
    let mut flash = match mode & 1 {
        0 => Flash::new(25),
        _ => LIVED_IN.get_or_init(lived_in).clone(),
    };
    let is_scribbled = input.0.first().is_some_and(|count| count % 16 != 0);
    flash.alter(|bytes| scribble(bytes, &LAYOUT, &mut input));
    let when_full = if mode & 2 == 0 { WhenFull::Deny } else { WhenFull::DropOldest };
    let flash = RefCell::new(flash);
    let rules = AuditRules { durability: AuditDurability::Strict, when_full };
    let _ = live(&flash, rules, is_scribbled, &mut input);
});

/// A log that has gone round once.
fn lived_in() -> Flash {
    let flash = RefCell::new(Flash::new(25));
    let rules = AuditRules { durability: AuditDurability::Strict, when_full: WhenFull::DropOldest };
    let log = mount(&flash, rules).expect("an empty log");
    for sequence in 0..40 {
        append(&log, sequence, 300).expect("it drops its oldest");
    }
    drop(log);
    flash.into_inner()
}

fn mount(flash: &RefCell<Flash>, rules: AuditRules) -> Result<Log<'_>, FlashError> {
    FlashAudit::mount(SharedFlash::new(flash), AREA, rules)
}

/// Every entry, in order; also as an auditor walks over them who has only the flash.
fn lines(log: &Log<'_>, flash: &RefCell<Flash>) -> Result<Vec<Line>, FlashError> {
    let (mut lines, mut scanned, mut walked) = (Vec::new(), Vec::new(), Vec::new());
    let keep = &mut |hash: &[u8; 32], entry: &[u8]| {
        lines.push((*hash, entry.to_vec()));
        true
    };
    log.walk(keep).map_err(|_| FlashError::Medium)?;
    let keep = &mut |entry: &[u8]| {
        scanned.push(entry.to_vec());
        true
    };
    log.scan(0, keep).map_err(|_| FlashError::Medium)?;
    let keep = &mut |hash: &[u8; 32], entry: &[u8]| {
        walked.push((*hash, entry.to_vec()));
        true
    };
    walk_audit_log::<_, BUFFER>(SharedFlash::new(flash), AREA, keep)?;
    assert!(scanned.iter().eq(lines.iter().map(|(_, entry)| entry)), "a scan and a walk differ");
    assert_eq!(walked, lines, "an auditor sees another log");
    Ok(lines)
}

fn line(sequence: u64, len: usize) -> Line {
    let [.., low] = sequence.to_be_bytes();
    let event = vec![low ^ 0x5a; len];
    let [high, below] = u16::try_from(len).unwrap_or_default().to_be_bytes();
    ([low; 32], [&link(sequence)[..], &[high, below], &event].concat())
}

fn link(sequence: u64) -> [u8; LINK_LEN] {
    let mut link = [0; LINK_LEN];
    link[..8].copy_from_slice(&sequence.to_be_bytes());
    link
}

fn append(log: &Log<'_>, sequence: u64, len: usize) -> Result<(), strongroom_core::platform::SinkFailed> {
    let (hash, entry) = line(sequence, len);
    let event = &entry[LINK_LEN + 2..];
    log.append(event.len(), &|place| place.copy_from_slice(event))?;
    log.flush_behind(&hash, &mut |_| link(sequence))
}

/// The number of the next entry.
fn next(held: &[Line]) -> u64 {
    let last =
        held.iter().filter_map(|(_, entry)| entry.first_chunk()).map(|number| u64::from_be_bytes(*number));
    last.max().map_or(0, |last| last.saturating_add(1))
}

/// Opens the log and uses it as the input says.
fn live(
    flash: &RefCell<Flash>,
    rules: AuditRules,
    is_scribbled: bool,
    input: &mut Input<'_>,
) -> Result<(), FlashError> {
    let is_kept = rules.when_full == WhenFull::Deny;
    let mut log = mount(flash, rules)?;
    let mut held = lines(&log, flash)?;
    for _ in 0..STEPS_MAX {
        let (health, room) = (log.health(), log.room());
        let health = health.map_err(|_| FlashError::Medium)?;
        assert!(health.free_blocks <= AREA.blocks && health.rest <= BLOCK_LEN, "more is free than there is");
        match room.map_err(|_| FlashError::Medium)? {
            AuditRoom::Left(left) => assert!(is_kept && left >= health.rest, "less is free than there is"),
            // What something else scribbled is shown as it is.
            AuditRoom::DropsBefore(before) => {
                let stays = held.iter().any(|(_, entry)| entry.first_chunk() == Some(&before.to_be_bytes()));
                assert!(!is_kept && (is_scribbled || stays), "what stays when room is made is not there");
            }
            AuditRoom::DropsOldest | AuditRoom::Endless => assert!(!is_kept, "a log that is kept drops"),
        }
        if input.is_empty() {
            break;
        }
        let (what, sequence) = (input.byte(), next(&held));
        let len = input.number() % 1400;
        // Behind the last number there is none.
        if sequence == u64::MAX {
            break;
        }
        if what % 4 == 0 {
            let before = sequence.saturating_sub(u64::from(input.byte() % 16));
            log.release(before).map_err(|_| FlashError::Medium)?;
            let shown = lines(&log, flash)?;
            let gone = held.len() - shown.len().min(held.len());
            assert_eq!(held[gone..], shown, "releasing changes what stays");
            let is_before = |(_, entry): &Line| {
                entry.first_chunk().is_none_or(|number| u64::from_be_bytes(*number) < before)
            };
            // Scribbled entries begin with other numbers than those that the log knows them by.
            let is_named = is_scribbled || held[..gone].iter().all(is_before);
            assert!(is_named, "more than what was named is gone");
            held = shown;
        }
        if what % 4 == 1 {
            let appended = append(&log, sequence, len);
            // What a log refused to write it would write with the next entry.
            if appended.is_err() {
                drop(log);
                log = mount(flash, rules)?;
            }
            if appended.is_ok() || lines(&log, flash)?.last() == Some(&line(sequence, len)) {
                held.push(line(sequence, len));
            }
        }
        if what % 4 == 2 {
            let (step, kind) = (input.number() % 512, usize::from(input.byte()) % Cut::ALL.len());
            let step = flash.borrow().steps() + u64::try_from(step).unwrap_or_default();
            flash.borrow_mut().cut_at(step, Cut::ALL[kind], step);
            let appended = append(&log, sequence, len);
            drop(log);
            flash.borrow_mut().power_up();
            log = mount(flash, rules)?;
            let shown = lines(&log, flash)?;
            let has_landed = shown.last() == Some(&line(sequence, len));
            assert!(has_landed || appended.is_err(), "what was acknowledged is lost");
            if has_landed {
                held.push(line(sequence, len));
            }
        }
        if what % 4 == 3 {
            drop(log);
            flash.borrow_mut().power_up();
            log = mount(flash, rules)?;
        }
        let shown = lines(&log, flash)?;
        if is_kept {
            assert_eq!(shown, held, "what is shown changes by itself");
        } else {
            // A block whose erasure lost its power may look erased, and after the next loss of power as it did before: before
            // all others, unless its place among them was scribbled.
            let is_there = held.ends_with(&shown) || shown.ends_with(&held);
            let is_newest_there = is_scribbled && shown.last() == held.last();
            assert!(is_there || is_newest_there, "more than the oldest is gone, or something else is there");
        }
        held = shown;
    }
    Ok(())
}
