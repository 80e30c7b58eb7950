//! Sets of marked places against the code that they speak of: reading one, running on its files, importing those of others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::analyzers::all;
use super::error::{Error, Result};
use super::open::Project;
use super::results::bodies;
use super::spec::{Bytes, SettingsLayer, Work};
use super::{Purpose, RunSpec};
use crate::analyzer::Analyzer as _;
use crate::diag::{Diagnostic, Excerpt, Gravity, nearest};
use crate::eval::{
    Case, Found, Head, KnownRules, Mistake, Plantable, Planted, Set, benchmark_cases, found_in_sarif, plant, read_set, rule_weaknesses,
    semgrep_cases,
};
use crate::git::repository_of;
use crate::pipeline::{PathArg, language, sources};
use crate::store::Store;
use crate::types::{Digest, RelPath, Role, RunReport};

/// A set that fits the folder that it speaks of.
pub struct Marked {
    /// What is marked.
    pub set: Set,
    /// The folder that its paths begin in.
    pub root: PathBuf,
}

#[expect(clippy::disallowed_methods, reason = "sets and what they speak of are read here")]
fn read(path: &Path, shown: &str) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| Error::usage(format!("cannot read `{shown}`: {error}")))
}

/// The text of a set or a table; some editors put a mark before what they write.
fn read_unmarked(path: &Path, shown: &str) -> Result<String> {
    let text = read(path, shown)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A set of nothing but its head.
fn head_of_text(text: &str) -> std::result::Result<Set, Vec<Mistake>> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    read_set(first, &KnownRules::new(), &|_, _| None)
}

/// The head line alone, and the folder that it names: whoever runs has to know where before there is a project.
///
/// # Errors
/// The file cannot be read, or its first line is no head.
pub fn head_of(path: &Path, shown: &str) -> Result<(Head, PathBuf)> {
    let text = read_unmarked(path, shown)?;
    let set = head_of_text(&text).map_err(|mistakes| told(shown, &text, &mistakes, &KnownRules::new()))?;
    let root = path.parent().unwrap_or(Path::new(".")).join(&set.head.root);
    let root = root.canonicalize().map_err(|error| {
        let message = format!("the folder `{}` of the set cannot be found: {error}", root.display());
        Error::usage(message).say("`root` in its first line is relative to the file of the set")
    })?;
    Ok((set.head, root))
}

/// Reads a set and compares it with its folder and with the rules of the project.
///
/// # Errors
/// All mistakes in it, each with its line; a folder that is at another commit.
pub fn marked(project: &Project, path: &Path, shown: &str) -> Result<Marked> {
    let (head, root) = head_of(path, shown)?;
    if let Some(wanted) = &head.commit {
        let found = repository_of(&root, "").commit;
        let is_same = found.as_ref().is_some_and(|found| found.starts_with(wanted.as_str()) || wanted.starts_with(found.as_str()));
        if !is_same {
            let at = found.map_or("is no checkout".to_owned(), |found| format!("is at `{found}`"));
            return Err(Error::usage(format!("the set is for the commit `{wanted}`, and `{}` {at}", root.display())));
        }
    }
    let known = known_rules(project)?;
    let text = read_unmarked(path, shown)?;
    let mut known_lines: BTreeMap<String, Option<u32>> = BTreeMap::new();
    for path in paths_of(&text) {
        let lines = if is_inside(&path) { read(&root.join(&path), &path).ok().map(|text| text.lines().count() as u32) } else { None };
        known_lines.insert(path, lines);
    }
    let lines_of = |_: &Head, path: &str| known_lines.get(path).copied().flatten();
    let set = read_set(&text, &known, &lines_of).map_err(|mistakes| told(shown, &text, &mistakes, &known))?;
    Ok(Marked { set, root })
}

/// The paths that the lines of a set name.
fn paths_of(text: &str) -> BTreeSet<String> {
    let cases = text.lines().skip(1).filter_map(|line| serde_json::from_str::<Case>(line).ok());
    cases.map(|case| case.path).collect()
}

/// Whether a path leads to something below the folder that it begins in.
fn is_inside(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// All rules of all analyzers.
fn known_rules(project: &Project) -> Result<KnownRules> {
    let mut known = KnownRules::new();
    for plugin in all(project)? {
        let manifest = plugin.manifest().map_err(|error| Error::incomplete(super::error::chain(&error)))?;
        known.extend(manifest.rules.into_iter().map(|rule| (format!("{}/{}", plugin.id(), rule.id), rule.cwe)));
    }
    Ok(known)
}

/// The mistakes of a set, each with its line.
fn told(shown: &str, text: &str, mistakes: &[Mistake], known: &KnownRules) -> Error {
    let diagnostic = |mistake: &Mistake| {
        let start: usize = text.split_inclusive('\n').take(mistake.line - 1).map(str::len).sum();
        let line = text[start..].lines().next().unwrap_or("");
        let names = known.keys().flat_map(|rule| [rule.as_str(), rule.split_once('/').map_or("", |(_, id)| id)]);
        let meant = mistake.unknown.as_deref().and_then(|word| nearest(word, names));
        Diagnostic {
            gravity: Gravity::Error,
            code: "wrong-set",
            message: mistake.message.clone(),
            excerpt: Some(Excerpt {
                name: shown.to_owned(),
                text: text.to_owned(),
                range: start..start + line.len(),
                label: String::new(),
            }),
            hint: meant.map(|meant| format!("`{meant}` is one")),
        }
    };
    Error::from(mistakes.iter().map(diagnostic).collect::<Vec<_>>())
}

/// Runs without the model on the files of a set.
///
/// # Errors
/// The run cannot go on.
pub fn run_on(project: &Project, marked: &Marked, settings: Vec<SettingsLayer>) -> Result<(Arc<Store>, RunReport)> {
    let mut paths: Vec<&str> = marked.set.cases.iter().map(|(case, _)| case.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let spec = RunSpec {
        listed: paths.into_iter().map(|path| Bytes::from(marked.root.join(path).as_os_str())).collect(),
        has_list: true,
        role: marked.set.head.role,
        keep: false,
        ..RunSpec::new(Work::Enabled, settings)
    };
    let setup = project.plan(&spec, Purpose::Run)?;
    let store = Arc::new(setup.project.store_or_memory(setup.pays())?);
    let report = setup.run(&store)?;
    Ok((store, report))
}

/// Leaves out the places in files that a run did not look at as they are now. Gives how many stand in files that it declined, and how many in
/// files that failed, were not part of it or have changed.
pub fn keep_looked_at(project: &Project, marked: &mut Marked, report: &RunReport) -> (usize, usize) {
    let rows: BTreeMap<&RelPath, Digest> = report.files.iter().map(|row| (&row.path, row.summary.sha256)).collect();
    let failed: BTreeSet<&RelPath> = report.coverage.failed.iter().map(|failure| &failure.path).collect();
    let skipped: BTreeSet<&RelPath> = report.coverage.skipped.iter().map(|skipped| &skipped.path).collect();
    let (mut n_skipped, mut n_unknown) = (0, 0);
    let root = marked.root.clone();
    let mut known: BTreeMap<String, Option<bool>> = BTreeMap::new();
    marked.set.cases.retain(|(case, _)| {
        let state = *known.entry(case.path.clone()).or_insert_with(|| {
            let full = root.join(&case.path);
            let path = RelPath::new(&project.root, &full);
            let is_same = || read(&full, &case.path).is_ok_and(|text| rows.get(&path) == Some(&Digest::of(text.as_bytes())));
            if !failed.contains(&path) && is_same() { Some(true) } else { skipped.contains(&path).then_some(false) }
        });
        n_skipped += usize::from(state == Some(false));
        n_unknown += usize::from(state.is_none());
        state == Some(true)
    });
    (n_skipped, n_unknown)
}

/// Whether a file is a set.
pub fn is_set(path: &Path) -> bool {
    head_of_text(&read_unmarked(path, "").unwrap_or_default()).is_ok()
}

/// What a rule that speaks again and again in a file says of the other places of its one finding.
const AGAIN: &str = "here, too";

/// The findings of a run in the files of a set; each place of a finding that is made of several counts by itself.
///
/// # Errors
/// Results that cannot be read.
pub fn found_in_run(project: &Project, marked: &Marked, store: &Store, report: &RunReport) -> Result<Vec<Found>> {
    let known = known_rules(project)?;
    let mut of_path: BTreeMap<RelPath, &str> = BTreeMap::new();
    for (case, _) in &marked.set.cases {
        of_path.insert(RelPath::new(&project.root, &marked.root.join(&case.path)), &case.path);
    }
    let rows: Vec<_> = report.files.iter().filter(|row| of_path.contains_key(&row.path)).collect();
    let mut found = Vec::new();
    for (row, result) in rows.iter().zip(bodies(&rows, store)?) {
        for finding in result.findings {
            let rule = format!("{}/{}", finding.analyzer, finding.rule);
            let one = Found {
                path: of_path[&row.path].to_owned(),
                start: finding.line,
                end: finding.end_line,
                weaknesses: known.get(&rule).cloned().unwrap_or_default(),
                rule,
                severity: finding.severity,
            };
            let again = finding.related.iter().filter(|place| place.path.is_none() && place.message == AGAIN);
            found.extend(again.map(|place| Found { start: place.line, end: place.end_line, ..one.clone() }));
            found.push(one);
        }
    }
    Ok(found)
}

/// The findings of another tool in the files of a set.
///
/// # Errors
/// The file cannot be read, or is no SARIF.
pub fn found_by_tool(marked: &Marked, path: &Path, shown: &str) -> Result<Vec<Found>> {
    let text = read_unmarked(path, shown)?;
    found_in_sarif(&text, &marked.root.to_string_lossy()).map_err(|error| Error::usage(format!("`{shown}` is no SARIF: {error}")))
}

/// The sources of a folder with defects in them.
///
/// # Errors
/// The folder cannot be read.
pub fn planted(project: &Project, folder: &Path, n: usize, seed: u64, is_wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Planted>> {
    let mut target = super::plan::target(project);
    target.working_directory = folder.to_owned();
    target.paths = vec![PathArg::from(".")];
    let mut files = Vec::new();
    for found in sources(&target)?.into_iter().filter(|found| found.given.role == Role::Source) {
        let Ok(text) = read(&found.absolute, found.path.as_str()) else { continue };
        files.push(Plantable { path: RelPath::new(folder, &found.absolute).as_str().to_owned(), language: language(&found, &text), text });
    }
    Ok(plant(&files, n, seed, is_wanted))
}

/// Copies a folder without its history, with the texts of planted files instead of theirs. Names and rights stay.
///
/// # Errors
/// The copy is there, stands in the folder itself, or cannot be written.
#[expect(clippy::disallowed_methods, reason = "a copy of a repository is written here")]
pub fn copy_with(folder: &Path, into: &Path, planted: &[Planted]) -> Result<()> {
    if into.exists() {
        return Err(Error::usage(format!("`{}` is there", into.display())).say("name a folder that is not there"));
    }
    let fail = |path: &Path, error: std::io::Error| Error::incomplete(format!("cannot write `{}`: {error}", path.display()));
    // The list is made before the copy begins, so that a copy inside of the folder does not copy itself.
    let texts: BTreeMap<&str, &str> = planted.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    for (path, full) in files_below(folder)? {
        // A path of ours has escapes where a name is not plain; the copy has the name itself.
        let to = into.join(full.strip_prefix(folder).unwrap_or(Path::new(&path)));
        super::write::folder_of(&to)?;
        let copied = match texts.get(path.as_str()) {
            Some(text) => std::fs::write(&to, text)
                .and_then(|()| std::fs::metadata(&full))
                .and_then(|data| std::fs::set_permissions(&to, data.permissions())),
            None => std::fs::copy(&full, &to).map(drop),
        };
        copied.map_err(|error| fail(&to, error))?;
    }
    Ok(())
}

/// Files below a folder, sorted, with their paths from it; links are not followed.
#[expect(clippy::disallowed_methods, reason = "sets of others are read here")]
fn files_below(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let fail = |path: &Path, error: std::io::Error| Error::usage(format!("cannot read `{}`: {error}", path.display()));
    let (mut open, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(inner) = open.pop() {
        for entry in std::fs::read_dir(&inner).map_err(|error| fail(&inner, error))? {
            let entry = entry.map_err(|error| fail(&inner, error))?;
            let kind = entry.file_type().map_err(|error| fail(&inner, error))?;
            if kind.is_dir() && entry.file_name() != ".git" {
                open.push(entry.path());
            } else if kind.is_file() {
                files.push((RelPath::new(folder, &entry.path()).as_str().to_owned(), entry.path()));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Cases of a checkout of semgrep's rules: what their tests mark, as far as a rule names weaknesses. Gives how many marks were left out, too.
///
/// # Errors
/// The folder cannot be read.
pub fn import_semgrep(folder: &Path) -> Result<(Vec<Case>, usize)> {
    let files = files_below(folder)?;
    let stem = |path: &str| path.rsplit_once('/').map_or(path, |(_, name)| name).split('.').next().unwrap_or("").to_owned();
    let home = |path: &str| (path.rsplit_once('/').map_or("", |(home, _)| home).to_owned(), stem(path));
    let is_rule =
        |path: &str| path.ends_with(".yaml") && !path.ends_with(".test.yaml") || path.ends_with(".yml") && !path.contains(".test.");
    let mut rules = BTreeMap::new();
    for (path, full) in files.iter().filter(|(path, _)| is_rule(path)) {
        if let Ok(text) = read(full, path) {
            rules.insert(home(path), rule_weaknesses(&text));
        }
    }
    let (mut cases, mut n_left_out) = (Vec::new(), 0);
    // What a rule would mend itself is mended in these files, and marked as if it were not.
    let is_mended = |path: &str| path.contains(".fixed.");
    for (path, full) in files.iter().filter(|(path, _)| !is_rule(path) && !is_mended(path)) {
        let Some(of_file) = rules.get(&home(path)) else { continue };
        let Ok(text) = read(full, path) else { continue };
        let (more, n_more) = semgrep_cases(path, &text, of_file);
        cases.extend(more);
        n_left_out += n_more;
    }
    Ok((cases, n_left_out))
}

/// Cases of OWASP's table of expected results, whose tests stand below `root`.
///
/// # Errors
/// A file that cannot be read, a row that is none.
pub fn import_benchmark(table: &Path, shown: &str, root: &Path) -> Result<Vec<Case>> {
    let mut tests: BTreeMap<String, (String, PathBuf)> = BTreeMap::new();
    for (path, full) in files_below(root)? {
        let name = path.rsplit('/').next().unwrap_or("");
        if let Some((stem, "java" | "py")) = name.rsplit_once('.') {
            tests.insert(stem.to_owned(), (path, full));
        }
    }
    let place = |name: &str| {
        let (path, full) = tests.get(name)?;
        Some((path.clone(), read(full, path).ok()?.lines().count() as u32))
    };
    benchmark_cases(&read_unmarked(table, shown)?, &place).map_err(|error| Error::usage(format!("`{shown}`: {error}")))
}
