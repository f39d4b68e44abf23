//! Streams through `std::io`, in a vault in a file.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use strongroom_std::operation::CreateKey;
use strongroom_std::stream::{
    OpenStream, STREAM_HEADER_LEN, SealStream, SegmentError, SegmentLen, StreamError, plaintext_len,
    stream_len,
};
use strongroom_std::{Caller, NewVault, Vault};

use super::{FULL, SEALED, bytes};
use crate::file::{root, secret};

struct Cabinet {
    vault: Vault,
    key: String,
    _folder: tempfile::TempDir,
}

impl Cabinet {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.vault");
        let vault = Vault::create(&path, &NewVault::default(), &secret("right")).unwrap();
        let key = vault.create_key(&root(), CreateKey::default()).unwrap().key_id.to_string();
        Cabinet { vault, key, _folder: folder }
    }

    fn request(&self) -> SealStream<'_> {
        SealStream { segment_len: SegmentLen::MIN, ..SealStream::new(&self.key) }
    }

    fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
        self.vault.seal_bytes(&root(), self.request(), plaintext).unwrap()
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, StreamError> {
        let opened = self.vault.open_bytes(&root(), OpenStream::default(), sealed)?;
        Ok(opened.as_bytes().to_vec())
    }
}

/// Reads and writes a few bytes at a time, and is interrupted now and then.
struct Trickle<T>(T, usize);

impl<T> Trickle<T> {
    fn turn(&mut self, len: usize) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(5) {
            Err(io::ErrorKind::Interrupted.into())
        } else {
            Ok(len.min(self.1 % 67 + 1))
        }
    }
}

impl<T: Read> Read for Trickle<T> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.turn(out.len())?;
        self.0.read(&mut out[..len])
    }
}

impl<T: Write> Write for Trickle<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.turn(bytes.len())?;
        self.0.write(&bytes[..len])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn streams_of_every_length_go_through_readers_and_writers() {
    let cabinet = Cabinet::new();
    for len in [0, 1, FULL - 1, FULL, FULL + 1, 3 * FULL, 3 * FULL + 1] {
        let plaintext = bytes(len);
        let sealed = cabinet.seal(&plaintext);
        assert_eq!(
            u64::try_from(sealed.len()).ok(),
            stream_len(u64::try_from(len).unwrap(), SegmentLen::MIN)
        );
        assert_eq!(cabinet.open(&sealed).unwrap(), plaintext, "{len} bytes");

        let out = Trickle(Vec::new(), 0);
        let mut writer = cabinet.vault.seal_stream(&root(), cabinet.request(), out).unwrap();
        io::copy(&mut Trickle(plaintext.as_slice(), 0), &mut writer).unwrap();
        let sealed = writer.finish().unwrap().0;
        let input = Trickle(sealed.as_slice(), 0);
        let mut reader = cabinet.vault.open_stream(&root(), OpenStream::default(), input).unwrap();
        let mut opened = Vec::new();
        reader.read_to_end(&mut opened).unwrap();
        assert_eq!(opened, plaintext, "{len} bytes, a few at a time");
    }
}

#[test]
fn the_length_of_a_stream_tells_that_of_its_plaintext() {
    let mut streams = std::collections::BTreeMap::new();
    for len in 0..5000 {
        streams.insert(stream_len(len, SegmentLen::MIN).unwrap(), len);
    }
    let longest = *streams.keys().next_back().unwrap();
    for len in 0..=longest {
        assert_eq!(plaintext_len(len, SegmentLen::MIN), streams.get(&len).copied(), "{len} bytes");
    }
    for len in [u64::MAX, u64::MAX - 1000, 1 << 63] {
        for segment_len in [SegmentLen::MIN, SegmentLen::MAX] {
            let there_and_back = plaintext_len(len, segment_len).map(|plain| stream_len(plain, segment_len));
            assert!([None, Some(Some(len))].contains(&there_and_back));
        }
    }
}

#[test]
fn a_writer_that_was_not_finished_leaves_a_stream_that_does_not_open() {
    let cabinet = Cabinet::new();
    for len in [0, 1, FULL, 3 * FULL] {
        let mut sealed = Vec::new();
        let mut writer = cabinet.vault.seal_stream(&root(), cabinet.request(), &mut sealed).unwrap();
        writer.write_all(&bytes(len)).unwrap();
        drop(writer);
        let opened = cabinet.open(&sealed);
        let is_refused = matches!(opened, Err(StreamError::NotAStream | StreamError::Segment { .. }));
        assert!(is_refused, "{len} bytes");
    }
}

#[test]
fn a_stream_is_written_and_read_after_the_vault_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.vault");
    let vault = Vault::create(&path, &NewVault::default(), &secret("right")).unwrap();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap().key_id;
    let name = key.to_string();
    let request = SealStream { segment_len: SegmentLen::MIN, ..SealStream::new(&name) };
    let mut sealed = Vec::new();
    let mut writer = vault.seal_stream(&root(), request, &mut sealed).unwrap();
    assert_eq!((writer.key().key_id, writer.key().version), (key, 1));
    vault.close().unwrap();
    // The file is free: nothing holds it.
    let vault = Vault::open(&path, &secret("right")).unwrap();
    writer.write_all(&bytes(2 * FULL + 3)).unwrap();
    writer.finish().unwrap();
    let mut reader = vault.open_stream(&root(), OpenStream::default(), sealed.as_slice()).unwrap();
    vault.close().unwrap();
    let mut opened = Vec::new();
    reader.read_to_end(&mut opened).unwrap();
    assert_eq!(opened, bytes(2 * FULL + 3));
}

#[test]
fn nothing_is_written_before_the_vault_may_be_closed() {
    let cabinet = Cabinet::new();
    let mut sealed = Vec::new();
    let mut writer = cabinet.vault.seal_stream(&root(), cabinet.request(), &mut sealed).unwrap();
    writer.write_all(&bytes(FULL)).unwrap();
    writer.flush().unwrap();
    drop(writer);
    assert!(sealed.is_empty());
}

/// Takes so many bytes and then nothing more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = bytes.len().min(self.0);
        self.0 -= len;
        if len == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(len) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_whose_output_failed_stays_failed() {
    let cabinet = Cabinet::new();
    let out = Full(STREAM_HEADER_LEN + 10);
    let mut writer = cabinet.vault.seal_stream(&root(), cabinet.request(), out).unwrap();
    let error = writer.write_all(&bytes(2 * FULL)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(writer.write(b"more").is_err());
    assert!(writer.finish().is_err());
}

#[test]
fn what_is_handed_out_before_an_error_is_authentic() {
    let cabinet = Cabinet::new();
    let plaintext = bytes(3 * FULL);
    let mut sealed = cabinet.seal(&plaintext);
    sealed[STREAM_HEADER_LEN + SEALED + 100] ^= 1;
    let mut reader = cabinet.vault.open_stream(&root(), OpenStream::default(), sealed.as_slice()).unwrap();
    let mut opened = Vec::new();
    let error = StreamError::from(reader.read_to_end(&mut opened).unwrap_err());
    assert!(matches!(error, StreamError::Segment { index: 1, error: SegmentError::Altered }), "{error}");
    assert_eq!(opened, plaintext[..FULL]);
    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 0, "nothing behind it");
}

#[test]
fn a_reader_that_seeks_reads_what_a_slice_has_there() {
    let cabinet = Cabinet::new();
    for len in [0, 5, FULL, 4 * FULL + 77] {
        let plaintext = bytes(len);
        // A stream can begin anywhere in a file.
        let file = [b"in front".to_vec(), cabinet.seal(&plaintext)].concat();
        let mut input = Cursor::new(&file);
        input.set_position(8);
        let mut reader = cabinet.vault.open_stream(&root(), OpenStream::default(), input).unwrap();
        let mut model = Cursor::new(&plaintext);
        for step in 0..200_i64 {
            let by = (step * 7919) % 3000 - 1500;
            let to = match step % 4 {
                0 => SeekFrom::Start(u64::try_from(step * 1237).unwrap() % (u64::try_from(len).unwrap() + 9)),
                1 => SeekFrom::End(-(step * 37)),
                _ => SeekFrom::Current(by),
            };
            let (got, expected) = (reader.seek(to), model.seek(to));
            assert_eq!(got.as_ref().ok(), expected.as_ref().ok(), "{to:?}");
            let mut ours = vec![0; usize::try_from(step).unwrap() * 13];
            let mut theirs = ours.clone();
            let many = read_full(&mut reader, &mut ours);
            assert_eq!(many, read_full(&mut model, &mut theirs), "{to:?}");
            assert_eq!(ours, theirs, "{to:?}");
        }
        assert_eq!(reader.plaintext_len().unwrap(), u64::try_from(len).unwrap());
    }
}

fn read_full(input: &mut impl Read, out: &mut [u8]) -> usize {
    let mut len = 0;
    while len < out.len() {
        match input.read(&mut out[len..]).unwrap() {
            0 => break,
            more => len += more,
        }
    }
    len
}

#[test]
fn a_reader_that_seeks_notices_a_missing_end() {
    let cabinet = Cabinet::new();
    let sealed = cabinet.seal(&bytes(3 * FULL));
    let cut = Cursor::new(&sealed[..STREAM_HEADER_LEN + 2 * SEALED]);
    let mut reader = cabinet.vault.open_stream(&root(), OpenStream::default(), cut).unwrap();
    let error = StreamError::from(reader.seek(SeekFrom::Start(3)).unwrap_err());
    assert!(matches!(error, StreamError::Segment { index: 1, error: SegmentError::CutOff }), "{error}");
}

#[test]
fn what_is_no_stream_is_called_so_and_denials_are_denials() {
    let cabinet = Cabinet::new();
    let sealed = cabinet.seal(b"x");
    for bytes in [&b""[..], b"SRst", &[7; 500], &sealed[..STREAM_HEADER_LEN - 1]] {
        assert!(matches!(cabinet.open(bytes), Err(StreamError::NotAStream)));
    }
    let stranger = Caller::new("arn:aws:iam::000000000000:user/stranger").unwrap();
    let denied = cabinet.vault.open_bytes(&stranger, OpenStream::default(), &sealed).unwrap_err();
    assert!(matches!(denied, StreamError::Vault(strongroom_std::Error::AccessDenied(_))));
}
