//! Bundles taken apart and put together again, from `docs/format.md` alone, by someone who knows the secret.

use strongroom_core::Secret;
use strongroom_core::crypto::sr1::{self, HEAD_LEN, KeyCheckValue, SealingKey, TAG_LEN};
use strongroom_core::crypto::{Primitives, Purpose, RustCrypto};
use strongroom_core::ram::SeededEntropy;

use super::{FRAME, HEADER, segment_starts};

/// A bundle with one slot, open.
#[derive(Clone)]
pub struct Forge {
    pub header: Vec<u8>,
    pub slot_key: [u8; 32],
    pub bundle_key: [u8; 32],
    pub segments: Vec<(u8, Vec<u8>)>,
}

fn secret(bytes: &[u8; 32]) -> Secret<32> {
    let mut secret = Secret::zeroed();
    secret.fill_with(|slot| *slot = *bytes);
    secret
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    RustCrypto::sha256(parts.iter().copied())
}

fn open_blob(key: &SealingKey<RustCrypto>, purpose: Purpose, a: &[u8], blob: &[u8]) -> Vec<u8> {
    let mut blob = blob.to_vec();
    let (head, rest) = blob.split_first_chunk_mut::<HEAD_LEN>().unwrap();
    let (body, tag) = rest.split_last_chunk_mut::<TAG_LEN>().unwrap();
    sr1::open(key, purpose, &hash(&[a]), head, body, tag).unwrap();
    body.to_vec()
}

impl Forge {
    pub fn open(bundle: &[u8], unlock: u8) -> Self {
        let header = bundle[..HEADER].to_vec();
        let (bundle_id, slot) = (&header[8..24], &header[56..]);
        let a = [b"SRbk", bundle_id, &slot[..32]].concat();
        let mut slot_key = Secret::zeroed();
        RustCrypto::hkdf_extract(&a, &[unlock; 32], &mut slot_key);
        let owner = bundle_id.try_into().unwrap();
        let (key, _) = SealingKey::<RustCrypto>::open(&slot_key, Purpose::BundleKey, owner, 0);
        let bundle_key: [u8; 32] = open_blob(&key, Purpose::BundleKey, &a, &slot[32..]).try_into().unwrap();
        let slot_key = slot_key.expose(|key| *key);
        let mut forge = Forge { header, slot_key, bundle_key, segments: Vec::new() };
        let (key, _) = forge.key();
        for (place, ends) in (0u64..).zip(segment_starts(bundle).windows(2)) {
            let segment = &bundle[ends[0]..ends[1]];
            let a = forge.associated(place, segment[0]);
            let plaintext = open_blob(&key, Purpose::BundleSegment, &a, &segment[FRAME..]);
            forge.segments.push((segment[0], plaintext));
        }
        forge
    }

    fn key(&self) -> (SealingKey<RustCrypto>, KeyCheckValue) {
        let owner = self.header[8..24].try_into().unwrap();
        SealingKey::open(&secret(&self.bundle_key), Purpose::BundleSegment, owner, 0)
    }

    fn associated(&self, place: u64, kind: u8) -> Vec<u8> {
        [b"SRbs", &[1][..], &hash(&[&self.header]), &place.to_be_bytes(), &[kind]].concat()
    }

    /// The bundle with these segments, every one of them sealed as it should be.
    pub fn seal(&self) -> Vec<u8> {
        let (entropy, (key, _)) = (SeededEntropy::new(4711), self.key());
        let mut bundle = self.header.clone();
        for (place, (kind, plaintext)) in (0u64..).zip(&self.segments) {
            let a = hash(&[&self.associated(place, *kind)]);
            let mut body = plaintext.clone();
            let (head, tag) = sr1::seal(&key, Purpose::BundleSegment, &a, &entropy, &mut body).unwrap();
            bundle.push(*kind);
            bundle.extend(u32::try_from(body.len() + HEAD_LEN + TAG_LEN).unwrap().to_be_bytes());
            bundle.extend([&head[..], &body, &tag].concat());
        }
        bundle
    }

    /// Where the records of this type are, among the segments.
    pub fn of_type(&self, record_type: u8) -> Vec<usize> {
        let is_one =
            |(_, (kind, plaintext)): &(usize, &(u8, Vec<u8>))| *kind == 2 && plaintext[4] == record_type;
        self.segments.iter().enumerate().filter(is_one).map(|(at, _)| at).collect()
    }

    /// Lets the end mark count what there is now.
    pub fn count_again(&mut self) {
        let count = |record_type| u64::try_from(self.of_type(record_type).len()).unwrap();
        let records = u64::try_from(self.segments.len() - 2).unwrap();
        let counts = [records, count(1), count(2)].map(u64::to_be_bytes).concat();
        let (_, mark) = self.segments.last_mut().unwrap();
        mark[1..25].copy_from_slice(&counts);
    }
}
