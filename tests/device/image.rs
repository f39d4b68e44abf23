//! Images of devices, on the host alone.

use strongroom_core::operation::{Decrypt, Encrypt};
use strongroom_std::device::{DeviceImage, Layout, ProvisionError};
use strongroom_std::keys_as_code::Declaration;
use strongroom_std::{Caller, Error, Realm, UnlockSecret, Vault};

const ROOT: &str = "arn:aws:iam::000000000000:root";
/// Segments of 64 KiB, sectors of 4 KiB, records as short as on a small device.
const LAYOUT: Layout = Layout::packed(0x1_0000, 0x1000, 0x2000, 4, 768);

fn secret() -> UnlockSecret {
    UnlockSecret::key_file(&[7; 32]).unwrap()
}

fn declared(description: &str) -> Declaration {
    let text = format!(
        "[keys.telemetry]\ndescription = \"{description}\"\n[callers.operator]\n\
         principal = \"arn:aws:iam::000000000000:user/operator\"\n"
    );
    Declaration::parse(&text, |_| unreachable!("no policy is named")).unwrap()
}

fn provision(description: &str) -> (Result<DeviceImage<4>, ProvisionError>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let image =
        DeviceImage::provision(&declared(description), &Realm::default(), folder.path(), &LAYOUT, &secret());
    (image, std::fs::read_dir(folder.path()).unwrap().count())
}

#[test]
fn an_image_opens_with_its_secret_alone_and_provisioning_leaves_nothing_behind() {
    let (image, left_behind) = provision("measured");
    let image = image.unwrap();
    assert_eq!(left_behind, 0, "the vault in which the keys were made is gone");
    let other = UnlockSecret::key_file(&[8; 32]).unwrap();
    assert_eq!(image.open(&LAYOUT, &other).err(), Some(Error::WrongSecret));
    let opened = image.open(&LAYOUT, &secret()).unwrap();
    assert_eq!(opened.vault().verify().unwrap().damaged, 0);
    let mut buffer = [0; 1024];
    let operator = opened.vault().caller("operator", &mut buffer).unwrap();
    assert_eq!(operator.principal, "arn:aws:iam::000000000000:user/operator");
    // A copy was opened: the image is as it was.
    assert_eq!(image, image.clone());
    assert_ne!(opened.close().unwrap(), image);
}

#[test]
fn a_record_that_the_device_has_no_room_for_is_refused_on_the_host() {
    let (image, left_behind) = provision(&"long ".repeat(150));
    assert!(matches!(image, Err(ProvisionError::Image(_))), "{image:?}");
    assert_eq!(left_behind, 0);
}

#[test]
fn what_an_image_encrypted_opens_in_a_vault_restored_from_its_backup() {
    let root = Caller::new(ROOT).unwrap();
    let opened = provision("measured").0.unwrap().open(&LAYOUT, &secret()).unwrap();
    let mut buffer = [0; 200];
    let sealed = opened.vault().encrypt(&root, Encrypt::new("alias/telemetry", b"21 degrees"), &mut buffer);
    let sealed = sealed.unwrap().ciphertext.to_vec();

    let mut bundle = Vec::new();
    opened.backup(&root, &mut bundle, &[&secret()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("restored.vault");
    let (vault, summary) = Vault::restore(&file, &mut bundle.as_slice(), &secret(), &secret()).unwrap();
    assert_eq!(summary.keys, 1);
    assert_eq!(vault.decrypt(&root, Decrypt::new(&sealed)).unwrap().plaintext.as_bytes(), b"21 degrees");
}
