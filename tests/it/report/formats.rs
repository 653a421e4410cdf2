use ztctl::report::{Concise, Github, Gitlab, Junit, Markdown, visible};

use super::nasty::{Clean, Nasty};
use super::{snapshot, write};

#[test]
fn concise() {
    let nasty = Nasty::new();
    let text = write(&Concise::default(), &nasty.report());
    snapshot!("concise", &text);
    assert!(!text.contains('\u{1b}'), "nothing of the input steers the terminal");
    let colored = write(&Concise { color: true, quiet: true }, &nasty.report());
    let mut plain = anstream::adapter::strip_str(&colored).to_string();
    plain.truncate(plain.trim_end().len());
    assert!(text.starts_with(&plain) && colored.len() > plain.len());
    snapshot!("concise-clean", write(&Concise::default(), &Clean::new().report()));
    assert_eq!(write(&Concise { color: true, quiet: true }, &Clean::new().report()), "");
}

#[test]
fn github() {
    let nasty = Nasty::new();
    let text = write(&Github, &nasty.report());
    snapshot!("github", &text);
    // the runner reads commands line by line: no line but ours
    for line in text.lines() {
        assert!(["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command)), "{line}");
    }
    assert_eq!(write(&Github, &Clean::new().report()), "");
}

#[test]
fn junit() {
    let nasty = Nasty::new();
    let text = write(&Junit, &nasty.report());
    snapshot!("junit", &text);
    snapshot!("junit-clean", write(&Junit, &Clean::new().report()));
}

#[test]
fn gitlab() {
    let text = write(&Gitlab, &Nasty::new().report());
    snapshot!("gitlab", &text);
    assert_eq!(write(&Gitlab, &Clean::new().report()), "[]\n");
}

#[test]
fn markdown() {
    let text = write(&Markdown, &Nasty::new().report());
    snapshot!("markdown", &text);
    snapshot!("markdown-clean", write(&Markdown, &Clean::new().report()));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let formats: [&dyn ztctl::report::Reporter; 8] = [
        &Concise { color: true, quiet: false },
        &Github,
        &Junit,
        &Gitlab,
        &Markdown,
        &ztctl::report::Json,
        &ztctl::report::Sarif,
        &ztctl::report::Pretty { color: true, ..Default::default() },
    ];
    for format in formats {
        assert_eq!(write(format, &Nasty::new().report()), write(format, &Nasty::new().report()));
    }
}

#[test]
fn people_are_spared_endless_messages() {
    let mut nasty = Nasty::new();
    nasty.findings.truncate(1);
    nasty.findings[0].message = format!("`{}`", "é".repeat(1_000_000));
    let formats: [&dyn ztctl::report::Reporter; 3] = [&Concise::default(), &Markdown, &ztctl::report::Pretty::default()];
    for format in formats {
        assert!(write(format, &nasty.report()).len() < 5_000);
    }
    // programs get all
    assert!(write(&ztctl::report::Json, &nasty.report()).len() > 2_000_000);
}

#[test]
fn hidden_characters_become_visible() {
    assert_eq!(visible("a\u{1b}[0m\t\r\n\u{7f}\u{9b}\u{202e}\u{feff}\u{ffff}é日"), "a␛[0m␉␍␊␡\\u{9b}\\u{202e}\\u{feff}\\u{ffff}é日");
    for c in '\0'..=char::MAX {
        let text = c.to_string();
        let shown = visible(&text);
        assert!(!shown.chars().any(char::is_control));
        assert_eq!(visible(&shown), shown, "what is visible stays");
    }
}
