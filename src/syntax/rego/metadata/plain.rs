//! Reads METADATA as people write it: one `field: value` or `- item` a line, nested by indentation.
//!
//! A general YAML reader takes more time for the metadata of a module than its parser for the rules. What is not as plain as that
//! (folded text, flow collections, anchors, escapes, numbers, comments, text beyond ASCII) is left to the general reader, which
//! decides; the tests hold both against each other.

use serde_yaml::{Mapping, Value};

/// Collections inside collections; what nests deeper is not plain.
const MAX_DEPTH: usize = 16;
/// The general reader looks no further for the end of a key.
const MAX_LINE: usize = 1000;

/// The value of a block; `None` where the general reader has to decide, errors included.
pub(super) fn read(yaml: &str) -> Option<Value> {
    let mut lines = Vec::with_capacity(yaml.len() / 16);
    for line in yaml.split_terminator('\n') {
        if line.len() > MAX_LINE || line.bytes().any(|byte| !matches!(byte, b' '..=b'~')) {
            return None;
        }
        let content = line.trim_start_matches(' ');
        lines.push(Line { indent: line.len() - content.len(), content: content.trim_end_matches(' '), whole: line });
    }
    let mut reader = Reader { lines, at: 0 };
    reader.skip_blank();
    let indent = reader.line()?.indent;
    let value = reader.map(indent, 0)?;
    reader.line().is_none().then_some(value)
}

#[derive(Clone, Copy)]
struct Line<'t> {
    indent: usize,
    /// Without the blanks around it.
    content: &'t str,
    whole: &'t str,
}

struct Reader<'t> {
    lines: Vec<Line<'t>>,
    /// Never a blank line.
    at: usize,
}

impl<'t> Reader<'t> {
    fn line(&self) -> Option<Line<'t>> {
        self.lines.get(self.at).copied()
    }

    fn skip_blank(&mut self) {
        while self.line().is_some_and(|line| line.content.is_empty()) {
            self.at += 1;
        }
    }

    fn step(&mut self) {
        self.at += 1;
        self.skip_blank();
    }

    /// The entries at `indent`.
    fn map(&mut self, indent: usize, depth: usize) -> Option<Value> {
        let mut map = Mapping::new();
        while let Some(line) = self.line().filter(|line| line.indent == indent && !is_item(line.content)) {
            let (key, value) = entry(line.content)?;
            let value = self.value(value, indent, true, depth)?;
            if map.insert(Value::String(key.to_owned()), value).is_some() {
                return None;
            }
        }
        Some(Value::Mapping(map))
    }

    /// The items at `indent`.
    fn list(&mut self, indent: usize, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        while let Some(line) = self.line().filter(|line| line.indent == indent && is_item(line.content)) {
            let item = line.content[1..].trim_start_matches(' ');
            if entry(item).is_some() {
                // the first entry of a mapping stands on the line of its item
                let indent = indent + line.content.len() - item.len();
                self.lines[self.at] = Line { indent, content: item, whole: line.whole };
                items.push(self.map(indent, deeper(depth)?)?);
            } else {
                items.push(self.value(item, indent, false, depth)?);
            }
        }
        Some(Value::Sequence(items))
    }

    /// The value that starts with `text` on the current line, or below it.
    fn value(&mut self, text: &str, indent: usize, is_field: bool, depth: usize) -> Option<Value> {
        if matches!(text, "|" | "|-") {
            return self.literal(indent, text == "|").map(Value::String);
        }
        self.step();
        if text.is_empty() { self.below(indent, is_field, depth) } else { self.scalar(text, indent) }
    }

    /// The lines below the current one that are further in than `indent`, as they stand.
    fn literal(&mut self, indent: usize, breaks_at_end: bool) -> Option<String> {
        self.at += 1;
        let inner = self.line().filter(|line| !line.content.is_empty())?.indent;
        if inner <= indent {
            return None;
        }
        let mut text = String::new();
        let mut blank = 0;
        while let Some(line) = self.line() {
            if line.content.is_empty() {
                if line.whole.len() > inner {
                    return None;
                }
                blank += 1;
            } else if line.indent < inner {
                break;
            } else {
                text.extend(std::iter::repeat_n('\n', std::mem::take(&mut blank)));
                text.push_str(&line.whole[inner..]);
                text.push('\n');
            }
            self.at += 1;
        }
        if !breaks_at_end {
            text.pop();
        }
        self.line().is_none_or(|line| line.indent <= indent).then_some(text)
    }

    /// What stands below a field or a dash at `indent` that nothing follows on its line; items of a field need not be indented.
    fn below(&mut self, indent: usize, is_field: bool, depth: usize) -> Option<Value> {
        match self.line() {
            Some(line) if is_item(line.content) && (line.indent > indent || is_field && line.indent == indent) => {
                self.list(line.indent, deeper(depth)?)
            }
            Some(line) if line.indent > indent => {
                entry(line.content)?;
                self.map(line.indent, deeper(depth)?)
            }
            _ => Some(Value::Null),
        }
    }

    /// A scalar that ends with its line.
    fn scalar(&self, text: &str, indent: usize) -> Option<Value> {
        if self.line().is_some_and(|line| line.indent > indent) {
            return None;
        }
        let first = text.as_bytes().first()?;
        if let quote @ (b'"' | b'\'') = first {
            let inner = text[1..].strip_suffix(char::from(*quote))?;
            return (memchr::memchr2(*quote, b'\\', inner.as_bytes()).is_none()).then(|| Value::String(inner.to_owned()));
        }
        if is_release(text) {
            return Some(Value::String(text.to_owned()));
        }
        if !first.is_ascii_alphabetic() || text.ends_with(':') || has_mark(text) {
            return None;
        }
        match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            word if is_keyword(word) => None,
            text => Some(Value::String(text.to_owned())),
        }
    }
}

fn deeper(depth: usize) -> Option<usize> {
    (depth < MAX_DEPTH).then_some(depth + 1)
}

fn is_item(content: &str) -> bool {
    content == "-" || content.starts_with("- ")
}

/// The name and the rest of `name: rest`, where the name is a plain word.
fn entry(content: &str) -> Option<(&str, &str)> {
    let end = content.bytes().position(|byte| !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'/'))?;
    let (key, rest) = (&content[..end], content[end..].strip_prefix(':')?);
    let is_plain = key.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_keyword(key) && (rest.is_empty() || rest.starts_with(' '));
    is_plain.then(|| (key, rest.trim_start_matches(' ')))
}

/// Whether a text holds what ends a key or starts a comment.
fn has_mark(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr2_iter(b':', b'#', bytes).any(|at| match bytes[at] {
        b':' => bytes.get(at + 1) == Some(&b' '),
        _ => at > 0 && bytes[at - 1] == b' ',
    })
}

/// Whether a text is digits between at least two points, which is no number.
fn is_release(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().filter(|byte| *byte == b'.').count() > 1
}

/// Whether a word may stand for something else than text.
fn is_keyword(word: &str) -> bool {
    let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];
    word.len() <= 8 && words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    fn general(yaml: &str) -> Option<Value> {
        let mut value = Value::deserialize(serde_yaml::Deserializer::from_str(yaml).next()?).ok()?;
        value.apply_merge().ok()?;
        Some(value)
    }

    #[test]
    fn usual_metadata_is_plain() {
        let yaml = "title: S3 encryption\ndescription: Buckets are encrypted: always.\n";
        assert_eq!(read(yaml), None, "an error is not decided here");
        let yaml = "title: S3 encryption\ndescription: |\n  Some # text: `a`.\n\n    more \n\nscope: package\nschemas:\n- input: schema[\"cloud\"]\nrelated_resources:\n  - https://e.org/a#b\n\
                    entrypoint: true\nempty:\ncustom:\n  id: A-1\n  input:\n    selector:\n      - type: cloud\n        subtypes:\n\
                    \x20         - service: s3\n            provider: aws\n      -\n        type: 'k8s'\nlast: \"x y\"\n";
        let value = read(yaml).expect("plain");
        assert_eq!(Some(&value), general(yaml).as_ref());
        assert_eq!(value["description"], "Some # text: `a`.\n\n  more \n");
        assert_eq!(value["custom"]["input"]["selector"][0]["subtypes"][0]["provider"], "aws");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// Lines put together at random: mostly nonsense, and never read differently.
        #[test]
        fn both_readers_agree(lines in proptest::collection::vec((0_usize..7, 0_usize..40, 0_usize..40), 1..12)) {
            const STARTS: [&str; 14] =
                ["a:", "b:", "key-1:", "- ", "-", "- a:", "- b:", "- - ", "", "c :", "Null:", "\"q\":", "x.y:", "- key-1:"];
            const RESTS: [&str; 29] = [
                " 1.2.3", " 1.2", "", " ", " text", " two words", " true", " false", " yes", " NaN", " null", " 12", " \"q\"", " 'q'", " 'it''s'", " \"a\\n\"",
                " a: b", " a:b", " a #b", " a#b", " #c", " x:", " [a, b]", " {a: b}", " schema[\"x\"]", " |", " &x y", " https://e.org/#x",
                " Infinity",
            ];
            let yaml: String = lines
                .iter()
                .map(|(indent, start, rest)| format!("{:1$}{2}{3}\n", "", indent / 2 * 2, STARTS[start % STARTS.len()], RESTS[rest % RESTS.len()]))
                .collect();
            if let Some(value) = read(&yaml) {
                prop_assert_eq!(Some(value), general(&yaml), "{}", yaml);
            }
        }

        /// The same with lines that fit together more often.
        #[test]
        fn both_readers_agree_on_what_is_plain(lines in proptest::collection::vec((0_usize..4, 0_usize..49, 0_usize..49), 1..10)) {
            const STARTS: [&str; 7] = ["a:", "b:", "c:", "- ", "- d:", "", "text "];
            const RESTS: [&str; 7] = ["", " null", " text", " 'q'", " true", " |", " |-"];
            let yaml: String = lines
                .iter()
                .map(|(indent, start, rest)| format!("{:1$}{2}{3}\n", "", indent * 2, STARTS[start % STARTS.len()], RESTS[rest % RESTS.len()]))
                .collect();
            if let Some(value) = read(&yaml) {
                prop_assert_eq!(Some(value), general(&yaml), "{}", yaml);
            }
        }
    }
}
