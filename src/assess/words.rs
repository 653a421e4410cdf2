//! Words that are looked for in texts: all in one pass, before anything is read line by line.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// A set of words.
#[derive(Debug)]
pub(super) struct Words {
    automaton: AhoCorasick,
    words: Vec<&'static str>,
}

/// Those of the words that a text holds.
#[derive(Debug)]
pub(super) struct Held<'w> {
    words: &'w [&'static str],
    held: Vec<bool>,
}

impl Words {
    pub(super) fn new(words: impl IntoIterator<Item = &'static str>) -> Self {
        Self::with(words, false)
    }

    /// Upper and lower case are the same.
    pub(super) fn of_any_case(words: impl IntoIterator<Item = &'static str>) -> Self {
        Self::with(words, true)
    }

    fn with(words: impl IntoIterator<Item = &'static str>, any_case: bool) -> Self {
        let mut words: Vec<&'static str> = words.into_iter().collect();
        words.sort_unstable();
        words.dedup();
        // made once, and run over every file: built as the kind that reads fastest
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).ascii_case_insensitive(any_case).build(&words);
        let automaton = automaton.expect("a few dozen short words");
        Self { automaton, words }
    }

    /// Whether a text holds any of them.
    pub(super) fn any_in(&self, text: &str) -> bool {
        self.automaton.is_match(text)
    }

    /// Which of them a text holds.
    pub(super) fn in_text(&self, text: &str) -> Held<'_> {
        let mut held = vec![false; self.words.len()];
        for hit in self.automaton.find_overlapping_iter(text) {
            held[hit.pattern().as_usize()] = true;
        }
        Held { words: &self.words, held }
    }
}

impl Held<'_> {
    /// Whether the text holds one of the words of the set; no other is known.
    pub(super) fn has(&self, word: &str) -> bool {
        self.words.binary_search(&word).is_ok_and(|at| self.held[at])
    }

    /// Whether it holds none at all.
    pub(super) fn is_empty(&self) -> bool {
        !self.held.contains(&true)
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn words_inside_of_words_are_held() {
        let words = Words::new(["getenv(", "os.getenv(", "env(", "other"]);
        let held = words.in_text("x = os.getenv('A')");
        assert!(held.has("getenv(") && held.has("os.getenv(") && held.has("env("));
        assert!(!held.has("other") && !held.has("unknown"));
        assert!(words.in_text("nothing").is_empty() && !words.any_in("ENV("));
        assert!(Words::of_any_case(["env("]).any_in("ENV("));
    }
}
