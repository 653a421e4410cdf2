//! The package, imports and the order of statements.

use super::{Kind, Parser};

impl Parser<'_> {
    pub(super) fn module(&mut self) {
        let module = self.start();
        let depth = self.depth;
        while !self.at(Kind::EndOfFile) {
            let start = self.pos;
            self.reach = self.depth;
            let errors = self.errors.len();
            let result = self.statement();
            if result.is_none() || self.errors.len() > errors {
                self.broken.push(self.offset(start));
            }
            self.depth = depth;
            self.open.clear();
            if result.is_none() || self.pos == start {
                self.abort = false;
                self.recover_statement(start);
            }
        }
        self.complete(module, Kind::Module);
    }

    fn statement(&mut self) -> Option<()> {
        self.check_keyword_name()?;
        if self.at_keyword_ref() || self.operand_ahead() {
            return self.rule();
        }
        match self.current {
            Kind::PackageKw => self.package(),
            Kind::ImportKw => self.import(),
            Kind::Ident | Kind::DefaultKw | Kind::ContainsKw | Kind::LeftParen | Kind::Minus => self.rule(),
            Kind::AndKw | Kind::OrKw if self.touching() == Kind::LeftParen => self.rule(),
            _ => {
                self.unexpected_statement();
                None
            }
        }
    }

    /// A keyword where the name of a rule stands: it is followed by what only a rule has.
    fn check_keyword_name(&mut self) -> Option<()> {
        use Kind::*;
        let next = self.peek();
        let is_rule = match self.current {
            EveryKw | IfKw | InKw | SomeKw | AsKw => matches!(next, Assign | Equal | IfKw | ContainsKw | LeftParen),
            PackageKw | ImportKw => matches!(next, Assign | Equal | LeftParen),
            NotKw | AndKw | OrKw => matches!(next, Assign | Equal | IfKw | ContainsKw),
            ContainsKw => matches!(next, IfKw | ContainsKw),
            _ => false,
        };
        if !is_rule {
            return Some(());
        }
        let span = self.token_span(self.pos);
        let message = format!("found the keyword `{}`, expected the name of a rule", self.token_text(self.pos));
        self.error(span, message, Some("choose another name"));
        None
    }

    fn package(&mut self) -> Option<()> {
        let node = self.start();
        let depth = self.depth;
        let result = self.package_inner();
        self.depth = depth;
        self.complete(node, Kind::Package);
        result?;
        self.after_path()
    }

    fn package_inner(&mut self) -> Option<()> {
        self.bump();
        self.path_start("the name of the package")?;
        self.nested(Self::term)?;
        Some(())
    }

    /// A path starts with a name; keywords are names here.
    fn path_start(&mut self, expected: &str) -> Option<()> {
        if !(self.at(Kind::Ident) || self.at_word()) {
            let help = matches!(self.current, Kind::String | Kind::RawString).then_some("write the path without quotes, as in `data.a`");
            self.unexpected(expected, help);
            return None;
        }
        self.current = Kind::Ident;
        Some(())
    }

    /// A minus after a path is no part of it.
    fn after_path(&mut self) -> Option<()> {
        if self.at(Kind::Minus) {
            self.unexpected("the end of the path", Some("write `[\"a-b\"]` for a part that is no plain name"));
            return None;
        }
        Some(())
    }

    fn import(&mut self) -> Option<()> {
        let node = self.start();
        let depth = self.depth;
        let path_start = self.next_index(self.pos);
        let mut path_end = path_start;
        let result = self.import_inner(&mut path_end);
        self.depth = depth;
        self.complete(node, Kind::Import);
        result?;
        self.after_path()?;
        self.take_effect(path_start, path_end);
        Some(())
    }

    fn import_inner(&mut self, path_end: &mut usize) -> Option<()> {
        self.bump();
        self.path_start("a path that starts with `data`, `input`, `future` or `rego`")?;
        // inside the path no opt-in keyword is one
        let keywords = std::mem::take(&mut self.keywords);
        let path = self.nested(Self::term);
        self.keywords = keywords;
        path?;
        *path_end = self.previous;
        if self.at(Kind::AsKw) {
            self.bump();
            // the token after `as` was not looked at under the keywords of the module
            if !self.at(Kind::Ident) {
                self.unexpected("a name after `as`", None);
                return None;
            }
            self.bump();
            if self.adjacent() && matches!(self.current, Kind::Dot | Kind::LeftBracket | Kind::LeftParen) {
                self.unexpected("a plain name as alias", None);
                return None;
            }
        } else if matches!(self.resolve(self.pos), Kind::NotKw) {
            self.current = Kind::Ident;
        }
        Some(())
    }

    /// Turns keywords on for what follows, as `import future.keywords` and `import rego` say.
    fn take_effect(&mut self, start: usize, end: usize) {
        let mut parts = Vec::new();
        for index in start..=end {
            let text = self.token_text(index);
            match self.tokens[index].kind {
                Kind::Ident => parts.push(text),
                Kind::String | Kind::RawString => parts.push(&text[1..text.len() - 1]),
                _ => {}
            }
        }
        let on = &mut self.keywords;
        match parts[..] {
            ["future", "keywords", name] => match name {
                "in" => on.r#in = true,
                "every" => (on.every, on.r#in) = (true, true),
                "contains" => on.contains = true,
                "if" => on.r#if = true,
                "not" => on.not = true,
                "and" => on.and = true,
                "or" => on.or = true,
                _ => {}
            },
            ["future", "keywords", ..] => {
                (on.r#in, on.every, on.contains, on.r#if) = (true, true, true, true);
                (on.not, on.and, on.or) = (true, true, true);
            }
            ["rego", version @ ("v1" | "v2")] => {
                (on.r#in, on.every, on.contains, on.r#if) = (true, true, true, true);
                self.rego_v1_import = true;
                if version == "v2" {
                    (on.not, on.and, on.or) = (true, true, true);
                }
            }
            _ => return,
        }
        // the token after the import was looked at before
        self.current = self.resolve(self.pos);
    }
}
