//! DescribeKey and ListKeys: what there is.

use crate::error::{Error, Parameter, Part};
use crate::flow::{Buffers, Done, Named, Parsed, Scene, run};
use crate::format::key_record::KeyRecord;
use crate::grant::{GrantToken, check_token_count, check_tokens};
use crate::key::{KeyFacts, KeyId, KeyMetadata};
use crate::keyring::with_snapshot;
use crate::limits::LIST_LIMIT_MAX;
use crate::operation::Operation;
use crate::operation::listing::marker;
use crate::operation::versions::list_versions::with_version;
use crate::platform::{Platform, State};
use crate::policy::{Action, Caller};
use crate::tree::{Owner, behind, is_root, last_below, owner_of};
use crate::vault::{Snapshot, Vault};

/// Describes a key (AWS KMS API Reference, *DescribeKey*).
#[derive(Clone, Copy, Debug)]
pub struct DescribeKey<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
}

impl<'a> DescribeKey<'a> {
    /// Describes the key with this id or ARN.
    #[must_use]
    pub const fn new(key_id: &'a str) -> Self {
        DescribeKey { key_id, grant_tokens: &[] }
    }
}

/// Lists the vault's keys, a page at a time (AWS KMS API Reference, *ListKeys*).
#[derive(Clone, Copy, Debug)]
pub struct ListKeys<'a> {
    /// Keys on this page, 1 to 1000.
    pub limit: usize,
    /// Where the last page ended, or `None` for the first.
    pub marker: Option<&'a Marker>,
}

/// Where a page ended: opaque, and authenticated, so that it cannot be forged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker(pub [u8; 24]);

/// A page of keys, in the caller's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ListedKeys<'o> {
    /// The keys, in an order of the vault's own.
    pub keys: &'o [KeyId],
    /// Where to go on, or `None` if this was the last page.
    pub next_marker: Option<Marker>,
    /// Keys, and tree nodes with all that hangs below them, that were passed over on the way to this page because they do not
    /// open; [`Vault::repair`] says what they are.
    pub damaged: u32,
}

impl<P: Platform> Vault<P> {
    /// Describes a key; its description goes into `description`;
    /// [`crate::limits::DESCRIPTION_LEN_MAX`] bytes are always enough.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn describe_key<'o>(
        &self,
        caller: &Caller<'_>,
        request: DescribeKey<'_>,
        description: &'o mut [u8],
    ) -> Result<KeyMetadata<'o>, Error> {
        let released = run(self, caller, request, Buffers::plaintext(description))?;
        let (facts, current_key_material_id) = released.output;
        let description = core::str::from_utf8(released.into_plaintext()).map_err(|_| Error::Bug)?;
        Ok(KeyMetadata { facts, current_key_material_id, description })
    }

    /// The id of the material that a key has now, for whoever tells of a key that a permitted request has just made or changed:
    /// its facts come from there. The id is a name and no secret. `None` where there is no material, or it cannot be read.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::SessionEnded`], [`Error::Busy`], [`Error::Storage`].
    pub fn current_key_material_id(&self, facts: &KeyFacts) -> Result<Option<[u8; 32]>, Error> {
        current_material_id(self.platform(), facts)
    }

    /// Lists keys into `page`, which needs `limit` places. Keys that cannot be read are passed over and counted;
    /// [`Error::Damaged`] is for a vault of which nothing can be.
    ///
    /// # Errors
    /// [`Error::InvalidMarker`]: the marker is not of this vault. Others: see [`Error`].
    pub fn list_keys<'o>(
        &self,
        caller: &Caller<'_>,
        request: ListKeys<'_>,
        page: &'o mut [KeyId],
    ) -> Result<ListedKeys<'o>, Error> {
        let released = run(self, caller, request, Buffers::new(&mut [], &mut [], page))?;
        let (next_marker, damaged) = released.output;
        Ok(ListedKeys { next_marker, damaged, keys: released.into_keys() })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DescribeKey<'a> {
    type Output = (KeyFacts, Option<[u8; 32]>);

    fn action(&self) -> Action {
        Action::DescribeKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_token_count(self.grant_tokens)?;
        Ok(Parsed::on(Named::text(Action::DescribeKey, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        check_tokens(scene, self.grant_tokens)?;
        // The cache keeps no descriptions, so the record is read again, under the writer's lock for its buffer.
        let platform = scene.vault.platform();
        let key_id = scene.key()?.key_id;
        let (facts, len) = platform.state().lend_writer(|_, scratch| {
            let snapshot = Snapshot::take(platform)?;
            let address = snapshot.keys.names.key(&snapshot.keys.names.owner(&key_id));
            let view = snapshot.view(platform.storage());
            let plaintext = view.record(&address, scratch)?.ok_or(Error::NotFound)?;
            let record = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
            let needed = record.texts.description.len();
            let out = buffers.plaintext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
            out.copy_from_slice(record.texts.description.as_bytes());
            Ok::<_, Error>((record.facts, needed))
        })??;
        buffers.plaintext_len = len;
        Ok(Done::with((facts, current_material_id(platform, &facts)?)))
    }
}

/// The id of the current version's material. That the version cannot be read does not keep its key from being described.
fn current_material_id<P: Platform>(platform: &P, facts: &KeyFacts) -> Result<Option<[u8; 32]>, Error> {
    if facts.current_version == 0 {
        return Ok(None);
    }
    let found = with_snapshot(platform, |snapshot| {
        with_version(platform, snapshot, facts, facts.current_version, |version| {
            version.facts.has_material.then_some(version.key_material_id)
        })
    });
    match found {
        Err(Error::Damaged(_) | Error::Capacity) => Ok(None),
        found => found,
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListKeys<'a> {
    type Output = (Option<Marker>, u32);

    fn action(&self) -> Action {
        Action::ListKeys
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.limit == 0 || self.limit > LIST_LIMIT_MAX {
            return Err(Error::Validation(Parameter::Limit));
        }
        Ok(Parsed::keyless(&[Action::ListKeys]))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        let platform = scene.vault.platform();
        let needed = self.limit;
        let page = buffers.keys.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
        // Under the writer's lock: for its buffer, and so that a page is of one revision.
        let (count, output) = platform.state().lend_writer(|_, scratch| {
            let snapshot = Snapshot::take(platform)?;
            let names = &snapshot.keys.names;
            let view = snapshot.view(platform.storage());
            let mac = |owner: &Owner| snapshot.keys.marker_mac(Action::ListKeys, owner);
            let open_marker = |marker| marker::open::<P::Primitives, 8, 24>(marker, mac);
            let mut last = self.marker.map(|marker| open_marker(&marker.0)).transpose()?;
            let (mut count, mut damaged, mut damaged_before) = (0usize, 0u32, 0u32);
            let mut after = last.as_ref().map(behind);
            loop {
                let next = match view.next_record(after.as_ref()) {
                    Ok(None) => return Ok::<_, Error>((count, (None, damaged))),
                    Ok(Some(next)) => next,
                    Err(Error::Damaged(part)) => {
                        let lost = view.damaged.take().ok_or(Error::Bug)?;
                        if is_root(&lost) {
                            return Err(Error::Damaged(part));
                        }
                        after = Some(last_below(&lost));
                        damaged = damaged.saturating_add(1);
                        continue;
                    }
                    Err(other) => return Err(other),
                };
                let owner = owner_of(&next);
                after = Some(behind(&owner));
                // Retiring principals have records too, and no key.
                let key_id = match view.record(&names.key(&owner), scratch) {
                    Ok(None) => continue,
                    Ok(Some(plaintext)) => KeyRecord::read(plaintext).ok().map(|record| record.facts.key_id),
                    // What was made too large for any buffer does not open either.
                    Err(Error::Damaged(_) | Error::Capacity) => None,
                    Err(other) => return Err(other),
                };
                let Some(key_id) = key_id else {
                    damaged = damaged.saturating_add(1);
                    continue;
                };
                let Some(place) = page.get_mut(count) else {
                    let marker = last.map(|owner| Marker(marker::join(&owner, &mac(&owner))));
                    // Those behind the last key are on the next page.
                    return Ok((count, (marker, damaged_before)));
                };
                *place = key_id;
                count = count.saturating_add(1);
                last = Some(owner);
                damaged_before = damaged;
            }
        })??;
        buffers.keys_len = count;
        Ok(Done::with(output))
    }
}
