//! Whole requests to a vault in memory.

use dudect_bencher::{BenchRng, CtRunner};
use strongroom_core::key::{KeySpec, KeyUsage, MacAlgorithm};
use strongroom_core::operation::{CreateKey, Encrypt, GenerateMac, VerifyMac};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault, ciphertext_len};

use crate::classes::{fixed_or_drawn, measure, wrong_at_an_end};
use crate::platform::ForgetfulPlatform;

const COUNT: usize = 30_000;
const MESSAGE: [u8; 64] = [5; 64];

fn vault() -> (Vault<&'static ForgetfulPlatform>, Caller<'static>) {
    let vault = Vault::new(&*Box::leak(Box::new(ForgetfulPlatform::new())));
    let slots = [NewSlot { kind: SlotKind::KeyFile }];
    let new = NewVault { realm: Realm::default(), slots: &slots };
    let mut unlock = |_: &_, secret: &mut strongroom_core::Secret<32>| -> Result<bool, Error> {
        secret.fill_with(|bytes| bytes.fill(7));
        Ok(true)
    };
    vault.create(&new, &mut unlock).unwrap();
    (vault, Caller::new("arn:aws:iam::000000000000:root").unwrap())
}

/// Encrypt of a plaintext that is always the same, or drawn.
pub fn encrypt(runner: &mut CtRunner, rng: &mut BenchRng) {
    let (vault, root) = vault();
    let id = vault.create_key(&root, CreateKey::default()).unwrap().key_id.to_string();
    measure(runner, rng, COUNT, fixed_or_drawn::<64>, |plaintext| {
        let mut sealed = [0; ciphertext_len(64)];
        vault.encrypt(&root, Encrypt::new(&id, plaintext), &mut sealed).unwrap();
        sealed
    });
}

/// VerifyMac of a MAC that is wrong in its first byte, or in its last.
pub fn verify_mac(runner: &mut CtRunner, rng: &mut BenchRng) {
    let (vault, root) = vault();
    let (key_spec, key_usage) = (KeySpec::Hmac256, KeyUsage::GenerateVerifyMac);
    let request = CreateKey { key_spec, key_usage, ..CreateKey::default() };
    let id = vault.create_key(&root, request).unwrap().key_id.to_string();
    let mut right = [0; 32];
    let request = GenerateMac::new(&id, MacAlgorithm::HmacSha256, &MESSAGE);
    vault.generate_mac(&root, request, &mut right).unwrap();
    let verify =
        |mac: &[u8]| vault.verify_mac(&root, VerifyMac::new(&id, MacAlgorithm::HmacSha256, &MESSAGE, mac));
    verify(&right).unwrap();
    measure(
        runner,
        rng,
        COUNT,
        |class, _| wrong_at_an_end(class, right),
        |mac| assert!(verify(mac).is_err(), "a wrong MAC"),
    );
}
