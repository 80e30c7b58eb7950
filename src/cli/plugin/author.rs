//! `devflow plugin` for those who write plugins: new, build, check, test, dev.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::analyzer::{Analyzer as _, Place, Subject};
use crate::cli::args::{Global, PluginLang, RunArgs};
use crate::cli::carry_out::{print_spec, set_up, shown};
use crate::cli::exit::{Failed, Status, status, usage};
use crate::cli::machine::layers;
use crate::cli::output;
use crate::config::is_plugin_name;
use crate::plugin::build::{BuildError, Built, Tools};
use crate::plugin::{OperationInfo, Plugin, build as builder, embedded, template};
use crate::project::error::chain;
use crate::project::operations::component;
use crate::project::plugin_check;
use crate::project::spec::{Bytes, Work};
use crate::project::{Error, Project, Purpose, Renderer, RunSpec, write};
use crate::report::Format;
use crate::store::Store;
use crate::syntax::LineIndex;
use crate::types::{Language, NoFolders, Role, Scope};
use crate::unit::{self, FunctionUnit, function_units};

/// How often `dev` looks for changes.
const WATCH: Duration = Duration::from_millis(500);

/// `devflow plugin build`
pub(super) fn build(global: &Global, project: &Project, dir: &Path, out: &Path) -> Result<String, Failed> {
    let built = built(global, project, dir, out)?;
    Ok(format!("{} ({} bytes)\n", built.path.display(), built.size_bytes))
}

/// `devflow plugin new`
pub(super) fn new(project: &Project, name: &str, lang: PluginLang) -> Result<String, Failed> {
    if !is_plugin_name(name) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(usage(format!("`{name}` is no name for a plugin"), "lower-case letters, digits and dashes, 64 at most"));
    }
    if embedded().iter().any(|known| known.id == name) {
        return Err(usage(format!("`{name}` is an analyzer of devflow itself"), "give the plugin another name"));
    }
    let folder = project.machine.working_directory.join(name);
    if folder.exists() {
        return Err(Error::usage(format!("`{name}` is there already")).into());
    }
    let files = match lang {
        PluginLang::Rust => template::rust(name),
        PluginLang::Js => template::javascript(name),
        PluginLang::Python => template::python(name),
        PluginLang::C => template::c(name),
    };
    for (path, text) in files {
        write::new_file(&folder.join(path), text.as_bytes())?;
    }
    Ok(format!("made {name}; its README.md says what it needs\n  devflow plugin test {name}      # builds it and runs its cases\n"))
}

/// Builds the plugin in a folder. A folder that holds none is a mistake of whoever named it.
fn built(global: &Global, project: &Project, dir: &Path, out: &Path) -> Result<Built, Failed> {
    let note = |text: &str| {
        if !global.quiet {
            output::note(text);
        }
    };
    builder::build(dir, out, &Tools { hidden: &project.key_variables(), note: &note }).map_err(|error| {
        let error = match error {
            BuildError::NoManifest { .. } | BuildError::NoPackage { .. } => Error::usage(chain(&error)),
            _ => Error::incomplete(chain(&error)),
        };
        error.into()
    })
}

/// `devflow plugin check`
pub(super) fn check(project: &Project, file: &Path) -> Result<Status, Failed> {
    let (plugin, size) = component(project, file)?;
    let checked = plugin_check::check(&plugin, size).map_err(|error| Error::usage(chain(&error)))?;
    let mut text = String::new();
    checked.good.iter().for_each(|line| text.push_str(&format!("ok       {line}\n")));
    checked.bad.iter().for_each(|line| text.push_str(&format!("problem  {line}\n")));
    output::result(&text)?;
    Ok(if checked.bad.is_empty() { Status::Fine } else { Status::Gate })
}

/// A source among the cases, and the file with what is expected of it.
#[expect(clippy::disallowed_methods, reason = "the cases of a plugin are read here")]
fn cases(folder: &Path) -> Result<Vec<(PathBuf, Language)>, Failed> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::usage(format!("cannot read `{}`: {error}", folder.display())))?;
    let mut cases: Vec<_> = entries.filter_map(Result::ok).filter_map(|entry| Some((entry.path(), Language::of(&entry.path())?))).collect();
    cases.sort();
    Ok(cases)
}

/// Line and rule of every finding, one a line, in the order of the file.
fn found(plugin: &Plugin, operations: &[OperationInfo], language: Language, path: &Path, text: &str) -> Result<String, Failed> {
    let role = Role::of(&path.file_name().unwrap_or_default().to_string_lossy(), &NoFolders);
    let (file, lines) = (Arc::new(Subject::new(unit::whole(language, role, text.to_owned()))), LineIndex::new(text));
    let mut rows = Vec::new();
    for operation in operations {
        let units = match operation.scope {
            Scope::File => vec![(0, Arc::clone(&file))],
            Scope::Function => {
                let function = |one: FunctionUnit| (one.chunk.span.start, Arc::new(Subject::new(one.unit)));
                function_units(&file).into_iter().map(function).collect()
            }
            Scope::Change | Scope::Project => continue,
        };
        for (start, subject) in units {
            let claims = plugin.inspect(&operation.name, &subject, "{}").map_err(|error| Error::incomplete(chain(&error)))?;
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
pub(super) fn test(global: &Global, project: &Project, dir: &Path, update: bool) -> Result<Status, Failed> {
    let cases = cases(&dir.join("cases"))?;
    if cases.is_empty() {
        let message = format!("there is no case in `{}`, so nothing would be tested", dir.join("cases").display());
        return Err(usage(message, "a source there is one; `--update` writes what the plugin finds in it"));
    }
    let built = built(global, project, dir, &dir.join("dist"))?;
    let (plugin, _) = component(project, &built.path)?;
    let manifest = plugin.manifest().map_err(|error| Error::incomplete(chain(&error)))?;
    let (mut text, mut n_bad) = (String::new(), 0);
    for (path, language) in &cases {
        let source = std::fs::read_to_string(path).map_err(|error| Error::usage(format!("cannot read `{}`: {error}", path.display())))?;
        let found = found(&plugin, &manifest.operations, *language, path, &source)?;
        let mut beside = path.clone().into_os_string();
        beside.push(".expected");
        let beside = PathBuf::from(beside);
        if update {
            write::new_file(&beside, found.as_bytes())?;
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
pub(super) fn dev(
    global: &Global,
    project: &Project,
    dir: &Path,
    paths: &[OsString],
    once: bool,
    prints_spec: bool,
) -> Result<Status, Failed> {
    let mut seen = None;
    loop {
        let now = newest(dir);
        if seen != Some(now) {
            seen = Some(now);
            match look_once(global, project, dir, paths, prints_spec) {
                Ok(status) if once || prints_spec => return Ok(status),
                Ok(_) => output::note("waiting for changes; Ctrl-C ends"),
                Err(failed) if once => return Err(failed),
                // A plugin that does not compile just now is the usual state of work.
                Err(failed) => output::note(&failed.render(false)),
            }
        }
        std::thread::sleep(WATCH);
    }
}

fn look_once(global: &Global, project: &Project, dir: &Path, paths: &[OsString], prints_spec: bool) -> Result<Status, Failed> {
    let built = built(global, project, dir, &dir.join("dist"))?;
    let spec = RunSpec {
        paths: paths.iter().map(Bytes::from).collect(),
        keep: false,
        ..RunSpec::new(Work::Component(Bytes::from(&built.path)), layers(global, &RunArgs::default()))
    };
    if prints_spec {
        return print_spec(&spec);
    }
    let setup = set_up(global, &RunArgs::default(), &spec, &Format::Text, Purpose::Run)?;
    // Nothing of a plugin that is being written is kept.
    let store = Arc::new(Store::in_memory()?);
    let report = setup.run(&store)?;
    output::result(&shown(global, &setup, &Renderer::new(&setup.project, &store, &report), &Format::Text, "")?)?;
    Ok(status(&report))
}

/// When a source of the plugin was changed last.
#[expect(clippy::disallowed_methods, reason = "the sources of a plugin are watched here")]
fn newest(dir: &Path) -> Option<SystemTime> {
    let changed = |path: &PathBuf| std::fs::metadata(path).and_then(|data| data.modified()).ok();
    builder::sources(dir).unwrap_or_default().iter().filter_map(changed).max()
}
