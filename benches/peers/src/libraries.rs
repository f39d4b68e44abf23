//! aws-lc-rs and ring, which have one interface: a key that is made once, a nonce drawn for each message.

/// One of the two, by the names that both of them have.
macro_rules! library {
    ($name:ident, $library:ident) => {
        pub mod $name {
            use $library::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
            use $library::hmac;
            use $library::rand::{SecureRandom, SystemRandom};

            pub struct Peer {
                key: LessSafeKey,
                mac: hmac::Key,
                random: SystemRandom,
            }

            impl Peer {
                pub fn new() -> Self {
                    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[3; 32]).unwrap());
                    Peer {
                        key,
                        mac: hmac::Key::new(hmac::HMAC_SHA256, &[4; 32]),
                        random: SystemRandom::new(),
                    }
                }

                /// Seals in place; answers nonce and tag.
                pub fn seal(&self, body: &mut [u8]) -> ([u8; 12], [u8; 16]) {
                    let mut nonce = [0; 12];
                    self.random.fill(&mut nonce).unwrap();
                    let tag = self.key.seal_in_place_separate_tag(
                        Nonce::assume_unique_for_key(nonce),
                        Aad::empty(),
                        body,
                    );
                    (nonce, tag.unwrap().as_ref().try_into().unwrap())
                }

                /// Opens in place what has its tag behind it.
                pub fn open(&self, nonce: [u8; 12], sealed: &mut [u8]) {
                    self.key
                        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), sealed)
                        .unwrap();
                }

                pub fn mac(&self, message: &[u8]) -> hmac::Tag {
                    hmac::sign(&self.mac, message)
                }
            }
        }
    };
}

library!(lc, aws_lc_rs);
library!(ring, ring);
