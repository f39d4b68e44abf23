//! The contract of [`Staging`], for storage that has one.

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Address, Staging, Storage, Transaction};

use super::expect::{Kept, done, equal};
use super::{Clause, Report, Violation};

/// Checks a storage's staging. `make` gives empty storage each time.
///
/// # Errors
/// The first clause that is not kept; the first one also where the storage has no staging.
pub fn check<S: Storage>(make: impl Fn() -> S) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::StagedChangesAreApart, || staged_changes_are_seen_by_the_staging_alone(&make()))?;
    report.check(Clause::StagedChangesAddUp, || later_changes_win(&make()))?;
    report.check(Clause::FailedStageKeepsNothing, || a_failed_stage_keeps_nothing(&make()))?;
    report.check(Clause::CommitTakesWhatIsStaged, || a_commit_takes_what_is_staged(&make()))?;
    report.check(Clause::NothingStaysStaged, || nothing_stays_staged(&make()))?;
    Ok(report)
}

const FIRST: Address = Address([1; 24]);
const SECOND: Address = Address([2; 24]);
const THIRD: Address = Address([3; 24]);

fn staging(storage: &impl Storage) -> Result<&dyn Staging, String> {
    storage.staging().ok_or_else(|| "it has no staging".to_owned())
}

/// What is at the three addresses, by one way of reading.
type Blobs = [Option<Vec<u8>>; 3];

fn blobs(read: impl Fn(&Address, &mut [u8]) -> Result<Option<usize>, StorageError>) -> Result<Blobs, String> {
    let blob = |address| {
        let mut buffer = [0; 64];
        let len = done("a read", read(&address, &mut buffer))?;
        Ok::<_, String>(len.map(|len| buffer.get(..len).unwrap_or_default().to_vec()))
    };
    Ok([blob(FIRST)?, blob(SECOND)?, blob(THIRD)?])
}

fn holds(storage: &impl Storage, expected: [Option<&[u8]>; 3]) -> Kept {
    let found = blobs(|address, buffer| storage.read(address, buffer))?;
    equal("what readers see", &found, &expected.map(|blob| blob.map(<[u8]>::to_vec)))?;
    let mut walked = 0_usize;
    done("a walk", storage.walk(&mut |_| walked = walked.saturating_add(1)))?;
    equal("addresses in use", &walked, &expected.iter().flatten().count())
}

fn would_hold(storage: &impl Storage, expected: [Option<&[u8]>; 3]) -> Kept {
    let staging = staging(storage)?;
    let found = blobs(|address, buffer| staging.read(address, buffer))?;
    equal("what is staged", &found, &expected.map(|blob| blob.map(<[u8]>::to_vec)))
}

type Stage<'s> = &'s mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>;

fn stage(storage: &impl Storage, stage: Stage<'_>) -> Kept {
    done("staging", staging(storage)?.stage(stage))
}

/// Storage that holds `one` and `two`, and in which another `one`, no `two` and a `three` are staged.
fn fill(storage: &impl Storage) -> Kept {
    let filled = storage.commit(0, &mut |transaction| {
        transaction.put(&FIRST, b"one")?;
        transaction.put(&SECOND, b"two")
    });
    done("a commit", filled)?;
    stage(storage, &mut |transaction| {
        transaction.put(&FIRST, b"another")?;
        transaction.remove(&SECOND)?;
        transaction.put(&THIRD, b"three")
    })
}

fn staged_changes_are_seen_by_the_staging_alone(storage: &impl Storage) -> Kept {
    fill(storage)?;
    holds(storage, [Some(b"one"), Some(b"two"), None])?;
    would_hold(storage, [Some(b"another"), None, Some(b"three")])?;
    let answer = staging(storage)?.read(&FIRST, &mut [0; 3]);
    let too_small = Err(StorageError::BufferTooSmall { needed: 7 });
    equal("seven staged bytes read into three", &answer, &too_small)
}

fn later_changes_win(storage: &impl Storage) -> Kept {
    fill(storage)?;
    stage(storage, &mut |transaction| {
        transaction.put(&SECOND, b"back")?;
        transaction.remove(&THIRD)?;
        transaction.put(&FIRST, b"one more")?;
        transaction.put(&FIRST, b"the last")
    })?;
    would_hold(storage, [Some(b"the last"), Some(b"back"), None])
}

fn a_failed_stage_keeps_nothing(storage: &impl Storage) -> Kept {
    fill(storage)?;
    let refused = staging(storage)?.stage(&mut |transaction| {
        transaction.put(&FIRST, b"given up")?;
        Err(Error::Entropy)
    });
    equal("a stage that fails", &refused, &Err(Error::Entropy))?;
    would_hold(storage, [Some(b"another"), None, Some(b"three")])
}

fn a_commit_takes_what_is_staged(storage: &impl Storage) -> Kept {
    fill(storage)?;
    done("a commit", storage.commit(1, &mut |transaction| transaction.put(&THIRD, b"its own")))?;
    let now: [Option<&[u8]>; 3] = [Some(b"another"), None, Some(b"its own")];
    holds(storage, now)?;
    would_hold(storage, now)?;
    done("a commit", storage.commit(2, &mut |transaction| transaction.put(&SECOND, b"two")))?;
    holds(storage, [Some(b"another"), Some(b"two"), Some(b"its own")])
}

fn nothing_stays_staged(storage: &impl Storage) -> Kept {
    fill(storage)?;
    let before: [Option<&[u8]>; 3] = [Some(b"one"), Some(b"two"), None];
    let refused = storage.commit(1, &mut |_| Err(Error::Entropy));
    equal("a commit whose stage fails", &refused, &Err(Error::Entropy))?;
    would_hold(storage, before)?;
    stage(storage, &mut |transaction| transaction.remove(&FIRST))?;
    staging(storage)?.discard();
    would_hold(storage, before)?;
    done("a commit of nothing", storage.commit(1, &mut |_| Ok(())))?;
    holds(storage, before)
}
