//! Shares in words: 44 bytes are 32 words of 11 bits, from the English list of BIP-39.

use bip39::Language;
use zeroize::Zeroizing;

use super::recovery_shares::ShareError;

/// Length of a share in bytes.
pub(super) const SHARE_LEN: usize = 44;
/// Its length in words.
pub(super) const SHARE_WORDS: usize = 32;
/// The longest word of the list, and a space.
const WORD_LEN_MAX: usize = 9;

/// Writes bytes as words.
pub(super) fn to_words(bytes: &[u8; SHARE_LEN]) -> Zeroizing<String> {
    let list = Language::English.word_list();
    // With room for all of it, so that no copy is left behind.
    let mut words = Zeroizing::new(String::with_capacity(SHARE_WORDS.saturating_mul(WORD_LEN_MAX)));
    let (mut index, mut bits) = (0u16, 0u8);
    for byte in bytes {
        let mut left = *byte;
        for _ in 0..8 {
            index = index << 1 | u16::from(left >> 7);
            left <<= 1;
            bits = bits.saturating_add(1);
            if bits == 11 {
                if !words.is_empty() {
                    words.push(' ');
                }
                words.push_str(list.get(usize::from(index)).copied().unwrap_or_default());
                (index, bits) = (0, 0);
            }
        }
    }
    words
}

/// Reads words back.
pub(super) fn from_words(text: &str) -> Result<Zeroizing<[u8; SHARE_LEN]>, ShareError> {
    let found = text.split_whitespace().count();
    if found != SHARE_WORDS {
        return Err(ShareError::WordCount { found });
    }
    let mut bytes = Zeroizing::new([0; SHARE_LEN]);
    let mut places = bytes.iter_mut();
    let (mut byte, mut bits) = (0u8, 0u8);
    for (position, word) in (1..).zip(text.split_whitespace()) {
        let word = Zeroizing::new(word.to_lowercase());
        let index = Language::English.find_word(&word).ok_or(ShareError::UnknownWord { position })?;
        let mut left = index << 5;
        for _ in 0..11 {
            byte = byte << 1 | u8::from(left & 0x8000 != 0);
            left <<= 1;
            bits = bits.saturating_add(1);
            if bits == 8 {
                if let Some(place) = places.next() {
                    *place = byte;
                }
                (byte, bits) = (0, 0);
            }
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_give_the_same_bytes_back_whatever_their_case_and_spacing() {
        for seed in 0..=255u8 {
            let mut bytes = [0; SHARE_LEN];
            for (number, byte) in (0u8..).zip(&mut bytes) {
                *byte = number.wrapping_mul(seed).wrapping_add(seed ^ 0xa5);
            }
            let words = to_words(&bytes);
            assert_eq!(words.split(' ').count(), SHARE_WORDS);
            assert_eq!(words.capacity(), SHARE_WORDS * WORD_LEN_MAX);
            assert_eq!(*from_words(&words).unwrap(), bytes);
            assert_eq!(*from_words(&words.to_uppercase().replace(' ', "\n\t ")).unwrap(), bytes);
        }
    }

    #[test]
    fn the_first_and_the_last_word_stand_for_the_first_and_the_last_number() {
        assert_eq!(*to_words(&[0; SHARE_LEN]), ["abandon"; SHARE_WORDS].join(" "));
        assert_eq!(*to_words(&[0xff; SHARE_LEN]), ["zoo"; SHARE_WORDS].join(" "));
    }
}
