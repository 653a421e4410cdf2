use crate::lint::rules::prelude::*;

declare_rule! {
    FileLength {
        id: "file-length",
        group: "style",
        summary: "a module that is too long",
        why: "A long module holds several things. Split it by what the rules are about; packages may be spread over files.",
        bad: rego_with(
            &[("max-file-length", OptionValue::Integer(5))],
            "package play\n\nallow if input.user.admin\n\ndeny if not allow\n",
        ),
        good: rego("package play\n\nallow if input.user.admin\n"),
        regal: Some(Severity::Error),
        options: &[OptionMeta {
            name: "max-file-length",
            kind: OptionKind::Integer { min: 1, max: i64::MAX },
            default: OptionValue::Integer(500),
            doc: "The most lines that a module may have; the end of a last line that is broken counts as one.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/file-length",
        peers: &["regal style/file-length"],
    }
}

impl Rule for FileLength {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let most = cx.integer("max-file-length");
        let lines = memchr::memchr_iter(b'\n', cx.text().as_bytes()).count() as i64 + 1;
        if lines <= most {
            return;
        }
        let Some(package) = cx.module().package_clause else { return };
        cx.report(package.span(), format!("the module has {lines} lines, more than {most}")).help("split it by what the rules are about");
    }
}
