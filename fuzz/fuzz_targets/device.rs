//! What goes over the line to a device: reading frames and messages is total, what is read is what was written, and whatever is
//! asked, a vault answers or refuses.
//!
//! Input: a mode (1 messages without frames), then either frames, each up to a zero, or messages, `u16 length ‖ bytes`.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use strongroom_core::crypto::RustCrypto;
use strongroom_core::device::{
    Answer, Ask, Board, FrameError, Request, Streams, administer, as_caller, data, decode, frame_len,
    frame_of, keys, macs, open_sealed, streams, write,
};
use strongroom_core::operation::CreateAlias;
use strongroom_core::{Error, Vault};
use strongroom_fuzz::image::Image;
use strongroom_fuzz::input::Input;
use strongroom_fuzz::leak;
use strongroom_fuzz::storage::{Blobs, ForgetfulSink, HostileStorage};
use strongroom_fuzz::world::{World, no_bug, root, unlock};

/// A board of ours reads no longer messages.
const MESSAGE_LEN_MAX: usize = 4096;
/// So many are carried out.
const MESSAGES_MAX: usize = 6;

/// A vault whose first key is `alias/a`.
static IMAGE: OnceLock<Blobs> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let is_framed = input.byte() & 1 == 0;
    let mut device = Device::new();
    let mut frames: Vec<Vec<u8>> = Vec::new();
    if is_framed {
        frames.extend(input.0.split(|byte| *byte == 0).take(MESSAGES_MAX).map(<[u8]>::to_vec));
    } else {
        while !input.is_empty() && frames.len() < MESSAGES_MAX {
            let len = input.number() % MESSAGE_LEN_MAX;
            frames.push(framed(input.bytes(len)));
        }
    }
    for frame in frames {
        look_at_answer(&mut frame.clone());
        device.hear(frame);
    }
    if let Some(vault) = &device.vault {
        vault.platform().storage.image().values().flatten().for_each(|blob| leak::none_in(blob));
    }
});

/// The frame of a message, without its zero.
fn framed(message: &[u8]) -> Vec<u8> {
    let mut plain = [message, &[0; 4]].concat();
    let mut frame = vec![0; frame_len(message.len())];
    let len = frame_of(&mut plain, message.len(), &mut frame).expect("there is room").len();
    assert!(!frame[..len - 1].contains(&0), "a frame ends before its end");
    frame.truncate(len - 1);
    frame
}

/// What a host hears.
fn look_at_answer(frame: &mut [u8]) {
    let Ok(answer) = decode::<Answer<'_>>(frame) else { return };
    let mut plain = vec![0; 2 * MESSAGE_LEN_MAX];
    let Ok(len) = write(&answer, &mut plain) else { return };
    let mut again = framed(&plain[..len]);
    let again = decode::<Answer<'_>>(&mut again).expect("what was written can be read");
    assert_eq!(format!("{answer:?}"), format!("{again:?}"), "it says something else");
}

struct Device {
    vault: Option<Vault<World<RustCrypto>>>,
    streams: Streams<RustCrypto>,
}

impl Device {
    const fn new() -> Self {
        Device { vault: None, streams: Streams::new() }
    }

    fn hear(&mut self, mut frame: Vec<u8>) {
        let request: Request<'_> = match decode(&mut frame) {
            Ok(request) => request,
            Err(error) => return assert_ne!(error, FrameError::TooLong, "nothing is too long to be read"),
        };
        let mut plain = vec![0; 2 * MESSAGE_LEN_MAX];
        let len = write(&request, &mut plain).expect("it was no longer than this");
        let mut again = framed(&plain[..len]);
        let again = decode::<Request<'_>>(&mut again).expect("what was written can be read");
        assert_eq!(format!("{request:?}"), format!("{again:?}"), "it says something else");
        let mut out = vec![0; 2 * MESSAGE_LEN_MAX];
        match request {
            Request::Board(Board::OpenSealed(vector)) => {
                let opened = open_sealed::<RustCrypto>(&vector, &mut out).map(drop);
                let _ = opened.map_err(no_bug);
            }
            Request::Board(_) => {}
            Request::Vault { caller, ask } => {
                let _ = self.answer(caller, &ask, &mut out).map_err(no_bug);
            }
        }
    }

    fn answer(&mut self, caller: &str, ask: &Ask<'_>, out: &mut [u8]) -> Result<(), Error> {
        // What a device says that was built without this.
        frame_it(&Answer::NotBuilt(ask.family()));
        let Device { vault, streams: under_way } = self;
        let vault = vault.get_or_insert_with(open);
        let answered = as_caller(vault, caller, |caller| match ask {
            Ask::Data(ask) => data(vault, caller, ask, out).map(|answer| frame_it(&answer)),
            Ask::Keys(ask) => keys(vault, caller, ask, out).map(|answer| frame_it(&answer)),
            Ask::Macs(ask) => macs(vault, caller, ask, out).map(|answer| frame_it(&answer)),
            Ask::Streams(ask) => streams(vault, caller, under_way, ask, out).map(|answer| frame_it(&answer)),
            Ask::Administration(ask) => administer(vault, caller, ask, out).map(|answer| frame_it(&answer)),
        });
        if let Err(error) = &answered {
            frame_it(&Answer::refused(error));
        }
        answered
    }
}

/// Every answer fits a frame.
fn frame_it(answer: &Answer<'_>) {
    let mut plain = vec![0; 3 * MESSAGE_LEN_MAX];
    let len = write(answer, &mut plain).expect("an answer is no longer than this");
    leak::none_in(&plain[..len]);
    leak::none_in_text(&format!("{answer:?}"));
    let mut frame = framed(&plain[..len]);
    decode::<Answer<'_>>(&mut frame).expect("what a device says can be read");
}

fn open() -> Vault<World<RustCrypto>> {
    let blobs = IMAGE.get_or_init(|| {
        let (vault, image) = Image::make::<RustCrypto, ForgetfulSink>().expect("a vault");
        let alias = CreateAlias { alias_name: "alias/a", target_key_id: &image.keys[0] };
        vault.create_alias(&root(), alias).expect("an alias");
        vault.close().expect("it closes");
        vault.platform().storage.image()
    });
    let vault = Vault::new(World::new(2, HostileStorage::new(blobs.clone(), Vec::new())));
    vault.mount(&mut unlock).expect("it was closed in order");
    vault
}
