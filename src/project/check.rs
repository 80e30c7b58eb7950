//! Whether everything that the settings name is there.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobBuilder;

use super::driver::{hooks, script_mistakes};
use super::error::{Error, Result};
use super::names::Names;
use super::nested::nested_settings;
use super::open::{PROJECT_FILE, Project};
use super::operations::{enabled_operations, plan_operation, text_of};
use super::plan::{check_paths, target, tools};
use super::reports::{Output, check_formats, check_templates, pipeline_outputs};
use super::scripts::named_by_pipeline;
use super::spec::SettingsLayer;
use super::templates::own_template;
use crate::config::{Entry, Origin, OverrideSettings, PipelineSettings, Select, Value};
use crate::diag::{Diagnostic, Gravity, nearest};
use crate::pipeline::{Override, nested_files, overrides_for};
use crate::types::{RelPath, Scope};

/// Looks at everything that the settings name, and tells all that is wrong. `layers` are those over the files.
///
/// # Errors
/// All mistakes, each with its place.
pub fn check(project: &Project, layers: &[SettingsLayer]) -> Result<()> {
    own_template(project)?;
    let names = Names::new(project);
    let rules = names.rules();
    let mut checker = Checker { layers, project, names, rules, mistakes: Vec::new(), warnings: Vec::new() };
    checker.analyzers();
    for (key, entry) in &project.config.entries {
        checker.setting(key, entry);
    }
    for pipeline in &project.settings.pipelines {
        checker.pipeline(pipeline);
    }
    checker.overrides()?;
    checker.warnings.iter().for_each(|warning| project.machine.listener.warning(warning));
    // What several pipelines inherit is told once.
    let mut told: Vec<Diagnostic> = Vec::new();
    checker.mistakes.retain(|mistake| {
        let is_new = !told.contains(mistake);
        told.push(mistake.clone());
        is_new
    });
    if !checker.mistakes.is_empty() {
        return Err(Error::from(checker.mistakes));
    }
    enabled_operations(project).map(drop)
}

/// What is different for one path, the outermost first.
///
/// # Errors
/// Mistakes in the settings.
pub fn overrides_of(project: &Project, path: &RelPath) -> Result<Vec<Override>> {
    Ok(overrides_for(&project.root, &tools(project, Vec::new())?, path)?)
}

struct Checker<'a> {
    layers: &'a [SettingsLayer],
    project: &'a Project,
    names: Names,
    /// Of all analyzers.
    rules: BTreeSet<String>,
    mistakes: Vec<Diagnostic>,
    /// What is right, and may not be what was meant.
    warnings: Vec<Diagnostic>,
}

impl Checker<'_> {
    /// Whether each plugin can be loaded and has the operations that its table names.
    fn analyzers(&mut self) {
        for plugin in &self.project.settings.plugins {
            if let Err(why) = self.names.manifest(&plugin.name) {
                self.mistakes.push(plugin.origin.diagnostic("unusable-analyzer", why, String::new(), false));
                continue;
            }
            for operation in &plugin.operations {
                self.enabled(&format!("{}:{operation}", plugin.name), &plugin.origin);
            }
        }
    }

    /// One setting, of a file or of a pipeline.
    fn setting(&mut self, key: &str, entry: &Entry) {
        let Value::List(list) = &entry.value else { return };
        match key {
            "analyzers.enabled" => list.iter().for_each(|name| self.enabled(name, &entry.origin)),
            "analyzers.disabled-rules" => list.iter().for_each(|rule| self.rule(rule, &entry.origin, false)),
            _ => {}
        }
    }

    /// `review` stands for `review:file`.
    fn enabled(&mut self, name: &str, origin: &Origin) {
        let name = if name.contains(':') { name.to_owned() } else { format!("{name}:file") };
        match self.names.operation(&name) {
            Ok(info) if !matches!(info.scope, Scope::File | Scope::Function) => {
                let message = format!("`{name}` does not look at single files, which is what `devflow analyze` is for");
                self.mistakes.push(origin.diagnostic("wrong-value", message, "a pipeline can run it".to_owned(), false));
            }
            Ok(_) => {}
            Err(unknown) => self.mistakes.push(unknown.at(origin, false)),
        }
    }

    /// A rule, by its name or as `analyzer/rule`.
    fn rule(&mut self, name: &str, origin: &Origin, at_key: bool) {
        let is_known = match name.split_once('/') {
            Some((id, rule)) => self.names.manifest(id).is_ok_and(|manifest| manifest.rules.iter().any(|known| known.id == rule)),
            None => self.rules.contains(name),
        };
        if is_known {
            return;
        }
        let bare = name.rsplit('/').next().unwrap_or(name);
        let label = nearest(bare, self.rules.iter().map(String::as_str)).map_or(String::new(), |near| format!("did you mean `{near}`?"));
        self.mistakes.push(origin.diagnostic("unknown-rule", format!("there is no rule `{name}`"), label, at_key));
    }

    fn overridden(&mut self, one: &OverrideSettings) {
        let folder = self.project.root.join(&one.folder);
        if let (Some(path), Some(origin)) = (one.paths.iter().find(|path| folder.join(path).is_dir()), one.written.get("paths")) {
            let message = format!("`{path}` is a folder, and no file is called so");
            let label = format!("`{path}/**` means all that is in it");
            self.mistakes.push(origin.diagnostic("wrong-value", message, label, false));
        }
        self.mistakes.extend(self.names.mistakes(one));
        if let Some(origin) = one.written.get("disabled-rules") {
            one.disabled_rules.iter().for_each(|rule| self.rule(rule, origin, false));
        }
        for rule in one.severities.keys() {
            if let Some(origin) = one.written.get(&format!("severity.{rule}")) {
                self.rule(rule, origin, true);
            }
        }
    }

    /// All overrides, those of nested files included.
    fn overrides(&mut self) -> Result<()> {
        for one in &self.project.settings.overrides {
            self.overridden(one);
        }
        let files = all_files(self.project)?;
        for one in &self.project.settings.overrides {
            self.unmet(one, &files);
        }
        for path in nested_files(&target(self.project), PROJECT_FILE)? {
            match nested_settings(self.project, path.directory()) {
                Ok(all) => all.iter().for_each(|one| {
                    self.overridden(one);
                    self.unmet(one, &files);
                }),
                Err(mistakes) => self.mistakes.extend(mistakes),
            }
        }
        Ok(())
    }

    /// Warns of globs that no file fits. The files may be yet to come, so this is no mistake.
    fn unmet(&mut self, one: &OverrideSettings, files: &[RelPath]) {
        let Some(origin) = one.written.get("paths") else { return };
        let folder = self.project.root.join(&one.folder);
        let is_met = |glob: &str| {
            let Ok(built) = GlobBuilder::new(glob).literal_separator(true).build() else { return true };
            let matcher = built.compile_matcher();
            files.iter().filter_map(|path| path.inside(&one.folder)).any(|path| matcher.is_match(path))
        };
        // A glob that is a folder is told as a mistake, and hidden files are not listed.
        let is_listed = |glob: &&String| !folder.join(glob).is_dir() && !glob.split('/').any(|part| part.starts_with('.'));
        for glob in one.paths.iter().filter(is_listed).filter(|glob| !is_met(glob)) {
            let literal: String = glob.chars().map(in_class).collect();
            let label = if literal != *glob && is_met(&literal) {
                format!("brackets stand for one of the characters in them; a folder in brackets is written `{literal}`")
            } else {
                "globs begin in the folder of this file".to_owned()
            };
            let warning = origin.diagnostic("unmet-glob", format!("no file that is looked at fits `{glob}`"), label, false);
            self.warnings.push(Diagnostic { gravity: Gravity::Warning, ..warning });
        }
    }

    fn pipeline(&mut self, pipeline: &PipelineSettings) {
        for (key, entry) in &pipeline.settings {
            self.setting(key, entry);
        }
        self.as_a_run_has_it(pipeline);
        let before = self.mistakes.len();
        for name in &pipeline.operations {
            self.operation(pipeline, name);
        }
        // What needs all operations is judged where each of them is right.
        if self.mistakes.len() == before {
            self.scopes(pipeline);
        }
        self.told(pipeline, "paths", check_paths(self.project, pipeline));
        let reports = check_templates(self.project, pipeline)
            .and_then(|()| pipeline_outputs(self.project, pipeline))
            .and_then(|outputs| check_formats(self.project, outputs.iter().map(Output::format)));
        self.told(pipeline, "reports", reports);
        if !pipeline.script.is_empty() {
            let found = hooks(self.project, self.layers, &pipeline.script)
                .and_then(|_| script_mistakes(self.project, self.layers, &named_by_pipeline(self.project, &pipeline.script)));
            match found {
                Ok(found) => self.mistakes.extend(found),
                Err(failed) => self.told(pipeline, "script", Err(failed)),
            }
        }
    }

    /// What the settings of a pipeline are in a run of it: their values, what they leave enabled, and what is counted from.
    fn as_a_run_has_it(&mut self, pipeline: &PipelineSettings) {
        let loaded = self.project.with_pipeline(&pipeline.name, self.layers);
        let result = loaded.and_then(|(project, _)| {
            own_template(&project)?;
            if pipeline.operations.is_empty() {
                enabled_operations(&project)?;
            }
            Ok(())
        });
        self.told(pipeline, "analyzers.enabled", result);
        if pipeline.select == Select::Changed && (pipeline.base.is_empty() || pipeline.base.starts_with('-')) {
            let message = format!("`{}` is no name of a commit", pipeline.base);
            self.mistakes
                .extend(pipeline.written.get("base").map(|origin| origin.diagnostic("wrong-value", message, String::new(), false)));
        }
    }

    fn operation(&mut self, pipeline: &PipelineSettings, name: &str) {
        let info = match self.names.operation(name) {
            Ok(info) => info,
            Err(unknown) => {
                self.mistakes.extend(pipeline.written.get("operations").map(|origin| unknown.at(origin, false)));
                return;
            }
        };
        let at = |key: &String| format!("options.{name}.{key}");
        let mut options = BTreeMap::new();
        for (key, value) in pipeline.options.get(name).into_iter().flatten() {
            match self.names.option(name, &info, key) {
                Ok(_) => drop(options.insert(key.clone(), text_of(value))),
                Err(unknown) => self.mistakes.extend(pipeline.written.get(&at(key)).map(|origin| unknown.at(origin, true))),
            }
        }
        let planned = |options: &BTreeMap<String, String>| plan_operation(self.project, name, options).map(drop);
        let Err(failed) = planned(&options) else { return };
        // An option that is refused for the same reason when it stands alone is to blame.
        let alone = |(key, value): &(&String, &String)| planned(&BTreeMap::from([((*key).clone(), (*value).clone())]));
        let guilty = options.iter().find(|one| alone(one).is_err_and(|alone| self.project.words(&alone) == self.project.words(&failed)));
        let key = guilty.map_or("operations".to_owned(), |(key, _)| at(key));
        self.told(pipeline, &key, Err(failed));
    }

    fn scopes(&mut self, pipeline: &PipelineSettings) {
        let scope = |name: &String| self.names.operation(name).map(|info| info.scope).ok();
        if pipeline.select == Select::All && pipeline.operations.iter().any(|name| scope(name) == Some(Scope::Change)) {
            let message = format!("the pipeline `{}` looks at changes, and selects none", pipeline.name);
            let label = "`select = \"changed\"` or `select = \"staged\"` would".to_owned();
            self.mistakes.extend(pipeline.written.get("operations").map(|origin| origin.diagnostic("wrong-value", message, label, true)));
        }
    }

    /// Notes what a command would refuse, at the key that is to blame.
    fn told(&mut self, pipeline: &PipelineSettings, key: &str, result: Result<()>) {
        let Err(failed) = result else { return };
        if failed.diagnostics.is_empty() {
            let origin = pipeline.written.get(key).unwrap_or(&pipeline.origin);
            self.mistakes.push(origin.diagnostic("wrong-value", self.project.words(&failed), String::new(), false));
        }
        self.mistakes.extend(failed.diagnostics);
    }
}

/// The files of the project that an override can be about: sources and documents.
#[expect(clippy::disallowed_methods, reason = "the files at the root are listed here")]
fn all_files(project: &Project) -> Result<Vec<RelPath>> {
    let mut files = nested_files(&target(project), "*")?;
    let entries = std::fs::read_dir(&project.root).into_iter().flatten().flatten();
    files.extend(entries.filter(|entry| entry.path().is_file()).map(|entry| RelPath::new(&project.root, &entry.path())));
    Ok(files)
}

/// A character as a glob means it by itself: brackets begin a set of characters, so each stands in a set of its own.
fn in_class(c: char) -> String {
    if matches!(c, '[' | ']') { format!("[{c}]") } else { c.to_string() }
}
