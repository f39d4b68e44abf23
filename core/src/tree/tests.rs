//! Random puts and removals against a model: the same records, and the same shape as if nothing else had ever been there.
#![expect(clippy::arithmetic_side_effects, reason = "a test that overflows has failed")]

use heapless::Vec;

use super::{Plan, View};
use crate::crypto::{RustCrypto, sr1};
use crate::error::Error;
use crate::platform::{Address, Entropy, Storage};
use crate::ram::{RamStorage, SeededEntropy};
use crate::secret::Secret;

const VAULT_ID: [u8; 16] = [9; 16];
const RECORDS: usize = 64;
/// Records with their content, by address.
type Model = Vec<(Address, u64), RECORDS>;
type Addresses = Vec<Address, 512>;

/// A tree in storage, with the key of its root.
struct Bed {
    storage: RamStorage<131_072>,
    entropy: SeededEntropy,
    top_key: Secret<32>,
    revision: u64,
}

impl Bed {
    fn new(seed: u64) -> Self {
        let (storage, entropy) = (RamStorage::new(), SeededEntropy::new(seed));
        let mut bed = Bed { storage, entropy, top_key: Secret::zeroed(), revision: 0 };
        bed.write(Plan::for_empty_tree(), &[]);
        bed
    }

    fn view(&self) -> View<'_, RustCrypto, RamStorage<131_072>> {
        View::new(&self.storage, &VAULT_ID, &self.top_key)
    }

    /// One commit: takes records out, then puts records in. Answers which removals found something.
    fn change(&mut self, removals: &[Address], puts: &[(Address, u64)]) -> Vec<bool, 8> {
        let view = View::<RustCrypto, _>::new(&self.storage, &VAULT_ID, &self.top_key);
        let mut plan = Plan::new();
        plan.start(&view).unwrap();
        let removed = removals.iter().map(|address| plan.remove(&view, address).unwrap()).collect();
        for (address, _) in puts {
            plan.put(&view, address, &self.entropy).unwrap();
        }
        self.write(plan, puts);
        removed
    }

    fn write(&mut self, mut plan: Plan, puts: &[(Address, u64)]) {
        let Bed { storage, entropy, top_key, revision } = self;
        let stage = &mut |transaction: &mut dyn crate::platform::Transaction| {
            for (address, content) in puts {
                let mut buffer = [0; 8 + sr1::OVERHEAD];
                buffer[sr1::HEAD_LEN..sr1::HEAD_LEN + 8].copy_from_slice(&content.to_be_bytes());
                plan.write_record::<RustCrypto>(&VAULT_ID, address, &mut buffer, 8, entropy, transaction)?;
            }
            plan.write_nodes::<RustCrypto>(&VAULT_ID, top_key, entropy, transaction)
        };
        storage.commit(*revision, stage).unwrap();
        *revision += 1;
    }

    fn read(&self, address: &Address) -> Result<Option<u64>, Error> {
        let mut buffer = [0; 256];
        let found = self.view().record(address, &mut buffer)?;
        Ok(found.map(|plaintext| u64::from_be_bytes((&*plaintext).try_into().unwrap())))
    }

    fn listed(&self) -> Vec<Address, RECORDS> {
        let (view, mut listed) = (self.view(), Vec::<Address, RECORDS>::new());
        while let Some(next) = view.next_record(listed.last()).unwrap() {
            listed.push(next).unwrap();
        }
        listed
    }

    /// Every address in use, sorted: the shape of the tree.
    fn shape(&self) -> Addresses {
        let mut all = Addresses::new();
        self.storage.walk(&mut |address| all.push(*address).unwrap()).unwrap();
        all.sort_unstable();
        all
    }
}

struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 2];
        self.0.fill(&mut bytes).unwrap();
        usize::from(u16::from_be_bytes(bytes)) % bound
    }

    /// Addresses that part early or late, so that nodes come and go at all levels, doubled ones too.
    fn address(&self) -> Address {
        let mut address = Address([0x55; 24]);
        for at in [0, 1, 21, 22] {
            address.0[at] = [0x55, 0x5a, 0xa5, 0x56][self.below(4)];
        }
        address.0[23] = 48;
        address
    }
}

#[test]
fn random_puts_and_removals_leave_the_records_and_the_shape_that_a_model_says() {
    for seed in 0..3 {
        let (mut bed, dice) = (Bed::new(seed), Dice(SeededEntropy::new(100 + seed)));
        let mut model = Model::new();
        for step in 0..250 {
            // One commit takes out up to two records, and puts in up to two: among them what was just taken out.
            let mut removals = Vec::<Address, 8>::new();
            for _ in 0..dice.below(3) {
                let known = model.get(dice.below(RECORDS)).map(|(address, _)| *address);
                removals.push(known.unwrap_or_else(|| dice.address())).unwrap();
            }
            let mut puts = Vec::<(Address, u64), 8>::new();
            for _ in 0..dice.below(3) {
                let again = removals.first().copied().filter(|_| dice.below(4) == 0);
                let address = again.unwrap_or_else(|| dice.address());
                if model.len() + puts.len() < RECORDS && puts.iter().all(|(other, _)| *other != address) {
                    puts.push((address, step)).unwrap();
                }
            }
            let removed = bed.change(&removals, &puts);
            for (address, was_there) in removals.iter().zip(removed) {
                let place = model.iter().position(|(known, _)| known == address);
                assert_eq!(place.is_some(), was_there);
                place.map(|place| model.swap_remove(place));
            }
            for (address, content) in puts {
                match model.iter_mut().find(|(known, _)| *known == address) {
                    Some(known) => known.1 = content,
                    None => model.push((address, content)).unwrap(),
                }
            }
            for (address, content) in &model {
                assert_eq!(bed.read(address), Ok(Some(*content)));
            }
            for address in removals.iter().filter(|gone| model.iter().all(|(known, _)| known != *gone)) {
                assert_eq!(bed.read(address), Ok(None), "absence is an answer, not damage");
            }
            model.sort_unstable_by_key(|(address, _)| *address);
            assert!(bed.listed().iter().eq(model.iter().map(|(address, _)| address)));
            if step % 10 == 0 {
                let mut fresh = Bed::new(seed);
                for put in model.iter().rev() {
                    fresh.change(&[], &[*put]);
                }
                assert_eq!(bed.shape(), fresh.shape(), "the records alone make the shape");
            }
        }
        for (address, _) in &model {
            assert_eq!(bed.change(&[*address], &[]).as_slice(), [true]);
        }
        assert_eq!(bed.shape(), Bed::new(seed).shape(), "nothing is left but the root");
    }
}

#[test]
fn a_removed_record_that_is_put_back_into_storage_stays_absent() {
    let mut bed = Bed::new(1);
    let [one, two, three] = [[1; 24], [2; 24], [3; 24]].map(|mut bytes: [u8; 24]| {
        bytes[..16].fill(7);
        bytes[23] = 48;
        Address(bytes)
    });
    bed.change(&[], &[(one, 1), (two, 2), (three, 3)]);
    let mut kept = Vec::<(Address, Vec<u8, 1024>), 64>::new();
    for address in bed.shape() {
        let mut blob = [0; 1024];
        let len = bed.storage.read(&address, &mut blob).unwrap().unwrap();
        kept.push((address, Vec::from_slice(&blob[..len]).unwrap())).unwrap();
    }
    bed.change(&[one], &[]);
    for (address, blob) in kept.iter().filter(|(address, _)| address.0[23] & 0x7f > 2) {
        let now = bed.storage.read(address, &mut [0; 1024]).unwrap();
        // What is gone comes back; what is still there stays as it is.
        if now.is_none() {
            let revision = bed.revision;
            bed.storage.commit(revision, &mut |transaction| transaction.put(address, blob)).unwrap();
            bed.revision += 1;
        }
    }
    assert_eq!(bed.read(&one), Ok(None));
    assert_eq!((bed.read(&two), bed.read(&three)), (Ok(Some(2)), Ok(Some(3))));
    assert_eq!(bed.listed().as_slice(), [two, three]);
}

#[test]
fn removing_does_not_open_the_record_nor_what_takes_a_nodes_place() {
    let mut bed = Bed::new(1);
    let address = |last: u8| {
        let mut address = Address([7; 24]);
        address.0[22] = last;
        address.0[23] = 48;
        address
    };
    bed.change(&[], &[(address(1), 1), (address(2), 2)]);
    let revision = bed.revision;
    let spoil = &mut |transaction: &mut dyn crate::platform::Transaction| {
        transaction.put(&address(1), b"spoilt")?;
        transaction.put(&address(2), b"spoilt")
    };
    bed.storage.commit(revision, spoil).unwrap();
    bed.revision += 1;
    assert_eq!(bed.change(&[address(1)], &[]).as_slice(), [true]);
    assert_eq!(bed.read(&address(1)), Ok(None));
    assert!(matches!(bed.read(&address(2)), Err(Error::Damaged(_))), "damage stays where it was");
}
