//! Listings, in pages, and what aliases and tags there are to list.

use strongroom_core::Error;
use strongroom_core::error::Part;
use strongroom_core::key::KeyId;
use strongroom_core::limits::LIST_LIMIT_MAX;
use strongroom_core::operation::{
    CreateAlias, DeleteAlias, IncludeKeyMaterial, ListAliases, ListKeyRotations, ListKeyVersions, ListKeys,
    ListResourceTags, TagResource, UntagResource, UpdateAlias,
};
use strongroom_core::policy::Caller;

use super::Real;
use super::words::entry;
use crate::model::answer::{AliasEntry, Answer};
use crate::model::step::{Ask, KeyName, User, alias_text};
use crate::world::caller;

const ROOM: usize = 40_000;

/// Goes from page to page; a page says what is on it and where the next one begins.
pub(super) fn all_pages<T, M>(
    mut page: impl FnMut(Option<&M>) -> Result<(Vec<T>, Option<M>), Error>,
) -> Result<Vec<T>, Error> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let (entries, next) = page(marker.as_ref())?;
        assert!(next.is_none() || !entries.is_empty(), "an empty page that is not the last");
        all.extend(entries);
        marker = next;
        if marker.is_none() {
            return Ok(all);
        }
    }
}

impl Real<'_> {
    pub(super) fn take_on_lists(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let caller = &caller(by.principal());
        Some(match ask {
            Ask::ListKeys { limit } => self.list_keys(caller, *limit),
            Ask::ListKeyVersions { key, limit } => self.list_versions(caller, *key, *limit),
            Ask::ListKeyRotations { key, is_all, limit } => {
                self.list_rotations(caller, *key, *is_all, *limit)
            }
            Ask::ListAliases { key, limit } => self.list_aliases(caller, *key, *limit),
            Ask::ListResourceTags { key, limit } => self.list_tags(caller, *key, *limit),
            Ask::CreateAlias { alias, key } => {
                let (alias_name, target_key_id) = (&alias_text(*alias), &self.text(*key));
                let request = CreateAlias { alias_name, target_key_id };
                self.vault.create_alias(caller, request).map(|()| Answer::Done)
            }
            Ask::UpdateAlias { alias, key } => {
                let (alias_name, target_key_id) = (&alias_text(*alias), &self.text(*key));
                let request = UpdateAlias { alias_name, target_key_id };
                self.vault.update_alias(caller, request).map(|()| Answer::Done)
            }
            Ask::DeleteAlias { alias } => {
                let request = DeleteAlias { alias_name: &alias_text(*alias) };
                self.vault.delete_alias(caller, request).map(|()| Answer::Done)
            }
            Ask::TagResource { key, tags } => {
                let tags: Vec<_> = tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let request = TagResource { key_id: &self.text(*key), tags: &tags };
                self.vault.tag_resource(caller, request).map(|()| Answer::Done)
            }
            Ask::UntagResource { key, names } => {
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                let request = UntagResource { key_id: &self.text(*key), tag_keys: &names };
                self.vault.untag_resource(caller, request).map(|()| Answer::Done)
            }
            _ => return None,
        })
    }

    fn list_keys(&self, caller: &Caller<'_>, limit: usize) -> Result<Answer, Error> {
        let listed = all_pages(|marker| {
            let mut page = [KeyId::from_bytes([0; 16]); LIST_LIMIT_MAX];
            let listed = self.vault.list_keys(caller, ListKeys { limit, marker }, &mut page)?;
            // It is passed over, and the answer says so.
            if listed.damaged > 0 {
                return Err(Error::Damaged(Part::Record));
            }
            Ok((listed.keys.to_vec(), listed.next_marker))
        })?;
        let mut keys: Vec<_> = listed.into_iter().map(|key_id| self.number(key_id)).collect();
        keys.sort_unstable();
        Ok(Answer::Keys(keys))
    }

    fn list_versions(&self, caller: &Caller<'_>, key: KeyName, limit: usize) -> Result<Answer, Error> {
        let key_id = &self.text(key);
        let mut room = vec![0; ROOM];
        let listed = all_pages(|marker| {
            let request = ListKeyVersions { key_id, limit, marker };
            let listed = self.vault.list_key_versions(caller, request, &mut room)?;
            Ok((listed.iter().map(|version| entry(&version)).collect(), listed.next_marker))
        });
        listed.map(Answer::Versions)
    }

    fn list_rotations(
        &self,
        caller: &Caller<'_>,
        key: KeyName,
        is_all: bool,
        limit: usize,
    ) -> Result<Answer, Error> {
        let key_id = &self.text(key);
        let include_key_material =
            if is_all { IncludeKeyMaterial::AllKeyMaterial } else { IncludeKeyMaterial::RotationsOnly };
        let mut room = vec![0; ROOM];
        let listed = all_pages(|marker| {
            let request = ListKeyRotations { key_id, include_key_material, limit, marker };
            let listed = self.vault.list_key_rotations(caller, request, &mut room)?;
            Ok((listed.iter().map(|version| entry(&version)).collect(), listed.next_marker))
        });
        listed.map(Answer::Versions)
    }

    fn list_aliases(&self, caller: &Caller<'_>, key: Option<KeyName>, limit: usize) -> Result<Answer, Error> {
        let key = key.map(|key| self.text(key));
        let mut room = vec![0; ROOM];
        let mut listed = all_pages(|marker| {
            let request = ListAliases { key_id: key.as_deref(), limit, marker };
            let listed = self.vault.list_aliases(caller, request, &mut room)?;
            let entries = listed.iter().map(|alias| AliasEntry {
                name: alias.name.to_owned(),
                key: self.number(alias.target_key_id),
                created_ms: alias.created_ms,
                last_updated_ms: alias.last_updated_ms,
            });
            Ok((entries.collect(), listed.next_marker))
        })?;
        listed.sort();
        Ok(Answer::Aliases(listed))
    }

    fn list_tags(&self, caller: &Caller<'_>, key: KeyName, limit: usize) -> Result<Answer, Error> {
        let key_id = &self.text(key);
        let mut room = vec![0; ROOM];
        let mut listed = all_pages(|marker| {
            let request = ListResourceTags { key_id, limit, marker };
            let listed = self.vault.list_resource_tags(caller, request, &mut room)?;
            let tags = listed.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
            Ok((tags.collect(), listed.next_marker))
        })?;
        listed.sort();
        Ok(Answer::Tags(listed))
    }
}
