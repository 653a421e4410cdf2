//! The table of what each release of an engine brought, and what is read off it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use ztctl::syntax::rego::{Capabilities, is_known, since};

#[test]
fn releases_have_what_they_brought() {
    let old = Capabilities::release("opa", "0.60").expect("a release");
    assert_eq!(old.engine(), "OPA 0.60.0");
    assert!(old.builtins.contains("numbers.range_step") && !old.builtins.contains("strings.count"));
    assert!(old.has("rego_v1_import") && !old.has("rego_v1") && old.keyword("if") && !old.keyword("and"));
    let new = Capabilities::release("opa", "v1.22.2").expect("a release");
    assert!(new.builtins.contains("strings.count") && new.has("rego_v1") && !new.has("rego_v1_import"));
    assert!(new.keyword("if") && new.keyword("and"));
    assert_eq!(Capabilities::release("opa", "1.22").expect("the newest patch").engine(), "OPA 1.22.2");
    let rq = Capabilities::release("rq", "0.0.11").expect("a release");
    assert!(rq.builtins.contains("rq.strtonum") && !rq.builtins.contains("x.jp"));
    assert_eq!(rq.arities.get("rq.strtonum"), Some(&1));
    assert_eq!(Capabilities::release("eopa", "1.10.0").map(|found| found.builtins.contains("dynamodb.send")), Ok(true));
    assert_eq!(Capabilities::release("eopa", "1.11.0").map(|found| found.builtins.contains("dynamodb.send")), Ok(false));
    for (engine, version) in [("opa", "1.23.0"), ("opa", "1"), ("opa", ""), ("opa", "1.18.9"), ("opb", "1.18"), ("opa", "0.6")] {
        assert!(Capabilities::release(engine, version).is_err(), "{engine} {version}");
    }
    assert_eq!((since("strings.count"), since("count"), since("rq.env")), (Some("0.67.0"), None, None));
    assert!(is_known("count") && is_known("strings.count") && !is_known("@rego_v1") && !is_known("rq.env"));
}

/// The table in `src/syntax/rego/releases.txt`, as the capabilities files would have it. `opa`'s come with its Go module, those of
/// the others with Regal's source, which `REGAL_SOURCE` names. With `ZTCTL_UPDATE` set it is written where all are there.
#[test]
fn the_table_of_releases_is_fresh() {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let modules = home.join("go/pkg/mod/github.com/open-policy-agent");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/syntax/rego/releases.txt");
    let old = std::fs::read_to_string(&path).expect("the table");
    let Some(newest) = old.lines().filter_map(|line| line.strip_prefix("opa ")?.split(' ').next()).next_back() else {
        panic!("no release of opa in the table");
    };
    let opa = modules.join(format!("opa@v{newest}/capabilities"));
    if !opa.is_dir() {
        eprintln!("skipped: the Go module of opa {newest} is not there");
        return;
    }
    let regal = std::env::var_os("REGAL_SOURCE").map(|source| PathBuf::from(source).join("internal/capabilities/embedded"));
    let opa = files(&opa);
    let names: BTreeSet<String> = opa.last().map(|(_, file)| items(file, &BTreeSet::new())).unwrap_or_default();
    let names: BTreeSet<String> = names.iter().filter_map(|word| word.split('/').next()).map(str::to_owned).collect();
    let mut fresh = lines("opa", &opa, &names);
    let part = |engine: &str| {
        old.lines().filter(|line| line.starts_with(&format!("{engine} "))).fold(String::new(), |out, line| out + line + "\n")
    };
    match &regal {
        Some(regal) => ["eopa", "rq"].iter().for_each(|engine| fresh += &lines(engine, &files(&regal.join(engine)), &names)),
        None => ["eopa", "rq"].iter().for_each(|engine| fresh += &part(engine)),
    }
    let head: String = old.lines().take_while(|line| line.starts_with('#')).fold(String::new(), |out, line| out + line + "\n");
    fresh.insert_str(0, &head);
    if fresh != old && std::env::var_os("ZTCTL_UPDATE").is_some() {
        std::fs::write(&path, fresh).expect("the table is written");
    } else {
        assert!(fresh == old, "{} is not what the capabilities files say", path.display());
    }
}

/// Versions and files, in order.
fn files(folder: &Path) -> Vec<(String, serde_json::Value)> {
    let mut out: Vec<([u32; 3], String, serde_json::Value)> = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(version) = name.strip_prefix('v').and_then(|name| name.strip_suffix(".json")) else { continue };
        let numbers: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
        // release candidates are left out
        if let Ok(key) = <[u32; 3]>::try_from(numbers) {
            let text = std::fs::read_to_string(&path).expect("a file");
            out.push((key, version.to_owned(), serde_json::from_str(&text).expect("capabilities")));
        }
    }
    out.sort_by_key(|(key, _, _)| *key);
    out.into_iter().map(|(_, version, file)| (version, file)).collect()
}

/// Builtins, features and keywords, as the table writes them.
fn items(file: &serde_json::Value, names: &BTreeSet<String>) -> BTreeSet<String> {
    let list = |key: &str| file[key].as_array().cloned().unwrap_or_default();
    let builtin = |builtin: &serde_json::Value| {
        let name = builtin["name"].as_str().expect("a name");
        let arity = builtin["decl"]["args"].as_array().map_or(0, Vec::len);
        if names.contains(name) { name.to_owned() } else { format!("{name}/{arity}") }
    };
    let marked = |key: &str, mark: char| list(key).into_iter().map(move |name| format!("{mark}{}", name.as_str().expect("a name")));
    list("builtins").iter().map(builtin).chain(marked("features", '@')).chain(marked("future_keywords", '%')).collect()
}

fn lines(engine: &str, files: &[(String, serde_json::Value)], names: &BTreeSet<String>) -> String {
    let mut out = String::new();
    let mut before = BTreeSet::new();
    for (version, file) in files {
        let now = items(file, names);
        write!(out, "{engine} {version}").expect("a string");
        now.difference(&before).for_each(|word| write!(out, " {word}").expect("a string"));
        before.difference(&now).for_each(|word| write!(out, " -{word}").expect("a string"));
        out.push('\n');
        before = now;
    }
    out
}
