//! The Rego front end.

use ztctl::syntax::rego::{Version, parse, parse_auto};

#[test]
fn gives_back_the_text() {
    for text in
        ["", "package a\n\np := 1 # c\r\n", "p if {", "\u{feff}package a\n$\"{x", "é'\0`", "package a\np if { not (x) ; y := $`a{b}c` }"]
    {
        for version in [Version::V0, Version::V1] {
            assert_eq!(parse(text, version).tree.text(), text);
        }
    }
}

#[test]
fn picks_the_version() {
    assert_eq!(parse_auto("package a\n\np if true\n", None).version, Version::V1);
    assert_eq!(parse_auto("package a\n\np { true }\n", None).version, Version::V0);
    assert_eq!(parse_auto("package a\n\np { true }\n", Some(Version::V1)).version, Version::V1);
}
