//! Aliases and tags.

use strongroom_core::policy::Action;

use super::answer::{AliasEntry, Answer, Outcome};
use super::may::{Asked, Code, NOT_FOUND, check, check_name, check_quota, check_state, only_root};
use super::state::{Alias, Model};
use super::step::{KeyName, NO_ALIAS, RESERVED_ALIAS, User, alias_text};

const TAG_EXCEPTION: Code = "TagException";
const TAGS_MAX: usize = 50;

fn check_tag_name(name: &str) -> Result<(), Code> {
    check((1..=128).contains(&name.chars().count()))?;
    if name.to_ascii_lowercase().starts_with("aws:") { Err(TAG_EXCEPTION) } else { Ok(()) }
}

pub fn check_tags(tags: &[(String, String)]) -> Result<(), Code> {
    for (name, value) in tags {
        check(value.chars().count() <= 256)?;
        check_tag_name(name)?;
        if tags.iter().filter(|(other, _)| other == name).count() > 1 {
            return Err(TAG_EXCEPTION);
        }
    }
    if tags.len() > TAGS_MAX { Err(TAG_EXCEPTION) } else { Ok(()) }
}

impl Model {
    fn aliases_of(&self, key: usize) -> usize {
        self.aliases.values().filter(|alias| alias.key == key).count()
    }

    pub fn create_alias(&mut self, by: User, alias: u8, name: KeyName) -> Outcome {
        check(alias != NO_ALIAS)?;
        check_name(name)?;
        if alias == RESERVED_ALIAS {
            return Err("InvalidAliasNameException");
        }
        let key = self.enter(Asked::of(by, Action::CreateAlias), name)?;
        if self.aliases.contains_key(&alias) {
            return Err("AlreadyExistsException");
        }
        check_state("CreateAlias", &self.keys[key])?;
        check_quota(self.quotas.aliases_per_key, self.aliases_of(key))?;
        let now_ms = self.times.wall_ms;
        self.aliases.insert(alias, Alias { key, created_ms: now_ms, last_updated_ms: now_ms });
        Ok(Answer::Done)
    }

    /// Of an alias and both keys. What is due is settled on both.
    pub fn update_alias(&mut self, by: User, alias: u8, name: KeyName) -> Outcome {
        check(alias != NO_ALIAS)?;
        check_name(name)?;
        only_root(by)?;
        let old = self.aliases.get(&alias).ok_or(NOT_FOUND)?.key;
        let key = self.find(Asked::of(by, Action::UpdateAlias), name)?;
        self.settle(old);
        self.settle(key);
        check_state("UpdateAlias", &self.keys[key])?;
        if old != key {
            check(self.keys[old].is_symmetric() == self.keys[key].is_symmetric())?;
            check_quota(self.quotas.aliases_per_key, self.aliases_of(key))?;
        }
        let created_ms = self.aliases[&alias].created_ms;
        self.aliases.insert(alias, Alias { key, created_ms, last_updated_ms: self.times.wall_ms });
        Ok(Answer::Done)
    }

    pub fn delete_alias(&mut self, by: User, alias: u8) -> Outcome {
        check(alias != NO_ALIAS)?;
        only_root(by)?;
        let key = self.aliases.get(&alias).ok_or(NOT_FOUND)?.key;
        self.settle(key);
        self.aliases.remove(&alias);
        Ok(Answer::Done)
    }

    /// A listing uses no key, so nothing is settled.
    pub fn list_aliases(&self, by: User, name: Option<KeyName>, limit: usize) -> Outcome {
        check((1..=100).contains(&limit))?;
        name.map_or(Ok(()), check_name)?;
        only_root(by)?;
        let key = name.map(|name| self.find(Asked::of(by, Action::ListAliases), name)).transpose()?;
        let entry = |(number, alias): (&u8, &Alias)| AliasEntry {
            name: alias_text(*number),
            key: alias.key,
            created_ms: Some(alias.created_ms),
            last_updated_ms: Some(alias.last_updated_ms),
        };
        let listed = self.aliases.iter().filter(|(_, alias)| key.is_none_or(|key| key == alias.key));
        let mut entries: Vec<_> = listed.map(entry).collect();
        entries.sort();
        Ok(Answer::Aliases(entries))
    }

    pub fn tag_resource(&mut self, by: User, name: KeyName, tags: &[(String, String)]) -> Outcome {
        check_tags(tags)?;
        let number = self.manage(by, name, "TagResource")?;
        let key = &mut self.keys[number];
        let mut after = key.tags.clone();
        after.extend(tags.iter().cloned());
        if after.len() > TAGS_MAX {
            return Err(TAG_EXCEPTION);
        }
        if after.len() > key.tags.len() {
            check_quota(self.quotas.tags_per_key, after.len() - 1)?;
        }
        key.tags = after;
        Ok(Answer::Done)
    }

    pub fn untag_resource(&mut self, by: User, name: KeyName, names: &[String]) -> Outcome {
        names.iter().try_for_each(|name| check_tag_name(name))?;
        let key = self.manage(by, name, "UntagResource")?;
        self.keys[key].tags.retain(|name, _| !names.contains(name));
        Ok(Answer::Done)
    }

    pub fn list_resource_tags(&mut self, by: User, name: KeyName, limit: usize) -> Outcome {
        check((1..=50).contains(&limit))?;
        let key = self.manage(by, name, "ListResourceTags")?;
        Ok(Answer::Tags(self.keys[key].tags.clone().into_iter().collect()))
    }
}
