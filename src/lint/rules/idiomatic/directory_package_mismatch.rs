use crate::diag::Layout;
use crate::lint::rules::prelude::*;
use crate::model::rego::RefPath;

declare_rule! {
    DirectoryPackageMismatch {
        id: "directory-package-mismatch",
        group: "idiomatic",
        summary: "a module in a folder that is not called like its package",
        why: "Where `package users.roles` lies in `users/roles/`, packages are found without a search, and policies lie beside the data files that opa reads into the same documents.",
        bad: rego("package users.roles\n\nadmin if input.user.admin\n"),
        good: rego("package play\n\nadmin if input.user.admin\n"),
        regal: Some(Severity::Error),
        options: &[OptionMeta {
            name: "exclude-test-suffix",
            kind: OptionKind::Bool,
            default: OptionValue::Bool(true),
            doc: "Take `package users_test` to belong in `users/`.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/directory-package-mismatch",
        peers: &["regal idiomatic/directory-package-mismatch"],
    }
}

impl Rule for DirectoryPackageMismatch {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_embedded() {
            return;
        }
        let module = cx.module();
        let Some((_, first)) = module.package.parts.first() else { return };
        let folders = folders_of(&module.package, cx.flag("exclude-test-suffix"));
        let path = absolute(cx.layout(), &cx.file().path);
        let mut inside = path.rsplit('/').skip(1);
        if folders.iter().rev().all(|folder| inside.next() == Some(folder)) {
            return;
        }
        let target = expected_path(cx.layout(), &cx.file().path, &module.package, cx.flag("exclude-test-suffix"));
        let message = format!("package `{}` does not lie in a folder called like it", module.package.dotted());
        let report = cx.report(*first, message);
        if let Some(target) = target {
            report.help(format!("move the file to `{target}`, or rename the package")).moves_to(target);
        }
    }
}

/// Where a module belongs: the path of its package below its Rego root, with the file's own name. `path` and the result are relative
/// to the working directory, with `/`; a result outside of it is absolute. `None` where a name of the package can be no folder.
pub(crate) fn expected_path(layout: &Layout, path: &str, package: &RefPath<'_>, exclude_test_suffix: bool) -> Option<String> {
    let folders = folders_of(package, exclude_test_suffix);
    if folders.iter().any(|name| matches!(name.as_str(), "" | "." | "..") || name.contains(['/', '\\', '\0'])) {
        return None;
    }
    let whole = absolute(layout, path);
    let name = whole.rsplit('/').next()?;
    let is_below = |root: &&str| whole.strip_prefix(*root).is_some_and(|rest| root.ends_with('/') || rest.starts_with('/'));
    let roots = layout.roots.iter().map(String::as_str).chain([layout.working_directory.as_str()]);
    let root = roots.filter(is_below).max_by_key(|root| root.len()).unwrap_or("/");
    let target = format!("{}/{}/{name}", root.trim_end_matches('/'), folders.join("/"));
    let here = format!("{}/", layout.working_directory.trim_end_matches('/'));
    Some(target.strip_prefix(here.as_str()).map_or(target.clone(), str::to_owned))
}

/// The folders of a package. The suffix `_test` of its last name says nothing about where it lies, if it is excluded.
fn folders_of(package: &RefPath<'_>, exclude_test_suffix: bool) -> Vec<String> {
    let mut folders: Vec<String> = package.parts.iter().map(|(name, _)| name.clone().into_owned()).collect();
    if let Some(last) = folders.last_mut().filter(|_| exclude_test_suffix)
        && let Some(name) = last.strip_suffix("_test")
    {
        *last = name.to_owned();
    }
    folders
}

/// A path of the run from the root on, without `.` and `..`.
fn absolute(layout: &Layout, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", layout.working_directory) };
    let is_normal = |part: &[u8]| !matches!(part, b"" | b"." | b"..");
    if whole.as_bytes()[1..].split(|byte| *byte == b'/').all(is_normal) && whole.starts_with('/') {
        return whole;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
