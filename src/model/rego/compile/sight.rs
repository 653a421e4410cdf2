//! Which modules are checked together.

/// Who sees whom. By default everybody sees everybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sight {
    /// By module; empty: one unit.
    standings: Vec<Standing>,
}

/// Where a module stands.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Standing {
    /// What holds the module's text (a template, a ConfigMap, a Markdown file); 0 for files. Nobody sees into another holder.
    pub(crate) holder: u32,
    /// The bundle or project that the file belongs to; 0 for none. Those of different ones do not see each other.
    pub(crate) root: u32,
    pub(crate) v1: bool,
    /// The text is an example: what others of its holder define may be used, but does not conflict.
    pub(crate) alone: bool,
    /// Folders of which the parts are independent, by number, and the part that the file lies in; sorted.
    pub(crate) parts: Vec<(u32, u32)>,
}

impl Sight {
    pub(crate) fn new(standings: Vec<Standing>) -> Self {
        let uniform = standings.windows(2).all(|pair| pair[0] == pair[1]) && standings.first().is_none_or(|first| !first.alone);
        Self { standings: if uniform { Vec::new() } else { standings } }
    }

    /// The modules, of which there are so many, by what they see: those of a group see the same others.
    pub(crate) fn groups(&self, modules: usize) -> Vec<Vec<u32>> {
        let all = 0..u32::try_from(modules).unwrap_or(u32::MAX);
        if self.standings.is_empty() {
            return vec![all.collect()];
        }
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut by_standing: rustc_hash::FxHashMap<&Standing, usize> = rustc_hash::FxHashMap::default();
        for (module, standing) in all.zip(&self.standings) {
            let group = *by_standing.entry(standing).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[group].push(module);
        }
        groups
    }

    /// Whether names of module `b` mean something in module `a`.
    pub(crate) fn sees(&self, a: u32, b: u32) -> bool {
        let (Some(a), Some(b)) = (self.standings.get(a as usize), self.standings.get(b as usize)) else { return true };
        a.holder == b.holder
            && (a.root == b.root || a.root == 0 || b.root == 0)
            && !a.parts.iter().any(|(folder, part)| b.parts.iter().any(|(other, its)| folder == other && part != its))
    }

    /// Whether the modules are loaded together for certain, so that their rules can conflict.
    pub(crate) fn together(&self, a: u32, b: u32) -> bool {
        if a == b {
            return true;
        }
        let (Some(first), Some(second)) = (self.standings.get(a as usize), self.standings.get(b as usize)) else { return true };
        !first.alone && first.root == second.root && first.v1 == second.v1 && self.sees(a, b)
    }
}
