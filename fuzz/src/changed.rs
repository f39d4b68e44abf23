//! Changes to a byte string that a target has made itself, and handing it out.

use strongroom_core::Error;

use crate::input::Input;

/// The original, changed as the input says until it ends: bytes altered, cut off, appended, moved.
pub fn changed(original: &[u8], input: &mut Input<'_>) -> Vec<u8> {
    let mut bytes = original.to_vec();
    while !input.is_empty() && !bytes.is_empty() {
        let (what, place) = (input.byte(), input.number() % bytes.len());
        match what % 4 {
            0 => {
                let xor = input.byte();
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= xor);
            }
            1 => bytes.truncate(place),
            2 => {
                let count = usize::from(input.byte());
                bytes.extend(input.bytes(count));
            }
            _ => {
                // A part of the original, over whatever stands there.
                let (from, len) = (input.number() % original.len().max(1), input.number());
                let part = original.iter().skip(from).take(len);
                bytes.iter_mut().skip(place).zip(part).for_each(|(to, from)| *to = *from);
            }
        }
    }
    bytes
}

/// Hands out the bytes, some at a time.
pub fn source(bytes: &[u8]) -> impl FnMut(&mut [u8]) -> Result<usize, Error> {
    let mut left = bytes;
    move |buffer| {
        let (now, later) = left.split_at(left.len().min(buffer.len()).min(997));
        buffer[..now.len()].copy_from_slice(now);
        left = later;
        Ok(now.len())
    }
}
