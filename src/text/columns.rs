//! Counting characters from any place of a text, without walking long lines again and again.

/// Bytes between two marks.
const STEP: usize = 1024;

/// How many characters lie in front of every [`STEP`]th byte.
#[derive(Debug)]
pub(super) enum Columns {
    /// Every byte is a character.
    Ascii,
    Marks(Box<[Count]>),
}

/// Characters in front of a place, and how many of them take two UTF-16 units.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Count {
    pub(super) chars: u32,
    pub(super) wide: u32,
}

impl Columns {
    pub(super) fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        let mut marks = Vec::with_capacity(text.len() / STEP + 1);
        let mut sum = Count::default();
        for chunk in text.as_bytes().chunks(STEP) {
            marks.push(sum);
            sum = sum.plus(chunk);
        }
        marks.push(sum);
        Self::Marks(marks.into_boxed_slice())
    }

    /// Characters in front of byte `at`, which must not be past the text's end.
    pub(super) fn before(&self, text: &str, at: usize) -> Count {
        match self {
            Self::Ascii => Count { chars: super::offset(at), wide: 0 },
            Self::Marks(marks) => marks[at / STEP].plus(&text.as_bytes()[at / STEP * STEP..at]),
        }
    }
}

impl Count {
    /// A character counts at its first byte.
    fn plus(self, bytes: &[u8]) -> Self {
        let chars = bytes.iter().filter(|b| **b & 0b1100_0000 != 0b1000_0000).count();
        let wide = bytes.iter().filter(|b| **b >= 0b1111_0000).count();
        Self { chars: self.chars + super::offset(chars), wide: self.wide + super::offset(wide) }
    }
}
