//! Taking a key out of a bundle: everything that it brings, and the end of the offer that it answers, in one commit.

use core::fmt;

use zeroize::Zeroizing;

use super::change::Applied;
use super::commit::{NewRecord, version_buffer};
use super::parties::{answered_offer, check_parties};
use super::received::{check_materials, judge, received_facts};
use super::state::Mounted;
use super::timers::Reading;
use super::{Snapshot, Vault};
use crate::crypto::sr1::{self, OpenError};
use crate::crypto::{Primitives, Purpose};
use crate::error::{Error, Reason};
use crate::format::audit_entry::{Event, Touched};
use crate::format::key_record::{self, KeyRecord, KeyTexts};
use crate::format::lineage_record::{LINEAGE_RECORD_LEN, LineageRecord};
use crate::format::version_record::VersionRecord;
use crate::key::{KeyFacts, VersionFacts};
use crate::limits::{BUNDLE_VERSIONS_MAX, TREE_NODES_PER_RECEIVED_KEY};
use crate::peer::{KeyBundle, KeyBundleHeader, MATERIALS_LEN_MAX, PeerCryptography, bundle_key};
use crate::platform::{Address, Platform};
use crate::policy::{DEFAULT_POLICY_LEN_MAX, default_key_policy};
use crate::secret::Secret;
use crate::tree::Plan;

const ROOM: usize = MATERIALS_LEN_MAX + sr1::OVERHEAD;
type ReceivingPlan = Plan<TREE_NODES_PER_RECEIVED_KEY>;

/// A bundle whose signature is that of the identity it names.
#[derive(Clone, Copy)]
pub(crate) struct ReceivedBundle<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) cryptography: &'a dyn PeerCryptography,
}

impl fmt::Debug for ReceivedBundle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceivedBundle")
    }
}

impl<P: Platform> Vault<P> {
    /// Opens a bundle with the one-time key of the offer that it answers, and lands what it brings. The offer goes in the same
    /// commit; where it was used in vain, in a commit of its own that carries the refusal.
    #[inline(never)]
    pub(super) fn apply_received(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        received: &ReceivedBundle<'_>,
        event: &Event<'_>,
    ) -> Result<Applied, Error> {
        let platform = self.platform();
        let snapshot = Snapshot::take(platform)?;
        let bundle = KeyBundle::read::<P::Primitives>(received.bytes).map_err(|_| Error::Bug)?;
        let header = &bundle.header;
        let (parties, cryptography) = (&header.parties, received.cryptography);
        let name = check_parties(platform, &snapshot, parties, cryptography)?;
        let touched = Touched { key_id: header.key_id, version: 0 };
        let detail = header.revision;
        let event = Event { subject: &name, key: Some(touched), detail, ..*event };

        let timers = mounted.timer_base.now(Reading::take(platform));
        let mut shared = Secret::zeroed();
        let seal = (bundle.encapsulated, cryptography);
        let used = answered_offer(platform, &snapshot, parties, &timers, seal, &mut shared)?;

        let mut room = Zeroizing::new([0; ROOM]);
        let opened = open::<P::Primitives>(&bundle, &shared, &mut room[..]);
        let landed = opened.and_then(|materials| {
            check_materials::<P::Primitives>(header, materials)?;
            let view = snapshot.view(platform.storage());
            let names = &snapshot.keys.names;
            let owner = names.owner(&header.key_id);
            let here = judge(&view, names, &owner, header, scratch)?;
            Ok((materials, here))
        });
        match landed {
            Ok((materials, here)) => {
                self.land_received(mounted, scratch, &snapshot, header, materials, here, &used, &event)
            }
            Err(error @ (Error::Exchange(_) | Error::InvalidState(_) | Error::AlreadyExists)) => {
                let view = snapshot.view(platform.storage());
                let mut plan = Plan::new();
                plan.start(&view)?;
                plan.remove(&view, &used)?;
                self.add_pending(mounted, &Event { outcome: Err(error), ..event })?;
                self.land_plan(mounted, &mut plan, &mut [])?;
                Ok(Applied::refused(error))
            }
            Err(other) => Err(other),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a commit needs, and what is to be landed")]
    #[inline(never)]
    fn land_received(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        snapshot: &Snapshot<P::Primitives>,
        header: &KeyBundleHeader,
        materials: &[u8],
        here: Option<KeyFacts>,
        used: &Address,
        event: &Event<'_>,
    ) -> Result<Applied, Error> {
        let (platform, names) = (self.platform(), &snapshot.keys.names);
        let owner = names.owner(&header.key_id);
        let (key_address, lineage_address) = (names.key(&owner), names.lineage(&owner));
        let view = snapshot.view(platform.storage());
        let facts = received_facts(header, here)?;
        let room = scratch.len();
        let key_len = match here {
            Some(_) => {
                let plaintext = view.record(&key_address, scratch)?.ok_or(Error::NotFound)?;
                key_record::replace_facts(plaintext, &facts)?;
                plaintext.len()
            }
            None => {
                let mut default = [0; DEFAULT_POLICY_LEN_MAX];
                let policy = default_key_policy(&mounted.manifest.realm, &mut default)?;
                let texts = KeyTexts { policy, ..KeyTexts::default() };
                let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Capacity)?;
                KeyRecord { facts, texts }.write(body).map_err(|_| Error::Capacity)?
            }
        };
        if sr1::OVERHEAD.saturating_add(key_len) > room {
            return Err(Error::Capacity);
        }
        let KeyBundleHeader { key_id, lineage, revision, .. } = *header;
        let mut lineage_buffer = [0; LINEAGE_RECORD_LEN + sr1::OVERHEAD];
        let body = lineage_buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
        let received_ms = event.time_ms;
        let lineage_len = LineageRecord { key_id, lineage, revision, received_ms }.write(body)?;

        let mut plan = ReceivingPlan::new();
        plan.start(&view)?;
        plan.put(&view, &key_address, platform.entropy())?;
        plan.put(&view, &lineage_address, platform.entropy())?;
        plan.remove(&view, used)?;
        // What is here already stays as it is.
        let first_new = here.map_or(0, |here| here.newest_version).saturating_add(1);
        for version in first_new..=facts.newest_version {
            plan.put(&view, &names.backing_key(&owner, version), platform.entropy())?;
        }
        let mut counted = match here {
            None => self.count_key(mounted, &mut plan, true)?,
            Some(_) => None,
        };
        let touched = Touched { key_id, version: facts.current_version };
        self.add_pending(mounted, &Event { key: Some(touched), ..*event })?;

        let vault_id = mounted.manifest.vault_id;
        let mut version_buffer = version_buffer();
        self.land(mounted, &mut |mounted, transaction| {
            let entropy = platform.entropy();
            let mut write = |plan: &ReceivingPlan, NewRecord { address, buffer, len }: NewRecord<'_>| {
                plan.write_record::<P::Primitives>(&vault_id, &address, buffer, len, entropy, transaction)
            };
            write(&plan, NewRecord { address: key_address, buffer: &mut *scratch, len: key_len })?;
            let (address, buffer) = (lineage_address, &mut lineage_buffer[..]);
            write(&plan, NewRecord { address, buffer, len: lineage_len })?;
            if let Some((_, settings)) = &mut counted {
                write(&plan, settings.as_new())?;
            }
            let mut rest = materials;
            for (version, sent) in (1u32..).zip(&header.versions) {
                let (material, behind) =
                    rest.split_at_checked(usize::from(sent.material_len)).ok_or(Error::Bug)?;
                rest = behind;
                if version < first_new {
                    continue;
                }
                let version_facts = VersionFacts {
                    version,
                    spec: header.spec,
                    state: sent.state,
                    cause: sent.cause,
                    current_since_ms: sent.current_since_ms,
                    expires_ms: None,
                    destruction: None,
                    has_material: !material.is_empty(),
                    kcv: sent.kcv,
                };
                let body = version_buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
                let record = VersionRecord { key_id, facts: version_facts, description: "", material };
                let len = record.write(body)?;
                let address = names.backing_key(&owner, version);
                write(&plan, NewRecord { address, buffer: &mut version_buffer[..], len })?;
            }
            plan.write_nodes::<P::Primitives>(&vault_id, &mut mounted.manifest.top_key, entropy, transaction)
        })?;
        if let Some((settings, _)) = counted {
            mounted.settings = Ok(settings);
        }
        self.forget_key(mounted, &key_id)?;
        Ok(Applied::to(facts))
    }
}

/// Opens what is sealed, into `room`, and answers the materials, one behind the other.
fn open<'r, C: Primitives>(
    bundle: &KeyBundle<'_>,
    shared: &Secret<32>,
    room: &'r mut [u8],
) -> Result<&'r [u8], Error> {
    let blob = room.get_mut(..bundle.sealed.len()).ok_or(Error::Bug)?;
    blob.copy_from_slice(bundle.sealed);
    let transcript = C::sha256(core::iter::once(bundle.transcript));
    let key = bundle_key::<C>(shared, &transcript, &bundle.header.key_id);
    sr1::open_blob(&key, Purpose::KeyBundle, &transcript, blob).map(|materials| &*materials).map_err(
        |error| {
            Error::Exchange(match error {
                OpenError::Tag => Reason::BodyAltered,
                OpenError::TooShort | OpenError::Commitment => Reason::ContextOrHeaderDiffers,
            })
        },
    )
}

const _: () = assert!(TREE_NODES_PER_RECEIVED_KEY > BUNDLE_VERSIONS_MAX / 2);
