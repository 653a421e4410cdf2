//! Which release of an engine brought which builtin, feature and keyword.
//!
//! The table is made of the capabilities files that come with OPA, Enterprise OPA and rq: see `tests/it/releases.rs`.

use super::Capabilities;

/// One line a release: engine, version, what came and (with `-`) what went. Releases of an engine are in order.
const TABLE: &str = include_str!("releases.txt");

/// The engines whose releases are known.
pub const ENGINES: [&str; 3] = ["opa", "eopa", "rq"];

fn releases(engine: &str) -> impl Iterator<Item = (&'static str, std::str::SplitAsciiWhitespace<'static>)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(move |line| {
        let mut words = line.split_ascii_whitespace();
        (words.next()? == engine).then_some(())?;
        Some((words.next()?, words))
    })
}

/// How reports call an engine's release.
fn display(engine: &str, version: &str) -> String {
    match engine {
        "opa" => format!("OPA {version}"),
        "eopa" => format!("Enterprise OPA {version}"),
        other => format!("{other} {version}"),
    }
}

/// The release of OPA that brought a builtin: `0.67.0`; `None` if none of them has it, or all.
#[must_use]
pub fn since(builtin: &str) -> Option<&'static str> {
    releases("opa").skip(1).find(|(_, words)| words.clone().any(|word| word == builtin)).map(|(version, _)| version)
}

/// Whether a release of OPA has a builtin of that name.
#[must_use]
pub fn is_known(builtin: &str) -> bool {
    !builtin.starts_with(['@', '%', '-']) && releases("opa").any(|(_, mut words)| words.any(|word| word == builtin))
}

impl Capabilities {
    /// What a release of an engine can do. `1.18` means its newest patch; a leading `v` does not matter.
    ///
    /// # Errors
    /// An engine or release that is not known; what is.
    pub fn release(engine: &str, version: &str) -> Result<Self, String> {
        if !ENGINES.contains(&engine) {
            return Err(format!("no engine is called `{engine}`: `opa`, `eopa` and `rq` are known"));
        }
        let wanted = version.strip_prefix('v').unwrap_or(version);
        let is_meant = |release: &str| release == wanted || release.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'));
        let full = wanted.split('.').count() >= 2;
        let Some(at) = releases(engine).enumerate().filter(|(_, (name, _))| full && is_meant(name)).map(|(at, _)| at).last() else {
            let newest = releases(engine).last().map_or("", |(name, _)| name);
            return Err(format!("no release of `{engine}` is called `{version}`: the newest that is known is {newest}"));
        };
        let mut out = Self::default();
        for (name, words) in releases(engine).take(at + 1) {
            out.name = Some(display(engine, name));
            for word in words {
                out.change(word);
            }
        }
        Ok(out)
    }

    fn change(&mut self, word: &str) {
        let (gone, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
        let set = match word.as_bytes().first() {
            Some(b'@') => &mut self.features,
            Some(b'%') => &mut self.future_keywords,
            _ => {
                let (name, arity) = word.split_once('/').map_or((word, None), |(name, arity)| (name, arity.parse().ok()));
                if gone {
                    self.remove(name);
                } else {
                    self.add(name, arity);
                }
                return;
            }
        };
        if gone {
            set.remove(&word[1..]);
        } else {
            set.insert(word[1..].to_owned());
        }
    }

    /// Adds a builtin; the number of its arguments need not be given for those that OPA has.
    pub fn add(&mut self, name: &str, arity: Option<usize>) {
        self.builtins.insert(name.to_owned());
        if let Some(arity) = arity {
            self.arities.insert(name.to_owned(), arity);
        }
    }

    /// Takes a builtin away.
    pub fn remove(&mut self, name: &str) {
        self.builtins.remove(name);
        self.arities.remove(name);
    }
}
