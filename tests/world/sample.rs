use std::collections::BTreeSet;

use strongroom_core::key::{KeyFacts, KeyId, KeyState};
use strongroom_core::operation::Encrypt;
use strongroom_core::platform::Address;
use strongroom_core::{Ciphertext, Error, Vault, Verified, ciphertext_len};

use super::{Image, World, create, create_key, decrypt, describe, disable, encrypt, root, rotate};

/// One thing that can be asked of the sample vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    Describe(KeyId),
    Decrypt(Vec<u8>),
    /// Encrypt and tell the version used.
    Encrypt(KeyId),
}

/// A right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Facts(KeyFacts),
    Plaintext(Vec<u8>),
    Version(u32),
}

/// A question, its right answer, and the blobs without which nobody can answer it.
#[derive(Clone, Debug)]
pub struct Expected {
    pub question: Question,
    pub answer: Result<Answer, Error>,
    pub needs: BTreeSet<Address>,
}

/// A small vault of a few keys with several versions each, every blob of which the test knows.
#[derive(Debug)]
pub struct Sample {
    pub world: World,
    pub keys: Vec<KeyId>,
    pub expected: Vec<Expected>,
    /// What was right after each commit: revision, and what to expect.
    pub past: Vec<(u64, Vec<Expected>)>,
    /// The key records, in the order of `keys`.
    pub key_records: Vec<Address>,
    pub records: u64,
}

/// A ciphertext of one version, its plaintext, and where the version's record lies.
type Version = (Vec<u8>, Vec<u8>, Address);

/// How many versions each key of the sample has.
const VERSIONS: [u32; 7] = [1, 2, 3, 1, 2, 1, 3];
/// This key is disabled.
const DISABLED: usize = 3;

impl Sample {
    pub fn new(world: World) -> Self {
        let mut sample = Sample {
            world,
            keys: Vec::new(),
            expected: Vec::new(),
            past: Vec::new(),
            key_records: Vec::new(),
            records: 0,
        };
        sample.build();
        sample
    }

    fn build(&mut self) {
        let mut truth: Vec<(KeyFacts, Vec<Version>)> = Vec::new();
        let vault = create(&self.world);
        // Version by version, so that every key is rewritten after others were made.
        for round in 1..=3 {
            for (index, versions) in VERSIONS.into_iter().enumerate() {
                if round > versions {
                    continue;
                }
                let before = self.world.storage.image();
                let facts = if round == 1 {
                    let key = create_key(&vault);
                    self.keys.push(key);
                    describe(&vault, key).unwrap()
                } else {
                    rotate(&vault, self.keys[index]).unwrap()
                };
                let plaintext = format!("key {index} version {round}").into_bytes();
                let ciphertext = encrypt(&vault, facts.key_id, &plaintext).unwrap();
                let after = self.world.storage.image();
                let mut made = records(&after).filter(|address| !before.blobs.contains_key(address));
                if round == 1 {
                    let (one, two) = (made.next().unwrap(), made.next().unwrap());
                    // The key record is the one that the rest of the key's life replaces: found by describing.
                    let (key, version) = tell_apart(&self.world, &vault, facts.key_id, one, two);
                    self.key_records.push(key);
                    truth.push((facts, vec![(ciphertext, plaintext, version)]));
                } else {
                    truth[index].0 = facts;
                    truth[index].1.push((ciphertext, plaintext, made.next().unwrap()));
                }
                assert_eq!(made.next(), None);
                self.past.push((after.revision, expectations(&after, &truth, &self.key_records)));
            }
        }
        truth[DISABLED].0 = disable(&vault, self.keys[DISABLED]).unwrap();
        vault.close().unwrap();
        let image = self.world.storage.image();
        self.expected = expectations(&image, &truth, &self.key_records);
        self.records = u64::try_from(records(&image).count()).unwrap();
    }

    /// The image as it was left.
    pub fn image(&self) -> Image {
        self.world.storage.image()
    }

    /// What a verification finds when all is well.
    pub fn whole(&self) -> Verified {
        let mut whole = Verified::default();
        whole.records = self.records;
        whole
    }
}

fn records(image: &Image) -> impl Iterator<Item = Address> + '_ {
    image.blobs.keys().copied().filter(|address| address.0[23] == 48)
}

/// Which of a key's first two records is the key record: the one that describing reads.
fn tell_apart(
    world: &World,
    vault: &Vault<&World>,
    key: KeyId,
    one: Address,
    two: Address,
) -> (Address, Address) {
    let image = world.storage.image();
    world.cool();
    world.storage.alter(|blobs| drop(blobs.remove(&one)));
    let is_one = describe(vault, key).is_err();
    world.storage.put_back(&image);
    if is_one { (one, two) } else { (two, one) }
}

/// The blobs on the way to a record, and the record. Of what is stored twice, the first copy stands for both.
fn way_to(image: &Image, record: Address) -> BTreeSet<Address> {
    let is_above = |node: &Address| {
        let level = usize::from(node.0[23]);
        let nibble = |address: &Address, n: usize| address.0[n / 2] >> (4 * (1 - n % 2)) & 0x0f;
        level < 48 && (0..level).all(|n| nibble(node, n) == nibble(&record, n))
    };
    image.blobs.keys().copied().filter(|address| *address == record || is_above(address)).collect()
}

fn expectations(image: &Image, truth: &[(KeyFacts, Vec<Version>)], key_records: &[Address]) -> Vec<Expected> {
    let mut all = Vec::new();
    for ((facts, versions), record) in truth.iter().zip(key_records) {
        let usable = if facts.state == KeyState::Enabled { Ok(()) } else { Err(Error::Disabled) };
        let to_key = way_to(image, *record);
        let (question, answer) = (Question::Describe(facts.key_id), Ok(Answer::Facts(*facts)));
        all.push(Expected { question, answer, needs: to_key.clone() });
        let mut needs = to_key.clone();
        for (ciphertext, plaintext, version) in versions {
            needs = to_key.clone();
            // A disabled key is told from its record alone.
            if usable.is_ok() {
                needs.extend(way_to(image, *version));
            }
            all.push(Expected {
                question: Question::Decrypt(ciphertext.clone()),
                answer: usable.map(|()| Answer::Plaintext(plaintext.clone())),
                needs: needs.clone(),
            });
        }
        all.push(Expected {
            question: Question::Encrypt(facts.key_id),
            answer: usable.map(|()| Answer::Version(facts.current_version)),
            needs,
        });
    }
    all
}

impl Question {
    pub fn ask(&self, vault: &Vault<&World>) -> Result<Answer, Error> {
        match self {
            Question::Describe(key) => describe(vault, *key).map(Answer::Facts),
            Question::Decrypt(ciphertext) => decrypt(vault, ciphertext).map(Answer::Plaintext),
            Question::Encrypt(key) => {
                let mut out = [0; ciphertext_len(5)];
                let id = key.to_string();
                let encrypted = vault.encrypt(&root(), Encrypt::new(&id, b"hello"), &mut out)?;
                let header = Ciphertext::parse(encrypted.ciphertext).unwrap().header;
                assert_eq!((header.key_id, header.version), (*key, encrypted.version));
                Ok(Answer::Version(encrypted.version))
            }
        }
    }
}
