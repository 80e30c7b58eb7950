//! Owns `devflow run` and the familiar verbs for it: which operation, with which options, and where what it makes is written. Never looks at
//! code itself.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::analyze::{analyze, is_silent, os_string, places, status};
use super::analyzers::{plugin, plugin_host};
use super::args::{Global, OperationArgs};
use super::context::Context;
use super::exit::{Failed, Status, chain};
use super::output;
use super::reports::{Output, Shown, check_formats, is_inside, outputs, stays_inside};
use crate::git::{self, DiffFile, DiffKind};
use crate::pipeline::{ModelPart, PathArg, Plan, PlannedOperation, TrialSettings, changes};
use crate::plugin::{OperationInfo, Plugin, PluginHost};
use crate::report::{ArtifactView, Document, Format, counted, printable};
use crate::types::{RelPath, Scope};

/// Runs operations of one analyzer. `operations` are written as `analyzer:operation`; options go to those that know them.
pub(super) fn operate(global: &Global, operations: &[&str], args: &OperationArgs) -> Result<Status, Failed> {
    let outputs = outputs(&args.report.output)?;
    let context = Context::load(global, &args.run)?;
    context.warn(global);
    check_formats(&context, outputs.iter().map(Output::format).chain([&args.report.format]))?;
    if args.verify.as_ref().is_some_and(|command| command.trim().is_empty()) {
        return Err(Failed::usage("`--verify` names no command").hint("leave it out, and nothing is verified"));
    }
    let options = given(&args.option)?;
    let host = plugin_host(&context);
    let mut planned = Vec::new();
    for name in operations {
        planned.push(plan_operation(&context, &host, name, &options)?);
    }
    let is_known = |key: &String| planned.iter().any(|(_, keys)| keys.contains(key));
    if let Some(key) = options.keys().find(|key| !is_known(key)) {
        let keys: Vec<String> = planned.iter().flat_map(|(_, keys)| keys.clone()).collect();
        let hint = if keys.is_empty() { "it has none".to_owned() } else { format!("it has `{}`", keys.join("`, `")) };
        return Err(Failed::usage(format!("`{}` has no option `{key}`", operations.join("`, `"))).hint(hint));
    }
    let planned: Vec<PlannedOperation> = planned.into_iter().map(|(operation, _)| operation).collect();
    let looks_at_changes = planned.iter().any(|operation| operation.scope == Scope::Change);
    let (paths, changes) = match (&args.diff, looks_at_changes) {
        (Some(diff), true) => diff_paths(&context, diff, &args.paths)?,
        (Some(_), false) => {
            return Err(Failed::usage(format!("`{}` looks at no changes, so `--diff` is of no use", operations.join("`, `"))));
        }
        (None, true) => {
            let message = format!("`{}` looks at changes, and there is no diff", operations.join("`, `"));
            return Err(Failed::usage(message).hint("name one with `--diff FILE`, or `git diff | devflow run … --diff -`"));
        }
        (None, false) if args.paths.is_empty() => (vec![".".into()], BTreeMap::new()),
        (None, false) => (args.paths.clone(), BTreeMap::new()),
    };
    let mut plan = context.plan(paths, &args.run, true)?;
    plan.changes = changes;
    plan.tells_rows = args.report.format == Format::Jsonl;
    plan.trial = args.verify.as_ref().map(|command| TrialSettings {
        command: command.clone(),
        limit: Duration::from_secs(args.verify_limit),
        mutate: args.mutate,
        hidden: context.key_variables(),
    });
    plan.operations = planned;
    let job = Job { global, context: &context, plan: &plan, args, outputs: &outputs };
    run(&job, &|_| Ok(Status::Fine))
}

/// The files of a diff below the paths that were named, all of them when none was.
fn diff_paths(context: &Context, diff: &Path, only: &[OsString]) -> Result<(Vec<PathArg>, BTreeMap<RelPath, DiffFile>), Failed> {
    let bytes = read_diff(context, diff)?;
    let files = git::parse(&bytes).map_err(|error| Failed::usage(format!("cannot read `{}`: {error}", diff.display())))?;
    let only: Vec<PathBuf> = only.iter().map(|path| context.working_directory.join(path).components().collect()).collect();
    let repository = git::work_tree_around(&context.project).unwrap_or(&context.project);
    let mut n_outside = 0;
    let mut named: Vec<(PathArg, DiffFile)> = Vec::new();
    for file in files {
        for place in places(context, os_string(&file.path)) {
            let path: PathBuf = context.working_directory.join(&place);
            if !is_inside(&context.project, &path.to_string_lossy()) {
                // The project may be a folder of the repository that the diff is of.
                if is_inside(repository, &path.to_string_lossy()) {
                    n_outside += 1;
                    continue;
                }
                let message = format!("the diff names `{}`, which is outside of the project", printable(&place.to_string_lossy()));
                return Err(Failed::usage(message));
            }
            if only.is_empty() || only.iter().any(|folder| path.starts_with(folder)) {
                named.push((place, file.clone()));
            }
        }
    }
    if n_outside > 0 {
        output::note(&format!("warning: not looked at: {} of the diff outside of the project", counted(n_outside, "file")));
    }
    let is_named = |path: &PathBuf| named.iter().any(|(place, _)| context.working_directory.join(place).starts_with(path));
    if let Some(path) = only.iter().find(|path| !path.exists() && !is_named(path)) {
        return Err(Failed::usage(format!("there is no `{}`, and the diff has none", path.display())));
    }
    let there =
        named.iter().filter(|(_, file)| matches!(file.kind, DiffKind::Text | DiffKind::Binary)).map(|(place, _)| place.clone()).collect();
    Ok((there, changes(&context.project, &context.working_directory, named)))
}

#[expect(clippy::disallowed_methods, reason = "the diff that the user named is read here")]
fn read_diff(context: &Context, diff: &Path) -> Result<Vec<u8>, Failed> {
    let mut bytes = Vec::new();
    let read = if diff == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(context.working_directory.join(diff)).map(|read| bytes = read)
    };
    read.map_err(|error| Failed::usage(format!("cannot read `{}`: {error}", diff.display())))?;
    Ok(bytes)
}

/// A run that is ready.
pub(super) struct Job<'a> {
    pub(super) global: &'a Global,
    pub(super) context: &'a Context,
    pub(super) plan: &'a Plan,
    pub(super) args: &'a OperationArgs,
    pub(super) outputs: &'a [Output],
}

/// Runs and reports. `after` hears of the whole run, and may have a status of its own; the worse one counts.
pub(super) fn run(job: &Job<'_>, after: &dyn Fn(&Document<'_>) -> Result<Status, Failed>) -> Result<Status, Failed> {
    let Job { global, context, plan, args, outputs } = *job;
    let store = context.store_or_memory(is_silent(global, plan))?;
    let report = analyze(global, plan, &store)?;
    let mut written = String::new();
    if matches!(plan.model_part, ModelPart::Off) && args.report.format == Format::Text {
        for operation in plan.operations.iter().filter(|operation| operation.asks_model) {
            let name = format!("{}:{}", operation.analyzer.id(), operation.operation);
            written.push_str(&format!("{name} asks the model, which took no part: only what needs no model was done\n"));
        }
    }
    let shown = Shown { context, store: &store, report: &report };
    shown.take(|document| {
        if let Some(folder) = &args.write {
            written += &write_all(&context.working_directory.join(folder), document, args.overwrite)?;
        } else if args.report.format == Format::Text {
            written += &list(document);
        }
        if plan.trial.is_some() && made_nothing(document) {
            written.push_str("nothing was made, so nothing was verified\n");
        }
        Ok(())
    })?;
    let (reports, failed) = shown.write(outputs)?;
    written.push_str(&reports);
    output::result(&shown.text(global, plan, &args.report.format, &written)?)?;
    let own = shown.take(after)?;
    failed.map_or_else(|| Ok(worse(status(&report), own)), Err)
}

/// Incomplete beats a gate, and a gate beats nothing.
fn worse(a: Status, b: Status) -> Status {
    match (a, b) {
        (Status::Incomplete, _) | (_, Status::Incomplete) => Status::Incomplete,
        (Status::Gate, _) | (_, Status::Gate) => Status::Gate,
        _ => a,
    }
}

/// An operation ready for a plan, with the names of its options.
pub(super) fn plan_operation(
    context: &Context,
    host: &Arc<PluginHost>,
    name: &str,
    options: &BTreeMap<String, String>,
) -> Result<(PlannedOperation, Vec<String>), Failed> {
    let hint = "`devflow plugin list` shows analyzers and operations";
    let (analyzer, operation) =
        name.split_once(':').ok_or_else(|| Failed::usage(format!("`{name}` is no operation")).hint("write it as `analyzer:operation`"))?;
    let plugin = plugin(context, analyzer, host)?;
    let manifest = plugin.manifest().map_err(|error| Failed::incomplete(chain(&error)))?;
    let info = manifest.operations.iter().find(|info| info.name == operation);
    let info = info.ok_or_else(|| Failed::usage(format!("`{analyzer}` has no operation `{operation}`")).hint(hint))?;
    // Without it, it would look at nothing and find nothing.
    if info.scope == Scope::Project && info.sees_project && !plugin.grants().project {
        let hint = format!("add `\"project\"` to `allow` of the plugin `{analyzer}`");
        return Err(Failed::usage(format!("`{name}` needs the permission `project`, which it does not have")).hint(hint));
    }
    let schema: Value = serde_json::from_str(&info.options_schema)
        .map_err(|error| Failed::incomplete(format!("the options of `{name}` have no valid schema: {error}")))?;
    let (values, folders) = typed(context, name, &schema, options)?;
    let keys = schema["properties"].as_object().map(|known| known.keys().cloned().collect()).unwrap_or_default();
    Ok((planned(plugin, info, values, folders), keys))
}

fn planned(plugin: Arc<Plugin>, info: &OperationInfo, options: Value, folders: Vec<(String, PathBuf)>) -> PlannedOperation {
    PlannedOperation {
        analyzer: Arc::clone(&plugin) as Arc<dyn crate::analyzer::Analyzer>,
        operation: info.name.clone(),
        options: options.to_string(),
        scope: info.scope,
        asks_model: info.asks_model && plugin.grants().model,
        sees_project: info.sees_project && plugin.grants().project,
        max_cost: plugin.max_cost(),
        documents: info.documents.clone(),
        folders,
    }
}

/// The flags `--option key=value`.
fn given(flags: &[(String, String)]) -> Result<BTreeMap<String, String>, Failed> {
    let mut options = BTreeMap::new();
    for (key, value) in flags {
        if options.insert(key.clone(), value.clone()).is_some() {
            return Err(Failed::usage(format!("the option `{key}` is given twice")));
        }
    }
    Ok(options)
}

/// Options with the types that the schema asks for, checked against it. A folder is given to the analyzer as documents.
fn typed(
    context: &Context,
    name: &str,
    schema: &Value,
    options: &BTreeMap<String, String>,
) -> Result<(Value, Vec<(String, PathBuf)>), Failed> {
    let mut values = Map::new();
    let mut folders = Vec::new();
    for (key, text) in options {
        let property = &schema["properties"][key];
        if property.is_null() {
            continue;
        }
        let number = |text: &str| serde_json::from_str::<Value>(text).ok().filter(Value::is_number);
        let wrong = |kind: &str| Failed::usage(format!("the option `{key}` of `{name}` wants {kind}, not `{text}`"));
        let value = match property["type"].as_str() {
            Some("integer" | "number") => number(text).ok_or_else(|| wrong("a number"))?,
            Some("boolean") => Value::Bool(text.parse().map_err(|_| wrong("`true` or `false`"))?),
            Some("array") => text.split(',').map(|item| Value::String(item.trim().to_owned())).collect(),
            _ => Value::String(text.clone()),
        };
        if property["format"] == "directory" {
            let folder = context.working_directory.join(text);
            if !folder.is_dir() {
                return Err(Failed::usage(format!("`{text}`, the option `{key}` of `{name}`, is no folder")));
            }
            folders.push((key.clone(), folder));
        }
        values.insert(key.clone(), value);
    }
    let values = Value::Object(values);
    let validator = jsonschema::validator_for(schema).map_err(|error| {
        let detail: String = error.to_string().chars().take(200).collect();
        Failed::incomplete(format!("the options of `{name}` have no valid schema: {detail}"))
    })?;
    if let Err(error) = validator.validate(&values) {
        return Err(Failed::usage(format!("the options of `{name}` are not valid: {error}")));
    }
    Ok((values, folders))
}

fn all_artifacts<'a>(document: &'a Document<'_>) -> impl Iterator<Item = &'a ArtifactView<'a>> {
    document.artifacts.iter().chain(document.files.iter().flat_map(|file| &file.artifacts))
}

/// Whether nothing was made, not even something that was dropped.
fn made_nothing(document: &Document<'_>) -> bool {
    let has_patches = document.files.iter().any(|file| !file.patches.is_empty());
    document.summary.dropped == 0 && !has_patches && all_artifacts(document).next().is_none()
}

/// What was made, for a terminal.
fn list(document: &Document<'_>) -> String {
    let mut text = String::new();
    let artifacts: Vec<_> = all_artifacts(document).collect();
    if let [only] = artifacts.as_slice() {
        text.push_str(&format!("--- {}\n{}\n---\n", only.name, printable(only.body.trim_end())));
    } else if !artifacts.is_empty() {
        text.push_str("Made (`--write DIR` writes it)\n");
        artifacts.iter().for_each(|made| text.push_str(&format!("  {} ({} bytes)\n", made.name, made.body.len())));
    }
    for patch in document.files.iter().flat_map(|file| &file.patches) {
        text.push_str(&format!("{}\n{}", patch.title, printable(&patch.diff)));
    }
    text
}

/// Writes artifacts and patches below `folder`. A file that is there and different is left alone unless it may be overwritten.
#[expect(clippy::disallowed_methods, reason = "what was made is written here")]
fn write_all(folder: &Path, document: &Document<'_>, may_overwrite: bool) -> Result<String, Failed> {
    let mut files: Vec<(String, String)> = all_artifacts(document).map(|made| (made.name.clone(), made.body.to_owned())).collect();
    let diffs: String = document.files.iter().flat_map(|file| &file.patches).map(|patch| patch.diff.clone()).collect();
    if !diffs.is_empty() {
        files.push(("changes.patch".to_owned(), diffs));
    }
    let mut text = String::new();
    for (name, body) in files {
        let path = folder.join(&name);
        if !stays_inside(folder, &path) {
            return Err(
                Failed::usage(format!("`{name}` would be written outside of `{}`", folder.display())).hint("a link leads out of it")
            );
        }
        match std::fs::read(&path) {
            Ok(known) if known == body.as_bytes() => text.push_str(&format!("unchanged {name}\n")),
            Ok(_) if !may_overwrite => text.push_str(&format!("left alone {name}: it is there and different; `--overwrite` replaces it\n")),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Failed::incomplete(format!("cannot read `{}`, which would be replaced: {error}", path.display())));
            }
            _ => {
                output::new_file(&path, body.as_bytes())?;
                text.push_str(&format!("wrote {name}\n"));
            }
        }
    }
    Ok(text)
}
