//! The audit log's verifier, without the vault: whatever is done to a log, what it takes for an entry is one that the vault wrote,
//! in its place, and only the whole log reaches the head that the vault has answered. Without seals, nothing panics.
//!
//! Input: a mode (1 without seals, 2 changes to a log, 4 with the hashes that a ring keeps, 8 without the answered head), then
//! changes `what ‖ which`, or an audit key and entries `u16 length ‖ bytes`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_core::audit::{AUDIT_KEY_LEN, AnsweredHead, AuditKey, Finding, Verifier};
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::operation::{CreateKey, DisableKey, EnableKey, Encrypt, GetAuditHead, TakeAuditKey};
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault};
use strongroom_fuzz::changed::changed;
use strongroom_fuzz::input::Input;
use strongroom_fuzz::storage::{HostileStorage, KeptLog, Line};
use strongroom_fuzz::transparent::Transparent;
use strongroom_fuzz::world::{World, root, unlock};

const NONCE: [u8; 16] = [9; 16];
/// Numbers beyond this are passed over: over a gap the verifier steps entry by entry, up to some millions.
const SEQUENCE_MAX: u64 = 4096;

/// A log, its key, and the head that the vault has answered.
struct Made {
    key: [u8; AUDIT_KEY_LEN],
    log: Vec<Line>,
    head: AnsweredHead,
}

thread_local! {
    static SEALED: Made = make::<RustCrypto>(true).expect("a log");
    static OPEN: Made = make::<Transparent>(false).expect("a log");
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mode = input.byte();
    if mode & 1 == 0 {
        SEALED.with(|made| one::<RustCrypto>(made, mode, input, true));
    } else {
        OPEN.with(|made| one::<Transparent>(made, mode, input, false));
    }
});

/// A vault with some history, over two sessions.
fn make<C: Primitives>(is_sealed: bool) -> Result<Made, Error> {
    let vault = Vault::new(World::<C, KeptLog>::new(1, HostileStorage::default()));
    let slots = [NewSlot { kind: SlotKind::KeyFile }];
    vault.create(&NewVault { realm: Realm::default(), slots: &slots }, &mut unlock)?;
    let mut key = AuditKey::empty();
    match vault.take_audit_key(&root(), TakeAuditKey, &mut key) {
        // Without seals every key is as good as none, and none is there to be taken.
        Err(Error::NotFound) if !is_sealed => key = any_key()?,
        taken => taken?,
    }
    let key_id = &vault.create_key(&root(), CreateKey::default())?.key_id.to_string();
    for _ in 0..2 {
        vault.disable_key(&root(), DisableKey { key_id })?;
        vault.enable_key(&root(), EnableKey { key_id })?;
        let context = &[("purpose", "fuzzing")];
        let request = Encrypt { encryption_context: context, ..Encrypt::new(key_id, b"x") };
        vault.encrypt(&root(), request, &mut [0; 256])?;
        vault.close()?;
        vault.mount(&mut unlock)?;
    }
    let head = vault.get_audit_head(&root(), GetAuditHead { nonce: NONCE })?;
    // The answer itself is recorded too, behind the head.
    let is_before = |(_, entry): &Line| sequence(entry).is_some_and(|number| number < head.next_sequence);
    let log = vault.platform().sink.entries().into_iter().filter(is_before).collect();
    Ok(Made { key: key.expose(|key| *key), log, head })
}

fn any_key() -> Result<AuditKey, Error> {
    let mut key = [0; AUDIT_KEY_LEN];
    key[..5].copy_from_slice(b"SRak\x01");
    AuditKey::from_bytes(&key).map_err(|_| Error::Bug)
}

fn sequence(entry: &[u8]) -> Option<u64> {
    entry.first_chunk().map(|number| u64::from_be_bytes(*number))
}

fn one<C: Primitives>(made: &Made, mode: u8, mut input: Input<'_>, is_sealed: bool) {
    let (key, log) = if mode & 2 == 0 {
        let key = input.bytes(AUDIT_KEY_LEN);
        (AuditKey::from_bytes(key), from_bytes(&mut input))
    } else {
        (AuditKey::from_bytes(&made.key), altered(&made.log, &mut input))
    };
    if log.iter().filter_map(|(_, entry)| sequence(entry)).any(|number| number > SEQUENCE_MAX) {
        return;
    }
    let Ok(key) = key else { return };
    let mut verifier = Verifier::<C>::new(&key).expect("it was read");
    let is_expecting = mode & 8 == 0;
    if is_expecting {
        verifier = verifier.expecting(NONCE, made.head);
    }
    let (mut taken, mut is_fine) = (Vec::new(), true);
    for (hash, entry) in &log {
        let followed =
            if mode & 4 == 0 { verifier.follow(entry) } else { verifier.follow_behind(hash, entry) };
        match followed {
            Ok(None) => {}
            Ok(Some(_)) => taken.push(entry),
            Err(finding) => {
                is_fine = false;
                if !finding.can_go_on() {
                    break;
                }
                taken.push(entry);
            }
        }
    }
    is_fine &= verifier.gap().is_none();
    let finished = verifier.finish();
    if !is_sealed {
        return;
    }
    let mut genuine = made.log.iter().map(|(_, entry)| entry);
    let in_order = taken.iter().all(|entry| genuine.any(|genuine| genuine == *entry));
    assert!(in_order, "what the vault did not write there is taken for its log");
    if let Ok(count) = finished {
        assert_eq!(usize::try_from(count), Ok(taken.len()), "entries are counted that there are not");
        assert!(
            !is_expecting || taken.last() == made.log.last().map(|(_, entry)| entry).as_ref(),
            "its end is gone"
        );
    }
    if is_fine && finished.is_ok() && is_expecting {
        assert!(taken.iter().copied().eq(made.log.iter().map(|(_, entry)| entry)), "part of a log is whole");
    }
    if log == made.log && mode & 2 != 0 {
        assert!(
            is_fine && finished.is_ok(),
            "a whole log is not: {:?}",
            finished.err().map(|error: Finding| error)
        );
    }
}

/// Entries that stand in the input.
fn from_bytes(input: &mut Input<'_>) -> Vec<Line> {
    let mut log = Vec::new();
    while !input.is_empty() && log.len() < 64 {
        let hash = input.bytes(32).first_chunk().copied().unwrap_or_default();
        let len = input.number();
        log.push((hash, input.bytes(len).to_vec()));
    }
    log
}

/// The log, changed as the input says until it ends: entries altered, left out, exchanged, repeated.
fn altered(log: &[Line], input: &mut Input<'_>) -> Vec<Line> {
    let mut altered = log.to_vec();
    while !input.is_empty() && !altered.is_empty() {
        let (what, at) = (input.byte(), usize::from(input.byte()) % altered.len());
        match what % 8 {
            0 => drop(altered.remove(at)),
            1 => altered.truncate(at),
            2 => drop(altered.drain(..at)),
            3 => altered.insert(at, altered[at].clone()),
            4 => {
                let other = usize::from(input.byte()) % altered.len();
                altered.swap(at, other);
            }
            5 => {
                let (place, xor) = (usize::from(input.byte()) % 32, input.byte());
                altered[at].0[place] ^= xor;
            }
            6 => {
                let len = usize::from(input.byte()) % 16;
                let entry = changed(&altered[at].1, &mut Input(input.bytes(len)));
                altered[at].1 = entry;
            }
            _ => {
                let (place, xor) = (input.number() % altered[at].1.len().max(1), input.byte());
                altered[at].1.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= xor);
            }
        }
    }
    altered
}
