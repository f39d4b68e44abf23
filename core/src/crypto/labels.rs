//! Every domain-separation label, side by side.

/// What a sealed message is. The number enters every key derivation and never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// What Encrypt and GenerateDataKey return.
    Ciphertext = 1,
    /// A record of the vault.
    Record = 2,
    /// A node of the key tree.
    Node = 3,
    /// The manifest.
    Manifest = 4,
    /// The root key in a key slot.
    Slot = 5,
    /// A segment of a stream.
    Segment = 6,
    /// The key of a bundle in one of its slots.
    BundleKey = 7,
    /// A segment of a bundle.
    BundleSegment = 8,
    /// A key on its way to another vault.
    KeyBundle = 9,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 9] = [
        Purpose::Ciphertext,
        Purpose::Record,
        Purpose::Node,
        Purpose::Manifest,
        Purpose::Slot,
        Purpose::Segment,
        Purpose::BundleKey,
        Purpose::BundleSegment,
        Purpose::KeyBundle,
    ];

    /// The number of this purpose in formulas.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Purpose::Ciphertext => 1,
            Purpose::Record => 2,
            Purpose::Node => 3,
            Purpose::Manifest => 4,
            Purpose::Slot => 5,
            Purpose::Segment => 6,
            Purpose::BundleKey => 7,
            Purpose::BundleSegment => 8,
            Purpose::KeyBundle => 9,
        }
    }
}

/// Opens a key (SR-1, "when a key is opened").
pub(crate) const KEY: &[u8; 4] = b"SRk1";
/// Derives a message key (SR-1, "seal").
pub(crate) const MESSAGE: &[u8; 4] = b"SRv1";
/// Associated data of a ciphertext.
pub(crate) const CIPHERTEXT: &[u8; 4] = b"SRct";
/// The first bytes of a stream.
pub(crate) const STREAM: &[u8; 4] = b"SRst";
/// Associated data of a segment of a stream.
pub(crate) const SEGMENT: &[u8; 4] = b"SRsg";
/// Associated data of a record.
pub(crate) const RECORD: &[u8; 4] = b"SRrc";
/// Associated data of a tree node.
pub(crate) const NODE: &[u8; 4] = b"SRtn";
/// Associated data of the manifest.
pub(crate) const MANIFEST: &[u8; 4] = b"SRmf";
/// Associated data of a slot, and the salt that turns an unlock secret into a slot key.
pub(crate) const SLOT: &[u8; 4] = b"SRsl";
/// The same of a slot in a bundle.
pub(crate) const BUNDLE_KEY: &[u8; 4] = b"SRbk";
/// Associated data of a segment of a bundle.
pub(crate) const BUNDLE_SEGMENT: &[u8; 4] = b"SRbs";
/// The manifest key, without an eraser cell.
pub(crate) const MANIFEST_KEY: &[u8] = b"SRmk root";
/// The manifest key, with an eraser cell.
pub(crate) const MANIFEST_KEY_WITH_CELL: &[u8] = b"SRmk root cell";
/// The owner part of a record's address.
pub(crate) const OWNER: &[u8; 4] = b"SRno";
/// The name part of a record's address.
pub(crate) const NAME: &[u8; 4] = b"SRnn";
/// The beginning of the addresses of one grantee's grants.
pub(crate) const GRANTEE: &[u8; 4] = b"SRng";
/// A pagination marker.
pub(crate) const MARKER: &[u8; 4] = b"SRpm";
/// A pagination marker of a listing of grants, aliases or tags.
pub(crate) const LISTING_MARKER: &[u8; 4] = b"SRgm";
/// A pagination marker of a listing of versions.
pub(crate) const VERSION_MARKER: &[u8; 4] = b"SRvm";
/// A pagination marker of a listing of callers.
pub(crate) const CALLER_MARKER: &[u8; 4] = b"SRcm";
/// The place of a tag in a listing.
pub(crate) const TAG_PLACE: &[u8; 4] = b"SRtp";
/// A grant token.
pub(crate) const GRANT_TOKEN: &[u8; 4] = b"SRgt";
/// Which access keys lie together.
pub(crate) const ACCESS_KEY: &[u8; 4] = b"SRai";
/// A session token.
pub(crate) const SESSION_TOKEN: &[u8; 4] = b"SRse";
/// The secret of a session's access key.
pub(crate) const SESSION_SECRET: &[u8; 4] = b"SRss";
/// The id of a session's access key.
pub(crate) const SESSION_ID: &[u8; 4] = b"SRsi";
/// The id of a version's material.
pub(crate) const MATERIAL_ID: &[u8; 4] = b"SRmi";
/// The check value of material for MACs.
pub(crate) const MAC_CHECK: &[u8; 4] = b"SRhc";
/// What imported material is extracted with.
pub(crate) const IMPORT: &[u8; 4] = b"SRim";
/// What wrapped material is bound to, before the import token.
#[cfg(feature = "hpke")]
pub(crate) const IMPORT_WRAPPING: &[u8; 4] = b"SRiw";
/// The fingerprint of a vault's identity.
pub(crate) const FINGERPRINT: &[u8; 4] = b"SRfp";
/// The first bytes of an offer to receive.
pub(crate) const OFFER: &[u8; 4] = b"SRof";
/// What the signature of an offer begins with.
pub(crate) const OFFER_SIGNATURE: &[u8; 4] = b"SRos";
/// The first bytes of a bundle with a key, and of what its sealed part is bound to.
pub(crate) const KEY_BUNDLE: &[u8; 4] = b"SRkb";
/// Salt of the key that a bundle with a key is sealed under.
pub(crate) const KEY_BUNDLE_KEY: &[u8; 4] = b"SRkx";
/// What the signature of a bundle with a key begins with.
pub(crate) const KEY_BUNDLE_SIGNATURE: &[u8; 4] = b"SRks";
/// Salt of the key of a bundle with a whole vault that is sealed to a peer.
pub(crate) const VAULT_BUNDLE_KEY: &[u8; 4] = b"SRwx";
/// What the signature of such a bundle begins with.
pub(crate) const VAULT_BUNDLE_SIGNATURE: &[u8; 4] = b"SRws";
/// An import token.
pub(crate) const IMPORT_TOKEN: &[u8; 4] = b"SRit";
/// The first hash of an audit log.
pub(crate) const AUDIT_LOG: &[u8; 4] = b"SRlg";
/// The next key of an audit log.
pub(crate) const AUDIT_NEXT: &[u8; 4] = b"next";
/// The first hash of a segment that follows a gap.
pub(crate) const AUDIT_SEGMENT: &[u8; 4] = b"SRls";
/// The first key of a log that follows another.
pub(crate) const AUDIT_SUCCESSOR: &[u8; 3] = b"log";
/// Where the log stands, for an auditor.
pub(crate) const AUDIT_ANSWER: &[u8; 4] = b"head";
/// An auditor's key.
pub(crate) const AUDIT_KEY: &[u8; 4] = b"SRak";
