//! How much versions were used, and how much they may be.

use strongroom_core::key::VersionCause;
use strongroom_core::usage::{BudgetEnd, UsageBudget};

use super::answer::{Answer, Outcome, Under, Usage};
use super::may::{Code, LIMIT_EXCEEDED, NOT_FOUND, check};
use super::state::Model;
use super::step::{Ask, KeyName, Step, User};
use super::times::DAY;

const SEALINGS_MAX: u64 = 1 << 48;

impl Model {
    /// The current version makes a ciphertext or a MAC, or the one that takes its place because it may make no more.
    pub fn count_sealing(&mut self, number: usize) -> Result<Under, Code> {
        let wall_ms = self.times.wall_ms;
        let key = &mut self.keys[number];
        let counted = key.version(key.current).uses.counted_sealings;
        if let Some(UsageBudget { end, .. }) = key.budget.filter(|budget| counted >= budget.sealings) {
            if end == BudgetEnd::Refuse {
                return Err(LIMIT_EXCEEDED);
            }
            key.draw_version(number, VersionCause::Created, wall_ms);
        }
        let is_bounded = key.budget.is_some();
        let uses = &mut key.version_mut(key.current).uses;
        uses.sealings += 1;
        uses.counted_sealings += 1;
        uses.bounded_sealings += u64::from(is_bounded);
        uses.last_ms = Some(wall_ms);
        Ok(Under { key: number, version: key.current })
    }

    /// A version opened a ciphertext or verified a MAC.
    pub fn count_opening(&mut self, under: Under) {
        let uses = &mut self.keys[under.key].version_mut(under.version).uses;
        uses.openings += 1;
        uses.last_ms = Some(self.times.wall_ms);
    }

    pub fn retire_check(&mut self, by: User, name: KeyName, version: u32, within_days: u16) -> Outcome {
        check(version > 0)?;
        let number = self.manage(by, name, "ListKeyVersions")?;
        let key = &self.keys[number];
        if version > key.newest() {
            return Err(NOT_FOUND);
        }
        let uses = key.version(version).uses;
        let since = self.times.wall_ms - u64::from(within_days) * DAY;
        Ok(Answer::Usage(Usage {
            is_tracked: true,
            sealings: [uses.sealings; 2],
            openings: [uses.openings; 2],
            bounded_sealings: uses.bounded_sealings,
            is_in_use: version == key.current || uses.last_ms.is_some_and(|last| last >= since),
        }))
    }

    pub fn get_key_last_usage(&mut self, by: User, name: KeyName) -> Outcome {
        let key = self.manage(by, name, "GetKeyLastUsage")?;
        Ok(Answer::Budget(self.keys[key].budget))
    }

    /// Only material that the vault draws can give way to new one.
    pub fn put_usage_budget(&mut self, by: User, name: KeyName, budget: Option<UsageBudget>) -> Outcome {
        check(budget.is_none_or(|budget| (1..=SEALINGS_MAX).contains(&budget.sealings)))?;
        let number = self.manage(by, name, "PutUsageBudget")?;
        let key = &mut self.keys[number];
        if key.is_imported() && budget.is_some_and(|budget| budget.end == BudgetEnd::Rotate) {
            return Err("UnsupportedOperationException");
        }
        key.budget = budget;
        Ok(Answer::Done)
    }

    /// What to ask before a step that a budget may stop: what the vault has counted on the version that is to be used.
    pub fn question_before(&self, step: &Step) -> Option<Step> {
        let name = match step.ask {
            Ask::Encrypt { key, .. }
            | Ask::ReEncrypt { key, .. }
            | Ask::GenerateDataKey { key, .. }
            | Ask::GenerateDataKeyWithoutPlaintext { key, .. }
            | Ask::GenerateMac { key, .. } => key,
            _ => return None,
        };
        let number = match name {
            KeyName::Id(number) | KeyName::Arn(number) => number,
            KeyName::Alias(alias) | KeyName::AliasArn(alias) => self.aliases.get(&alias)?.key,
            KeyName::Unknown | KeyName::Malformed | KeyName::Empty => return None,
        };
        let key = &self.keys[number];
        let version = Some(key.current).filter(|current| *current > 0 && key.budget.is_some())?;
        Some(Step {
            by: User::Root,
            ask: Ask::RetireCheck { key: KeyName::Id(number), version, within_days: 30 },
        })
    }

    /// Learns what the vault has counted. Whether that can be was checked already.
    pub fn hear(&mut self, question: &Step, answer: &Answer) {
        if let (Ask::RetireCheck { key: KeyName::Id(number), version, .. }, Answer::Usage(usage)) =
            (&question.ask, answer)
        {
            self.keys[*number].version_mut(*version).uses.counted_sealings = usage.sealings[1];
        }
    }
}
