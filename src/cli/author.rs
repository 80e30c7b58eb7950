//! Owns `devflow plugin` for those who write plugins: new, build, check, test, dev. Never decides what a plugin may do.

use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::analyze::{analyze, status};
use super::analyzers::plugin_host;
use super::args::{Global, PluginLang, RunArgs};
use super::context::Context;
use super::exit::{Failed, Status, chain};
use super::output;
use super::reports::Shown;
use crate::analyzer::{Analyzer as _, Place, Subject};
use crate::config::is_plugin_name;
use crate::pipeline::{ModelPart, PlannedOperation};
use crate::plugin::build::{BuildError, Built};
use crate::plugin::{Grants, OperationInfo, Plugin, build as builder, check as look, embedded, template};
use crate::report::Format;
use crate::syntax::{LineIndex, functions};
use crate::types::{Digest, Language, Role, Scope, Unit};

/// How often `dev` looks for changes.
const WATCH: Duration = Duration::from_millis(500);

fn note(global: &Global) -> impl Fn(&str) {
    let is_quiet = global.quiet;
    move |text| {
        if !is_quiet {
            output::note(text);
        }
    }
}

/// `devflow plugin build`
pub(super) fn build(global: &Global, dir: &Path, out: &Path) -> Result<String, Failed> {
    let built = built(global, dir, out)?;
    Ok(format!("{} ({} bytes)\n", built.path.display(), built.size_bytes))
}

/// `devflow plugin new`
pub(super) fn new(context: &Context, name: &str, lang: PluginLang) -> Result<String, Failed> {
    if !is_plugin_name(name) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(Failed::usage(format!("`{name}` is no name for a plugin")).hint("lower-case letters, digits and dashes, 64 at most"));
    }
    if embedded().iter().any(|known| known.id == name) {
        return Err(Failed::usage(format!("`{name}` is an analyzer of devflow itself")).hint("give the plugin another name"));
    }
    let folder = context.working_directory.join(name);
    if folder.exists() {
        return Err(Failed::usage(format!("`{name}` is there already")));
    }
    let files = match lang {
        PluginLang::Rust => template::rust(name),
        PluginLang::Js => template::javascript(name),
        PluginLang::Python => template::python(name),
        PluginLang::C => template::c(name),
    };
    for (path, text) in files {
        output::new_file(&folder.join(path), text.as_bytes())?;
    }
    Ok(format!("made {name}; its README.md says what it needs\n  devflow plugin test {name}      # builds it and runs its cases\n"))
}

/// Builds the plugin in a folder. A folder that holds none is a mistake of whoever named it.
fn built(global: &Global, dir: &Path, out: &Path) -> Result<Built, Failed> {
    builder::build(dir, out, &note(global)).map_err(|error| match error {
        BuildError::NoManifest { .. } | BuildError::NoPackage { .. } => Failed::usage(chain(&error)),
        _ => Failed::incomplete(chain(&error)),
    })
}

#[expect(clippy::disallowed_methods, reason = "the component that the user named is read here")]
fn load(context: &Context, path: &Path) -> Result<(Plugin, usize), Failed> {
    let bytes = std::fs::read(path).map_err(|error| Failed::usage(format!("cannot read `{}`: {error}", path.display())))?;
    let id = path.file_stem().map_or("plugin".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let (digest, size) = (Digest::of(&bytes), bytes.len());
    Ok((Plugin::new(&id, bytes, digest, Grants::ALL, plugin_host(context)), size))
}

/// `devflow plugin check`
pub(super) fn check(context: &Context, file: &Path) -> Result<Status, Failed> {
    let (plugin, size) = load(context, file)?;
    let checked = look(&plugin, size).map_err(|error| Failed::usage(chain(&error)))?;
    let mut text = String::new();
    checked.good.iter().for_each(|line| text.push_str(&format!("ok       {line}\n")));
    checked.bad.iter().for_each(|line| text.push_str(&format!("problem  {line}\n")));
    output::result(&text)?;
    Ok(if checked.bad.is_empty() { Status::Fine } else { Status::Gate })
}

/// A source among the cases, and the file with what is expected of it.
#[expect(clippy::disallowed_methods, reason = "the cases of a plugin are read here")]
fn cases(folder: &Path) -> Result<Vec<(PathBuf, Language)>, Failed> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failed::usage(format!("cannot read `{}`: {error}", folder.display())))?;
    let mut cases: Vec<_> = entries.filter_map(Result::ok).filter_map(|entry| Some((entry.path(), Language::of(&entry.path())?))).collect();
    cases.sort();
    Ok(cases)
}

/// Line and rule of every finding, one a line, in the order of the file.
fn found(plugin: &Plugin, operations: &[OperationInfo], language: Language, path: &Path, text: &str) -> Result<String, Failed> {
    let role = Role::of(&path.file_name().unwrap_or_default().to_string_lossy());
    let (whole, lines) = (Arc::new(Subject::new(Unit::of_file(language, role, text.to_owned()))), LineIndex::new(text));
    let function = |span: Range<usize>| {
        let unit = Unit { scope: Scope::Function, ..Unit::of_file(language, role, text[span.clone()].to_owned()) };
        (span.start, Arc::new(Subject::new(unit)))
    };
    let mut rows = Vec::new();
    for operation in operations {
        let units = match operation.scope {
            Scope::File => vec![(0, Arc::clone(&whole))],
            Scope::Function => functions(whole.parsed(), text).into_iter().map(|(_, chunk)| function(chunk.span)).collect(),
            Scope::Change | Scope::Project => continue,
        };
        for (start, subject) in units {
            let claims = plugin.inspect(&operation.name, &subject, "{}").map_err(|error| Failed::incomplete(chain(&error)))?;
            for claim in claims.findings {
                if let Place::Span(span) = claim.place {
                    rows.push((lines.line(start + span.start), claim.rule));
                }
            }
        }
    }
    rows.sort();
    Ok(rows.iter().map(|(line, rule)| format!("{line} {rule}\n")).collect())
}

/// `devflow plugin test`
#[expect(clippy::disallowed_methods, reason = "the cases of a plugin are read and written here")]
pub(super) fn test(global: &Global, context: &Context, dir: &Path, update: bool) -> Result<Status, Failed> {
    let cases = cases(&dir.join("cases"))?;
    if cases.is_empty() {
        let message = format!("there is no case in `{}`, so nothing would be tested", dir.join("cases").display());
        return Err(Failed::usage(message).hint("a source there is one; `--update` writes what the plugin finds in it"));
    }
    let built = built(global, dir, &dir.join("dist"))?;
    let (plugin, _) = load(context, &built.path)?;
    let manifest = plugin.manifest().map_err(|error| Failed::incomplete(chain(&error)))?;
    let (mut text, mut n_bad) = (String::new(), 0);
    for (path, language) in &cases {
        let source = std::fs::read_to_string(path).map_err(|error| Failed::usage(format!("cannot read `{}`: {error}", path.display())))?;
        let found = found(&plugin, &manifest.operations, *language, path, &source)?;
        let mut beside = path.clone().into_os_string();
        beside.push(".expected");
        let beside = PathBuf::from(beside);
        if update {
            output::new_file(&beside, found.as_bytes())?;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let expected = std::fs::read_to_string(&beside);
        match expected {
            Ok(expected) if expected.trim() == found.trim() => text.push_str(&format!("ok    {name}\n")),
            Ok(expected) => {
                n_bad += 1;
                text.push_str(&format!("WRONG {name}\n{}", differences(&expected, &found)));
            }
            Err(_) => {
                n_bad += 1;
                text.push_str(&format!("WRONG {name}: there is no `{name}.expected`; `--update` writes it\n"));
            }
        }
    }
    text.push_str(&format!("{} passed, {n_bad} did not\n", crate::report::counted(cases.len() - n_bad, "case")));
    output::result(&text)?;
    Ok(if n_bad == 0 { Status::Fine } else { Status::Gate })
}

fn differences(expected: &str, found: &str) -> String {
    let diff = similar::TextDiff::from_lines(expected.trim(), found.trim());
    let line = |change: similar::Change<&str>| match change.tag() {
        similar::ChangeTag::Delete => format!("      expected and not found: {}\n", change.value().trim()),
        similar::ChangeTag::Insert => format!("      found and not expected: {}\n", change.value().trim()),
        similar::ChangeTag::Equal => String::new(),
    };
    diff.iter_all_changes().map(line).collect()
}

/// `devflow plugin dev`
pub(super) fn dev(global: &Global, context: &Context, dir: &Path, paths: &[OsString], once: bool) -> Result<Status, Failed> {
    let mut seen = None;
    loop {
        let now = newest(dir);
        if seen != Some(now) {
            seen = Some(now);
            match look_once(global, context, dir, paths) {
                Ok(status) if once => return Ok(status),
                Ok(_) => output::note("waiting for changes; Ctrl-C ends"),
                Err(failed) if once => return Err(failed),
                // A plugin that does not compile just now is the usual state of work.
                Err(failed) => output::note(&failed.render(false)),
            }
        }
        std::thread::sleep(WATCH);
    }
}

fn look_once(global: &Global, context: &Context, dir: &Path, paths: &[OsString]) -> Result<Status, Failed> {
    let built = built(global, dir, &dir.join("dist"))?;
    let (plugin, _) = load(context, &built.path)?;
    let manifest = plugin.manifest().map_err(|error| Failed::incomplete(chain(&error)))?;
    let plugin = Arc::new(plugin);
    let operation = |info: &OperationInfo| PlannedOperation {
        analyzer: Arc::clone(&plugin) as Arc<dyn crate::analyzer::Analyzer>,
        operation: info.name.clone(),
        options: "{}".to_owned(),
        scope: info.scope,
        asks_model: false,
        sees_project: info.sees_project,
        needs_model: false,
        withheld: None,
        max_cost: None,
        documents: info.documents.clone(),
        folders: Vec::new(),
    };
    let mut plan = context.plan(paths.to_vec(), &RunArgs::default(), true)?;
    plan.model_part = ModelPart::Off;
    plan.operations = manifest.operations.iter().filter(|info| info.scope != Scope::Change).map(operation).collect();
    let store = crate::store::Store::in_memory()?;
    let report = analyze(global, &plan, &store)?;
    output::result(&Shown { context, store: &store, report: &report }.text(global, &plan, &Format::Text, "")?)?;
    Ok(status(&report))
}

/// When a source of the plugin was changed last.
#[expect(clippy::disallowed_methods, reason = "the sources of a plugin are watched here")]
fn newest(dir: &Path) -> Option<SystemTime> {
    let changed = |path: &PathBuf| std::fs::metadata(path).and_then(|data| data.modified()).ok();
    builder::sources(dir).unwrap_or_default().iter().filter_map(changed).max()
}
