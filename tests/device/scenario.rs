//! What a device is for: provisioned, used, cut off, used again.

use std::path::Path;

use strongroom_core::operation::{Decrypt, Encrypt};
use strongroom_core::stream::{
    OpenStream, STREAM_HEADER_LEN, SealStream, SegmentLen, SegmentOpener, SegmentSealer, segment_place,
};
use strongroom_std::device::protocol::{Administration, Answer, Ask, Context, Keys, Request, Streaming};
use strongroom_std::device::{ClientError, DeviceImage, OpenedImage};
use strongroom_std::keys_as_code::Declaration;
use strongroom_std::{Caller, Realm, UnlockSecret, Vault};

use crate::board::{Board, LAYOUT, boards, flash, now_ms, read_back, secret};

const ROOT: &str = "arn:aws:iam::000000000000:root";
const DAY_MS: u64 = 24 * 3_600_000;
const KEYS: &str = r#"
    [keys.telemetry]
    description = "what sensors measured"
    rotation_days = 365
    tags = { team = "field" }
    [keys.firmware]
    description = "updates"
    [callers.operator]
    principal = "arn:aws:iam::000000000000:user/operator"
    policies = ["operator.json"]
"#;
/// The operator encrypts and decrypts, and nothing under one of the keys.
const OPERATOR: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"},
    {"Effect": "Deny", "Action": "kms:*", "Resource": "*",
     "Condition": {"StringEquals": {"kms:RequestAlias": "alias/firmware"}}}]}"#;

pub(crate) fn provisioned(folder: &Path) -> DeviceImage<4> {
    let declaration = Declaration::parse(KEYS, |_| Ok(OPERATOR.to_owned())).unwrap();
    DeviceImage::provision(&declaration, &Realm::default(), folder, &LAYOUT, &secret()).unwrap()
}

pub(crate) fn is_refused<T: std::fmt::Debug>(answer: Result<T, ClientError>, code: &str) {
    match answer {
        Err(ClientError::Refused(refused)) => assert_eq!(refused, code),
        other => panic!("{other:?} instead of {code}"),
    }
}

#[test]
fn a_device_is_provisioned_used_and_read_back() {
    for (kind, image) in boards() {
        let folder = tempfile::tempdir().unwrap();
        let nv = folder.path().join("flash");
        let original = provisioned(folder.path());
        flash(kind, &original, &nv);
        let root = Caller::new(ROOT).unwrap();
        let start = now_ms();

        // Opened on the desktop, the same image has the same keys.
        let desktop = original.open(&LAYOUT, &secret()).unwrap();
        let mut buffer = [0; 400];
        let sealed =
            desktop.vault().encrypt(&root, Encrypt::new("alias/telemetry", b"from the desktop"), &mut buffer);
        let from_desktop = sealed.unwrap().ciphertext.to_vec();

        let mut board = Board::start(kind, &image, &nv, start);
        let device = &mut board.client;
        assert_eq!(*device.decrypt("", &from_desktop).unwrap().bytes, b"from the desktop");
        let first = device.encrypt("operator", "alias/telemetry", b"21 degrees").unwrap();
        assert_eq!(*device.decrypt("operator", &first.bytes).unwrap().bytes, b"21 degrees");
        let (key, _) = device
            .key("", Keys::Create { description: "made here", policy: None, is_for_macs: false })
            .unwrap();
        let key = key.to_string();
        let own = device.encrypt("", &key, b"under a key of the device").unwrap();
        assert_eq!(device.key("", Keys::Rotate(&key)).unwrap().1, 2);
        let rotated = device.encrypt("", &key, b"under its second version").unwrap();
        assert_eq!((own.version, rotated.version), (1, 2));

        // Denied: an action, a key, a caller that is not there, a ciphertext that was altered.
        is_refused(device.key("operator", Keys::Rotate(&key)), "AccessDeniedException");
        is_refused(device.encrypt("operator", "alias/firmware", b"x"), "AccessDeniedException");
        is_refused(device.encrypt("nobody", "alias/telemetry", b"x"), "NotFoundException");
        let mut altered = own.bytes.to_vec();
        *altered.last_mut().unwrap() ^= 1;
        is_refused(device.decrypt("", &altered), "InvalidCiphertextException");

        let (header, segments) = seal_stream_on_device(&mut board);
        open_stream_of(&mut board, &desktop);
        open_on_desktop(&desktop, &first.bytes, b"21 degrees");
        open_stream_on_desktop(&desktop, &header, &segments);

        if !kind.keeps_flash() {
            board.exit(7);
            println!("{}: provisioned, used, in agreement with the desktop: PASS", kind.triple());
            continue;
        }
        // The power goes while a key is made; what was answered is there afterwards.
        let ask = Ask::Keys(Keys::Create { description: "perhaps", policy: None, is_for_macs: false });
        board.client.send(&Request::Vault { caller: "", ask }).unwrap();
        board.cut();
        let mut board = Board::start(kind, &image, &nv, start + 1000);
        let device = &mut board.client;
        assert_eq!(*device.decrypt("", &own.bytes).unwrap().bytes, b"under a key of the device");
        assert_eq!(*device.decrypt("", &rotated.bytes).unwrap().bytes, b"under its second version");

        // Destroyed: scheduled, due, accepted, confirmed; the cell goes with it.
        device.key("", Keys::ScheduleDeletion { key: &key, days: 7 }).unwrap();
        is_refused(device.decrypt("", &own.bytes), "KMSInvalidStateException");
        device.close().unwrap();
        board.exit(0);
        let before = read_back(&nv);
        let mut board = Board::start(kind, &image, &nv, start + 9 * DAY_MS);
        let accept = Ask::Administration(Administration::AcceptTime { time_ms: None });
        board.client.ask(&Request::Vault { caller: "", ask: accept }).unwrap();
        let confirm = Ask::Keys(Keys::ConfirmDeletion(&key));
        match board.client.ask(&Request::Vault { caller: "", ask: confirm }).unwrap() {
            Answer::Destroyed { is_erased } => assert!(is_erased),
            other => panic!("{other:?}"),
        }
        is_refused(board.client.decrypt("", &own.bytes), "AccessDeniedException");
        board.client.close().unwrap();
        board.exit(0);
        inspect(&nv, &before, &folder.path().join("restored.vault"), &first.bytes, &own.bytes);
        println!(
            "{}: provision, create, encrypt, decrypt, rotate, deny, power cut, resume, destroy, read back: PASS",
            kind.triple()
        );
    }
}

fn open_on_desktop(desktop: &OpenedImage<4>, ciphertext: &[u8], expected: &[u8]) {
    let root = Caller::new(ROOT).unwrap();
    let mut buffer = [0; 400];
    let opened = desktop.vault().decrypt(&root, Decrypt::new(ciphertext), &mut buffer).unwrap();
    assert_eq!(opened.plaintext, expected);
}

/// The image as it was read from the device: whole, its ciphertexts open, and so they do in a vault restored from its backup.
fn inspect(nv: &Path, before: &DeviceImage<4>, file: &Path, lasting: &[u8], destroyed: &[u8]) {
    let root = Caller::new(ROOT).unwrap();
    let opened = read_back(nv).open(&LAYOUT, &secret()).unwrap();
    let verified = opened.vault().verify().unwrap();
    assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
    open_on_desktop(&opened, lasting, b"21 degrees");
    let mut buffer = [0; 400];
    assert!(opened.vault().decrypt(&root, Decrypt::new(destroyed), &mut buffer).is_err());
    // Putting old segments beside the cells of now gives nothing back.
    let areas = usize::try_from(LAYOUT.store.segment_len).unwrap() * 2;
    let mut mixed = read_back(nv).as_bytes().to_vec();
    mixed[..areas].copy_from_slice(&before.as_bytes()[..areas]);
    assert!(DeviceImage::<4>::of(mixed).open(&LAYOUT, &secret()).is_err(), "an old store opens no more");

    let bundle_secret = UnlockSecret::key_file(&[9; 32]).unwrap();
    let mut bundle = Vec::new();
    opened.backup(&root, &mut bundle, &[&bundle_secret]).unwrap();
    let secret = UnlockSecret::key_file(&[8; 32]).unwrap();
    let (vault, _) = Vault::restore(file, &mut bundle.as_slice(), &bundle_secret, &secret).unwrap();
    assert_eq!(vault.decrypt(&root, Decrypt::new(lasting)).unwrap().plaintext.as_bytes(), b"21 degrees");
}

const SEGMENTS: [&[u8]; 3] = [&[1; 1024], &[2; 1024], b"and the rest"];

fn seal_stream_on_device(board: &mut Board) -> (Vec<u8>, Vec<Vec<u8>>) {
    let device = &mut board.client;
    let begin = Streaming::Begin { key: "alias/telemetry", context: Context::new() };
    let header = device.bytes("", Ask::Streams(begin)).unwrap().bytes.to_vec();
    let mut segments = Vec::new();
    for (index, plaintext) in SEGMENTS.into_iter().enumerate() {
        let is_last = index + 1 == SEGMENTS.len();
        let sealed = device.bytes("", Ask::Streams(Streaming::Seal { plaintext, is_last })).unwrap();
        segments.push(sealed.bytes.to_vec());
    }
    (header, segments)
}

fn open_stream_on_desktop(desktop: &OpenedImage<4>, header: &[u8], segments: &[Vec<u8>]) {
    let root = Caller::new(ROOT).unwrap();
    let mut opener = SegmentOpener::new();
    desktop.vault().open_stream(&root, OpenStream::default(), header, &mut opener).unwrap();
    for (index, (segment, expected)) in segments.iter().zip(SEGMENTS).enumerate() {
        let mut segment = segment.clone();
        let is_last = index + 1 == SEGMENTS.len();
        assert_eq!(opener.open(index.try_into().unwrap(), is_last, &mut segment).unwrap(), expected);
    }
}

/// A stream that the desktop seals, opened on the device.
fn open_stream_of(board: &mut Board, desktop: &OpenedImage<4>) {
    let root = Caller::new(ROOT).unwrap();
    let mut sealer = SegmentSealer::new();
    let request = SealStream { segment_len: SegmentLen::MIN, ..SealStream::new("alias/telemetry") };
    let header: [u8; STREAM_HEADER_LEN] = desktop.vault().seal_stream(&root, request, &mut sealer).unwrap();
    let device = &mut board.client;
    let open = Streaming::Open { header: &header, context: Context::new() };
    assert!(matches!(
        device.ask(&Request::Vault { caller: "", ask: Ask::Streams(open) }).unwrap(),
        Answer::Done
    ));
    for (index, plaintext) in SEGMENTS.into_iter().enumerate() {
        let is_last = index + 1 == SEGMENTS.len();
        let mut segment = vec![0; plaintext.len() + strongroom_core::stream::SEGMENT_OVERHEAD];
        segment_place(&mut segment, plaintext.len()).unwrap().copy_from_slice(plaintext);
        let entropy = strongroom_std::OsEntropy;
        if is_last {
            sealer.seal_last(&entropy, &mut segment, plaintext.len()).unwrap();
        } else {
            sealer.seal(&entropy, &mut segment).unwrap();
        }
        let ask = Streaming::OpenSegment { index: index.try_into().unwrap(), is_last, segment: &segment };
        assert_eq!(*device.bytes("", Ask::Streams(ask)).unwrap().bytes, plaintext);
        let again = Streaming::OpenSegment { index: 5, is_last, segment: &segment };
        is_refused(device.bytes("", Ask::Streams(again)), "InvalidCiphertextException");
    }
}
