//! Recipes of Makefiles as a shell script.

/// Whether make looks for its rules under this name.
#[must_use]
pub fn is_makefile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(&*lower, "makefile" | "gnumakefile") || lower.len() > 3 && lower.ends_with(".mk")
}

/// The text with everything blank that is no recipe, so that all places stay: rules, variables, make's comments, and what a line of a
/// recipe begins with (`@`, `-`, `+`). Variables of make are left: to a shell they are substitutions, which nobody can know either.
pub(super) fn recipes(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut goes_on = false;
    let mut is_recipe = false;
    for line in text.split_inclusive('\n') {
        if !goes_on {
            is_recipe = line.starts_with('\t');
        }
        let content = line.trim_end_matches(['\n', '\r']);
        let lead = if is_recipe && !goes_on {
            content.bytes().take_while(|byte| matches!(byte, b'\t' | b' ' | b'@' | b'-' | b'+')).count()
        } else if is_recipe {
            0
        } else {
            content.len()
        };
        // bytes, so that places stay: a line is blank as a whole or not at all
        out.extend(std::iter::repeat_n(b' ', lead));
        out.extend_from_slice(&line.as_bytes()[lead..]);
        goes_on = content.ends_with('\\');
    }
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{is_makefile, recipes};

    #[test]
    fn recipes_keep_their_places() {
        let text = "X := ä $(shell kubectl get)\nall: dep\n\t@kubectl apply \\\n  -f a.yaml\n\t-vault x\n# no\n";
        let script = recipes(text);
        assert_eq!(script.len(), text.len());
        assert_eq!(script.find("kubectl"), text.rfind("kubectl"));
        assert!(script.contains("kubectl apply \\\n  -f a.yaml\n  vault x\n") && !script.contains("all"));
        assert!(is_makefile("Makefile") && is_makefile("ci.mk") && !is_makefile("Makefile.md") && !is_makefile(".mk"));
    }
}
