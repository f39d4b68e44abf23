//! ListKeyVersions and ListKeyRotations: what material a key has and had, a page at a time, oldest first.

use zeroize::Zeroizing;

use crate::crypto::{Primitives, sr1};
use crate::error::{Error, Parameter, Part};
use crate::flow::{Buffers, Done, Named, Parsed, Scene, run};
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::format::version_record::{VERSION_RECORD_LEN, VersionRecord};
use crate::key::{KeyFacts, KeyId, KeyOrigin, KeySpec, VersionCause, VersionFacts, permits};
use crate::keyring::with_snapshot;
use crate::limits::LIST_LIMIT_MAX;
use crate::operation::Operation;
use crate::operation::listing::marker;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{DerivedKeys, Snapshot, Vault};

/// Lists the versions of a key, destroyed ones too. An operation of ours.
#[derive(Clone, Copy, Debug)]
pub struct ListKeyVersions<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Versions on this page, 1 to 1000; a page that does not fit into the buffer has fewer.
    pub limit: usize,
    /// Where the last page ended, or `None` for the first.
    pub marker: Option<&'a VersionMarker>,
}

/// Lists the rotations of a key (AWS KMS API Reference, *ListKeyRotations*).
#[derive(Clone, Copy, Debug)]
pub struct ListKeyRotations<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Which material.
    pub include_key_material: IncludeKeyMaterial,
    /// Entries on this page, 1 to 1000; a page that does not fit into the buffer has fewer.
    pub limit: usize,
    /// Where the last page ended, or `None` for the first.
    pub marker: Option<&'a VersionMarker>,
}

/// Which material ListKeyRotations lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IncludeKeyMaterial {
    /// What completed rotations brought: neither the first, nor what waits for its rotation.
    #[default]
    RotationsOnly,
    /// All of it. For symmetric keys.
    AllKeyMaterial,
}

/// Where a page of versions ended: opaque, authenticated, and good for the same listing only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionMarker(pub [u8; 20]);

/// One version of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyVersion<'o> {
    /// Number, state, how it came about, dates.
    pub facts: VersionFacts,
    /// The id of its material.
    pub key_material_id: [u8; 32],
    /// Whether it is the key's current one: the one that encrypts or makes MACs.
    pub is_primary: bool,
    /// Whether it is imported material that waits for its rotation.
    pub is_pending_rotation: bool,
    /// Whether its material is imported.
    pub is_imported: bool,
    /// Of imported material, in its importer's words.
    pub description: &'o str,
}

/// A page of versions, in the caller's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ListedVersions<'o> {
    entries: &'o [u8],
    /// Where to go on, or `None` if this was the last page.
    pub next_marker: Option<VersionMarker>,
}

impl VersionCause {
    /// The RotationType of ListKeyRotations; `None` for material that no rotation brought.
    #[must_use]
    pub const fn rotation_type(self) -> Option<&'static str> {
        match self {
            VersionCause::First | VersionCause::Imported => None,
            VersionCause::OnDemand | VersionCause::Created => Some("ON_DEMAND"),
            VersionCause::Automatic => Some("AUTOMATIC"),
        }
    }
}

impl KeyVersion<'_> {
    /// The KeyMaterialState of ListKeyRotations.
    #[must_use]
    pub const fn material_state(&self) -> &'static str {
        if self.is_primary {
            "CURRENT"
        } else if self.is_pending_rotation {
            "PENDING_ROTATION"
        } else {
            "NON_CURRENT"
        }
    }
}

const PRIMARY: u8 = 1;
const PENDING: u8 = 2;
const HAS_MATERIAL: u8 = 4;
const IMPORTED: u8 = 8;

impl<'o> KeyVersion<'o> {
    /// Writes `u8 flags ‖ material id ‖ string record without material`: for the page only.
    fn write(&self, key_id: KeyId, room: &mut [u8]) -> Result<usize, Error> {
        let VersionFacts { has_material, .. } = self.facts;
        let record =
            VersionRecord { key_id, facts: self.facts, description: self.description, material: &[] };
        let mut buffer = [0; VERSION_RECORD_LEN];
        let len = record.write(&mut buffer)?;
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let mut writer = Writer::new(room);
        writer.u8(flag(self.is_primary, PRIMARY)
            | flag(self.is_pending_rotation, PENDING)
            | flag(has_material, HAS_MATERIAL)
            | flag(self.is_imported, IMPORTED));
        writer.put(&self.key_material_id);
        writer.string(buffer.get(..len).ok_or(Error::Bug)?)?;
        writer.finish()
    }

    fn read(reader: &mut Reader<'o>) -> Result<Self, Malformed> {
        let flags = reader.u8()?;
        let key_material_id = reader.array()?;
        let VersionRecord { facts, description, .. } = VersionRecord::read(reader.string()?)?;
        Ok(KeyVersion {
            facts: VersionFacts { has_material: flags & HAS_MATERIAL != 0, ..facts },
            key_material_id,
            is_primary: flags & PRIMARY != 0,
            is_pending_rotation: flags & PENDING != 0,
            is_imported: flags & IMPORTED != 0,
            description,
        })
    }
}

impl<'o> ListedVersions<'o> {
    /// The versions, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = KeyVersion<'o>> + use<'o> {
        let mut reader = Reader::new(self.entries);
        core::iter::from_fn(move || KeyVersion::read(&mut reader).ok())
    }
}

impl<P: Platform> Vault<P> {
    /// Lists versions of a key into `page`; 600 bytes are enough for one.
    ///
    /// # Errors
    /// [`Error::InvalidMarker`]: the marker is not of this listing. [`Error::BufferTooSmall`]: not one version fits.
    /// [`Error::Damaged`]: one of them cannot be read. Others: see [`Error`].
    pub fn list_key_versions<'o>(
        &self,
        caller: &Caller<'_>,
        request: ListKeyVersions<'_>,
        page: &'o mut [u8],
    ) -> Result<ListedVersions<'o>, Error> {
        let released = run(self, caller, request, Buffers::plaintext(page))?;
        Ok(ListedVersions { next_marker: released.output, entries: released.into_plaintext() })
    }

    /// Lists rotations of a key into `page`; 600 bytes are enough for one.
    ///
    /// # Errors
    /// [`Error::UnsupportedOperation`]: all material of a key that is not symmetric. Others as
    /// [`Vault::list_key_versions`].
    pub fn list_key_rotations<'o>(
        &self,
        caller: &Caller<'_>,
        request: ListKeyRotations<'_>,
        page: &'o mut [u8],
    ) -> Result<ListedVersions<'o>, Error> {
        let released = run(self, caller, request, Buffers::plaintext(page))?;
        Ok(ListedVersions { next_marker: released.output, entries: released.into_plaintext() })
    }
}

/// What is listed: a marker is good for this and nothing else.
struct Listing<'a> {
    action: Action,
    include: IncludeKeyMaterial,
    limit: usize,
    marker: Option<&'a VersionMarker>,
}

impl Listing<'_> {
    fn mac<C: Primitives>(&self, keys: &DerivedKeys<C>, key_id: &KeyId, place: &[u8; 4]) -> [u8; 16] {
        let include = u8::from(self.include == IncludeKeyMaterial::AllKeyMaterial);
        keys.version_marker_mac(self.action, key_id, include, place)
    }

    fn is_listed(&self, facts: &KeyFacts, version: &VersionFacts) -> bool {
        // As in AWS KMS, where keys for MACs have no rotations.
        let is_rotation = facts.spec == KeySpec::SymmetricDefault
            && version.version <= facts.current_version
            && version.cause.rotation_type().is_some();
        self.include == IncludeKeyMaterial::AllKeyMaterial || is_rotation
    }

    /// Fills the page with versions of a key.
    fn fill<P: Platform>(
        &self,
        platform: &P,
        facts: &KeyFacts,
        buffers: &mut Buffers<'_>,
    ) -> Result<Option<VersionMarker>, Error> {
        let (next, len) = with_snapshot(platform, |snapshot| {
            let mac = |place: &[u8; 4]| self.mac(&snapshot.keys, &facts.key_id, place);
            let open_marker = |marker: &VersionMarker| marker::open::<P::Primitives, 4, 20>(&marker.0, mac);
            let after = self.marker.map(open_marker).transpose()?.map_or(0, u32::from_be_bytes);
            let (mut len, mut count, mut last) = (0usize, 0usize, after);
            for number in after.saturating_add(1)..=facts.newest_version {
                let room = buffers.plaintext.get_mut(len..).ok_or(Error::Bug)?;
                let written = with_version(platform, snapshot, facts, number, |version| {
                    self.is_listed(facts, &version.facts).then(|| version.write(facts.key_id, room))
                })?;
                match written {
                    None => last = number,
                    Some(Ok(written)) if count < self.limit => {
                        (len, count, last) = (len.saturating_add(written), count.saturating_add(1), number);
                    }
                    Some(Err(Error::BufferTooSmall { .. }) | Ok(_)) if count > 0 => {
                        let place = last.to_be_bytes();
                        return Ok((Some(VersionMarker(marker::join(&place, &mac(&place)))), len));
                    }
                    Some(Ok(_)) => return Err(Error::Bug),
                    Some(Err(error)) => return Err(error),
                }
            }
            Ok((None, len))
        })?;
        buffers.plaintext_len = len;
        Ok(next)
    }
}

/// Reads one version of a key, without its material.
pub(in crate::operation) fn with_version<P: Platform, R>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    facts: &KeyFacts,
    number: u32,
    read: impl FnOnce(&KeyVersion<'_>) -> R,
) -> Result<R, Error> {
    let damaged = Error::Damaged(Part::Record);
    let names = &snapshot.keys.names;
    let address = names.backing_key(&names.owner(&facts.key_id), number);
    let mut buffer = Zeroizing::new([0; VERSION_RECORD_LEN + sr1::OVERHEAD]);
    let plaintext = snapshot.view(platform.storage()).record(&address, &mut *buffer)?.ok_or(damaged)?;
    let record = VersionRecord::read_of(plaintext, &facts.key_id, number).map_err(|_| damaged)?;
    Ok(read(&KeyVersion {
        facts: record.facts,
        key_material_id: snapshot.keys.material_id(&facts.key_id, number, &record.facts.kcv),
        is_primary: number == facts.current_version,
        is_pending_rotation: number > facts.current_version && facts.origin == KeyOrigin::External,
        is_imported: facts.origin == KeyOrigin::External,
        description: record.description,
    }))
}

fn check_limit(limit: usize) -> Result<(), Error> {
    if limit == 0 || limit > LIST_LIMIT_MAX {
        return Err(Error::Validation(Parameter::Limit));
    }
    Ok(())
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListKeyVersions<'a> {
    type Output = Option<VersionMarker>;

    fn action(&self) -> Action {
        Action::ListKeyVersions
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_limit(self.limit)?;
        Ok(Parsed::on(Named::text(Action::ListKeyVersions, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Option<VersionMarker>>, Error> {
        let facts = scene.key()?;
        permits(Action::ListKeyVersions, &facts)?;
        let ListKeyVersions { limit, marker, .. } = self;
        let include = IncludeKeyMaterial::AllKeyMaterial;
        let listing = Listing { action: Action::ListKeyVersions, include, limit, marker };
        listing.fill(scene.vault.platform(), &facts, buffers).map(Done::with)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListKeyRotations<'a> {
    type Output = Option<VersionMarker>;

    fn action(&self) -> Action {
        Action::ListKeyRotations
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_limit(self.limit)?;
        Ok(Parsed::on(Named::text(Action::ListKeyRotations, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Option<VersionMarker>>, Error> {
        let facts = scene.key()?;
        permits(Action::ListKeyRotations, &facts)?;
        let ListKeyRotations { include_key_material: include, limit, marker, .. } = self;
        if include == IncludeKeyMaterial::AllKeyMaterial && facts.spec != KeySpec::SymmetricDefault {
            return Err(Error::UnsupportedOperation);
        }
        let listing = Listing { action: Action::ListKeyRotations, include, limit, marker };
        listing.fill(scene.vault.platform(), &facts, buffers).map(Done::with)
    }
}
