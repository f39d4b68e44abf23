//! The key tree against a model, and what it costs, counted in reads and written blobs.

use std::collections::BTreeMap;

use strongroom_core::key::{KeyFacts, KeyId, KeyState};
use strongroom_core::platform::Entropy;
use strongroom_core::ram::SeededEntropy;
use strongroom_core::{Error, Vault};

use crate::world::{
    SECRET, World, create, create_key, decrypt, describe, disable, enable, encrypt, list, mount, rotate,
    secret_of,
};

/// What is right.
#[derive(Default)]
struct Model {
    keys: BTreeMap<KeyId, KeyFacts>,
    /// Every ciphertext ever made, with its key and plaintext.
    ciphertexts: Vec<(KeyId, Vec<u8>, Vec<u8>)>,
}

/// Numbers that follow from a seed.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes).unwrap();
        usize::try_from(u64::from_be_bytes(bytes) % u64::try_from(bound).unwrap()).unwrap()
    }
}

impl Model {
    fn step(&mut self, vault: &Vault<&World>, dice: &Dice) {
        let pick =
            |keys: &BTreeMap<KeyId, KeyFacts>| keys.values().nth(dice.below(keys.len().max(1))).copied();
        let Some(facts) = pick(&self.keys).filter(|_| dice.below(4) != 0) else {
            let key = create_key(vault);
            let facts = describe(vault, key).unwrap();
            assert!(self.keys.insert(key, facts).is_none(), "an id was given twice");
            return;
        };
        let key = facts.key_id;
        let is_enabled = facts.state == KeyState::Enabled;
        match dice.below(6) {
            0 => {
                let facts = disable(vault, key).unwrap();
                assert_eq!(facts.state, KeyState::Disabled);
                self.keys.insert(key, facts);
            }
            1 | 2 => {
                let facts = enable(vault, key).unwrap();
                assert_eq!(facts.state, KeyState::Enabled);
                self.keys.insert(key, facts);
            }
            3 => match rotate(vault, key) {
                Ok(rotated) => {
                    assert!(is_enabled);
                    assert_eq!(rotated.current_version, facts.current_version + 1);
                    self.keys.insert(key, rotated);
                }
                Err(error) => assert_eq!((error, is_enabled), (Error::Disabled, false)),
            },
            _ => {
                let plaintext = format!("ciphertext {}", self.ciphertexts.len()).into_bytes();
                match encrypt(vault, key, &plaintext) {
                    Ok(ciphertext) => {
                        assert!(is_enabled);
                        self.ciphertexts.push((key, ciphertext, plaintext));
                    }
                    Err(error) => assert_eq!((error, is_enabled), (Error::Disabled, false)),
                }
            }
        }
    }

    fn check(&self, vault: &Vault<&World>) {
        for (key, facts) in &self.keys {
            assert_eq!(describe(vault, *key), Ok(*facts));
        }
        for (key, ciphertext, plaintext) in &self.ciphertexts {
            let expected = match self.keys[key].state {
                KeyState::Enabled => Ok(plaintext.clone()),
                _ => Err(Error::Disabled),
            };
            assert_eq!(decrypt(vault, ciphertext), expected);
        }
        let mut records = self.keys.len();
        records += self.keys.values().map(|facts| facts.current_version as usize).sum::<usize>();
        let verified = vault.verify().unwrap();
        assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
        assert_eq!(verified.records, u64::try_from(records).unwrap());
    }

    fn check_listing(&self, vault: &Vault<&World>) {
        let all: Vec<KeyId> = self.keys.keys().copied().collect();
        let in_order = list(vault, 1000).unwrap();
        for limit in [1, 2, 3, 7, 64, 999, 1000] {
            assert_eq!(list(vault, limit).unwrap(), in_order, "pages of {limit}");
        }
        let mut sorted = in_order;
        sorted.sort();
        assert_eq!(sorted, all);
    }
}

#[test]
fn thousands_of_random_changes_leave_what_a_model_says() {
    for seed in 0..3 {
        let world = World::new(seed).with_counter(seed);
        world.storage.keep_no_history();
        let vault = create(&world);
        let dice = Dice(SeededEntropy::new(1000 + seed));
        let mut model = Model::default();
        for step in 1..=2000 {
            model.step(&vault, &dice);
            if step % 500 == 0 {
                model.check(&vault);
                model.check_listing(&vault);
            }
            match dice.below(100) {
                0 => {
                    vault.close().unwrap();
                    vault.mount(&mut secret_of(SECRET)).unwrap();
                }
                1 => {
                    world.cut_power();
                    vault.mount(&mut secret_of(SECRET)).unwrap();
                }
                _ => {}
            }
        }
        println!("{} keys, {} ciphertexts, all as the model says", model.keys.len(), model.ciphertexts.len());
    }
}

/// Reads that `request` makes with cold caches.
fn reads_of<R>(world: &World, request: impl FnOnce() -> R) -> (u64, R) {
    world.cool();
    let before = world.storage.reads();
    let answer = request();
    (world.storage.reads() - before, answer)
}

#[test]
fn a_key_with_ten_thousand_versions_costs_what_one_with_one_version_costs() {
    let world = World::new(1);
    world.storage.keep_no_history();
    let vault = create(&world);
    let (young, old) = (create_key(&vault), create_key(&vault));
    let mut ciphertexts = vec![encrypt(&vault, old, b"version 1").unwrap()];
    let of_young = encrypt(&vault, young, b"only version").unwrap();
    let mut written = 0;
    for version in 2..=10_000 {
        let before = world.storage.blobs_written();
        rotate(&vault, old).unwrap();
        written = written.max(world.storage.blobs_written() - before);
        if version % 1000 == 0 {
            ciphertexts.push(encrypt(&vault, old, b"version").unwrap());
        }
    }
    let (one, _) = reads_of(&world, || decrypt(&vault, &of_young).unwrap());
    let many = ciphertexts
        .iter()
        .map(|ciphertext| reads_of(&world, || decrypt(&vault, ciphertext).unwrap()).0)
        .max()
        .unwrap();
    // 10,000 records below one owner are up to five levels of sixteen, for the key and again for the version.
    assert!(many <= one + 10, "{many} reads against {one}");
    assert!(written <= 20, "{written} blobs written by one rotation");
    // Describing a key reads it twice, and its current version.
    let describing = |key| reads_of(&world, || describe(&vault, key).unwrap()).0;
    assert!(describing(old) <= describing(young) + 15);

    vault.close().unwrap();
    let full = world.storage.image();
    let (few, _) = reads_of(&world, || mount(&world).unwrap());
    let empty = World::new(2);
    create(&empty).close().unwrap();
    let (none, _) = reads_of(&empty, || mount(&empty).unwrap());
    assert_eq!(few, none, "opening reads the same whatever there is");
    println!(
        "{} blobs; decrypting cold: {one} reads with one version, at most {many} with 10,000; opening: {few} reads",
        full.blobs.len()
    );
}

#[test]
fn reads_and_writes_grow_with_the_logarithm_of_the_number_of_keys() {
    let world = World::new(1);
    world.storage.keep_no_history();
    let vault = create(&world);
    let mut keys = Vec::new();
    for count in [1, 16, 256, 2048] {
        let mut written = 0;
        while keys.len() < count {
            let before = world.storage.blobs_written();
            keys.push(create_key(&vault));
            written = world.storage.blobs_written() - before;
        }
        let reads = |key: &KeyId| reads_of(&world, || describe(&vault, *key).unwrap()).0;
        let (all, most): (u64, u64) =
            keys.iter().map(reads).fold((0, 0), |(sum, max), n| (sum + n, max.max(n)));
        let mean = all / u64::try_from(count).unwrap();
        println!(
            "{count} keys: {mean} reads on average to describe one, at most {most}; {written} blobs written"
        );
        // The key twice, and its current version.
        assert!(most <= 3 * (2 + 7), "{most} reads");
        assert!(written <= 20);
    }
}

#[test]
fn a_read_in_the_middle_of_a_commit_is_busy_or_right_and_never_damage() {
    // Leaked, so that the hook inside the storage can use the vault that uses the storage.
    let world: &'static World = Box::leak(Box::new(World::new(1)));
    world.log.batch();
    let vault: &'static Vault<&World> = Box::leak(Box::new(create(world)));
    let key = create_key(vault);
    let other = create_key(vault);
    let ciphertext: &'static [u8] = Box::leak(encrypt(vault, key, b"text").unwrap().into_boxed_slice());
    let seen: &'static std::cell::Cell<u32> = Box::leak(Box::default());
    for is_cold in [true, false] {
        decrypt(vault, ciphertext).unwrap();
        world.storage.when_committing(move || {
            if is_cold {
                world.cool();
            }
            let answer = decrypt(vault, ciphertext);
            let expected = if is_cold { Err(Error::Busy) } else { Ok(b"text".to_vec()) };
            assert_eq!(answer, expected);
            seen.set(seen.get() + 1);
        });
        rotate(vault, other).unwrap();
    }
    assert_eq!(seen.get(), 2);
    assert_eq!(decrypt(vault, ciphertext).unwrap(), b"text");
}

#[test]
fn a_change_in_the_middle_of_a_read_is_no_damage() {
    let world: &'static World = Box::leak(Box::new(World::new(1)));
    world.log.batch();
    let vault: &'static Vault<&World> = Box::leak(Box::new(create(world)));
    let key = create_key(vault);
    let other = create_key(vault);
    let ciphertext = encrypt(vault, key, b"text").unwrap();
    // The key record first, so that only the version is read cold: a key record is opened under the cache's lock.
    describe(vault, key).unwrap();
    decrypt(vault, &ciphertext).unwrap();
    let changed: &'static std::cell::Cell<u32> = Box::leak(Box::default());
    for read in 0..12 {
        let (reads, answer) = reads_of(world, || {
            world.storage.before_read(read, move || {
                // Where the cache is lent just then the change is refused as busy; both are fine.
                if rotate(vault, other).is_ok() {
                    changed.set(changed.get() + 1);
                }
            });
            decrypt(vault, &ciphertext)
        });
        if vault.verify().is_err() {
            // The change landed and could not be made known to the cache: the session has ended, as it must.
            assert!(matches!(answer, Ok(_) | Err(Error::SessionEnded | Error::Busy)), "{answer:?}");
            vault.mount(&mut secret_of(SECRET)).unwrap();
            continue;
        }
        assert_eq!(answer.unwrap(), b"text", "a change before read {read} of {reads}");
    }
    assert!(changed.get() > 0);
    assert_eq!(vault.verify().unwrap().damaged, 0);
}
