//! The pieces that all sections are written with. Whatever comes from files passes [`Esc`] or [`Path`].

use std::fmt::{self, Write as _};

use crate::assess::Spot;
use crate::assess::status::Status;
use crate::report::assess::About;
pub(in crate::report::assess) use crate::report::assess::capital;
use crate::report::assess::links::permalink;
use crate::report::escape::brief;

/// One line of a page's contents.
pub(in crate::report::assess) fn contents(out: &mut String, id: &str, title: &str, number: Option<usize>) {
    let number = number.map_or_else(String::new, |number| format!("<span>{}</span>", thousands(number)));
    put!(out, "<li><a href=\"#{id}\">{title}{number}</a></li>\n");
}

/// One section of a page, below its title and a sentence.
pub(in crate::report::assess) fn section(out: &mut String, id: &str, title: &str, lead: &str, body: &str) {
    put!(out, "<section class=\"part\" id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>\n");
    if !lead.is_empty() {
        put!(out, "<p class=\"lead\">{lead}</p>\n");
    }
    put!(out, "{body}</section>\n");
}

/// A text in an element or a quoted attribute: no markup of its own, nothing hidden, and of bounded length.
pub(in crate::report::assess) struct Esc<'a>(pub(in crate::report::assess) &'a str);

impl fmt::Display for Esc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        brief(self.0).chars().try_for_each(|c| escaped(c, f))
    }
}

/// As [`Esc`], in an element, with places where a long path may break.
pub(in crate::report::assess) struct Path<'a>(pub(in crate::report::assess) &'a str);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in brief(self.0).chars() {
            escaped(c, f)?;
            if c == '/' {
                f.write_str("<wbr>")?;
            }
        }
        Ok(())
    }
}

/// As [`Esc`], in an element, with what stands between backticks as code.
pub(in crate::report::assess) struct Prose<'a>(pub(in crate::report::assess) &'a str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = brief(self.0);
        let parts: Vec<&str> = text.split('`').collect();
        // an odd backtick is a backtick
        let pairs = if parts.len() % 2 == 1 { parts.len() } else { parts.len() - 1 };
        for (at, part) in parts.iter().enumerate() {
            let is_code = at % 2 == 1 && at < pairs;
            f.write_str(if is_code { "<code>" } else { "" })?;
            if at >= pairs {
                f.write_char('`')?;
            }
            part.chars().try_for_each(|c| escaped(c, f))?;
            f.write_str(if is_code { "</code>" } else { "" })?;
        }
        Ok(())
    }
}

/// As [`Esc`], line breaks kept.
pub(super) fn lines(text: &str) -> String {
    text.lines().take(200).map(|line| Esc(line).to_string()).collect::<Vec<_>>().join("\n")
}

fn escaped(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match c {
        '&' => f.write_str("&amp;"),
        '<' => f.write_str("&lt;"),
        '>' => f.write_str("&gt;"),
        '"' => f.write_str("&quot;"),
        '\'' => f.write_str("&#39;"),
        c => f.write_char(c),
    }
}

/// Writes to a string, which cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {{
        let _ = write!($out, $($arg)*);
    }};
}
pub(in crate::report::assess) use put;

/// A level in its colour; `None` is no level.
pub(in crate::report::assess) fn level(level: Option<u8>) -> String {
    match level {
        Some(level) => format!("<span class=\"lv lv{level}\">{level}</span>"),
        None => "<span class=\"lv lvx\"><span aria-hidden=\"true\">–</span><span class=\"vh\">none</span></span>".to_owned(),
    }
}

/// The sign of a status; its word stands beside it.
pub(super) fn glyph(status: Status) -> &'static str {
    match status {
        Status::Met => "✓",
        Status::Partial => "◐",
        Status::NotMet => "✗",
        Status::Waived => "~",
        Status::NotApplicable => "–",
        Status::Unknown => "?",
        Status::Attested => "✎",
        Status::Error => "!",
    }
}

/// A status in words.
pub(super) fn word(status: Status) -> &'static str {
    match status {
        Status::Met => "met",
        Status::Partial => "partly met",
        Status::NotMet => "not met",
        Status::Waived => "waived",
        Status::NotApplicable => "not applicable",
        Status::Unknown => "unknown",
        Status::Attested => "attested",
        Status::Error => "could not be judged",
    }
}

/// `path:line`, linked to the revision where that is known.
pub(super) fn place(about: &About, spot: &Spot) -> String {
    let text = format!("<code>{}:{}</code>", Path(&spot.path), spot.line);
    match permalink(about, spot) {
        Some(url) => format!("<a href=\"{}\">{text}</a>", Esc(&url)),
        None => text,
    }
}

/// A link to a criterion of the page.
pub(super) fn criterion(id: &str) -> String {
    format!("<a class=\"mono cid\" href=\"#{id}\">{id}</a>", id = Esc(id))
}

/// `1 file`, `2 files`.
pub(in crate::report::assess) fn count(number: usize, one: &str, more: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {more}", thousands(number)) }
}

/// Digits in groups of three.
pub(in crate::report::assess) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}
