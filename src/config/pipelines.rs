//! Owns the `[pipeline.NAME]` tables: what a named run looks at, with what, and what it writes.

use std::collections::BTreeMap;

use super::known::defaults;
use super::origin::{Entry, Origin, wrong_value};
use super::tables::PipelineTable;
use super::value::Value;
use crate::diag::{Diagnostic, nearest};

/// Keys of a pipeline beside those of the settings.
const KEYS: &[&str] = &["description", "extends", "paths", "select", "base", "operations", "reports", "script"];

/// Which of the files below the paths are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// Every file, changed or not; the default.
    All,
    /// Those that are staged for the next commit.
    Staged,
    /// Those that differ from the base, committed or not.
    Changed,
}

impl Select {
    const ALL: [(&'static str, Self); 3] = [("all", Self::All), ("staged", Self::Staged), ("changed", Self::Changed)];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, known)| *known == self).map_or("all", |(name, _)| name)
    }
}

/// One pipeline, with what it takes from others.
#[derive(Clone, Debug)]
pub struct PipelineSettings {
    /// The NAME of `[pipeline.NAME]`: lower-case letters, digits and dashes.
    pub name: String,
    /// One sentence; may be empty.
    pub description: String,
    /// The pipelines that it extends, the nearest first.
    pub extends: Vec<String>,
    /// Files, folders and globs from the root of the project.
    pub paths: Vec<String>,
    /// Which of the files below `paths` are analyzed.
    pub select: Select,
    /// What `changed` is counted from.
    pub base: String,
    /// `analyzer:operation`; empty for what `analyzers.enabled` says.
    pub operations: Vec<String>,
    /// Options by operation, as they were written.
    pub options: BTreeMap<String, BTreeMap<String, Value>>,
    /// Reports to write, each as for `--output`: `FILE` or `FORMAT=FILE`.
    pub reports: Vec<String>,
    /// A script with hooks; empty for none.
    pub script: String,
    /// Settings that it changes.
    pub settings: Vec<(String, Entry)>,
    /// Where its table stands.
    pub origin: Origin,
    /// Where each key was written, in its table or in one that it extends.
    pub written: BTreeMap<String, Origin>,
}

/// Most pipelines of all files together; each may extend any other.
const MAX_PIPELINES: usize = 200;

/// Understands all tables; a later one of the same name replaces an earlier one. What is wrong goes to `diagnostics`.
pub(super) fn understand(tables: &[PipelineTable], diagnostics: &mut Vec<Diagnostic>) -> Vec<PipelineSettings> {
    if let Some(table) = tables.get(MAX_PIPELINES) {
        let message = format!("there are {} pipelines, and {MAX_PIPELINES} may be", tables.len());
        diagnostics.push(table.origin.diagnostic("too-many", message, String::new(), true));
        return Vec::new();
    }
    let mut by_name: BTreeMap<&str, &PipelineTable> = BTreeMap::new();
    for table in tables {
        by_name.insert(&table.name, table);
        check_name(table, diagnostics);
        check_keys(table, diagnostics);
    }
    let mut pipelines = Vec::new();
    for table in by_name.values() {
        if let Some(chain) = chain(table, &by_name, diagnostics) {
            pipelines.push(Reader { chain, diagnostics }.read());
        }
    }
    pipelines
}

fn check_name(table: &PipelineTable, diagnostics: &mut Vec<Diagnostic>) {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if table.name.is_empty() || !table.name.chars().all(is_part) {
        let message = format!("`{}` is no name for a pipeline: lower-case letters, digits and dashes", table.name);
        diagnostics.push(table.origin.diagnostic("wrong-name", message, String::new(), true));
    }
}

fn check_keys(table: &PipelineTable, diagnostics: &mut Vec<Diagnostic>) {
    for (key, entry) in &table.refused {
        let label = "set it in your own configuration, the environment or by a flag".to_owned();
        diagnostics.push(entry.origin.diagnostic("not-here", format!("a project may not set `{key}`"), label, true));
    }
    for (key, entry) in &table.entries {
        if KEYS.contains(&key.as_str()) || key.starts_with("options.") {
            continue;
        }
        match defaults().get(key) {
            Some(default) if entry.value.coerce(&default.value).is_some() => {}
            Some(default) => diagnostics.push(wrong_value(key, entry, &format!("expected {}", default.value.kind()))),
            None => {
                let near = nearest(key, KEYS.iter().copied().chain(["options"]).chain(defaults().keys().map(String::as_str)));
                let label = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
                diagnostics.push(entry.origin.diagnostic("unknown-key", format!("a pipeline has no setting `{key}`"), label, true));
            }
        }
    }
}

/// The table and those that it extends, the nearest first.
fn chain<'a>(
    table: &'a PipelineTable,
    by_name: &BTreeMap<&str, &'a PipelineTable>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<&'a PipelineTable>> {
    let mut chain = vec![table];
    loop {
        let last = chain[chain.len() - 1];
        let Some((_, entry)) = last.entries.iter().find(|(key, _)| key == "extends") else { return Some(chain) };
        let Value::Text(name) = &entry.value else {
            diagnostics.push(wrong_value("extends", entry, "expected the name of a pipeline"));
            return None;
        };
        if let Some(at) = chain.iter().position(|known| known.name == *name) {
            // Each pipeline of a circle would tell it; the one with the first name does.
            let circle: Vec<&str> = chain[at..].iter().map(|table| table.name.as_str()).collect();
            if at == 0 && circle.iter().min() == Some(&table.name.as_str()) {
                let message = format!("pipelines extend each other in a circle: {} -> {name}", circle.join(" -> "));
                diagnostics.push(entry.origin.diagnostic("circle", message, String::new(), false));
            }
            return None;
        }
        let Some(next) = by_name.get(name.as_str()) else {
            // Told at the table that says so, and not again at each that extends it.
            if chain.len() == 1 {
                let near = nearest(name, by_name.keys().copied()).map_or(String::new(), |near| format!("did you mean `{near}`?"));
                diagnostics.push(entry.origin.diagnostic("unknown-pipeline", format!("there is no pipeline `{name}`"), near, false));
            }
            return None;
        };
        chain.push(next);
    }
}

struct Reader<'a, 'b> {
    /// The pipeline itself first.
    chain: Vec<&'a PipelineTable>,
    diagnostics: &'b mut Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn read(mut self) -> PipelineSettings {
        let (name, origin) = (self.chain[0].name.clone(), self.chain[0].origin.clone());
        let select_name = self.text("select").unwrap_or_else(|| "all".to_owned());
        let select = Select::ALL.into_iter().find(|(known, _)| *known == select_name).map(|(_, select)| select);
        if select.is_none() {
            self.refuse("select", "expected one of `all`, `staged`, `changed`");
        }
        let pipeline = PipelineSettings {
            description: self.own_text("description"),
            extends: self.chain[1..].iter().map(|table| table.name.clone()).collect(),
            paths: self.list("paths").unwrap_or_else(|| vec![".".to_owned()]),
            select: select.unwrap_or(Select::All),
            base: self.text("base").unwrap_or_else(|| "HEAD".to_owned()),
            operations: self.list("operations").unwrap_or_default(),
            options: self.options(),
            reports: self.list("reports").unwrap_or_default(),
            script: self.text("script").unwrap_or_default(),
            settings: self.settings(),
            written: self.written(),
            name,
            origin,
        };
        self.dead_keys(&pipeline);
        pipeline
    }

    /// The entry of a key, of the pipeline or the nearest that it extends.
    fn entry(&self, key: &str) -> Option<&Entry> {
        self.chain.iter().find_map(|table| table.entries.iter().find(|(known, _)| known == key)).map(|(_, entry)| entry)
    }

    fn refuse(&mut self, key: &str, expected: &str) {
        // Told once, at the table where it stands.
        let is_own = self.chain[0].entries.iter().any(|(known, _)| known == key);
        if let Some(entry) = self.entry(key).filter(|_| is_own) {
            let diagnostic = wrong_value(key, entry, expected);
            self.diagnostics.push(diagnostic);
        }
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.entry(key).map(|entry| &entry.value)? {
            Value::Text(text) => Some(text.clone()),
            _ => {
                self.refuse(key, "expected text in quotes");
                None
            }
        }
    }

    fn own_text(&mut self, key: &str) -> String {
        let entry = self.chain[0].entries.iter().find(|(known, _)| known == key);
        match entry.map(|(_, entry)| &entry.value) {
            Some(Value::Text(text)) => text.clone(),
            Some(_) => {
                self.refuse(key, "expected text in quotes");
                String::new()
            }
            None => String::new(),
        }
    }

    fn list(&mut self, key: &str) -> Option<Vec<String>> {
        match self.entry(key).map(|entry| &entry.value)? {
            // An empty list would look at nothing, or at something else than it seems.
            Value::List(list) if list.is_empty() && key != "reports" => {
                self.refuse(key, "leave it out, or name at least one");
                None
            }
            Value::List(list) => Some(list.clone()),
            _ => {
                self.refuse(key, "expected a list of texts");
                None
            }
        }
    }

    fn options(&self) -> BTreeMap<String, BTreeMap<String, Value>> {
        let mut options: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
        for (key, entry) in self.chain.iter().rev().flat_map(|table| &table.entries) {
            if let Some((operation, option)) = key.strip_prefix("options.").and_then(|rest| rest.rsplit_once('.')) {
                options.entry(operation.to_owned()).or_default().insert(option.to_owned(), entry.value.clone());
            }
        }
        options
    }

    fn settings(&self) -> Vec<(String, Entry)> {
        let mut settings: BTreeMap<String, Entry> = BTreeMap::new();
        for (key, entry) in self.chain.iter().rev().flat_map(|table| &table.entries) {
            if defaults().contains_key(key) {
                settings.insert(key.clone(), entry.clone());
            }
        }
        settings.into_iter().collect()
    }

    fn written(&self) -> BTreeMap<String, Origin> {
        let entries = self.chain.iter().rev().flat_map(|table| &table.entries);
        entries.map(|(key, entry)| (key.clone(), entry.origin.clone())).collect()
    }

    /// Keys that change nothing, as their pipeline stands.
    fn dead_keys(&mut self, pipeline: &PipelineSettings) {
        let table = self.chain[0];
        for (key, entry) in &table.entries {
            let option_of = key.strip_prefix("options.").and_then(|rest| rest.rsplit_once('.')).map(|(operation, _)| operation);
            let reason = match (key.as_str(), option_of) {
                ("base", _) if pipeline.select != Select::Changed => "it counts only with `select = \"changed\"`".to_owned(),
                ("analyzers.enabled", _) if !pipeline.operations.is_empty() => "`operations` says what is run".to_owned(),
                (_, Some(operation)) if !pipeline.operations.iter().any(|known| known == operation) => {
                    format!("`{operation}` is not among its `operations`")
                }
                _ => continue,
            };
            let message = format!("`{key}` changes nothing in the pipeline `{}`", table.name);
            self.diagnostics.push(entry.origin.diagnostic("dead-key", message, reason, true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::resolve_text;
    use super::*;

    fn read(text: &str) -> Result<Vec<PipelineSettings>, String> {
        resolve_text(text).map(|settings| settings.pipelines)
    }

    #[test]
    fn a_pipeline_takes_from_those_that_it_extends() {
        let text = "[pipeline.base]\npaths = [\"src\"]\noperations = [\"deps:audit\"]\ngate.fail-on = \"low\"\nbatch.size = 3\n\
                    [pipeline.base.options.\"deps:audit\"]\nadvisories = \"a\"\n\
                    [pipeline.nightly]\nextends = \"base\"\nreports = [\"r.md\"]\n[pipeline.nightly.gate]\nfail-on = \"high\"\n";
        let pipelines = read(text).unwrap();
        let nightly = pipelines.iter().find(|pipeline| pipeline.name == "nightly").unwrap();
        assert_eq!((nightly.paths.as_slice(), nightly.reports.as_slice()), (&["src".to_owned()][..], &["r.md".to_owned()][..]));
        assert_eq!(nightly.options["deps:audit"]["advisories"], Value::Text("a".to_owned()));
        let settings: Vec<String> = nightly.settings.iter().map(|(key, entry)| format!("{key}={}", entry.value)).collect();
        assert_eq!(settings, ["batch.size=3", "gate.fail-on=\"high\""]);
        assert_eq!(nightly.extends, ["base"]);
    }

    #[test]
    fn what_is_wrong_is_told_at_its_place() {
        for (text, expected) in [
            ("[pipeline.a]\nextends = \"b\"\n[pipeline.b]\nextends = \"a\"\n", "in a circle: a -> b -> a"),
            ("[pipeline.a]\nextends = \"a\"\n", "in a circle: a -> a"),
            ("[pipeline.nightly]\n[pipeline.b]\nextends = \"nightli\"\n", "did you mean `nightly`?"),
            ("[pipeline.a]\nselect = \"stagd\"\n", "expected one of `all`"),
            ("[pipeline.a]\npath = [\"src\"]\n", "did you mean `paths`?"),
            ("[pipeline.a]\nbatch.sice = 3\n", "did you mean `batch.size`?"),
            ("[pipeline.a]\nbatch.size = \"x\"\n", "expected a whole number"),
            ("[pipeline.a]\npaths = \"src\"\n", "expected a list"),
            ("[pipeline.\"a:b\"]\n", "is no name for a pipeline"),
            ("[pipeline.a]\nbase = \"main\"\n", "counts only with `select"),
            ("[pipeline.a]\noperations = [\"deps:audit\"]\noptions.\"deps:unused\".x = 1\n", "`deps:unused` is not among"),
            ("[pipeline.a]\nprovider.base-url = \"https://evil.example\"\n", "a project may not set"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(expected) && error.contains("devflow.toml:"), "{expected}: {error}");
        }
    }
}
