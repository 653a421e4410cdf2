//! How files are named whatever the folder that a run starts in.

use std::borrow::Cow;

/// Names files from the folder of their project. Without one it leaves names as they are.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Anchor {
    /// The working directory, from the folder of the project that it lies in: empty, or with `/` at its end.
    below: String,
    /// Folders of other projects as names of their files begin here, each with `/` at its end.
    roots: Vec<String>,
}

impl Anchor {
    /// `below` is the working directory from its project's folder, empty where it is that or lies in none; `roots` are folders of
    /// projects that the working directory does not lie in, as it names them.
    #[must_use]
    pub fn new(below: &str, roots: impl IntoIterator<Item = String>) -> Self {
        let closed = |text: &str| if text.is_empty() || text.ends_with('/') { text.to_owned() } else { format!("{text}/") };
        let mut roots: Vec<String> = roots.into_iter().filter(|root| !root.is_empty()).map(|root| closed(&root)).collect();
        // the innermost project first
        roots.sort_by(|a, b| (b.len(), a).cmp(&(a.len(), b)));
        roots.dedup();
        Self { below: closed(below), roots }
    }

    /// The name of a file from its project's folder; as it is for one that lies in none.
    #[must_use]
    pub fn name<'p>(&self, path: &'p str) -> Cow<'p, str> {
        if let Some(rest) = self.roots.iter().find_map(|root| path.strip_prefix(root.as_str())) {
            return Cow::Borrowed(rest);
        }
        if self.below.is_empty() || path.is_empty() || path.starts_with(['/', '<']) || path.contains(":/") {
            return Cow::Borrowed(path);
        }
        let mut folders: Vec<&str> = self.below.trim_end_matches('/').split('/').collect();
        let mut rest = path;
        while let Some(outer) = rest.strip_prefix("../") {
            if folders.pop().is_none() {
                // out of the project
                return Cow::Borrowed(path);
            }
            rest = outer;
        }
        folders.push(rest);
        Cow::Owned(folders.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::Anchor;

    #[test]
    fn a_file_has_one_name_from_wherever_it_is_seen() {
        let at_top = Anchor::default();
        let in_folder = Anchor::new("deploy/prod", []);
        let above = Anchor::new("", ["shop".to_owned()]);
        let beside = Anchor::new("", ["../shop/".to_owned()]);
        assert_eq!(at_top.name("deploy/prod/a.yaml"), "deploy/prod/a.yaml");
        assert_eq!(in_folder.name("a.yaml"), "deploy/prod/a.yaml");
        assert_eq!(in_folder.name("../base/a.yaml"), "deploy/base/a.yaml");
        assert_eq!(in_folder.name("../../a.yaml"), "a.yaml");
        assert_eq!(above.name("shop/deploy/prod/a.yaml"), "deploy/prod/a.yaml");
        assert_eq!(beside.name("../shop/deploy/prod/a.yaml"), "deploy/prod/a.yaml");
        // what lies in no project keeps its name
        assert_eq!(in_folder.name("../../../x/a.yaml"), "../../../x/a.yaml");
        assert_eq!(in_folder.name("<stdin>"), "<stdin>");
        assert_eq!(above.name("shopping/a.yaml"), "shopping/a.yaml");
        // of nested projects the inner one counts
        let nested = Anchor::new("", ["a".to_owned(), "a/b".to_owned()]);
        assert_eq!((nested.name("a/b/c"), nested.name("a/c")), ("c".into(), "c".into()));
    }
}
