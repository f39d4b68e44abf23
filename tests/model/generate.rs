//! Random steps: mostly what can succeed, often what cannot.

mod about_keys;
mod about_uses;

use strongroom_core::key::KeyState;
use strongroom_core::quota::Quotas;

use crate::authorization::dice::Dice;

use super::state::{Key, Model};
use super::step::{Ask, KeyName, NO_CALLER, Step, User};
use super::times::{DAY, HOUR, MINUTE};

/// Draws steps that go with what there is now.
pub struct Generator<'g> {
    pub dice: &'g mut Dice,
    pub model: &'g Model,
}

impl Generator<'_> {
    pub fn step(mut self) -> Step {
        let by = [User::Root, User::Ann, User::Bob][self.weighted(&[82, 12, 6])];
        // Who has a grant uses it, most of the time.
        let ask = match self.used_grant(by) {
            Some(ask) => ask,
            // The first thing there is is a key.
            None if self.model.keys.is_empty() => self.create_key(),
            None => self.draw(),
        };
        Step { by, ask }
    }

    fn draw(&mut self) -> Ask {
        let live = self.model.live_keys();
        let resting = live.iter().find(|key| self.model.keys[**key].state == KeyState::Disabled);
        let is_enabled = |key: &&usize| self.model.keys[**key].state == KeyState::Enabled;
        // Without keys that can be used there is little to see.
        if live.iter().filter(is_enabled).count() < 4 && self.dice.percent(15) {
            return match resting {
                Some(key) if self.dice.percent(50) => Ask::EnableKey { key: KeyName::Id(*key) },
                _ => self.create_key(),
            };
        }
        match self.weighted(&[30, 90, 60, 80, 80, 130, 80, 100, 190, 80, 90, 40, 70]) {
            0 => self.create_key(),
            1 => self.about_a_key(),
            2 => self.about_deletion(),
            3 => self.about_rotation(),
            4 => self.about_a_version(),
            5 => self.about_imports(),
            6 => self.about_names(),
            7 => self.about_grants(),
            8 => self.about_messages(),
            9 => self.about_macs(),
            10 => self.about_the_vault(),
            11 => self.about_slots_and_the_log(),
            _ => self.time_passes(),
        }
    }

    /// An index, as often as its weight says.
    fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.dice.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        unreachable!("less than the sum")
    }

    /// One of these.
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.dice.below(of.len())].clone()
    }

    fn maybe<T>(&mut self, percent: usize, value: T) -> Option<T> {
        self.dice.percent(percent).then_some(value)
    }

    /// One of so many things, if there are any.
    fn number(&mut self, count: usize) -> Option<usize> {
        if count == 0 { None } else { Some(self.dice.below(count)) }
    }

    /// A limit of pages, now and then one that is none.
    fn limit(&mut self, most: usize) -> usize {
        if self.dice.percent(6) { self.one(&[0, most + 1]) } else { self.one(&[1, 2, 3, most]) }
    }

    /// A key that mostly is as it should be, by its id.
    fn key(&mut self, suits: impl Fn(&Key) -> bool) -> KeyName {
        let odd = self.dice.below(100);
        if odd < 4 {
            let alias = self.alias();
            return self.one(&[
                KeyName::Unknown,
                KeyName::Malformed,
                KeyName::Empty,
                KeyName::Alias(alias),
                KeyName::AliasArn(alias),
            ]);
        }
        let all: Vec<usize> = (0..self.model.keys.len()).collect();
        let live = self.model.live_keys();
        let suitable: Vec<usize> = live.iter().copied().filter(|key| suits(&self.model.keys[*key])).collect();
        let from = if odd < 7 {
            all
        } else if odd < 17 && !live.is_empty() || suitable.is_empty() && !live.is_empty() {
            live
        } else if suitable.is_empty() {
            all
        } else {
            suitable
        };
        let key = self.one(&from);
        if self.dice.percent(20) { KeyName::Arn(key) } else { KeyName::Id(key) }
    }

    /// A key as before, or an alias of it where one will do.
    fn key_or_alias(&mut self, suits: impl Fn(&Key) -> bool) -> KeyName {
        let name = self.key(suits);
        let (KeyName::Id(key) | KeyName::Arn(key)) = name else { return name };
        let of_key = self.model.aliases.iter().find(|(_, alias)| alias.key == key);
        match of_key {
            Some((alias, _)) if self.dice.percent(35) => {
                if self.dice.percent(30) {
                    KeyName::AliasArn(*alias)
                } else {
                    KeyName::Alias(*alias)
                }
            }
            _ => name,
        }
    }

    /// The number of the key that a name means, if it is a number.
    fn meant(&self, name: KeyName) -> Option<&Key> {
        match name {
            KeyName::Id(key) | KeyName::Arn(key) => Some(&self.model.keys[key]),
            KeyName::Alias(alias) | KeyName::AliasArn(alias) => {
                self.model.aliases.get(&alias).map(|alias| &self.model.keys[alias.key])
            }
            KeyName::Unknown | KeyName::Malformed | KeyName::Empty => None,
        }
    }

    fn about_the_vault(&mut self) -> Ask {
        let quota = |generator: &mut Self, most: usize| {
            let quota = generator.dice.below(most) as u32 + 2;
            generator.maybe(60, quota)
        };
        let name = if self.dice.percent(5) { NO_CALLER } else { self.dice.below(2) as u8 };
        match self.weighted(&[10, 8, 60, 14, 10, 30, 10, 8, 5, 26, 12, 16, 8]) {
            0 if self.dice.percent(40) => Ask::PutQuotas { quotas: Quotas::default() },
            0 => Ask::PutQuotas {
                quotas: Quotas {
                    keys: quota(self, 8),
                    aliases_per_key: quota(self, 2),
                    grants_per_key: quota(self, 3),
                    on_demand_rotations_per_key: quota(self, 3),
                    tags_per_key: quota(self, 3),
                    ..Quotas::default()
                },
            },
            1 => Ask::DescribeQuotas,
            2 => Ask::Tick,
            3 => Ask::AcceptTime,
            4 => Ask::ResetClock,
            5 => Ask::PutCaller { name, user: self.one(&[User::Root, User::Ann, User::Bob, User::Bob]) },
            6 => Ask::DescribeCaller { name },
            7 => Ask::DeleteCaller { name },
            8 => Ask::ListCallers { limit: self.limit(1000) },
            9 => Ask::CreateAccessKey { name },
            10 => Ask::DisableAccessKey { name },
            11 => Ask::DeleteAccessKey { name },
            _ => Ask::ListAccessKeys { name },
        }
    }

    fn about_slots_and_the_log(&mut self) -> Ask {
        let known: Vec<u8> = self.model.slots.keys().copied().collect();
        let slot = if self.dice.percent(15) { self.dice.below(10) as u8 } else { self.one(&known) };
        let secret = self.dice.below(200) as u8;
        match self.weighted(&[5, 30, 12, 18, 15, 12, 12, 16]) {
            0 => Ask::ListSlots,
            1 => Ask::AddSlot { secret },
            2 => Ask::ChangeSlot { slot, secret },
            3 => Ask::RemoveSlot { slot },
            4 => {
                let mut keep: Vec<u8> = known.into_iter().filter(|_| self.dice.percent(60)).collect();
                if self.dice.percent(10) {
                    keep.push(slot);
                }
                Ask::Rekey { keep, is_right: !self.dice.percent(10) }
            }
            5 => Ask::StartAuditLog,
            6 => Ask::TakeAuditKey,
            _ => Ask::GetAuditHead,
        }
    }

    fn time_passes(&mut self) -> Ask {
        let ms = self.one(&[1, MINUTE, 19 * MINUTE, HOUR, 23 * HOUR, DAY, DAY + HOUR, 8 * DAY, 31 * DAY]);
        match self.weighted(&[40, 35, 15, 10]) {
            0 => Ask::Wait { ms },
            1 => Ask::Wait { ms: self.until_a_date().unwrap_or(ms) },
            2 => Ask::Remount { ms },
            _ => Ask::Cool,
        }
    }

    /// How long it is until something comes due, or just not.
    fn until_a_date(&mut self) -> Option<u64> {
        let times = self.model.times;
        let mut left = Vec::new();
        let mut timer = |date: u64| left.push(date.checked_sub(times.timer_ms));
        for key in self.model.keys.iter().filter(|key| !key.is_gone) {
            let deletions = key.versions.iter().filter_map(|version| version.destruction).chain(key.deletion);
            for deletion in deletions {
                match deletion.destroy_at_observed_ms {
                    None => timer(deletion.due_ms),
                    Some(at) => timer((times.timer_ms + at).saturating_sub(times.observed_ms)),
                }
            }
            key.versions.iter().filter_map(|version| version.expires_ms).for_each(&mut timer);
            if let Some(rotation) = key.rotation {
                timer(rotation.next_ms);
                timer(rotation.next_ms - 20 * MINUTE);
            }
            for token in key.wrapping_keys.iter().flatten() {
                timer(self.model.tokens[*token].expires_ms);
            }
        }
        let left: Vec<u64> = left.into_iter().flatten().filter(|left| *left > 0).collect();
        let chosen = self.number(left.len())?;
        Some(left[chosen] - u64::from(self.dice.percent(30)))
    }
}
