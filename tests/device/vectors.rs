//! The vectors of the format, opened by the device.

use strongroom_std::device::protocol::{Answer, Board as ToBoard, Request, SealedVector};

use crate::board::{Board, boards, now_ms, seed};
use crate::board::{LAYOUT, flash};
use strongroom_std::device::DeviceImage;

const SR1: &str = include_str!("../vectors/sr1.txt");

fn bytes(text: &str) -> Vec<u8> {
    // Nothing is written as a dash.
    let text = text.trim_matches('-');
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn a_device_opens_the_vectors_of_the_format_and_no_others() {
    for (kind, image) in boards() {
        let folder = tempfile::tempdir().unwrap();
        let nv = folder.path().join("flash");
        flash(kind, &DeviceImage::blank(&LAYOUT), &nv);
        let mut board = Board::power_on(kind, &image, &nv, false);
        board.client.start(seed(), Some(now_ms())).unwrap();
        let (mut opened, mut refused) = (0, 0);
        for vector in SR1.split("\n\n") {
            let field =
                |name: &str| vector.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            let (Some(name), Some(expect)) = (field("name"), field("expect")) else { continue };
            let of = |field_name: &str| bytes(field(field_name).unwrap_or_default());
            let (blob, associated, plaintext) = (of("blob"), of("a"), of("plaintext"));
            let sealed = SealedVector {
                key: of("key").try_into().unwrap(),
                purpose: of("purpose")[0],
                owner: of("owner").try_into().unwrap(),
                version: u32::from_be_bytes(of("version").try_into().unwrap()),
                associated: &associated,
                sealed: &blob,
            };
            let answer = board.client.ask(&Request::Board(ToBoard::OpenSealed(sealed)));
            match (expect, answer) {
                ("ok", Ok(Answer::Bytes { bytes, .. })) if *bytes == plaintext => opened += 1,
                (wrong, Err(_)) if wrong != "ok" => refused += 1,
                (expected, answer) => panic!("{name}: {expected} was expected, not {answer:?}"),
            }
        }
        assert!(opened > 2 && refused > 5, "{opened} vectors opened, {refused} refused");
        board.exit(0);
        println!("{}: {opened} vectors open, {refused} do not: PASS", kind.triple());
    }
}
