//! Tables of calls, settings and names, and the one matcher over them. A table says by full name, position and value what a rule looks for;
//! where values come from, and what cleans them, stands in the same table.

mod check;
mod condition;
mod flow;
mod naming;
mod parse;
mod row;
mod shape;

use std::borrow::Cow;
use std::ops::Range;

pub use row::{Origin, Table};

use super::tree::{Facts, Node};
use crate::{FormKind, Severity};
use naming::{called, is_plain_key, last_segment, named, own_name};
use row::{Looks, Row};

/// A place that a row speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit<'t> {
    /// The section that the row stands in.
    pub rule: &'t str,
    /// The call, the pair or assignment, or the name.
    pub node: Node,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// The path of what is called, set or named.
    pub path: String,
    /// Where the row says another severity than the rule.
    pub severity: Option<Severity>,
    /// Where the row says another confidence than the rule, in percent.
    pub confidence: Option<u8>,
    /// Where the row says another message than the rule.
    pub message: Option<&'t str>,
    /// Where the values come from that the row asks about.
    pub origin: Origin,
    /// The texts that these values can be, with a `\u{1}` in place of each value that is not known, and a `\u{2}` of each constant from
    /// elsewhere.
    pub texts: Vec<String>,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// The number of a line, from 1, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut table = Self { rows: parse::rows(text)?, ..Self::default() };
        for (at, row) in table.rows.iter().enumerate() {
            let index = match row.looks {
                Looks::Call => &mut table.calls,
                Looks::Set => &mut table.sets,
                Looks::Use => &mut table.uses,
                Looks::Source => &mut table.sources,
                Looks::Clean if row.names.iter().any(|name| name.ends_with('*')) => {
                    table.globs.push(at);
                    continue;
                }
                Looks::Plain => {
                    table.plains.push(at);
                    continue;
                }
                Looks::Clean => &mut table.cleans,
                Looks::Into => &mut table.intos,
                Looks::Return => &mut table.returns,
                Looks::Safe(_) => continue,
            };
            for name in &row.names {
                let of_last = index.entry(last_segment(name).to_owned()).or_default();
                if of_last.last() != Some(&at) {
                    of_last.push(at);
                }
            }
        }
        Ok(table)
    }

    /// Sections of the table: the rules that it has rows for.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        let looks = |row: &&Row| matches!(row.looks, Looks::Call | Looks::Set | Looks::Use | Looks::Return);
        let mut rules: Vec<&str> = self.rows.iter().filter(looks).map(|row| row.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules.into_iter()
    }

    /// The languages in which a rule has rows, sorted.
    pub fn languages(&self, rule: &str) -> Vec<&'static str> {
        let looks = |row: &&Row| row.rule == rule && matches!(row.looks, Looks::Call | Looks::Set | Looks::Use | Looks::Return);
        let mut languages: Vec<&'static str> = self.rows.iter().filter(looks).flat_map(|row| row.languages.iter().copied()).collect();
        languages.sort_unstable();
        languages.dedup();
        languages
    }

    /// Everything that the rows speak of, in the order of the text; one hit for each rule and place.
    pub fn search(&self, facts: &Facts<'_>) -> Vec<Hit<'_>> {
        facts.known.fitting.borrow_mut().clear();
        let mut hits: Vec<Hit<'_>> = Vec::new();
        for node in facts.nodes() {
            let (index, name) = match facts.kind(node) {
                FormKind::Call | FormKind::New => (&self.calls, called(facts, node)),
                FormKind::Pair => (&self.sets, Cow::from(facts.key(node))),
                FormKind::Return if !self.returns.is_empty() => {
                    hits.extend(self.returned(facts, node));
                    continue;
                }
                FormKind::Assign | FormKind::Append => {
                    (&self.sets, facts.child(node, 0).map_or("", |target| own_name(facts, target)).into())
                }
                FormKind::Name if facts.parent(node).is_some_and(|parent| facts.kind(parent) == FormKind::Imported) => continue,
                FormKind::Name if facts.is_imported(node) => (&self.uses, last_segment(&facts.path(node)).to_owned().into()),
                FormKind::Name | FormKind::Member => (&self.uses, own_name(facts, node).into()),
                _ => continue,
            };
            let mut path = None;
            for at in index.get(&*name).into_iter().flatten() {
                let row = &self.rows[*at];
                let is_known = || hits.iter().rev().take_while(|hit| hit.node == node).any(|hit| hit.rule == row.rule);
                if !row.languages.contains(&facts.language) || is_known() {
                    continue;
                }
                let path = path.get_or_insert_with(|| named(facts, node));
                if self.fits(facts, row, node, path) {
                    let (origin, texts) = self.origin(facts, row, node);
                    hits.push(Hit { origin, texts, ..hit(facts, row, node, path.clone()) });
                }
            }
        }
        hits
    }

    /// What rows on results say of a `return`.
    fn returned(&self, facts: &Facts<'_>, node: Node) -> Option<Hit<'_>> {
        let annotations = facts.annotations(facts.function_around(node)?);
        annotations.into_iter().find_map(|annotation| {
            let path = facts.annotation_name(annotation);
            let rows = self.returns.get(last_segment(&path))?.iter().map(|at| &self.rows[*at]);
            let mut rows = rows.filter(|row| row.languages.contains(&facts.language));
            let is_named = |row: &&Row| row.names.iter().any(|name| facts.is_path(&path, name.trim_start_matches('@')));
            let row = rows.find(|row| is_named(row) && row.conditions.iter().all(|condition| self.holds(facts, condition, row, node)))?;
            Some(hit(facts, row, node, path.clone()))
        })
    }

    fn fits(&self, facts: &Facts<'_>, row: &Row, node: Node, path: &str) -> bool {
        let fits = |name: &String| (facts.is_path(path, name) || is_plain_key(facts, node, name)) && !is_typed_callee(facts, node, name);
        row.names.iter().any(fits) && row.conditions.iter().all(|condition| self.holds(facts, condition, row, node))
    }
}

/// Whether what is called is a value that was declared with the type `name`, and not what bears that name: `run: Function` and `run()`.
fn is_typed_callee(facts: &Facts<'_>, node: Node, name: &str) -> bool {
    let is_call = matches!(facts.kind(node), FormKind::Call | FormKind::New) && !name.contains('.');
    let callee = facts.child(node, 0).filter(|callee| is_call && facts.kind(*callee) == FormKind::Name);
    let binding = callee.and_then(|callee| facts.binding(callee, facts.text_of(callee)));
    binding.is_some_and(|binding| {
        matches!(facts.kind(binding.owner), FormKind::Parameter | FormKind::Assign) && !facts.name_of(binding.owner).is_empty()
    })
}

fn hit<'t>(facts: &Facts<'_>, row: &'t Row, node: Node, path: String) -> Hit<'t> {
    let (severity, confidence, message) = (row.severity, row.confidence, row.message.as_deref());
    Hit { rule: &row.rule, node, span: facts.span(node), path, severity, confidence, message, origin: Origin::Own, texts: Vec::new() }
}
