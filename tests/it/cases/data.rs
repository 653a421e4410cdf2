use std::process::Command;

use ztctl::eval::{from_json, to_json};
use ztctl::test::data::{DataFile, is_data_file, keys_under, merge, overlay};

fn merged(root: &str, files: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    let data = merge(files.iter().filter(|(path, _)| is_data_file(path)).map(|(path, text)| DataFile {
        path,
        under: keys_under(root, path),
        text,
    }));
    (to_json(&data.value), data.skipped)
}

#[test]
fn folders_become_keys() {
    assert_eq!(keys_under("conf", "conf/x/data.yaml"), ["x"]);
    assert_eq!(keys_under(".", "conf/x/data.yaml"), ["conf", "x"]);
    assert_eq!(keys_under("./conf/", "conf/data.yaml"), Vec::<String>::new());
    assert_eq!(keys_under("conf/x/data.yaml", "conf/x/data.yaml"), Vec::<String>::new());
    assert!(is_data_file("a/b.json") && is_data_file("b.yml") && is_data_file("b.yaml"));
    assert!(!is_data_file("a/b.ztest.yaml") && !is_data_file("a.json/b.rego") && !is_data_file("json"));
}

#[test]
fn what_cannot_be_merged_is_listed() {
    let (value, skipped) = merged(
        ".",
        &[
            ("z.json", "{\"a\": 1, \"q\": 1.50}"),
            ("b.json", "{\"a\": 2}"),
            ("list.json", "[1]"),
            ("x/list.json", "[1]"),
            ("x/more.yaml", "a: 1\n"),
            ("bad.json", "{\n]"),
            ("bad.yaml", "a: [\n"),
            ("cut.yaml", "a: *b\n"),
            ("many.yaml", "m: 1\n---\nn: 2\n"),
            ("many2.yaml", "o: 1\n---\nn: [\n"),
            ("empty.yaml", "# c\n"),
            ("case.ztest.yaml", "- name: x\n"),
            ("bom.yaml", "\u{feff}bom: yes\r\n"),
        ],
    );
    assert_eq!(value, r#"{"a":2,"bom":"yes","m":1,"o":1,"x":[1]}"#);
    let skipped: Vec<String> = skipped.iter().map(|(path, reason)| format!("{path}: {reason}")).collect();
    assert_eq!(skipped.len(), 9, "{skipped:#?}");
    for (found, start) in skipped.iter().zip([
        "bad.json: line 2: ",
        "bad.yaml: line ",
        "cut.yaml: an alias",
        "empty.yaml: no ",
        "list.json: found an array at the root",
        "many.yaml: only the first of 2",
        "many2.yaml: only the first of 2",
        "x/more.yaml: `data.x` is already set",
        "z.json: `data.a` is already set",
    ]) {
        assert!(found.starts_with(start), "{found} / {start}");
    }
}

#[test]
fn a_case_lays_its_data_over() {
    let base = from_json(r#"{"a":{"b":1,"c":2},"d":[1]}"#).expect("JSON");
    let over = from_json(r#"{"a":{"b":9},"d":{"e":1}}"#).expect("JSON");
    assert_eq!(to_json(&overlay(&base, &over)), r#"{"a":{"b":9,"c":2},"d":{"e":1}}"#);
}

#[test]
fn trees_merge_as_opa_merges_them() {
    let Some(opa) = crate::support::opa() else { return };
    let trees: [&[(&str, &str)]; 4] = [
        &[("a.json", "{\"x\": {\"y\": 1}, \"n\": 1.50}"), ("x/b.yaml", "z: [1, two, 3.0]\n"), ("x/w/data.json", "{\"v\": null}")],
        &[("d/e/f/g.yml", "- 1\n- b: 2\n"), ("d/h.yaml", "i: yes\nj: 0x10\n"), ("k.yaml", "d: {l: !!binary aGk=}\n")],
        &[("a.yaml", "x: &x {y: 1}\nz: {<<: *x, q: 1e3}\n---\nignored: 1\n"), ("m-n/o.p.json", "\"text\"")],
        &[("a.json", "{\"a\": 1, \"a\": 2, \"s\": \"\\u00e9<>\"}"), ("b/c.json", " [ 1e2 , -0.0, 12345678901234567890 ] ")],
    ];
    for files in trees {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        let out = Command::new(&opa).args(["eval", "-f", "raw", "-d", ".", "data"]).current_dir(&folder).output().expect("opa runs");
        let theirs = from_json(String::from_utf8_lossy(&out.stdout).trim()).expect("JSON");
        let (ours, _) = merged(".", files);
        assert_eq!(ours, to_json(&theirs));
    }
}
