//! ListAliases: which other names keys have, a page at a time.

use crate::crypto::sr1;
use crate::error::{Error, Parameter, Part};
use crate::flow::{Buffers, Done, Parsed, Scene, check_key_reference, run};
use crate::format::alias_record::ALIAS_RECORD_LEN;
use crate::format::bytes::Reader;
use crate::format::key_record::KeyRecord;
use crate::format::strings::Strings;
use crate::key::{Alias, KeyId, KeyReference, permits};
use crate::keyring;
use crate::limits::{ALIAS_LIST_LIMIT_DEFAULT, ALIAS_LIST_LIMIT_MAX};
use crate::operation::Operation;
use crate::operation::listing::marker;
use crate::operation::listing::page::{Page, next_entry};
use crate::platform::{Platform, State};
use crate::policy::{Action, Caller};
use crate::tree::{name_of, within};
use crate::vault::{Snapshot, Vault, read_alias};

/// Lists the aliases of a key or of the whole vault (AWS KMS API Reference, *ListAliases*).
#[derive(Clone, Copy, Debug)]
pub struct ListAliases<'a> {
    /// Only the aliases of this key: a key id or key ARN.
    pub key_id: Option<&'a str>,
    /// Aliases on this page, 1 to 100; a page that does not fit into the buffer has fewer.
    pub limit: usize,
    /// Where the last page ended, or `None` for the first.
    pub marker: Option<&'a AliasMarker>,
}

impl Default for ListAliases<'_> {
    /// The first fifty of the vault.
    fn default() -> Self {
        ListAliases { key_id: None, limit: ALIAS_LIST_LIMIT_DEFAULT, marker: None }
    }
}

/// Where a page of aliases ended: opaque, authenticated, and good for the same listing only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AliasMarker(pub [u8; 31]);

/// A page of aliases, in the caller's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ListedAliases<'o> {
    /// Each `u16 length ‖ content of the record`.
    entries: &'o [u8],
    /// Where to go on, or `None` if this was the last page.
    pub next_marker: Option<AliasMarker>,
}

impl<'o> ListedAliases<'o> {
    /// The aliases, in an order of the vault's own.
    pub fn iter(&self) -> impl Iterator<Item = Alias<'o>> + use<'o> {
        let mut reader = Reader::new(self.entries);
        // Each was read before it was copied here.
        core::iter::from_fn(move || Alias::read_content(Reader::new(reader.string().ok()?)).ok())
    }
}

impl<P: Platform> Vault<P> {
    /// Lists aliases into `page`; 300 bytes are enough for one. An alias that cannot be read ends the listing with
    /// [`Error::Damaged`].
    ///
    /// # Errors
    /// [`Error::NotFound`]: no such key. [`Error::InvalidMarker`]: the marker is not of this listing.
    /// [`Error::BufferTooSmall`]: not one alias fits. Others: see [`Error`].
    pub fn list_aliases<'o>(
        &self,
        caller: &Caller<'_>,
        request: ListAliases<'_>,
        page: &'o mut [u8],
    ) -> Result<ListedAliases<'o>, Error> {
        let released = run(self, caller, request, Buffers::plaintext(page))?;
        Ok(ListedAliases { next_marker: released.output, entries: released.into_plaintext() })
    }
}

const DAMAGED: Error = Error::Damaged(Part::Record);

/// The key that the listing is about.
fn listed_key<P: Platform>(scene: &Scene<'_, P>, text: &str) -> Result<KeyId, Error> {
    let KeyReference::Id(key_id) = KeyReference::parse(text, scene.realm) else {
        return Err(Error::NotFound);
    };
    let facts = keyring::lend_key(scene.vault.platform(), &key_id, |facts, _| *facts)?;
    permits(Action::ListAliases, &facts.ok_or(Error::NotFound)?)?;
    Ok(key_id)
}

/// Adds the aliases of one key behind a place; answers whether there are more.
fn list_of_key<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    key_id: &KeyId,
    scratch: &mut [u8],
    after: Option<[u8; 15]>,
    mut add: impl FnMut([u8; 15], &Alias<'_>) -> Result<bool, Error>,
) -> Result<bool, Error> {
    let names = &snapshot.keys.names;
    let view = snapshot.view(platform.storage());
    let plaintext = view.record(&names.key(&names.owner(key_id)), scratch)?.ok_or(Error::NotFound)?;
    let aliases = Strings::new(KeyRecord::read(plaintext).map_err(|_| DAMAGED)?.texts.aliases);
    let mut buffer = [0; ALIAS_RECORD_LEN + sr1::OVERHEAD];
    let mut at = after;
    while let Some((place, name)) = next_entry(aliases.iter(), |name| name_of(&names.alias(name)), at) {
        let alias = read_alias(&view, names, name, &mut buffer)?.ok_or(DAMAGED)?;
        if alias.target_key_id != *key_id {
            return Err(DAMAGED);
        }
        if !add(place, &alias)? {
            return Ok(true);
        }
        at = Some(place);
    }
    Ok(false)
}

/// Adds all aliases behind a place; answers whether there are more.
fn list_all<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    after: Option<[u8; 15]>,
    mut add: impl FnMut([u8; 15], &Alias<'_>) -> Result<bool, Error>,
) -> Result<bool, Error> {
    let names = &snapshot.keys.names;
    let view = snapshot.view(platform.storage());
    let owner = names.aliases();
    let mut buffer = [0; ALIAS_RECORD_LEN + sr1::OVERHEAD];
    let mut at = within(&owner, after.as_ref().map_or(&[], |place| &place[..]));
    while let Some(next) = view.next_record_of(&owner, &at)? {
        let plaintext = view.record(&next, &mut buffer)?.ok_or(DAMAGED)?;
        let alias = Alias::read(plaintext).map_err(|_| DAMAGED)?;
        if names.alias(alias.name) != next {
            return Err(DAMAGED);
        }
        if !add(name_of(&next), &alias)? {
            return Ok(true);
        }
        at = next;
    }
    Ok(false)
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListAliases<'a> {
    type Output = Option<AliasMarker>;

    fn action(&self) -> Action {
        Action::ListAliases
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.limit == 0 || self.limit > ALIAS_LIST_LIMIT_MAX {
            return Err(Error::Validation(Parameter::Limit));
        }
        self.key_id.map_or(Ok(()), check_key_reference)?;
        Ok(Parsed { listed_key: self.key_id, ..Parsed::keyless(&[Action::ListAliases]) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Option<AliasMarker>>, Error> {
        let platform = scene.vault.platform();
        let key_id = self.key_id.map(|text| listed_key(scene, text)).transpose()?;
        let filter = key_id.unwrap_or(KeyId::from_bytes([0; 16]));
        // Under the writer's lock: for its buffer, and so that a page is of one revision.
        let (next, len) = platform.state().lend_writer(|_, scratch| {
            let snapshot = Snapshot::take(platform)?;
            let mac =
                |place: &[u8; 15]| snapshot.keys.listing_marker_mac(Action::ListAliases, &filter, "", place);
            let open_marker = |marker: &AliasMarker| marker::open::<P::Primitives, 15, 31>(&marker.0, mac);
            let after = self.marker.map(open_marker).transpose()?;
            let mut page = Page::new(&mut *buffers.plaintext);
            let add = |place, alias: &Alias<'_>| {
                Ok(page.count < self.limit && page.add(place, |writer| alias.write_content(writer))?)
            };
            let has_more = match &key_id {
                Some(key_id) => list_of_key(platform, &snapshot, key_id, scratch, after, add)?,
                None => list_all(platform, &snapshot, after, add)?,
            };
            let last = page.last.filter(|_| has_more);
            let next = last.map(|last| AliasMarker(marker::join(&last, &mac(&last))));
            Ok::<_, Error>((next, page.len))
        })??;
        buffers.plaintext_len = len;
        Ok(Done::with(next))
    }
}
