//! A source that lies: bundles that say what the test says, sealed and signed as they must be.

use std::cell::RefCell;

use sha2::{Digest, Sha256};
use strongroom_core::crypto::sr1::{SealingKey, seal};
use strongroom_core::crypto::{Primitives, Purpose, RustCrypto};
use strongroom_core::operation::CreateReceiveOffer;
use strongroom_core::peer::{ENCAPSULATED_LEN, OFFER_LEN, PeerCryptography, SEALING_KEY_LEN, SIGNATURE_LEN};
use strongroom_core::ram::SeededEntropy;
use strongroom_core::{Error, Secret};
use strongroom_std::PeerExchange;

use super::sites::Site;
use crate::world::root;

/// Signs and makes keys as always, and remembers what with.
#[derive(Default)]
struct Spy {
    identity: RefCell<[u8; 32]>,
    one_time: RefCell<[u8; 32]>,
}

impl PeerCryptography for Spy {
    fn public_key(&self, seed: &Secret<32>) -> [u8; 32] {
        PeerExchange.public_key(seed)
    }

    fn sign(&self, seed: &Secret<32>, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        seed.expose(|seed| *self.identity.borrow_mut() = *seed);
        PeerExchange.sign(seed, message)
    }

    fn verify(&self, public_key: &[u8; 32], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        PeerExchange.verify(public_key, message, signature)
    }

    fn sealing_key(&self, seed: &Secret<32>) -> [u8; SEALING_KEY_LEN] {
        seed.expose(|seed| *self.one_time.borrow_mut() = *seed);
        PeerExchange.sealing_key(seed)
    }

    fn encapsulate(
        &self,
        sealing_key: &[u8; SEALING_KEY_LEN],
        randomness: &Secret<64>,
        shared: &mut Secret<32>,
    ) -> Result<[u8; ENCAPSULATED_LEN], Error> {
        PeerExchange.encapsulate(sealing_key, randomness, shared)
    }

    fn decapsulate(&self, seed: &Secret<32>, encapsulated: &[u8; ENCAPSULATED_LEN], shared: &mut Secret<32>) {
        PeerExchange.decapsulate(seed, encapsulated, shared);
    }
}

/// The private half of a vault's identity, whom the test has play false.
pub struct Liar(Secret<32>);

impl Liar {
    /// Learns the private half as the vault signs an offer.
    pub fn of(site: &Site<'_>, peer: &str) -> Self {
        Self::and_offer(site, peer).0
    }

    /// The same, with the offer and the private half of its one-time key.
    pub fn and_offer(site: &Site<'_>, peer: &str) -> (Self, Vec<u8>, [u8; 32]) {
        let (spy, mut seed, mut offer) = (Spy::default(), Secret::zeroed(), vec![0; OFFER_LEN]);
        let request = CreateReceiveOffer { peer };
        site.vault.create_receive_offer(&root(), request, &spy, &mut offer).unwrap();
        seed.fill_with(|seed| *seed = *spy.identity.borrow());
        assert_eq!(PeerExchange.public_key(&seed), site.identity.public_key);
        (Liar(seed), offer, spy.one_time.into_inner())
    }

    /// Signs a bundle anew.
    pub fn sign(&self, bundle: &mut [u8]) {
        let (stated, signature) = bundle.split_last_chunk_mut::<SIGNATURE_LEN>().unwrap();
        let message = [&b"SRks"[..], &Sha256::digest(stated)].concat();
        *signature = PeerExchange.sign(&self.0, &message);
    }

    /// Signs the header of a bundle with a whole vault anew.
    pub fn sign_header(&self, header: &mut [u8]) {
        let (stated, signature) = header.split_last_chunk_mut::<SIGNATURE_LEN>().unwrap();
        let message = [&b"SRws"[..], &Sha256::digest(stated)].concat();
        *signature = PeerExchange.sign(&self.0, &message);
    }

    /// A bundle with this header and these materials, for this offer.
    pub fn seal(&self, header: &[u8], materials: &[u8], offer: &[u8]) -> Vec<u8> {
        let entropy = SeededEntropy::new(9);
        let (mut randomness, mut shared, mut key) = (Secret::zeroed(), Secret::zeroed(), Secret::zeroed());
        randomness.draw(&entropy).unwrap();
        let sealing_key = offer[104..104 + SEALING_KEY_LEN].try_into().unwrap();
        let encapsulated = PeerExchange.encapsulate(sealing_key, &randomness, &mut shared).unwrap();
        let transcript = [header, &encapsulated].concat();
        let hash: [u8; 32] = Sha256::digest(&transcript).into();
        shared.expose(|shared| RustCrypto::hkdf(b"SRkx", shared, &hash, &mut key));
        let key_id: &[u8; 16] = header[120..136].try_into().unwrap();
        let key = SealingKey::<RustCrypto>::open(&key, Purpose::KeyBundle, key_id, 0).0;
        let mut body = materials.to_vec();
        let (head, tag) = seal(&key, Purpose::KeyBundle, &hash, &entropy, &mut body).unwrap();
        let mut bundle = [&transcript[..], &head, &body, &tag, &[0; SIGNATURE_LEN]].concat();
        self.sign(&mut bundle);
        bundle
    }
}
