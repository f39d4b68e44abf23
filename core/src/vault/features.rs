//! What the features of core leave out: everything with all of them, and each refused without its own.

use crate::import::{Wrapping, WrappingAlgorithm, WrappingKeySpec};
use crate::key::{KeyOrigin, KeySpec, KeyUsage, MacAlgorithm};
use crate::limits::MATERIAL_LEN_MAX;
use crate::operation::{
    CreateAlias, CreateGrant, CreateKey, Encrypt, GenerateMac, GetParametersForImport, PinPeer,
};
use crate::peer::Fingerprint;
use crate::policy::{Action, Caller};
use crate::ram::RamPlatform;
use crate::{Error, NewSlot, NewVault, Realm, Secret, SlotKind, Vault};

/// Hands over any bytes.
struct AnyPair;

impl Wrapping for AnyPair {
    fn make(
        &self,
        _: WrappingAlgorithm,
        _: WrappingKeySpec,
        keep: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        _: &mut [u8],
    ) -> Result<usize, Error> {
        keep(&[1; 32]).map(|()| 32)
    }

    fn unwrap(
        &self,
        _: WrappingAlgorithm,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: &mut Secret<MATERIAL_LEN_MAX>,
    ) -> Result<usize, Error> {
        Err(Error::UnsupportedOperation)
    }
}

#[test]
fn what_is_left_out_is_refused_and_the_rest_works() {
    let platform = RamPlatform::<32768, 16384>::new(1);
    let vault = Vault::new(&platform);
    let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
    let mut unlock = |_: &_, secret: &mut Secret<32>| {
        secret.fill_with(|bytes| bytes.fill(7));
        Ok(true)
    };
    vault.create(&new, &mut unlock).unwrap();
    let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
    let make = |key: CreateKey<'_>| {
        let mut id = heapless::String::<36>::new();
        core::fmt::write(&mut id, format_args!("{}", vault.create_key(&root, key).unwrap().key_id)).unwrap();
        id
    };
    let expect = |is_built: bool| if is_built { Ok(()) } else { Err(Error::UnsupportedOperation) };

    let key = make(CreateKey::default());
    vault.encrypt(&root, Encrypt::new(&key, b"data"), &mut [0; 200]).unwrap();

    let alias = CreateAlias { alias_name: "alias/a", target_key_id: &key };
    assert_eq!(vault.create_alias(&root, alias), expect(cfg!(feature = "provisioning")));

    let operations = [Action::Encrypt];
    let grant = CreateGrant::new(&key, "arn:aws:iam::000000000000:user/u", &operations);
    assert_eq!(vault.create_grant(&root, grant).map(|_| ()), expect(cfg!(feature = "grants")));
    // Nobody but a grant allows this user anything.
    let user = Caller::new("arn:aws:iam::000000000000:user/u").unwrap();
    let by_grant = vault.encrypt(&user, Encrypt::new(&key, b"data"), &mut [0; 200]).map(|_| ());
    assert_eq!(by_grant.is_ok(), cfg!(feature = "grants"), "{by_grant:?}");

    let fingerprint = Fingerprint::from_bytes([1; 32]);
    let pinned = vault.pin_peer(&root, PinPeer { name: "other", fingerprint });
    assert_eq!(pinned, expect(cfg!(feature = "peers")));

    let mac_key = make(CreateKey {
        key_spec: KeySpec::Hmac256,
        key_usage: KeyUsage::GenerateVerifyMac,
        ..CreateKey::default()
    });
    let request = GenerateMac::new(&mac_key, MacAlgorithm::HmacSha256, b"message");
    assert_eq!(vault.generate_mac(&root, request, &mut [0; 64]).map(|_| ()), expect(cfg!(feature = "macs")));

    let imported = make(CreateKey { origin: KeyOrigin::External, ..CreateKey::default() });
    let request = GetParametersForImport {
        key_id: &imported,
        wrapping_algorithm: WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
        wrapping_key_spec: WrappingKeySpec::X25519,
    };
    let (mut room, mut public) = ([0; 32], [0; 44]);
    let parameters = vault.get_parameters_for_import(&root, request, &AnyPair, &mut room, &mut public);
    assert_eq!(parameters.map(|_| ()), expect(cfg!(feature = "imports")));
}
