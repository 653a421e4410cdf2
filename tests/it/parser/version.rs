//! Texts of unknown version.

use ztctl::syntax::rego::{Version, parse_auto};

#[test]
fn version_is_found() {
    let both = "package a\n\np := 1\n";
    let v0 = "package a\n\np { true }\n";
    let v0_broken = "package a\n\np { true }\n\nq { x y }\n";
    let v1 = "package a\n\np if true\n";
    let v1_broken = "package a\n\np if true\n\nq if { x y }\n";
    let imported = "package a\n\nimport rego.v1\n\np if true\n";
    let imported_broken = "package a\n\nimport rego.v1 # for old engines\n\np { true }\n";
    let future = "package a\n\nimport future.keywords.if\n\np if true\n";
    for (text, hint, version, clean) in [
        (both, None, Version::V1, true),
        (both, Some(Version::V0), Version::V0, true),
        (v0, None, Version::V0, true),
        (v0, Some(Version::V1), Version::V1, false),
        (v0_broken, None, Version::V0, false),
        (v1, None, Version::V1, true),
        (v1, Some(Version::V0), Version::V0, false),
        (v1_broken, None, Version::V1, false),
        (imported, None, Version::V1, true),
        (imported, Some(Version::V0), Version::V1, true),
        (imported_broken, None, Version::V1, false),
        (future, None, Version::V1, true),
        (future, Some(Version::V0), Version::V0, true),
    ] {
        let parse = parse_auto(text, hint);
        assert_eq!((parse.version, parse.errors.is_empty()), (version, clean), "{text} {hint:?}");
    }
}

#[test]
fn keywords_follow_the_imports() {
    let keywords = |imports: &str| parse_auto(format!("package a\n\n{imports}\n\np := 1\n"), Some(Version::V0)).keywords;
    let none = keywords("");
    assert!(!(none.r#in || none.r#if || none.every || none.contains || none.not || none.and || none.or));
    let every = keywords("import future.keywords.every");
    assert!(every.every && every.r#in && !every.r#if && !every.not);
    let all = keywords("import future.keywords");
    assert!(all.every && all.r#in && all.r#if && all.contains && all.not && all.and && all.or);
    let not = keywords("import future.keywords[\"not\"]");
    assert!(not.not && !not.and);
}
