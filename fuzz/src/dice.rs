//! Chance out of an input: the fuzzer decides what the generator of the tests throws.

/// What is left of an input. Behind its end a pattern follows, since nothing but zeros would throw the same for ever.
#[derive(Clone, Debug)]
pub struct Dice {
    bytes: Vec<u8>,
    at: usize,
}

impl Dice {
    /// Throws what stands in the input.
    pub(super) fn new(input: &[u8]) -> Self {
        Dice { bytes: input.to_vec(), at: 0 }
    }

    fn next(&mut self) -> usize {
        let at = self.at;
        self.at += 1;
        self.bytes.get(at).map_or((at * 89) % 256, |byte| usize::from(*byte))
    }

    /// A number below this one.
    pub fn below(&mut self, end: usize) -> usize {
        let low = self.next();
        if end <= 256 { low % end } else { (low * 256 + self.next()) % end }
    }
}
