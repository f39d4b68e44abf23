//! What is thrown, whatever decides how the dice fall: a generator here, the input in the fuzz target of both evaluators.

use super::dice::Dice;

impl Dice {
    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(super) fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// A text of these characters, none to `max` of them.
    pub(super) fn text(&mut self, alphabet: &str, max: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..self.below(max + 1)).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}
