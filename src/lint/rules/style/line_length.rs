use crate::lint::rules::prelude::*;
use crate::text::TextStyle;

declare_rule! {
    LineLength {
        id: "line-length",
        group: "style",
        summary: "a line that is too long",
        why: "Rego has few nested constructs, and long lines hide what a condition depends on. `opa fmt` breaks no lines: split the expression, or the rule.",
        bad: rego("package play\n\nallow if input.user.organization.department.team.project.role == input.request.object.metadata.annotations.required_role_name\n"),
        good: rego("package play\n\nallow if input.user.role == input.request.required_role\n"),
        regal: Some(Severity::Error),
        options: &[
            OptionMeta {
                name: "max-line-length",
                kind: OptionKind::Integer { min: 1, max: i64::MAX },
                default: OptionValue::Integer(120),
                doc: "The most characters that a line may have.",
            },
            OptionMeta {
                name: "non-breakable-word-threshold",
                kind: OptionKind::Integer { min: 1, max: i64::MAX },
                default: OptionValue::Unset,
                doc: "Lines with a word of more characters are not reported.",
            },
        ],
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/line-length",
        peers: &["regal style/line-length"],
    }
}

impl Rule for LineLength {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let longest = usize::try_from(cx.integer("max-line-length")).unwrap_or(usize::MAX);
        let threshold = cx.integer_if_set("non-breakable-word-threshold").and_then(|value| usize::try_from(value).ok());
        // the columns of a block scalar are those of its file
        let indent = match cx.file().mapping.as_ref().map(|mapping| &mapping.style) {
            Some(TextStyle::Block { indent, .. }) => indent.chars().count(),
            _ => 0,
        };
        let text = cx.text();
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
            let line = &text[start..end];
            let shown = line.strip_suffix('\r').unwrap_or(line);
            // bytes bound characters
            if shown.len() + indent > longest {
                let length = shown.chars().count() + indent;
                let unbreakable = threshold.is_some_and(|most| shown.split(' ').any(|word| word.chars().count() > most));
                if length > longest && !unbreakable {
                    let span = Span::new(start as u32, (start + shown.len()) as u32);
                    cx.report(span, format!("the line has {length} characters, more than {longest}"))
                        .help("split the expression, or name parts of it");
                }
            }
            start = end + 1;
        }
    }
}
