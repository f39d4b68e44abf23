//! TagResource, UntagResource, ListResourceTags: the tags of a key.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parameters, Parsed, Scene, run};
use crate::format::bytes::Reader;
use crate::format::strings::Strings;
use crate::key::permits;
use crate::keyring::{lend_key, with_snapshot};
use crate::limits::{KEY_TAG_NAME_CHARS_MAX, KEY_TAG_VALUE_CHARS_MAX, KEY_TAGS_MAX, TAG_LIST_LIMIT_MAX};
use crate::operation::Operation;
use crate::operation::listing::marker;
use crate::operation::listing::page::{Page, next_entry};
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{Change, KeyChange, Vault};

/// A tag: its name and its value.
pub type Tag<'a> = (&'a str, &'a str);

/// Tags a key, or gives its tags other values (AWS KMS API Reference, *TagResource*).
#[derive(Clone, Copy, Debug)]
pub struct TagResource<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Names of 1 to 128 characters that differ, not beginning with `aws:`; values of at most 256 characters.
    pub tags: &'a [Tag<'a>],
}

/// Takes tags off a key, as far as it has them (AWS KMS API Reference, *UntagResource*).
#[derive(Clone, Copy, Debug)]
pub struct UntagResource<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The names of the tags.
    pub tag_keys: &'a [&'a str],
}

/// Lists the tags of a key (AWS KMS API Reference, *ListResourceTags*).
#[derive(Clone, Copy, Debug)]
pub struct ListResourceTags<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Tags on this page, 1 to 50; a page that does not fit into the buffer has fewer.
    pub limit: usize,
    /// Where the last page ended, or `None` for the first.
    pub marker: Option<&'a TagMarker>,
}

impl<'a> ListResourceTags<'a> {
    /// All tags of a key: it has at most fifty.
    #[must_use]
    pub const fn new(key_id: &'a str) -> Self {
        ListResourceTags { key_id, limit: TAG_LIST_LIMIT_MAX, marker: None }
    }
}

/// Where a page of tags ended: opaque, authenticated, and good for the same listing only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagMarker(pub [u8; 31]);

/// A page of tags, in the caller's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ListedTags<'o> {
    /// Each `u16 length ‖ string name ‖ string value`.
    entries: &'o [u8],
    /// Where to go on, or `None` if this was the last page.
    pub next_marker: Option<TagMarker>,
}

impl<'o> ListedTags<'o> {
    /// The tags, in an order of the vault's own.
    pub fn iter(&self) -> impl Iterator<Item = Tag<'o>> + use<'o> {
        let mut reader = Reader::new(self.entries);
        core::iter::from_fn(move || Strings::new(reader.string().ok()?).pairs().next())
    }
}

impl<P: Platform> Vault<P> {
    /// Tags a key, durably.
    ///
    /// # Errors
    /// [`Error::Tag`]: a name is reserved or given twice, or the key would have more than 50. Others: see [`Error`]. The
    /// key is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn tag_resource(&self, caller: &Caller<'_>, request: TagResource<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(drop)
    }

    /// Takes tags off a key, durably.
    ///
    /// # Errors
    /// [`Error::Tag`]: a name is reserved. Others: see [`Error`]. The key is as it was, except after [`Error::Storage`] and
    /// [`Error::Anchor`], which end the session.
    pub fn untag_resource(&self, caller: &Caller<'_>, request: UntagResource<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(drop)
    }

    /// Lists the tags of a key into `page`; 1600 bytes are enough for one.
    ///
    /// # Errors
    /// [`Error::InvalidMarker`]: the marker is not of this listing. [`Error::BufferTooSmall`]: not one tag fits. Others: see
    /// [`Error`].
    pub fn list_resource_tags<'o>(
        &self,
        caller: &Caller<'_>,
        request: ListResourceTags<'_>,
        page: &'o mut [u8],
    ) -> Result<ListedTags<'o>, Error> {
        let released = run(self, caller, request, Buffers::plaintext(page))?;
        Ok(ListedTags { next_marker: released.output, entries: released.into_plaintext() })
    }
}

/// Checks the name of a tag.
fn check_tag_name(name: &str) -> Result<(), Error> {
    if !(1..=KEY_TAG_NAME_CHARS_MAX).contains(&name.chars().count()) {
        return Err(Error::Validation(Parameter::KeyTags));
    }
    match name.as_bytes().first_chunk::<4>() {
        Some(prefix) if prefix.eq_ignore_ascii_case(b"aws:") => Err(Error::Tag),
        _ => Ok(()),
    }
}

/// Checks the tags that a key is to get.
pub(in crate::operation) fn check_tags(tags: &[Tag<'_>]) -> Result<(), Error> {
    if tags.len() > KEY_TAGS_MAX {
        return Err(Error::Tag);
    }
    for (position, (name, value)) in tags.iter().enumerate() {
        check_tag_name(name)?;
        if value.chars().count() > KEY_TAG_VALUE_CHARS_MAX {
            return Err(Error::Validation(Parameter::KeyTags));
        }
        if tags.iter().take(position).any(|(earlier, _)| earlier == name) {
            return Err(Error::Tag);
        }
    }
    Ok(())
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for TagResource<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::TagResource
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters { tags: self.tags, ..Parameters::NONE }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_tags(self.tags)?;
        Ok(Parsed::on(Named::text(Action::TagResource, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let facts = scene.key()?;
        permits(Action::TagResource, &facts)?;
        let change = Change::Key(KeyChange::Tag(facts.key_id, self.tags));
        Ok(Done { change: Some(change), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for UntagResource<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::UntagResource
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters { tag_keys: self.tag_keys, ..Parameters::NONE }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        self.tag_keys.iter().try_for_each(|name| check_tag_name(name))?;
        Ok(Parsed::on(Named::text(Action::UntagResource, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let facts = scene.key()?;
        permits(Action::UntagResource, &facts)?;
        let change = Change::Key(KeyChange::Untag(facts.key_id, self.tag_keys));
        Ok(Done { change: Some(change), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListResourceTags<'a> {
    type Output = Option<TagMarker>;

    fn action(&self) -> Action {
        Action::ListResourceTags
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.limit == 0 || self.limit > TAG_LIST_LIMIT_MAX {
            return Err(Error::Validation(Parameter::Limit));
        }
        Ok(Parsed::on(Named::text(Action::ListResourceTags, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Option<TagMarker>>, Error> {
        let facts = scene.key()?;
        permits(Action::ListResourceTags, &facts)?;
        let platform = scene.vault.platform();
        let key_id = facts.key_id;
        let keys = with_snapshot(platform, |snapshot| Ok(snapshot.keys.clone()))?;
        let mac = |place: &[u8; 15]| keys.listing_marker_mac(Action::ListResourceTags, &key_id, "", place);
        let open_marker = |marker: &TagMarker| marker::open::<P::Primitives, 15, 31>(&marker.0, mac);
        let after = self.marker.map(open_marker).transpose()?;
        let listed = lend_key(platform, &key_id, |_, texts| {
            let tags = Strings::new(texts.tags);
            let place_of = |(name, _): &Tag<'_>| keys.tag_place(&key_id, name);
            let mut page = Page::new(&mut *buffers.plaintext);
            let (mut at, mut has_more) = (after, false);
            while let Some((place, (name, value))) = next_entry(tags.pairs(), place_of, at) {
                let is_added = page.count < self.limit
                    && page.add(place, |writer| {
                        writer.string(name.as_bytes())?;
                        writer.string(value.as_bytes())
                    })?;
                if !is_added {
                    has_more = true;
                    break;
                }
                at = Some(place);
            }
            Ok::<_, Error>((page.len, page.last.filter(|_| has_more)))
        })?;
        let (len, last) = listed.ok_or(Error::NotFound)??;
        buffers.plaintext_len = len;
        Ok(Done::with(last.map(|last| TagMarker(marker::join(&last, &mac(&last))))))
    }
}
