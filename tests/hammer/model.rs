//! What the vault should be like, from what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_std::Action;

use crate::authorization::dice::Dice;

/// Threads at work; each changes only the keys that it made, and uses all.
pub const THREADS: u8 = 8;
/// No thread makes more of these.
const KEYS_MAX: usize = 6;
const VERSIONS_MAX: u32 = 30;
const FEW: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Enabled,
    Disabled,
    Doomed,
}

/// A key, as far as it can be changed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub thread: u8,
    pub is_mac: bool,
    pub standing: Standing,
    pub label: String,
    pub version: u32,
    pub revoked: BTreeSet<u32>,
    pub rotates: bool,
    pub tags: BTreeMap<String, String>,
    /// Ids by names.
    pub grants: BTreeMap<String, String>,
    pub aliases: BTreeSet<String>,
}

/// All keys by their ids.
pub type Keys = BTreeMap<String, Key>;

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    Create,
    Describe,
    Enable,
    Disable,
    Rotate,
    Schedule,
    Cancel,
    Revoke,
    Restore,
    Rotates,
    RotatesNot,
    Tag,
    Untag,
    Grant,
    EndGrant,
    Alias,
    MoveAlias,
    DropAlias,
}

/// Each with the action that its events have in the audit log.
pub const VERBS: [(Verb, Action); 18] = [
    (Verb::Create, Action::CreateKey),
    (Verb::Describe, Action::UpdateKeyDescription),
    (Verb::Enable, Action::EnableKey),
    (Verb::Disable, Action::DisableKey),
    (Verb::Rotate, Action::CreateKeyVersion),
    (Verb::Schedule, Action::ScheduleKeyDeletion),
    (Verb::Cancel, Action::CancelKeyDeletion),
    (Verb::Revoke, Action::RevokeKeyVersion),
    (Verb::Restore, Action::RestoreKeyVersion),
    (Verb::Rotates, Action::EnableKeyRotation),
    (Verb::RotatesNot, Action::DisableKeyRotation),
    (Verb::Tag, Action::TagResource),
    (Verb::Untag, Action::UntagResource),
    (Verb::Grant, Action::CreateGrant),
    (Verb::EndGrant, Action::RevokeGrant),
    (Verb::Alias, Action::CreateAlias),
    (Verb::MoveAlias, Action::UpdateAlias),
    (Verb::DropAlias, Action::DeleteAlias),
];

/// A change that a thread is about to make: four words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub verb: Verb,
    pub key: String,
    /// A name, a version, a label.
    pub word: String,
    /// A value, another key.
    pub other: String,
}

impl Change {
    fn new(verb: Verb, key: &str, word: impl ToString, other: impl ToString) -> Self {
        Change { verb, key: key.to_owned(), word: word.to_string(), other: other.to_string() }
    }

    pub fn to_text(&self) -> String {
        format!("{:?} {} {} {}", self.verb, self.key, self.word, self.other)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let name = words.next()?;
        let verb = VERBS.iter().find(|(verb, _)| format!("{verb:?}") == name)?.0;
        Some(Change::new(verb, words.next()?, words.next()?, words.next()?))
    }

    /// What becomes of the keys. `answer` is what the call returned: the id of a key or grant, if it made one.
    pub fn apply(&self, thread: u8, answer: &str, keys: &mut Keys) {
        let Change { verb, key: id, word, other } = self;
        if *verb == Verb::Create {
            let key = Key {
                thread,
                is_mac: other == "mac",
                standing: Standing::Enabled,
                label: word.clone(),
                version: 1,
                revoked: BTreeSet::new(),
                rotates: false,
                tags: BTreeMap::new(),
                grants: BTreeMap::new(),
                aliases: BTreeSet::new(),
            };
            keys.insert(answer.to_owned(), key);
            return;
        }
        if *verb == Verb::MoveAlias {
            keys.get_mut(other).unwrap().aliases.insert(word.clone());
        }
        let key = keys.get_mut(id).unwrap();
        match verb {
            Verb::Create => {}
            Verb::Describe => key.label = word.clone(),
            Verb::Enable => key.standing = Standing::Enabled,
            Verb::Disable | Verb::Cancel => key.standing = Standing::Disabled,
            Verb::Schedule => key.standing = Standing::Doomed,
            Verb::Rotate => key.version += 1,
            Verb::Revoke => drop(key.revoked.insert(word.parse().unwrap())),
            Verb::Restore => drop(key.revoked.remove(&word.parse().unwrap())),
            Verb::Rotates => key.rotates = true,
            Verb::RotatesNot => key.rotates = false,
            Verb::Tag => drop(key.tags.insert(word.clone(), other.clone())),
            Verb::Untag => drop(key.tags.remove(word)),
            Verb::Grant => drop(key.grants.insert(word.clone(), answer.to_owned())),
            Verb::EndGrant => drop(key.grants.remove(word)),
            Verb::Alias => drop(key.aliases.insert(word.clone())),
            Verb::MoveAlias | Verb::DropAlias => drop(key.aliases.remove(word)),
        }
    }

    /// A change that is possible now, to one of a thread's keys; these are all of them.
    pub fn draw(thread: u8, number: u64, mine: &Keys, dice: &mut Dice) -> Self {
        let name = format!("{thread}-{number}");
        if mine.is_empty() || mine.len() < KEYS_MAX && dice.percent(20) {
            let kind = if dice.percent(30) { "mac" } else { "symmetric" };
            return Change::new(Verb::Create, "-", name, kind);
        }
        let (id, key) = mine.iter().nth(dice.below(mine.len())).unwrap();
        let one = |verb| Change::new(verb, id, "-", "-");
        let mut possible = vec![Change::new(Verb::Describe, id, &name, "-")];
        match key.standing {
            Standing::Doomed => possible = vec![one(Verb::Cancel)],
            Standing::Disabled => {
                possible.extend([one(Verb::Enable), one(Verb::Enable), one(Verb::Schedule)])
            }
            Standing::Enabled => {
                possible.push(one(if dice.percent(20) { Verb::Schedule } else { Verb::Disable }));
                if key.version < VERSIONS_MAX {
                    possible.push(one(Verb::Rotate));
                }
                if !key.is_mac {
                    possible.push(one(if key.rotates { Verb::RotatesNot } else { Verb::Rotates }));
                }
            }
        }
        if key.standing != Standing::Doomed {
            let old = 1 + dice.below(key.version as usize) as u32;
            if key.revoked.contains(&old) {
                possible.push(Change::new(Verb::Restore, id, old, "-"));
            } else if old < key.version && key.standing == Standing::Enabled {
                possible.push(Change::new(Verb::Revoke, id, old, "-"));
            }
            possible.push(match key.tags.first_key_value() {
                Some((tag, _)) if key.tags.len() >= FEW || dice.percent(40) => {
                    Change::new(Verb::Untag, id, tag, "-")
                }
                _ => Change::new(Verb::Tag, id, format!("tag{}", dice.below(FEW)), &name),
            });
            possible.push(match key.grants.first_key_value() {
                Some((grant, _)) if key.grants.len() >= FEW || dice.percent(40) => {
                    Change::new(Verb::EndGrant, id, grant, key.grants[grant].as_str())
                }
                _ if key.standing == Standing::Enabled => {
                    Change::new(Verb::Grant, id, format!("grant{name}"), "-")
                }
                _ => Change::new(Verb::Describe, id, &name, "-"),
            });
            let other = mine.iter().find(|(other, key)| *other != id && key.standing != Standing::Doomed);
            possible.push(match (key.aliases.first(), other) {
                (Some(alias), _) if key.aliases.len() >= FEW || dice.percent(30) => {
                    Change::new(Verb::DropAlias, id, alias, "-")
                }
                (Some(alias), Some((other, of_other)))
                    if of_other.is_mac == key.is_mac && dice.percent(60) =>
                {
                    Change::new(Verb::MoveAlias, id, alias, other)
                }
                _ => Change::new(Verb::Alias, id, format!("alias/{name}"), "-"),
            });
        }
        possible.swap_remove(dice.below(possible.len()))
    }
}
