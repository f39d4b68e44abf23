//! The contract of [`Storage`].

use std::cell::RefCell;
use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Address, Storage, Transaction};

use super::expect::{Kept, done, equal, expect};
use super::{Clause, Report, Violation};
use crate::faults::dice::Dice;

/// Largest blob that is put, in bytes.
const BLOB_LEN_MAX: usize = 3000;

/// Checks what holds while storage is open. `make` gives empty storage each time, with room for 40,000 bytes.
///
/// # Errors
/// The first clause that is not kept.
pub fn check<S: Storage>(make: impl Fn() -> S) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::ReadGivesWhatWasCommitted, || reads_give_what_was_put(&make()))?;
    report.check(Clause::SmallBufferIsToldTheLength, || small_buffers_are_told_the_length(&make()))?;
    report.check(Clause::WalkVisitsEveryAddressOnce, || a_walk_visits_every_address_once(&make()))?;
    report.check(Clause::CommitIsWhole, || a_failed_commit_changes_nothing(&make()))?;
    report.check(Clause::RevisionIsCompared, || revisions_are_compared(&make()))?;
    report.check(Clause::LaterChangesWin, || later_changes_of_a_commit_win(&make()))?;
    report.check(Clause::ManyCommitsAgreeWithAMap, || many_commits_agree_with_a_map(&make()))?;
    Ok(report)
}

/// Checks in addition what holds from one opening to the next. `make` gives an empty medium each time, as a function that
/// opens it: what was opened before is dropped first.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_reopened<M: Fn() -> S, S: Storage>(make: impl Fn() -> M) -> Result<Report, Violation> {
    // Media live as long as what is opened on them.
    let media = RefCell::new(Vec::new());
    let opened = || {
        let open = make();
        let driver = open();
        media.borrow_mut().push(open);
        driver
    };
    let mut report = check(opened)?;
    report.check(Clause::CommitIsDurable, || commits_are_there_when_opened_again(&make()))?;
    Ok(report)
}

/// For storage with a bound below 64 KiB: checks that a commit beyond it changes nothing, and that smaller ones go on.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_bounded(storage: &impl Storage) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::FullStorageChangesNothing, || full_storage_keeps_what_it_had(storage))?;
    Ok(report)
}

fn address(number: u8) -> Address {
    let mut bytes = [number; 24];
    if let Some(last) = bytes.last_mut() {
        *last = number ^ 0x80;
    }
    Address(bytes)
}

fn read(storage: &impl Storage, number: u8) -> Result<Option<Vec<u8>>, String> {
    let mut buffer = [0xaa; 4096];
    let Some(len) = done("a read", storage.read(&address(number), &mut buffer))? else { return Ok(None) };
    let (blob, rest) = buffer.split_at_checked(len).ok_or("a read answers a length beyond the buffer")?;
    expect(rest.iter().all(|byte| *byte == 0xaa), || "a read writes behind the blob".to_owned())?;
    Ok(Some(blob.to_vec()))
}

fn put(storage: &impl Storage, revision: u64, blobs: &[(u8, &[u8])]) -> Result<(), Error> {
    storage.commit(revision, &mut |transaction| {
        blobs.iter().try_for_each(|(number, blob)| transaction.put(&address(*number), blob))
    })
}

fn walked(storage: &impl Storage) -> Result<Vec<Address>, String> {
    let mut found = Vec::new();
    done("a walk", storage.walk(&mut |address| found.push(*address)))?;
    found.sort();
    Ok(found)
}

fn holds(storage: &impl Storage, number: u8, expected: Option<&[u8]>) -> Kept {
    equal(&format!("blob {number}"), &read(storage, number)?.as_deref(), &expected)
}

fn reads_give_what_was_put(storage: &impl Storage) -> Kept {
    let long = [7; BLOB_LEN_MAX];
    holds(storage, 1, None)?;
    equal("absence, which needs no buffer", &storage.read(&address(1), &mut []), &Ok(None))?;
    done("a commit", put(storage, 0, &[(1, b"one"), (2, b"two"), (3, &long)]))?;
    holds(storage, 1, Some(b"one"))?;
    holds(storage, 3, Some(&long))?;
    done("a commit", put(storage, 1, &[(1, b"another, and longer"), (2, b"")]))?;
    holds(storage, 1, Some(b"another, and longer"))?;
    // An empty blob is there.
    holds(storage, 2, Some(b""))?;
    done("a removal", storage.commit(2, &mut |transaction| transaction.remove(&address(1))))?;
    holds(storage, 1, None)?;
    holds(storage, 3, Some(&long))?;
    done(
        "removing what is not there",
        storage.commit(3, &mut |transaction| transaction.remove(&address(99))),
    )?;
    done("a commit of nothing", storage.commit(4, &mut |_| Ok(())))?;
    done("a commit", put(storage, 5, &[(1, b"again")]))?;
    holds(storage, 1, Some(b"again"))
}

fn small_buffers_are_told_the_length(storage: &impl Storage) -> Kept {
    done("a commit", put(storage, 0, &[(1, &[9; 100])]))?;
    for len in [0, 1, 99] {
        let answer = storage.read(&address(1), &mut vec![0; len]);
        let too_small = Err(StorageError::BufferTooSmall { needed: 100 });
        equal(&format!("100 bytes read into {len}"), &answer, &too_small)?;
    }
    let mut exact = [0; 100];
    equal("100 bytes read into 100", &storage.read(&address(1), &mut exact), &Ok(Some(100)))?;
    equal("what was read", &exact, &[9; 100])
}

fn a_failed_commit_changes_nothing(storage: &impl Storage) -> Kept {
    done("a commit", put(storage, 0, &[(1, b"one"), (2, b"two")]))?;
    for changes in 0..4_u32 {
        let refused = storage.commit(1, &mut |transaction| {
            if changes > 0 {
                transaction.put(&address(1), b"altered")?;
            }
            if changes > 1 {
                transaction.remove(&address(2))?;
            }
            if changes > 2 {
                transaction.put(&address(3), b"new")?;
            }
            Err(Error::Entropy)
        });
        equal("a commit whose stage fails", &refused, &Err(Error::Entropy))?;
        holds(storage, 1, Some(b"one"))?;
        holds(storage, 2, Some(b"two"))?;
        holds(storage, 3, None)?;
        equal("addresses in use", &walked(storage)?.len(), &2)?;
    }
    done("the commit after one that failed", put(storage, 1, &[(3, b"three")]))
}

fn revisions_are_compared(storage: &impl Storage) -> Kept {
    let conflict = Err(Error::Storage(StorageError::Conflict));
    equal("revision 1 of empty storage", &put(storage, 1, &[(1, b"x")]), &conflict)?;
    done("a commit", put(storage, 0, &[(1, b"one")]))?;
    for revision in [0, 2, u64::MAX] {
        let answer = put(storage, revision, &[(1, b"altered")]);
        equal(&format!("revision {revision} after the first commit"), &answer, &conflict)?;
        holds(storage, 1, Some(b"one"))?;
    }
    done("a commit", put(storage, 1, &[(1, b"two")]))?;
    equal("a revision twice", &put(storage, 1, &[(1, b"x")]), &conflict)
}

fn later_changes_of_a_commit_win(storage: &impl Storage) -> Kept {
    done("a commit", put(storage, 0, &[(1, b"first"), (1, b"second")]))?;
    holds(storage, 1, Some(b"second"))?;
    let changed = storage.commit(1, &mut |transaction| {
        transaction.put(&address(2), b"made")?;
        transaction.remove(&address(2))?;
        transaction.remove(&address(1))?;
        transaction.put(&address(1), b"third")
    });
    done("a commit", changed)?;
    holds(storage, 1, Some(b"third"))?;
    holds(storage, 2, None)?;
    equal("addresses in use", &walked(storage)?, &vec![address(1)])
}

fn a_walk_visits_every_address_once(storage: &impl Storage) -> Kept {
    equal("addresses in empty storage", &walked(storage)?, &Vec::new())?;
    for number in 0..50 {
        done("a commit", put(storage, number.into(), &[(number, &[number; 30]), (0, b"again")]))?;
    }
    let mut expected: Vec<Address> = (0..50).map(address).collect();
    expected.sort();
    equal("addresses visited", &walked(storage)?, &expected)
}

/// Changes of one commit: numbers, and what is put there.
type Changes = Vec<(u8, Option<Vec<u8>>)>;

fn drawn_changes(dice: &mut Dice) -> Changes {
    (0..dice.below(6))
        .map(|_| {
            let number = u8::try_from(dice.below(40)).unwrap_or_default();
            let blob = vec![dice.byte(); usize::try_from(dice.below(500)).unwrap_or_default()];
            (number, Some(blob).filter(|_| dice.below(4) > 0))
        })
        .collect()
}

fn apply(storage: &impl Storage, revision: u64, changes: &Changes) -> Result<(), Error> {
    storage.commit(revision, &mut |transaction: &mut dyn Transaction| {
        changes.iter().try_for_each(|(number, blob)| match blob {
            Some(blob) => transaction.put(&address(*number), blob),
            None => transaction.remove(&address(*number)),
        })
    })
}

/// Takes the changes over, and compares everything.
fn agrees(storage: &impl Storage, model: &mut BTreeMap<u8, Vec<u8>>, changes: Changes) -> Kept {
    for (number, blob) in changes {
        match blob {
            Some(blob) => model.insert(number, blob),
            None => model.remove(&number),
        };
    }
    for number in 0..40 {
        holds(storage, number, model.get(&number).map(Vec::as_slice))?;
    }
    equal("addresses in use", &walked(storage)?.len(), &model.len())
}

fn many_commits_agree_with_a_map(storage: &impl Storage) -> Kept {
    let (mut model, mut dice) = (BTreeMap::new(), Dice::new(1));
    for revision in 0..300 {
        let changes = drawn_changes(&mut dice);
        done("a commit", apply(storage, revision, &changes))?;
        agrees(storage, &mut model, changes)?;
    }
    Ok(())
}

fn commits_are_there_when_opened_again<S: Storage>(open: &impl Fn() -> S) -> Kept {
    let (mut model, mut dice) = (BTreeMap::new(), Dice::new(2));
    for revision in 0..20 {
        let changes = drawn_changes(&mut dice);
        done("a commit", apply(&open(), revision, &changes))?;
        agrees(&open(), &mut model, changes)?;
        // What was given up does not come back either.
        let given_up = open().commit(revision.saturating_add(1), &mut |transaction| {
            transaction.put(&address(1), b"given up")?;
            Err(Error::Entropy)
        });
        equal("a commit whose stage fails", &given_up, &Err(Error::Entropy))?;
        agrees(&open(), &mut model, Vec::new())?;
    }
    Ok(())
}

fn full_storage_keeps_what_it_had(storage: &impl Storage) -> Kept {
    done("a commit", put(storage, 0, &[(1, b"one")]))?;
    for revision in 1..70_u8 {
        let next = u64::from(revision);
        match put(storage, next, &[(1, &[revision]), (revision.saturating_add(1), &[1; 1000])]) {
            Ok(()) => continue,
            Err(error) => equal("a commit without room", &error, &Error::Storage(StorageError::Full))?,
        }
        expect(revision > 1, || "there was no room for a kilobyte".to_owned())?;
        equal("addresses in use", &walked(storage)?.len(), &usize::from(revision))?;
        holds(storage, 1, Some(&[revision.saturating_sub(1)]))?;
        done("a small commit when full", put(storage, next, &[(1, b"one")]))?;
        return holds(storage, 1, Some(b"one"));
    }
    Err("it is not bounded".to_owned())
}
