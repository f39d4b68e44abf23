//! The same steps, taken by a vault.

mod bundle;
mod callers;
mod grants;
mod imports;
mod keys;
mod lists;
mod messages;
mod slots;
mod words;

use std::collections::BTreeMap;

use strongroom_core::access_key::AccessKeyId;
use strongroom_core::grant::{GrantId, GrantToken};
use strongroom_core::key::KeyId;
use strongroom_core::operation::{AcceptTime, DescribeQuotas, PutQuotas, ResetClock, Tick};
use strongroom_core::platform::Entropy;
use strongroom_core::policy::{Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement};
use strongroom_core::ram::SeededEntropy;
use strongroom_core::{Error, Vault};

use crate::world::{SECRET, World, caller, create};

use super::answer::Answer;
use super::step::{Ask, KeyName, Step, User, alias_text};
use slots::secrets_of;

/// As many entries as a tick may need.
const TICK_STEPS: u32 = 100_000;

/// A vault, and what its things are called in steps and answers.
pub struct Real<'w> {
    world: &'w World,
    vault: Vault<&'w World>,
    keys: Vec<KeyId>,
    messages: Vec<Sealed>,
    macs: Vec<Vec<u8>>,
    grants: Vec<(GrantId, GrantToken)>,
    tokens: Vec<Vec<u8>>,
    /// The ids of imported materials, by key and version.
    material_ids: BTreeMap<(usize, u32), [u8; 32]>,
    policy: Vec<u8>,
    /// What the next step is about, if that was found out before it.
    access_key: Option<AccessKeyId>,
    /// The secrets of the key slots, and of those that are no more.
    secrets: BTreeMap<u8, u8>,
    ended_secrets: Vec<u8>,
}

/// A ciphertext, and what it opens to. Of data keys that were not shown that is known after they were opened once.
struct Sealed {
    ciphertext: Vec<u8>,
    plaintext: Option<Vec<u8>>,
}

impl<'w> Real<'w> {
    pub fn new(world: &'w World) -> Self {
        Real {
            world,
            vault: create(world),
            keys: Vec::new(),
            messages: Vec::new(),
            macs: Vec::new(),
            grants: Vec::new(),
            tokens: Vec::new(),
            material_ids: BTreeMap::new(),
            policy: open_policy(),
            access_key: None,
            secrets: BTreeMap::from([(0, SECRET)]),
            ended_secrets: Vec::new(),
        }
    }

    /// Opens the vault again, after power was cut.
    pub fn mount(&self) -> Result<(), Error> {
        self.vault.mount(&mut secrets_of(&self.secrets))
    }

    /// Whether its session goes on.
    pub fn is_open(&self) -> bool {
        let asked = self.vault.describe_quotas(&caller(crate::world::ROOT), DescribeQuotas);
        !matches!(asked, Err(Error::SessionEnded | Error::Locked))
    }

    /// Writes what was recorded.
    pub fn flush(&self) -> Result<(), Error> {
        self.vault.flush_audit()
    }

    /// Parts of it that do not open.
    pub fn damaged(&self) -> Result<(u64, u64), Error> {
        self.vault.verify().map(|verified| (verified.damaged, verified.damaged_copies))
    }

    /// What was handed out and may lie anywhere: ciphertexts, MACs, import tokens.
    pub fn handed_out(&self) -> impl Iterator<Item = &[u8]> {
        let ciphertexts = self.messages.iter().map(|message| &message.ciphertext);
        ciphertexts.chain(&self.macs).chain(&self.tokens).map(Vec::as_slice)
    }

    /// Takes in the keys that were made although nobody was told; answers how many.
    pub fn learn_keys(&mut self) -> Result<usize, Error> {
        let known = self.keys.len();
        for key in crate::world::list(&self.vault, 100)? {
            if !self.keys.contains(&key) {
                self.keys.push(key);
            }
        }
        Ok(self.keys.len() - known)
    }

    /// Takes the step, and says what came of it.
    pub fn take(&mut self, step: &Step) -> Result<Answer, Error> {
        let ask = &step.ask;
        let by = step.by;
        self.take_on_keys(by, ask)
            .or_else(|| self.take_on_lists(by, ask))
            .or_else(|| self.take_on_imports(by, ask))
            .or_else(|| self.take_on_grants(by, ask))
            .or_else(|| self.take_on_messages(by, ask))
            .or_else(|| self.take_on_macs(by, ask))
            .or_else(|| self.take_on_callers(by, ask))
            .or_else(|| self.take_on_slots(by, ask))
            .or_else(|| self.take_on_the_log(by, ask))
            .unwrap_or_else(|| self.run_vault(by, ask))
    }

    fn run_vault(&mut self, by: User, ask: &Ask) -> Result<Answer, Error> {
        let caller = caller(by.principal());
        match ask {
            Ask::Wait { ms } => self.world.clock.advance_ms(*ms),
            Ask::Remount { ms } => {
                self.vault.close()?;
                self.world.clock.advance_ms(*ms);
                self.knock_with_ended_secrets();
                self.mount()?;
            }
            Ask::Cool => self.world.cool(),
            Ask::PutQuotas { quotas } => self.vault.put_quotas(&caller, PutQuotas { quotas: *quotas })?,
            Ask::DescribeQuotas => {
                return self.vault.describe_quotas(&caller, DescribeQuotas).map(Answer::Quotas);
            }
            Ask::Tick => {
                let ticked = self.vault.tick_for(&caller, Tick { steps: TICK_STEPS })?;
                return Ok(Answer::Ticked { failed: ticked.failed, is_more_due: ticked.is_more_due });
            }
            Ask::AcceptTime => {
                return self.vault.accept_time(&caller, AcceptTime::default()).map(Answer::Milliseconds);
            }
            Ask::ResetClock => {
                return self.vault.reset_clock(&caller, ResetClock).map(Answer::Milliseconds);
            }
            other => panic!("nobody takes {other:?}"),
        }
        Ok(Answer::Done)
    }

    /// The text of a key's name.
    fn text(&self, name: KeyName) -> String {
        const HERE: &str = "arn:aws:kms:us-east-1:000000000000";
        match name {
            KeyName::Id(key) => self.keys[key].to_string(),
            KeyName::Arn(key) => format!("{HERE}:key/{}", self.keys[key]),
            KeyName::Alias(alias) => alias_text(alias),
            KeyName::AliasArn(alias) => format!("{HERE}:{}", alias_text(alias)),
            KeyName::Unknown => "0123abcd-4567-4e89-8abc-def012345678".to_owned(),
            KeyName::Malformed => "no key at all".to_owned(),
            KeyName::Empty => String::new(),
        }
    }

    /// What a key is called.
    fn number(&self, key_id: KeyId) -> usize {
        self.keys.iter().position(|known| *known == key_id).expect("a key that nobody made")
    }
}

/// Bytes that are a secret's: the same for the same number, and of no world's generator.
fn bytes_from(number: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    SeededEntropy::new(u64::MAX - number).fill(&mut bytes).unwrap();
    bytes
}

/// A key policy that lets the account do everything.
fn open_policy() -> Vec<u8> {
    let mut buffer = [0; 256];
    let account = [PrincipalEntry::Account("000000000000")];
    let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
    builder.statement(&Statement::allow(&account, &["kms:*"])).unwrap();
    builder.finish().to_vec()
}
