//! Streams: whatever is done to one, what is handed out is a beginning of what was sealed, and only the whole one ends well.
//! Without seals, headers and lengths are read: nothing panics.
//!
//! Input: a mode (1 without seals, 2 changes to a stream, 4 the header moved to another key first), then the stream itself or
//! the changes; or (8) a data key as another vault has sealed it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::platform::Platform;
use strongroom_core::stream::{
    OpenStream, RewrapStream, SEGMENT_OVERHEAD, STREAM_HEADER_LEN, SealStream, SegmentLen, SegmentOpener,
    SegmentSealer, StreamHeader, plaintext_len, segment_place, stream_len,
};
use strongroom_core::{Error, Vault};
use strongroom_fuzz::changed::changed;
use strongroom_fuzz::image::{CONTEXT, Image};
use strongroom_fuzz::input::Input;
use strongroom_fuzz::transparent::Transparent;
use strongroom_fuzz::world::{World, no_bug, root};

const FULL: usize = SegmentLen::MIN.bytes();

/// A vault, a stream that it sealed in [`CONTEXT`], and the plaintext.
struct Made<C: Primitives> {
    vault: Vault<World<C>>,
    key: String,
    stream: Vec<u8>,
    plaintext: Vec<u8>,
}

thread_local! {
    static SEALED: Made<RustCrypto> = Made::make().expect("a stream");
    static OPEN: Made<Transparent> = Made::make().expect("a stream");
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mode = input.byte();
    if mode & 1 == 0 {
        SEALED.with(|made| made.one(mode, input, true));
    } else {
        OPEN.with(|made| made.one(mode, input, false));
    }
});

impl<C: Primitives> Made<C> {
    fn make() -> Result<Self, Error> {
        let (vault, image) = Image::make()?;
        let key = image.keys[0].clone();
        let plaintext: Vec<u8> = (0..2 * FULL + 9).map(|at| (at % 251).to_le_bytes()[0]).collect();
        let request =
            SealStream { segment_len: SegmentLen::MIN, encryption_context: CONTEXT, ..SealStream::new(&key) };
        let mut sealer = SegmentSealer::new();
        let mut stream = vault.seal_stream(&root(), request, &mut sealer)?.to_vec();
        let mut left = plaintext.as_slice();
        while !left.is_empty() {
            let (segment, rest) = left.split_at(left.len().min(FULL));
            let mut buffer = [0; FULL + SEGMENT_OVERHEAD];
            segment_place(&mut buffer, segment.len())?.copy_from_slice(segment);
            let entropy = vault.platform().entropy();
            let len = match rest {
                [] => sealer.seal_last(entropy, &mut buffer, segment.len())?,
                _ => sealer.seal(entropy, &mut buffer)?,
            };
            stream.extend(&buffer[..len]);
            left = rest;
        }
        Ok(Made { vault, key, stream, plaintext })
    }

    fn one(&self, mode: u8, mut input: Input<'_>, is_sealed: bool) {
        if mode & 8 != 0 {
            return self.under(input);
        }
        let mut stream = if mode & 2 == 0 { input.0.to_vec() } else { changed(&self.stream, &mut input) };
        let is_whole = stream == self.stream;
        if mode & 4 != 0 {
            self.rewrap(&mut stream, is_sealed && is_whole);
        }
        let (opened, is_at_end) = self.open(&stream);
        if is_sealed {
            assert!(self.plaintext.starts_with(&opened), "a wrong plaintext");
            assert_eq!(is_at_end, is_whole, "an altered stream is taken for whole");
            assert!(!is_whole || opened == self.plaintext);
        }
    }

    /// A stream of another vault: its data key comes sealed, and open beside that.
    fn under(&self, input: Input<'_>) {
        let key = [6; 32];
        let (mut sealer, entropy) = (SegmentSealer::<C>::default(), self.vault.platform().entropy());
        let Ok(header) = sealer.begin_under(entropy, SegmentLen::default(), &key, input.0) else { return };
        let mut sealed = vec![0; 5 + SEGMENT_OVERHEAD];
        segment_place(&mut sealed, 5).expect("there is room").copy_from_slice(b"plain");
        let len = sealer.seal_last(entropy, &mut sealed, 5).expect("a stream has begun");
        let header = StreamHeader::parse(&header).expect("what a stream begins with is a header");
        assert_eq!(header.sealed_data_key(), input.0, "it begins with another data key");
        let again = header.with_sealed_data_key(input.0).expect("it was a data key");
        let mut opener = SegmentOpener::<C>::default();
        opener.begin_under(again, &key);
        assert_eq!(opener.open(0, true, &mut sealed[..len]), Ok(&b"plain"[..]), "it does not open");
    }

    /// Moves the header to the key's current version.
    fn rewrap(&self, stream: &mut [u8], is_whole: bool) {
        let request = RewrapStream {
            source_encryption_context: CONTEXT,
            destination_encryption_context: CONTEXT,
            ..RewrapStream::new(&self.key)
        };
        let header = StreamHeader::parse(stream);
        match self.vault.rewrap_stream(&root(), request, stream).map_err(no_bug) {
            Ok((moved, _)) => {
                assert!(header.is_ok(), "what is no header has moved");
                stream[..STREAM_HEADER_LEN].copy_from_slice(&moved);
            }
            Err(_) => assert!(!is_whole, "the header of a whole stream does not move"),
        }
    }

    /// What is handed out of a stream, and whether its end was reached.
    fn open(&self, stream: &[u8]) -> (Vec<u8>, bool) {
        let mut opener = SegmentOpener::<C>::new();
        let request = OpenStream { encryption_context: CONTEXT, ..OpenStream::default() };
        let mut opened = Vec::new();
        if self.vault.open_stream(&root(), request, stream, &mut opener).map_err(no_bug).is_err() {
            return (opened, false);
        }
        let header = StreamHeader::parse(stream).expect("what opens is a header");
        is_told(&header, stream);
        let sealed_len = header.segment_len.bytes() + SEGMENT_OVERHEAD;
        let mut left = &stream[STREAM_HEADER_LEN..];
        for index in 0.. {
            let (segment, rest) = left.split_at(left.len().min(sealed_len));
            let mut buffer = segment.to_vec();
            match opener.open(index, rest.is_empty(), &mut buffer) {
                Ok(plaintext) => opened.extend(plaintext),
                Err(_) => return (opened, false),
            }
            if rest.is_empty() {
                break;
            }
            left = rest;
        }
        (opened, true)
    }
}

/// What a header says of the whole: its lengths go together, and only whole streams have one.
fn is_told(header: &StreamHeader, stream: &[u8]) {
    let segment_len = header.segment_len;
    assert_eq!(SegmentLen::of(segment_len.bytes()), Some(segment_len));
    assert_eq!(SegmentLen::of(segment_len.bytes() + 1), None);
    assert!(header.data_key().is_some(), "nothing says which key it is under");
    let len = u64::try_from(stream.len()).expect("it is in memory");
    if let Some(plaintext) = plaintext_len(len, segment_len) {
        assert_eq!(stream_len(plaintext, segment_len), Some(len), "its length is that of another");
    }
    let shown = format!("{header:?}");
    assert!(shown.contains(&segment_len.bytes().to_string()), "{shown}");
}
