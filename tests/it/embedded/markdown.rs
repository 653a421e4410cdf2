//! Code blocks of Markdown, as CommonMark has them.

use ztctl::syntax::markdown::{Fence, fences};

#[track_caller]
fn texts(markdown: &str) -> Vec<String> {
    let found = fences(markdown);
    for Fence { whole, info, .. } in &found {
        assert!(markdown.get(whole.range()).is_some() && markdown.get(info.range()).is_some());
    }
    found.into_iter().map(|fence| fence.text).collect()
}

#[test]
fn a_block_ends_at_a_fence_as_long_as_its_own() {
    assert_eq!(texts("```\na\n```\n"), ["a\n"]);
    assert_eq!(texts("````\n```\na\n```\n`````  \n"), ["```\na\n```\n"]);
    assert_eq!(texts("~~~ a ` b\n```\n~~~"), ["```\n"]);
    assert_eq!(texts("```\na\n~~~\n"), [""; 0]);
    assert_eq!(texts("```\na\n    ```\n```\n"), ["a\n    ```\n"]);
    assert_eq!(texts("```\na\n``` b\n```\n"), ["a\n``` b\n"]);
    assert_eq!(texts("``\na\n``\n"), [""; 0]);
    assert_eq!(texts("```a`b\nc\n```\nd\n```\n"), ["d\n"]);
    assert_eq!(texts("```\r\na\r\n```\r\n"), ["a\n"]);
}

#[test]
fn up_to_the_indentation_of_the_fence_is_taken_off() {
    assert_eq!(texts("   ```\n   a\n  b\n     c\n   ```\n"), ["a\nb\n  c\n"]);
    assert_eq!(texts("    ```\n    a\n    ```\n"), [""; 0]);
    assert_eq!(texts("text\n    ```\n    a\n    ```\n"), [""; 0]);
}

#[test]
fn containers_end_the_blocks_in_them() {
    assert_eq!(texts("> ```\n> a\nb\n```\nc\n```\n"), ["c\n"]);
    assert_eq!(texts("> ```\n> a\n>b\n>  c\n>\n> ```\n"), ["a\nb\n c\n\n"]);
    assert_eq!(texts("- ```\n  a\n\n   b\n  ```\n"), ["a\n\n b\n"]);
    assert_eq!(texts("- ```\n  a\nb\n  ```\n  c\n  ```\n"), ["c\n"]);
    assert_eq!(texts("1) a\n\n   ```\n   b\n   ```\n10. ```\n    c\n    ```\n"), ["b\n", "c\n"]);
    assert_eq!(texts("* - > ```\n    > a\n    > ```\n"), ["a\n"]);
    assert_eq!(texts("-     ```\n      a\n      ```\n"), [""; 0]);
    assert_eq!(texts("- a\nlazy\n  ```\n  b\n  ```\n"), ["b\n"]);
    assert_eq!(texts("text\n2. ```\n   a\n   ```\n"), [""; 0], "the number is a part of the paragraph, and the last line opens a block");
    assert_eq!(texts("* * *\n```\na\n```\n"), ["a\n"]);
    assert_eq!(texts("-\n  ```\n  a\n  ```\n"), ["a\n"]);
}

#[test]
fn tabs_reach_to_columns() {
    assert_eq!(texts("-\t```\n\ta\n\t\tb\n\t```\n"), ["a\n\tb\n"]);
    assert_eq!(texts("- ```\n\ta\n  ```\n"), ["  a\n"]);
    assert_eq!(texts(">\t```\n>\ta\n> \t\tb\n>\t```\n"), ["a\n\tb\n"]);
}

#[test]
fn comments_and_raw_html_hide_blocks() {
    assert_eq!(texts("<!--\n```\na\n```\n-->\n```\nb\n```\n"), ["b\n"]);
    assert_eq!(texts("<!-- a -->\n```\nb\n```\n"), ["b\n"]);
    assert_eq!(texts("a <!-- b\n```\nc\n```\n-->\n```\nd\n```\n"), ["d\n"]);
    assert_eq!(texts("`<!--`\n```\nc\n```\n-->\n"), ["c\n"]);
    assert_eq!(texts("a <!-- b\n```\nc\n```\n"), ["c\n"], "a comment that never ends is none");
    assert_eq!(texts("<pre>\n```\na\n```\n</pre>\n```\nb\n```\n"), ["b\n"]);
    assert_eq!(texts("<details>\n\n```\na\n```\n</details>\n"), ["a\n"]);
}

#[test]
fn the_head_of_a_page_is_no_markdown() {
    assert_eq!(texts("---\na: |\n  ```\n  b\n  ```\n---\n```\nc\n```\n"), ["c\n"]);
    assert_eq!(texts("---\n```\na\n```\n"), ["a\n"], "a thematic break");
    assert_eq!(texts("\u{feff}```\na\n```\n"), ["a\n"]);
}

#[test]
fn info_strings_are_what_follows_the_fence() {
    let markdown = "~~~~  rego title=\"a\"\t\nx\n~~~~\n";
    let fence = &fences(markdown)[0];
    assert_eq!(&markdown[fence.info.range()], "rego title=\"a\"");
    assert_eq!(fence.marker, "~~~~");
    assert_eq!(fences("> - ```\n>   a\n>   ```\n")[0].prefix, ">   ");
}
