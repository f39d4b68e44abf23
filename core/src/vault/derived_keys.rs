//! The keys that names, markers, tokens and ids of material are made with.

use crate::crypto::sr1::KeyCheckValue;
use crate::crypto::{Primitives, labels};
use crate::format::manifest::Manifest;
use crate::grant::GrantId;
use crate::key::KeyId;
use crate::policy::Action;
use crate::secret::Secret;
use crate::tree::{Names, Owner};

/// The vault's own keys that readers need, prepared. They never change, so that names, markers and material ids do not.
pub(crate) struct DerivedKeys<C: Primitives> {
    pub(crate) names: Names<C>,
    markers: C::MacKey,
    material_ids: C::MacKey,
}

impl<C: Primitives> Clone for DerivedKeys<C> {
    fn clone(&self) -> Self {
        let DerivedKeys { names, markers, material_ids } = self;
        DerivedKeys { names: names.clone(), markers: markers.clone(), material_ids: material_ids.clone() }
    }
}

impl<C: Primitives> DerivedKeys<C> {
    pub(super) fn new(manifest: &Manifest) -> Self {
        DerivedKeys {
            names: Names::new(&manifest.name_key),
            markers: manifest.token_key.expose(C::mac_key),
            material_ids: manifest.material_id_key.expose(C::mac_key),
        }
    }

    /// The MAC that makes a pagination marker unforgeable: over what is listed, and where the page ended.
    pub(crate) fn marker_mac(&self, action: Action, owner: &Owner) -> [u8; 16] {
        self.short_mac(&[labels::MARKER, &[action.number()], owner])
    }

    /// As [`DerivedKeys::marker_mac`], for a listing of grants, aliases or tags: over what is listed, how it is filtered, and
    /// where the page ended.
    pub(crate) fn listing_marker_mac(
        &self,
        action: Action,
        key_id: &KeyId,
        filter: &str,
        place: &[u8; 15],
    ) -> [u8; 16] {
        let len = u64::try_from(filter.len()).unwrap_or(u64::MAX).to_be_bytes();
        self.short_mac(&[
            labels::LISTING_MARKER,
            &[action.number()],
            key_id.as_bytes(),
            &len,
            filter.as_bytes(),
            place,
        ])
    }

    /// As [`DerivedKeys::marker_mac`], for a listing of versions.
    pub(crate) fn version_marker_mac(
        &self,
        action: Action,
        key_id: &KeyId,
        include: u8,
        place: &[u8; 4],
    ) -> [u8; 16] {
        self.short_mac(&[labels::VERSION_MARKER, &[action.number(), include], key_id.as_bytes(), place])
    }

    /// As [`DerivedKeys::marker_mac`], for a listing of callers.
    pub(crate) fn caller_marker_mac(&self, place: &[u8; 15]) -> [u8; 16] {
        self.short_mac(&[labels::CALLER_MARKER, place])
    }

    /// Where a tag stands in a listing: an order that does not change with what else the key has.
    pub(crate) fn tag_place(&self, key_id: &KeyId, name: &str) -> [u8; 15] {
        let mac = self.short_mac(&[labels::TAG_PLACE, key_id.as_bytes(), name.as_bytes()]);
        mac.first_chunk().copied().unwrap_or_default()
    }

    /// The MAC that makes a grant token unforgeable.
    pub(crate) fn grant_token_mac(&self, key_id: &KeyId, grant_id: &GrantId) -> [u8; 16] {
        self.short_mac(&[labels::GRANT_TOKEN, key_id.as_bytes(), grant_id.as_bytes()])
    }

    /// The MAC that makes an import token unforgeable: over all of it that stands before.
    pub(crate) fn import_token_mac(&self, stated: &[u8]) -> [u8; 16] {
        self.short_mac(&[labels::IMPORT_TOKEN, stated])
    }

    /// The MAC that makes a session token unforgeable: over all of it that stands before.
    pub(crate) fn session_token_mac(&self, stated: &[u8]) -> [u8; 16] {
        self.short_mac(&[labels::SESSION_TOKEN, stated])
    }

    /// What the id of a session's access key ends in.
    pub(crate) fn session_id(&self, token: &[u8]) -> u64 {
        let mac = self.short_mac(&[labels::SESSION_ID, token]);
        u64::from_be_bytes(mac.first_chunk().copied().unwrap_or_default())
    }

    /// What the secret of a session's access key is made of.
    pub(crate) fn session_secret(&self, token: &[u8], secret: &mut Secret<32>) {
        secret.fill_with(|secret| C::mac(&self.markers, &[labels::SESSION_SECRET, token], secret));
    }

    fn short_mac(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = [0; 32];
        C::mac(&self.markers, parts, &mut mac);
        let mut short = [0; 16];
        short.copy_from_slice(mac.split_at(16).0);
        short
    }

    /// The id of a version's material: a keyed function of key, version and material.
    pub(crate) fn material_id(&self, key_id: &KeyId, version: u32, kcv: &KeyCheckValue) -> [u8; 32] {
        let mut id = [0; 32];
        let parts = [&labels::MATERIAL_ID[..], key_id.as_bytes(), &version.to_be_bytes(), kcv];
        C::mac(&self.material_ids, &parts, &mut id);
        id
    }
}
