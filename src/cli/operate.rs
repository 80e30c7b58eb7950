//! Owns `devflow run` and the familiar verbs for it: which operation, with which options, and where what it makes is written. Never looks at
//! code itself.

use std::collections::{BTreeMap, BTreeSet};
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
use super::named::without_changes;
use super::output;
use super::places::{NamedBy, is_inside, may_not_read, may_read, stays_inside};
use super::reports::{Output, Shown, check_formats, check_templates, gather, outputs, worse};
use super::trust::withheld;
use crate::analyzer::Analyzer as _;
use crate::git::{self, DiffFile, DiffKind};
use crate::pipeline::{ModelPart, PathArg, Plan, PlannedOperation, TrialSettings, changes, normal};
use crate::plugin::{OperationInfo, Plugin, PluginHost};
use crate::report::{ArtifactView, Document, Format, counted, printable};
use crate::types::{Dropped, Failure, MadeArtifact, RelPath, Scope};

/// Where the changes of all files are written to, below the folder that the user names.
const PATCH_FILE: &str = "changes.patch";

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
    let selection = match (&args.diff, looks_at_changes) {
        (Some(diff), true) => diff_paths(&context, diff, &args.paths)?,
        (Some(_), false) => {
            return Err(Failed::usage(format!("`{}` looks at no changes, so `--diff` is of no use", operations.join("`, `"))));
        }
        (None, true) => {
            let message = format!("`{}` looks at changes, and there is no diff", operations.join("`, `"));
            return Err(Failed::usage(message).hint("name one with `--diff FILE`, or `git diff | devflow run … --diff -`"));
        }
        (None, false) if args.paths.is_empty() => Selection { paths: vec![".".into()], ..Selection::default() },
        (None, false) => Selection { paths: args.paths.clone(), ..Selection::default() },
    };
    let mut plan = context.plan(selection.paths, &args.run, true)?;
    plan.changes = selection.changes;
    plan.failures.extend(selection.missing);
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

/// What a run looks at, with a diff or without.
#[derive(Default)]
struct Selection {
    /// Files that are there.
    paths: Vec<PathArg>,
    /// What changed.
    changes: BTreeMap<RelPath, DiffFile>,
    /// What was named and is not in the diff.
    missing: Vec<Failure>,
}

/// The files of a diff below the paths that were named, all of them when none was.
fn diff_paths(context: &Context, diff: &Path, only: &[OsString]) -> Result<Selection, Failed> {
    let bytes = read_diff(context, diff)?;
    let files = git::parse(&bytes).map_err(|error| Failed::usage(format!("cannot read `{}`: {error}", diff.display())))?;
    let names = only;
    let only: Vec<PathBuf> = names.iter().map(|path| normal(&context.working_directory.join(path))).collect();
    let of_file = |file: DiffFile| places(context, os_string(&file.path)).into_iter().map(move |place| (place, file.clone()));
    let mut named: Vec<(PathArg, DiffFile)> = files.into_iter().flat_map(of_file).collect();
    let n_all = named.len();
    for (place, _) in &named {
        check_place(context, place)?;
    }
    let absolute = |place: &PathArg| context.working_directory.join(place);
    named.retain(|(place, _)| is_inside(&context.project, &absolute(place).to_string_lossy()));
    let n_outside = n_all - named.len();
    named.retain(|(place, _)| only.is_empty() || only.iter().any(|folder| absolute(place).starts_with(folder)));
    if n_outside > 0 {
        output::note(&format!("warning: not looked at: {} of the diff outside of the project", counted(n_outside, "file")));
    }
    let has_changes = |path: &Path| named.iter().any(|(place, _)| absolute(place).starts_with(path));
    let missing = without_changes((&context.project, &context.working_directory), names, &has_changes)?;
    let there =
        named.iter().filter(|(_, file)| matches!(file.kind, DiffKind::Text | DiffKind::Binary)).map(|(place, _)| place.clone()).collect();
    Ok(Selection { paths: there, changes: changes(&context.project, &context.working_directory, named), missing })
}

/// Refuses what a diff names outside of the repository. The project may be a folder of the repository that the diff is of.
fn check_place(context: &Context, place: &PathArg) -> Result<(), Failed> {
    let repository = git::work_tree_around(&context.project).unwrap_or(&context.project);
    let path = context.working_directory.join(place);
    if is_inside(&context.project, &path.to_string_lossy()) || is_inside(repository, &path.to_string_lossy()) {
        return Ok(());
    }
    Err(Failed::usage(format!("the diff names `{}`, which is outside of the project", printable(&place.to_string_lossy()))))
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

/// Runs and reports. `after` hears of the whole run, and may have a status of its own; the worst one counts. One output that fails costs no
/// other.
pub(super) fn run(job: &Job<'_>, after: &dyn Fn(&Document<'_>) -> Result<Status, Failed>) -> Result<Status, Failed> {
    let Job { global, context, plan, args, outputs } = *job;
    if let Some(pipeline) = context.settings.pipelines.iter().find(|pipeline| pipeline.name == plan.pipeline) {
        check_templates(context, pipeline)?;
    }
    let store = context.store_or_memory(is_silent(global, plan))?;
    let mut report = analyze(global, plan, &store)?;
    let mut written = unasked(plan, args);
    let mut failed = None;
    if let Some(folder) = &args.write {
        let folder = context.working_directory.join(folder);
        let shown = Shown { context, store: &store, report: &report };
        let made = shown.take(|document| Ok(write_all(&folder, document, args.overwrite)))?;
        written.push_str(&made.text);
        // Reports and the summary count what was dropped here, too.
        report.totals.dropped += made.dropped.len() as u32;
        report.dropped.extend(made.dropped);
        failed = made.failed;
    }
    let shown = Shown { context, store: &store, report: &report };
    if args.write.is_none() && args.report.format == Format::Text {
        written.push_str(&shown.take(|document| Ok(list(document)))?);
    }
    let (reports, unwritten) = shown.write(outputs)?;
    written.push_str(&reports);
    let told = shown.text(global, plan, &args.report.format, &written).and_then(|text| output::result(&text));
    let (own, after_failed) = match shown.take(after) {
        Ok(status) => (status, None),
        Err(error) => (Status::Fine, Some(error)),
    };
    for error in [unwritten, told.err(), after_failed].into_iter().flatten() {
        failed = gather(failed, error);
    }
    let status = worse(status(&report), own);
    match failed {
        None => Ok(status),
        Some(mut failed) => {
            failed.status = worse(failed.status, status);
            Err(failed)
        }
    }
}

/// Says which operations ask the model, when it took no part.
fn unasked(plan: &Plan, args: &OperationArgs) -> String {
    let mut text = String::new();
    if matches!(plan.model_part, ModelPart::Off) && args.report.format == Format::Text {
        for operation in plan.operations.iter().filter(|operation| operation.asks_model && !operation.needs_model) {
            let name = format!("{}:{}", operation.analyzer.id(), operation.operation);
            text.push_str(&format!("{name} asks the model, which took no part: only what needs no model was done\n"));
        }
    }
    text
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
    let withheld = withheld_from(context, &plugin, info);
    // Without it, it would look at nothing and find nothing.
    if info.scope == Scope::Project && info.sees_project && !plugin.grants().project {
        if let Some((message, hint)) = withheld {
            return Err(Failed::incomplete(message).hint(hint));
        }
        let hint = format!("add `\"project\"` to `allow` of the plugin `{analyzer}`");
        return Err(Failed::usage(format!("`{name}` needs the permission `project`, which it does not have")).hint(hint));
    }
    let schema: Value = serde_json::from_str(&info.options_schema)
        .map_err(|error| Failed::incomplete(format!("the options of `{name}` have no valid schema: {error}")))?;
    let (values, folders) = typed(context, name, &schema, options)?;
    let keys = schema["properties"].as_object().map(|known| known.keys().cloned().collect()).unwrap_or_default();
    Ok((planned(plugin, info, values, folders, withheld.map(|(message, _)| message)), keys))
}

/// Why a plugin of the checkout goes without a permission that its table allows and that the operation would use, if it does.
fn withheld_from(context: &Context, plugin: &Plugin, info: &OperationInfo) -> Option<(String, String)> {
    let settings = context.settings.plugins.iter().find(|settings| settings.name == plugin.id())?;
    let grants = plugin.grants();
    let lacks =
        (info.asks_model && settings.may_ask && !grants.model) || (info.sees_project && settings.may_see_project && !grants.project);
    lacks.then(|| withheld(settings))
}

fn planned(
    plugin: Arc<Plugin>,
    info: &OperationInfo,
    options: Value,
    folders: Vec<(String, PathBuf)>,
    withheld: Option<String>,
) -> PlannedOperation {
    PlannedOperation {
        analyzer: Arc::clone(&plugin) as Arc<dyn crate::analyzer::Analyzer>,
        operation: info.name.clone(),
        options: options.to_string(),
        scope: info.scope,
        asks_model: info.asks_model && plugin.grants().model,
        sees_project: info.sees_project && plugin.grants().project,
        needs_model: info.needs_model,
        withheld,
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
            // Whoever names it: what stands in the project may be a link that leads out of it.
            if !may_read(&context.project, NamedBy::User, &folder) {
                return Err(may_not_read("folder", text));
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

/// What was made, for a terminal.
fn list(document: &Document<'_>) -> String {
    let mut text = String::new();
    let artifacts: Vec<_> = all_artifacts(document).collect();
    if let [only] = artifacts.as_slice() {
        text.push_str(&format!("--- {}\n{}\n---\n", printable(&only.name), printable(only.body.trim_end())));
    } else if !artifacts.is_empty() {
        text.push_str("Made (`--write DIR` writes it)\n");
        artifacts.iter().for_each(|made| text.push_str(&format!("  {} ({} bytes)\n", printable(&made.name), made.body.len())));
    }
    for patch in document.files.iter().flat_map(|file| &file.patches) {
        text.push_str(&format!("{}\n{}", patch.title, printable(&patch.diff)));
    }
    text
}

/// What became of the files that a run made.
#[derive(Default)]
struct Written {
    /// A line for each, for a terminal.
    text: String,
    /// Those that can have no path of their own.
    dropped: Vec<Dropped>,
    failed: Option<Failed>,
}

impl Written {
    fn leave_out(&mut self, name: &str, reason: String) {
        self.text.push_str(&format!("dropped {}: {reason}\n", printable(name)));
        self.dropped.push(Dropped { rule: "artifact".to_owned(), message: name.to_owned(), quote: String::new(), reason });
    }
}

/// Why the second of two files is not written.
fn same_name() -> String {
    "another file of this run made one of the same name".to_owned()
}

/// Writes artifacts and patches below `folder`, each to a path of its own. What cannot be written costs no other.
fn write_all(folder: &Path, document: &Document<'_>, may_overwrite: bool) -> Written {
    let mut written = Written::default();
    let files = generated(document, &mut written);
    let mut places = BTreeSet::new();
    for (name, body) in files {
        let path = folder.join(&name);
        // Two names are one file where upper and lower case are the same.
        if path.canonicalize().is_ok_and(|real| places.contains(&real)) {
            written.leave_out(&name, same_name());
            continue;
        }
        match write_one(folder, &name, &body, may_overwrite) {
            Ok(line) => {
                written.text.push_str(&line);
                places.extend(path.canonicalize());
            }
            Err(error) => written.failed = gather(written.failed.take(), error),
        }
    }
    written
}

/// The files that a run made, by paths of their own below the folder that they are written to.
fn generated(document: &Document<'_>, written: &mut Written) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let diffs: String = document.files.iter().flat_map(|file| &file.patches).map(|patch| patch.diff.as_str()).collect();
    if !diffs.is_empty() {
        files.insert(PATCH_FILE.to_owned(), diffs);
    }
    let mut all: Vec<(&str, &ArtifactView<'_>)> = document.artifacts.iter().map(|made| (".", made)).collect();
    for file in &document.files {
        all.extend(file.artifacts.iter().map(|made| (file.path.directory(), made)));
    }
    // What has no folder to be told apart by comes first, so that it keeps its name.
    all.sort_by_key(|(folder, _)| *folder != ".");
    for (folder, made) in all {
        match own_path(&files, folder, made) {
            Ok(path) => drop(files.insert(path, made.body.to_owned())),
            Err(reason) => written.leave_out(&made.name, reason),
        }
    }
    files
}

/// A path that no other file of the run has: that of the artifact, or the same with the folder of its source in it.
fn own_path(files: &BTreeMap<String, String>, folder: &str, made: &ArtifactView<'_>) -> Result<String, String> {
    let is_free = |path: &str| files.get(path).is_none_or(|known| known.as_str() == made.body);
    if let Some(fault) = MadeArtifact::path_fault(&made.name) {
        return Err(fault);
    }
    if is_free(&made.name) {
        return Ok(made.name.clone());
    }
    let with_folder = match made.name.rsplit_once('/') {
        Some((above, name)) => format!("{above}/{folder}/{name}"),
        None => format!("{folder}/{}", made.name),
    };
    if folder != "." && MadeArtifact::path_fault(&with_folder).is_none() && is_free(&with_folder) {
        return Ok(with_folder);
    }
    Err(same_name())
}

/// Writes one file, and says what was done. A file that is there and different is left alone unless it may be overwritten.
#[expect(clippy::disallowed_methods, reason = "what was made is written here")]
fn write_one(folder: &Path, name: &str, body: &str, may_overwrite: bool) -> Result<String, Failed> {
    let path = folder.join(name);
    let shown = printable(name);
    if !stays_inside(folder, &path) {
        return Err(Failed::usage(format!("`{shown}` would be written outside of `{}`", folder.display())).hint("a link leads out of it"));
    }
    if path.is_dir() {
        return Err(Failed::incomplete(format!("cannot write `{}`: it is a folder", path.display())));
    }
    match std::fs::read(&path) {
        Ok(known) if known == body.as_bytes() => Ok(format!("unchanged {shown}\n")),
        Ok(_) if !may_overwrite => Ok(format!("left alone {shown}: it is there and different; `--overwrite` replaces it\n")),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Failed::incomplete(format!("cannot read `{}`, which would be replaced: {error}", path.display())))
        }
        _ => {
            output::new_file(&path, body.as_bytes())?;
            Ok(format!("wrote {shown}\n"))
        }
    }
}
