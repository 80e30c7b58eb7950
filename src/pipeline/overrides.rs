//! Owns what is in force for one path: rules that are off, severities that are others, who looks.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::{Map, Value};

use super::documents;
use super::error::RunError;
use super::found::{FoundFile, GivenRole};
use super::plan::{Override, PlannedOperation, Target, Tools};
use crate::analyzer::Claim;
use crate::types::{RelPath, Role, RulesOff, Severity};

/// Files of settings below the root of the project, wherever sources may stand.
///
/// # Errors
/// See [`RunError`].
pub fn nested_files(target: &Target, name: &str) -> Result<Vec<RelPath>, RunError> {
    let found = documents::documents(target, &[format!("*/**/{name}")])?;
    let is_hidden = |path: &RelPath| path.directory().split('/').any(|part| part.starts_with('.'));
    Ok(found.into_iter().map(|(path, _)| path).filter(|path| target.files.hidden || !is_hidden(path)).collect())
}

/// What is in force for one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct InForce {
    pub(super) analyzers: Option<Vec<String>>,
    pub(super) role: Option<Role>,
    pub(super) disabled_rules: BTreeSet<String>,
    pub(super) severities: BTreeMap<String, Severity>,
    pub(super) options: BTreeMap<String, Map<String, Value>>,
}

/// All overrides of a run, ready to be matched; the outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Overrides {
    all: Vec<(Override, GlobSet)>,
}

/// The overrides that a path meets, in the order in which they count.
///
/// # Errors
/// See [`RunError`].
pub fn overrides_for(root: &Path, tools: &Tools, path: &RelPath) -> Result<Vec<Override>, RunError> {
    let stat = crate::store::Stat { size: 0, changed_ns: 0, inode: 0 };
    let file = FoundFile { path: path.clone(), absolute: root.join(path.as_str()), stat, is_named: false, given: GivenRole::default() };
    let overrides = Overrides::gather(tools, &[file])?;
    Ok(overrides.all.into_iter().filter(|(one, set)| fits(one, set, path)).map(|(one, _)| one).collect())
}

/// Whether an override is about a path.
fn fits(one: &Override, set: &GlobSet, path: &RelPath) -> bool {
    path.inside(&one.folder).is_some_and(|inside| set.is_match(inside))
}

impl Overrides {
    /// Those of the tools, and those of nested files above the files that were found.
    ///
    /// # Errors
    /// A nested file that is wrong, or a glob that is none.
    pub(super) fn gather(tools: &Tools, files: &[FoundFile]) -> Result<Self, RunError> {
        let mut all = tools.overrides.clone();
        if let Some(nested) = &tools.nested {
            let mut folders: BTreeSet<&str> = BTreeSet::new();
            for file in files.iter().filter(|file| !file.path.as_str().starts_with('/')) {
                let mut folder = file.path.directory();
                // What is above a folder that is known is known.
                while folder != "." && folders.insert(folder) {
                    folder = folder.rsplit_once('/').map_or(".", |(above, _)| above);
                }
            }
            // A folder comes before what is below it.
            for folder in folders {
                all.extend(nested(folder).map_err(RunError::Mistakes)?);
            }
        }
        let set = |one: Override| {
            let mut builder = GlobSetBuilder::new();
            for glob in &one.paths {
                let built = GlobBuilder::new(glob).literal_separator(true).build();
                builder.add(built.map_err(|error| RunError::Glob { glob: glob.clone(), reason: error.kind().to_string() })?);
            }
            let built = builder.build().map_err(|error| RunError::Glob { glob: one.paths.join(", "), reason: error.kind().to_string() })?;
            Ok((one, built))
        };
        Ok(Self { all: all.into_iter().map(set).collect::<Result<_, RunError>>()? })
    }

    /// All of them, the outermost first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Override> {
        self.all.iter().map(|(one, _)| one)
    }

    /// Where rules are off or analyzers do not look, the whole project first.
    pub(super) fn rules_off(&self, tools: &Tools) -> Vec<RulesOff> {
        let rules = tools.disabled_rules.clone();
        let everywhere = RulesOff { paths: vec!["**".to_owned()], folder: String::new(), rules, analyzers: None };
        let some = self.all.iter().map(|(one, _)| RulesOff {
            paths: one.paths.clone(),
            folder: one.folder.clone(),
            rules: one.disabled_rules.clone(),
            analyzers: one.analyzers.clone(),
        });
        std::iter::once(everywhere).chain(some).filter(|off| !off.rules.is_empty() || off.analyzers.is_some()).collect()
    }

    /// What is in force for `path`: a later override wins over an earlier one.
    pub(super) fn at(&self, path: &RelPath) -> InForce {
        let mut in_force = InForce::default();
        for (one, set) in &self.all {
            if !fits(one, set, path) {
                continue;
            }
            in_force.analyzers = one.analyzers.clone().or(in_force.analyzers);
            in_force.role = one.role.or(in_force.role);
            in_force.disabled_rules.extend(one.disabled_rules.iter().cloned());
            in_force.severities.extend(one.severities.clone());
            for (operation, options) in &one.options {
                in_force.options.entry(operation.clone()).or_default().extend(options.clone());
            }
        }
        in_force
    }
}

impl InForce {
    /// Whether an operation looks at the file at all.
    pub(super) fn allows(&self, operation: &PlannedOperation) -> bool {
        self.analyzers.as_ref().is_none_or(|analyzers| analyzers.iter().any(|id| id == operation.analyzer.id()))
    }

    /// The options of an operation: its own, and over them those for the path.
    pub(super) fn options<'a>(&self, operation: &'a PlannedOperation) -> Cow<'a, str> {
        let known = || self.options.get(&format!("{}:{}", operation.analyzer.id(), operation.operation));
        // Most paths have none, and need no name to be made.
        let Some(options) = (!self.options.is_empty()).then(known).flatten() else { return Cow::Borrowed(&operation.options) };
        Cow::Owned(over(&operation.options, options))
    }

    /// The claim as it counts here; none when its rule is off.
    pub(super) fn judge(&self, tools: &Tools, analyzer: &str, mut claim: Claim) -> Option<Claim> {
        let full = format!("{analyzer}/{}", claim.rule);
        let is_off = |rule: &String| tools.disabled_rules.contains(rule) || self.disabled_rules.contains(rule);
        if is_off(&claim.rule) || is_off(&full) {
            return None;
        }
        let severity = self.severities.get(&full).or_else(|| self.severities.get(&claim.rule));
        claim.severity = severity.copied().unwrap_or(claim.severity);
        Some(claim)
    }
}

/// JSON of options with others over them.
fn over(base: &str, options: &Map<String, Value>) -> String {
    let mut all: Map<String, Value> = serde_json::from_str(base).unwrap_or_default();
    all.extend(options.clone());
    Value::Object(all).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(folder: &str, glob: &str, rule: &str) -> Override {
        Override {
            paths: vec![glob.to_owned()],
            folder: folder.to_owned(),
            analyzers: None,
            role: None,
            disabled_rules: vec![rule.to_owned()],
            severities: BTreeMap::new(),
            options: BTreeMap::new(),
        }
    }

    fn overrides(all: Vec<Override>) -> Overrides {
        let set = |glob: &str| GlobSetBuilder::new().add(GlobBuilder::new(glob).literal_separator(true).build().unwrap()).build().unwrap();
        Overrides { all: all.into_iter().map(|one| (one.clone(), set(&one.paths[0]))).collect() }
    }

    #[test]
    fn globs_are_relative_to_the_folder_of_their_file() {
        let all = overrides(vec![one("", "tests/**", "a"), one("sub", "*.rs", "b"), one("sub", "**", "c")]);
        let off = |path: &str| all.at(&RelPath::from(path)).disabled_rules.into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(off("tests/x/a.rs"), "a");
        assert_eq!(off("sub/a.rs"), "b c");
        assert_eq!(off("sub/tests/a.rs"), "c");
        assert_eq!(off("subway/a.rs"), "");
    }

    #[test]
    fn options_of_several_tables_add_up() {
        let with = |key: &str, value: u8| Override {
            options: BTreeMap::from([("x:file".to_owned(), Map::from_iter([(key.to_owned(), Value::from(value))]))]),
            ..one("", "**", "a")
        };
        let in_force = overrides(vec![with("most", 1), with("least", 2), with("most", 3)]).at(&RelPath::from("b"));
        assert_eq!(in_force.options["x:file"], Map::from_iter([("most".to_owned(), Value::from(3)), ("least".to_owned(), Value::from(2))]));
        assert_eq!(over(r#"{"least":0,"other":true}"#, &in_force.options["x:file"]), r#"{"least":2,"other":true,"most":3}"#);
    }
}
