//! SoftHSM through PKCS#11: a token of its own in a folder that goes away.

use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use tempfile::TempDir;

/// The variable by which SoftHSM finds its configuration.
pub const CONFIGURATION: &str = "SOFTHSM2_CONF";
/// Where distributions have it.
const PLACES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
];

fn library() -> Option<&'static str> {
    PLACES.into_iter().find(|place| Path::new(place).is_file())
}

/// A folder with a configuration for tokens in it, if SoftHSM is here.
pub fn folder() -> Option<TempDir> {
    library()?;
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let configuration = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display());
    std::fs::write(folder.path().join("softhsm2.conf"), configuration).unwrap();
    Some(folder)
}

/// A session with a key for AES-256-GCM and one for HMAC-SHA-256.
pub struct Peer {
    session: Session,
    key: ObjectHandle,
    mac: ObjectHandle,
    _library: Pkcs11,
}

impl Peer {
    /// Nothing where there is no SoftHSM.
    pub fn new() -> Option<Self> {
        std::env::var_os(CONFIGURATION)?;
        let library = Pkcs11::new(library()?).unwrap();
        library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        // Somebody's token is not made anew.
        if !library.get_slots_with_initialized_token().unwrap().is_empty() {
            return None;
        }
        let slot = library.get_slots_with_token().unwrap()[0];
        let pin = AuthPin::new("123456".into());
        library.init_token(slot, &pin, "bench").unwrap();
        {
            let session = library.open_rw_session(slot).unwrap();
            session.login(UserType::So, Some(&pin)).unwrap();
            session.init_pin(&pin).unwrap();
        }
        let session = library.open_rw_session(slot).unwrap();
        session.login(UserType::User, Some(&pin)).unwrap();
        let of_32_bytes = [Attribute::ValueLen(32.into()), Attribute::Token(false)];
        let aes = [&of_32_bytes[..], &[Attribute::Encrypt(true), Attribute::Decrypt(true)]].concat();
        let mac = [&of_32_bytes[..], &[Attribute::Sign(true), Attribute::Verify(true)]].concat();
        let key = session.generate_key(&Mechanism::AesKeyGen, &aes).unwrap();
        let mac = session.generate_key(&Mechanism::GenericSecretKeyGen, &mac).unwrap();
        Some(Peer { session, key, mac, _library: library })
    }

    pub fn seal(&self, plain: &[u8]) -> ([u8; 12], Vec<u8>) {
        let mut nonce = [0; 12];
        self.session.generate_random_slice(&mut nonce).unwrap();
        let kept = nonce;
        let mechanism = Mechanism::AesGcm(GcmParams::new(&mut nonce, &[], 128.into()).unwrap());
        (kept, self.session.encrypt(&mechanism, self.key, plain).unwrap())
    }

    pub fn open(&self, mut nonce: [u8; 12], sealed: &[u8]) -> Vec<u8> {
        let mechanism = Mechanism::AesGcm(GcmParams::new(&mut nonce, &[], 128.into()).unwrap());
        self.session.decrypt(&mechanism, self.key, sealed).unwrap()
    }

    pub fn mac(&self, message: &[u8]) -> Vec<u8> {
        self.session.sign(&Mechanism::Sha256Hmac, self.mac, message).unwrap()
    }
}
