//! Messages on a line: postcard, a checksum, COBS, and a zero behind it.

use crc::{CRC_32_ISCSI, Crc, NoTable};
use serde::{Deserialize, Serialize};

const CHECKSUM: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISCSI);
const CHECKSUM_LEN: usize = 4;

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// Longer than the buffer.
    TooLong,
    /// No frame, or one whose checksum is not that of its content.
    Damaged,
    /// A whole frame that holds no message of this kind, or something behind it.
    Unknown,
}

/// Most bytes that the frame of an encoded message of `len` bytes takes, its zero included.
#[must_use]
pub const fn frame_len(len: usize) -> usize {
    let len = len.saturating_add(CHECKSUM_LEN);
    // One byte in front, one more for each 254, and the zero.
    len.saturating_add(len.div_ceil(254)).saturating_add(2)
}

/// Encodes a message into the front of `plain`: answers its length, for [`frame_of`].
///
/// # Errors
/// [`FrameError::TooLong`]: the buffer is too short.
pub fn write(message: &impl Serialize, plain: &mut [u8]) -> Result<usize, FrameError> {
    Ok(postcard::to_slice(message, plain).map_err(|_| FrameError::TooLong)?.len())
}

/// Frames the message of `len` bytes that lies in the front of `plain`, and answers the frame, its zero included. Behind the
/// message there is room for four bytes.
///
/// # Errors
/// [`FrameError::TooLong`]: one of the buffers is too short.
pub fn frame_of<'f>(plain: &mut [u8], len: usize, frame: &'f mut [u8]) -> Result<&'f [u8], FrameError> {
    let end = len.saturating_add(CHECKSUM_LEN);
    let plain = plain.get_mut(..end).ok_or(FrameError::TooLong)?;
    let (content, checksum) = plain.split_at_mut_checked(len).ok_or(FrameError::TooLong)?;
    checksum.copy_from_slice(&CHECKSUM.checksum(content).to_be_bytes());
    // The frame, and the zero that ends it.
    let room = frame.len().saturating_sub(1);
    let framed = frame.get_mut(..room).ok_or(FrameError::TooLong)?;
    let end = cobs::try_encode(plain, framed).map_err(|_| FrameError::TooLong)?;
    let zero = frame.get_mut(end).ok_or(FrameError::TooLong)?;
    *zero = 0;
    frame.get(..=end).ok_or(FrameError::TooLong)
}

/// Reads the message of a frame, without its zero, in place.
///
/// # Errors
/// [`FrameError::Damaged`], [`FrameError::Unknown`].
pub fn decode<'f, M: Deserialize<'f>>(frame: &'f mut [u8]) -> Result<M, FrameError> {
    let len = cobs::decode_in_place(frame).map_err(|_| FrameError::Damaged)?;
    let plain = frame.get(..len).ok_or(FrameError::Damaged)?;
    let (content, checksum) =
        plain.split_last_chunk::<CHECKSUM_LEN>().map(|(c, s)| (c, *s)).ok_or(FrameError::Damaged)?;
    if CHECKSUM.checksum(content).to_be_bytes() != checksum {
        return Err(FrameError::Damaged);
    }
    match postcard::take_from_bytes(content) {
        Ok((message, [])) => Ok(message),
        _ => Err(FrameError::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Ask, Data, Request};
    use super::*;

    fn request(frame: &mut [u8; 256]) -> usize {
        let data = Data::Decrypt { ciphertext: &[0, 1, 0, 0, 255], context: heapless::Vec::new() };
        let request = Request::Vault { caller: "operator", ask: Ask::Data(data) };
        let mut plain = [0; 128];
        let len = write(&request, &mut plain).unwrap();
        frame_of(&mut plain, len, frame).unwrap().len()
    }

    #[test]
    fn a_message_travels() {
        let mut frame = [0; 256];
        let len = request(&mut frame);
        assert!(!frame[..len - 1].contains(&0), "the only zero is the end");
        let decoded: Request<'_> = decode(&mut frame[..len - 1]).unwrap();
        let Request::Vault { caller, ask: Ask::Data(Data::Decrypt { ciphertext, .. }) } = decoded else {
            panic!("another request");
        };
        assert_eq!((caller, ciphertext), ("operator", &[0, 1, 0, 0, 255][..]));
    }

    #[test]
    fn an_altered_or_lengthened_frame_is_no_message() {
        let mut frame = [0; 256];
        let len = request(&mut frame);
        for bit in 0..8 * (len - 1) {
            let mut altered = frame;
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(decode::<Request<'_>>(&mut altered[..len - 1]).is_err(), "bit {bit}");
        }
        let (mut plain, mut frame) = ([0; 64], [0; 64]);
        let len = postcard::to_slice(&Answer::Done, &mut plain).unwrap().len();
        let end = frame_of(&mut plain, len + 1, &mut frame).unwrap().len() - 1;
        assert_eq!(decode::<Answer<'_>>(&mut frame[..end]).err(), Some(FrameError::Unknown));
    }

    #[test]
    fn the_length_of_a_frame_is_enough_for_every_content() {
        for len in [0, 1, 249, 250, 251, 252, 504, 505, 1000] {
            for byte in [0u8, 1, 255] {
                let (mut plain, mut frame) = ([byte; 1100], [0; 1100]);
                let framed = frame_of(&mut plain, len, &mut frame[..frame_len(len)]).unwrap();
                assert!(framed.len() <= frame_len(len));
            }
        }
    }
}
