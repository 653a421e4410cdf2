use super::*;

fn shown(text: &str) -> Vec<String> {
    let script = read(text);
    let word = |word: &Word| match word.unknown {
        Some(at) => format!("{}?{}", &word.text[..at], &word.text[at..]),
        None => word.text.clone(),
    };
    let command = |command: &Command| {
        let mut parts: Vec<String> = command.assignments.iter().map(|a| format!("[{}={}]", a.name, word(&a.value))).collect();
        parts.extend(command.words.iter().map(word));
        if let Some(input) = command.input {
            parts.push(format!("<{}>", text[input.span.range()].escape_debug()));
        }
        if let Some(from) = command.piped_from {
            parts.push(format!("<-{from}"));
        }
        parts.join(" ")
    };
    script.commands.iter().map(command).collect()
}

#[test]
fn words_are_joined_and_unquoted() {
    assert_eq!(
        shown("vault write auth/k/role/x \\\n  names=a,b \\\r\n  p='*' q=\"a b\" r=a\\ b # note\nnext"),
        ["vault write auth/k/role/x names=a,b p=* q=a b r=a b", "next"]
    );
    assert_eq!(shown("a $X b${Y:-{}}c \"$(d e) f\" `g h`"), ["a ?$X b?${Y:-{}}c ?$(d e) f ?`g h`", "d e", "g h"]);
    assert_eq!(shown("A=1 B='x y' cmd; C=$D\nE=(1 2 3)"), ["[A=1] [B=x y] cmd", "[C=?$D]", "[E=?(1 2 3)]"]);
    assert_eq!(shown("x ${{ secrets.A }} 'it'\"'\"'s' $'a' a#b"), ["x ?${{ secrets.A }} it's a a#b"]);
    assert_eq!(shown("echo 2>&1 >out <in 3"), ["echo 3"]);
}

#[test]
fn compound_commands_are_flattened() {
    assert_eq!(
        shown("if a; then b && c || d; fi\nfor x in 1 2; do e \"$x\"; done\nf() { g; }\nfunction k { l; }\n(h; i) & ! j"),
        ["a", "b", "c", "d", "for x in 1 2", "e ?$x", "", "g", "function k", "l", "h", "i", "j"]
    );
    assert_eq!(shown("x=$(case $a in b) c;; esac) d"), ["case ?$a in b", "c", "[x=?$(case $a in b) c;; esac)] d"]);
    assert_eq!(shown("a |\n  b\nc"), ["a", "b <-0", "c"]);
}

#[test]
fn heredocs_belong_to_their_command() {
    assert_eq!(shown("cat <<A | b - <<'B'\none $x\nA\ntwo\nB\nc"), ["cat <one $x\\n>", "b - <two\\n> <-0", "c"]);
    let text = "cat <<-\"E O\" > f\n\ta\n\tE O\nb <<< 'x y'";
    let script = read(text);
    let input = script.commands[0].input.expect("a heredoc");
    assert!(input.strips_tabs && !input.expands && input.is_lines);
    assert_eq!(&text[input.span.range()], "\ta\n");
    assert_eq!(script.commands[0].output.as_ref().and_then(Word::known), Some("f"));
    assert_eq!(&text[script.commands[1].input.expect("a here-string").span.range()], "x y");
    assert_eq!(shown("x=$(cat <<E\na)\nE\n)\ny"), ["cat <a)\\n>", "[x=?$(cat <<E\na)\nE\n)]", "y"]);
    assert_eq!(shown("cat <<E\nnever closed"), ["cat <never closed>"]);
}

#[test]
fn comments_are_found() {
    let text = "#!/bin/sh\n# a\nb # c\n'# d'\ncat <<E\n# e\nE\n";
    let found: Vec<&str> = comments(text).iter().map(|comment| &text[comment.span.range()]).collect();
    assert_eq!(found, ["#!/bin/sh", "# a", "# c"]);
}

#[test]
fn nothing_is_too_odd() {
    for text in [
        "'", "\"", "\\", "$", "${", "$(", "`", "<<", "<<<", "<(", "a <<", "&>", "((", "))", "|", "\"\\", "x=(", "ä\\", "$'", "<<''\n",
        "\\ä$ä",
    ] {
        let _ = read(text);
        let _ = read(&text.repeat(50));
    }
    let deep = "$(".repeat(100_000);
    assert!(read(&deep).commands.len() < 200_000);
    let _ = read(&"\"$(".repeat(50_000));
    let _ = read(&"`".repeat(50_001));
    let _ = read(&"cat <<E ".repeat(10_000));
}
