//! Storage: a map that changes by atomic commits.

use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Address, Storage, Transaction};

fn address(number: u8) -> Address {
    let mut bytes = [number; 24];
    bytes[23] = number ^ 0x80;
    Address(bytes)
}

fn read(storage: &impl Storage, number: u8) -> Option<Vec<u8>> {
    let mut buffer = [0xaa; 4096];
    let len = storage.read(&address(number), &mut buffer).unwrap()?;
    assert!(buffer[len..].iter().all(|byte| *byte == 0xaa), "a read writes behind the blob");
    Some(buffer[..len].to_vec())
}

fn put(storage: &impl Storage, revision: u64, blobs: &[(u8, &[u8])]) -> Result<(), Error> {
    storage.commit(revision, &mut |transaction| {
        blobs.iter().try_for_each(|(number, blob)| transaction.put(&address(*number), blob))
    })
}

fn walked(storage: &impl Storage) -> Vec<Address> {
    let mut found = Vec::new();
    storage.walk(&mut |address| found.push(*address)).unwrap();
    found.sort();
    found
}

/// Runs every check; `make` gives empty storage each time, with room for 40,000 bytes.
pub fn suite<S: Storage>(make: &dyn Fn() -> S) {
    reads_give_what_was_put(&make());
    small_buffers_are_told_the_length(&make());
    a_failed_commit_changes_nothing(&make());
    revisions_are_compared(&make());
    later_changes_of_a_commit_win(&make());
    a_walk_visits_every_address_once(&make());
    many_commits_agree_with_a_map(&make());
}

fn reads_give_what_was_put(storage: &impl Storage) {
    assert_eq!(read(storage, 1), None);
    assert_eq!(storage.read(&address(1), &mut []), Ok(None), "absence needs no buffer");
    put(storage, 0, &[(1, b"one"), (2, b"two"), (3, &[7; 3000])]).unwrap();
    assert_eq!(read(storage, 1).unwrap(), b"one");
    assert_eq!(read(storage, 3).unwrap(), [7; 3000]);
    put(storage, 1, &[(1, b"another, and longer"), (2, b"")]).unwrap();
    assert_eq!(read(storage, 1).unwrap(), b"another, and longer");
    assert_eq!(read(storage, 2).unwrap(), b"", "an empty blob is there");
    storage.commit(2, &mut |transaction| transaction.remove(&address(1))).unwrap();
    assert_eq!(read(storage, 1), None);
    assert_eq!(read(storage, 3).unwrap(), [7; 3000]);
    storage.commit(3, &mut |transaction| transaction.remove(&address(99))).unwrap();
    storage.commit(4, &mut |_| Ok(())).unwrap();
    put(storage, 5, &[(1, b"again")]).unwrap();
    assert_eq!(read(storage, 1).unwrap(), b"again");
}

fn small_buffers_are_told_the_length(storage: &impl Storage) {
    put(storage, 0, &[(1, &[9; 100])]).unwrap();
    for len in [0, 1, 99] {
        let too_small = Err(StorageError::BufferTooSmall { needed: 100 });
        assert_eq!(storage.read(&address(1), &mut vec![0; len]), too_small);
    }
    let mut exact = [0; 100];
    assert_eq!(storage.read(&address(1), &mut exact), Ok(Some(100)));
    assert_eq!(exact, [9; 100]);
}

fn a_failed_commit_changes_nothing(storage: &impl Storage) {
    put(storage, 0, &[(1, b"one"), (2, b"two")]).unwrap();
    for changes in 0..4 {
        let refused = storage.commit(1, &mut |transaction| {
            let mut left = changes;
            let mut next = || {
                let failed = left == 0;
                left -= i32::from(!failed);
                if failed { Err(Error::Entropy) } else { Ok(()) }
            };
            next()?;
            transaction.put(&address(1), b"altered")?;
            next()?;
            transaction.remove(&address(2))?;
            next()?;
            transaction.put(&address(3), b"new")?;
            Err(Error::Entropy)
        });
        assert_eq!(refused, Err(Error::Entropy), "the stage's own error comes back");
        assert_eq!((read(storage, 1).unwrap(), read(storage, 2).unwrap()), (b"one".into(), b"two".into()));
        assert_eq!(read(storage, 3), None);
        assert_eq!(walked(storage).len(), 2);
    }
    put(storage, 1, &[(3, b"three")]).unwrap();
}

fn revisions_are_compared(storage: &impl Storage) {
    let conflict = Err(Error::Storage(StorageError::Conflict));
    assert_eq!(put(storage, 1, &[(1, b"x")]), conflict);
    put(storage, 0, &[(1, b"one")]).unwrap();
    for revision in [0, 2, u64::MAX] {
        let mut called = false;
        let refused = storage.commit(revision, &mut |transaction: &mut dyn Transaction| {
            called = true;
            transaction.put(&address(1), b"altered")
        });
        assert_eq!(refused, conflict, "revision {revision}, stage called: {called}");
        assert_eq!(read(storage, 1).unwrap(), b"one");
    }
    put(storage, 1, &[(1, b"two")]).unwrap();
    assert_eq!(put(storage, 1, &[(1, b"x")]), conflict);
}

fn later_changes_of_a_commit_win(storage: &impl Storage) {
    put(storage, 0, &[(1, b"first"), (1, b"second")]).unwrap();
    assert_eq!(read(storage, 1).unwrap(), b"second");
    storage
        .commit(1, &mut |transaction| {
            transaction.put(&address(2), b"made")?;
            transaction.remove(&address(2))?;
            transaction.remove(&address(1))?;
            transaction.put(&address(1), b"third")
        })
        .unwrap();
    assert_eq!((read(storage, 1), read(storage, 2)), (Some(b"third".into()), None));
    assert_eq!(walked(storage), [address(1)]);
}

fn a_walk_visits_every_address_once(storage: &impl Storage) {
    assert_eq!(walked(storage), []);
    for number in 0..50 {
        put(storage, u64::from(number), &[(number, &[number; 30]), (0, b"again")]).unwrap();
    }
    let mut expected: Vec<Address> = (0..50).map(address).collect();
    expected.sort();
    assert_eq!(walked(storage), expected);
}

fn many_commits_agree_with_a_map(storage: &impl Storage) {
    let mut model: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    // Numbers with no pattern that matters, and always the same.
    let mut state = 1u32;
    let mut next = move |bound: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % bound
    };
    for revision in 0..300 {
        let changes: Vec<(u8, Option<Vec<u8>>)> = (0..next(6))
            .map(|_| {
                let number = u8::try_from(next(40)).unwrap();
                let blob = vec![u8::try_from(next(256)).unwrap(); next(500) as usize];
                (number, if next(4) == 0 { None } else { Some(blob) })
            })
            .collect();
        storage
            .commit(revision, &mut |transaction| {
                changes.iter().try_for_each(|(number, blob)| match blob {
                    Some(blob) => transaction.put(&address(*number), blob),
                    None => transaction.remove(&address(*number)),
                })
            })
            .unwrap();
        for (number, blob) in changes {
            match blob {
                Some(blob) => model.insert(number, blob),
                None => model.remove(&number),
            };
        }
        for number in 0..40 {
            assert_eq!(read(storage, number), model.get(&number).cloned());
        }
        assert_eq!(walked(storage).len(), model.len());
    }
}

/// For storage with a bound below 64 KiB: a commit beyond it changes nothing, and smaller ones go on.
pub fn full(storage: &impl Storage) {
    put(storage, 0, &[(1, b"one")]).unwrap();
    let mut revision = 1;
    let full = loop {
        let number = u8::try_from(revision + 1).unwrap();
        match put(storage, revision, &[(1, b"altered"), (number, &[1; 1000])]) {
            Ok(()) => revision += 1,
            Err(error) => break error,
        }
        assert!(revision < 70, "it is not bounded");
    };
    assert_eq!(full, Error::Storage(StorageError::Full));
    assert_eq!(walked(storage).len() as u64, revision);
    put(storage, revision, &[(1, b"one")]).unwrap();
    assert_eq!(read(storage, 1).unwrap(), b"one");
}
