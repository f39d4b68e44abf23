//! Texts of bounded length that are cut, not refused, when they are longer: for audit records.

/// At most `N` bytes of UTF-8 (and at most 255), cut at a character's end; a text that was cut ends in `…`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShortText<const N: usize> {
    len: u8,
    bytes: [u8; N],
}

const CUT: &str = "…";

impl<const N: usize> ShortText<N> {
    pub(crate) const EMPTY: Self = ShortText { len: 0, bytes: [0; N] };

    /// The text itself, without the detour through formatting: every allowed request has one.
    pub(crate) fn of_str(text: &str) -> Self {
        let mut short = Self::EMPTY;
        // Full is no failure: what fits is what is wanted.
        let _ = core::fmt::Write::write_str(&mut short, text);
        short
    }

    /// What `text` displays as.
    pub(crate) fn of(text: impl core::fmt::Display) -> Self {
        let mut short = Self::EMPTY;
        // Full is no failure: what fits is what is wanted.
        let _ = core::fmt::write(&mut short, format_args!("{text}"));
        short
    }

    pub(crate) fn as_str(&self) -> &str {
        // Only whole characters are ever appended.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn append(&mut self, text: &str) -> bool {
        let start = usize::from(self.len);
        let end = start.saturating_add(text.len());
        let (Some(room), Ok(len)) = (self.bytes.get_mut(start..end), u8::try_from(end)) else { return false };
        room.copy_from_slice(text.as_bytes());
        self.len = len;
        true
    }
}

impl<const N: usize> core::fmt::Write for ShortText<N> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        if self.append(text) {
            return Ok(());
        }
        // Keep as many characters as leave room for the mark.
        let start = usize::from(self.len);
        let room = N.min(usize::from(u8::MAX)).saturating_sub(CUT.len());
        let whole = |end: &usize| text.is_char_boundary(*end) && start.saturating_add(*end) <= room;
        match (0..=text.len()).rev().find(whole) {
            Some(end) => {
                self.append(text.get(..end).unwrap_or_default());
            }
            None => {
                // The earlier pieces already reach into the mark's place.
                let kept = self.as_str();
                let end =
                    (0..=kept.len().min(room)).rev().find(|end| kept.is_char_boundary(*end)).unwrap_or(0);
                self.len = u8::try_from(end).unwrap_or(0);
            }
        }
        self.append(CUT);
        Err(core::fmt::Error)
    }
}

impl<const N: usize> core::fmt::Debug for ShortText<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_cut_between_characters() {
        assert_eq!(ShortText::<8>::of_str("12345678").as_str(), "12345678");
        assert_eq!(ShortText::<8>::of_str("123456789").as_str(), "12345…");
        assert_eq!(ShortText::<8>::of("12345678").as_str(), "12345678");
        assert_eq!(ShortText::<8>::of("123456789").as_str(), "12345…");
        assert_eq!(ShortText::<8>::of("1234é6789").as_str(), "1234…");
        assert_eq!(ShortText::<8>::of(format_args!("{}{}", "1234567", "89")).as_str(), "12345…");
        assert_eq!(ShortText::<8>::of("").as_str(), "");
    }
}
