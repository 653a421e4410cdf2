//! Writing a module.

use super::{Printer, Stop, Written};
use crate::format::imports::{Entry, entries};
use crate::format::lowered::Value;
use crate::format::{Refusal, Target};

/// A statement of the output.
enum Output<'a> {
    Import(Entry<'a>),
    Rule(u32),
}

impl Output<'_> {
    fn place(&self, printer: &Printer<'_, '_>) -> (u32, u32) {
        match self {
            Self::Import(entry) => (entry.row, entry.at),
            Self::Rule(id) => {
                let place = printer.ast.rules[*id as usize].place;
                (place.row, place.at)
            }
        }
    }
}

impl<'a> Printer<'a, '_> {
    /// Writes the module and gives the text.
    ///
    /// # Errors
    /// Why the module is refused.
    pub(in crate::format) fn module(mut self, target: Target) -> Result<String, Refusal> {
        match self.statements(target) {
            Ok(()) | Err(Stop::Comment | Stop::Refused) => {}
        }
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let mut out = self.out;
        if out.ends_with('\n') {
            out.truncate(out.trim_end_matches('\n').len());
            out.push('\n');
        }
        Ok(out)
    }

    fn statements(&mut self, target: Target) -> Written {
        let mut outputs: Vec<Output<'_>> = entries(self.ast, target).into_iter().map(Output::Import).collect();
        outputs.extend(self.ast.statements.iter().map(|id| Output::Rule(*id)));
        outputs.sort_by_key(|output| output.place(self));
        let first_rule = self.ast.statements.first().map(|id| self.ast.rules[*id as usize].place.row);
        // an import after a rule has no effect on it
        let late =
            |output: &Output<'_>| matches!(output, Output::Import(entry) if entry.added && first_rule.is_some_and(|row| entry.row >= row));
        let mut added = Vec::new();
        if outputs.iter().any(late) {
            let (first, rest) = outputs.into_iter().partition(|output| matches!(output, Output::Import(entry) if entry.added));
            added = first;
            outputs = rest;
        }
        self.package()?;
        let imports = |outputs: Vec<Output<'a>>| -> Vec<Entry<'a>> {
            outputs
                .into_iter()
                .filter_map(|output| match output {
                    Output::Import(entry) => Some(entry),
                    Output::Rule(_) => None,
                })
                .collect()
        };
        self.imports(&imports(added))?;
        let mut rest = outputs.into_iter().peekable();
        while rest.peek().is_some() {
            let mut group = Vec::new();
            while let Some(import) = rest.next_if(|output| matches!(output, Output::Import(_))) {
                group.push(import);
            }
            self.imports(&imports(group))?;
            let mut rules = Vec::new();
            while let Some(Output::Rule(id)) = rest.next_if(|output| matches!(output, Output::Rule(_))) {
                rules.push(id);
            }
            self.rules(&rules)?;
        }
        self.write_last_comments();
        Ok(())
    }

    fn package(&mut self) -> Written {
        let (row, path) = self.ast.package;
        let _ = self.take_comments(row);
        self.start_line();
        self.write("package ");
        match self.ast.term(path).value {
            Value::Ref(parts) => {
                if let [first, rest @ ..] = self.ast.list(parts) {
                    if let Value::Var(span) = self.ast.term(*first).value {
                        self.write_source(span);
                    }
                    for part in rest {
                        self.reference_part(*part)?;
                    }
                }
            }
            Value::Var(span) => self.write_source(span),
            _ => {}
        }
        self.blank_line();
        Ok(())
    }
}
