//! The names that settings may use (analyzers, operations, options, rules), and what is wrong with others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::analyzers::plugin;
use super::error::chain;
use super::open::Project;
use crate::config::{Origin, OverrideSettings};
use crate::diag::{Diagnostic, nearest};
use crate::plugin::{Manifest, OperationInfo, embedded};
use crate::types::Scope;

/// All names. Manifests are read when they are needed.
pub(super) struct Names {
    project: Project,
    manifests: Mutex<BTreeMap<String, Result<Arc<Manifest>, String>>>,
}

/// Why a name is none, and the one that may be meant.
pub(super) struct Unknown {
    code: &'static str,
    message: String,
    label: String,
}

impl Unknown {
    fn new<'a>(kind: &'static str, what: String, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let label = nearest(name, known).map_or(String::new(), |near| format!("did you mean `{near}`?"));
        Self { code: kind, message: what, label }
    }

    pub(super) fn at(self, origin: &Origin, at_key: bool) -> Diagnostic {
        origin.diagnostic(self.code, self.message, self.label, at_key)
    }
}

impl Names {
    pub(super) fn new(project: &Project) -> Self {
        Self { project: project.clone(), manifests: Mutex::default() }
    }

    pub(super) fn project(&self) -> &Project {
        &self.project
    }

    /// Ids of all analyzers, our own first.
    pub(super) fn analyzers(&self) -> Vec<&str> {
        let own = embedded().iter().map(|component| component.id);
        own.chain(self.project.settings.plugins.iter().map(|plugin| plugin.name.as_str())).collect()
    }

    pub(super) fn analyzer(&self, id: &str) -> Result<(), Unknown> {
        let all = self.analyzers();
        if all.contains(&id) { Ok(()) } else { Err(Unknown::new("unknown-analyzer", format!("there is no analyzer `{id}`"), id, all)) }
    }

    /// What an analyzer says of itself, or why it cannot.
    pub(super) fn manifest(&self, id: &str) -> Result<Arc<Manifest>, String> {
        let mut manifests = self.manifests.lock().expect("no thread panics while it holds the manifests");
        if let Some(known) = manifests.get(id) {
            return known.clone();
        }
        let loaded = plugin(&self.project, id).map_err(|error| self.project.words(&error));
        let manifest = loaded.and_then(|plugin| plugin.manifest().map(Arc::new).map_err(|error| chain(&error)));
        manifests.insert(id.to_owned(), manifest.clone());
        manifest
    }

    /// An operation, written as `analyzer:operation`.
    pub(super) fn operation(&self, name: &str) -> Result<OperationInfo, Unknown> {
        let Some((id, operation)) = name.split_once(':') else {
            let label = "write it as `analyzer:operation`".to_owned();
            return Err(Unknown { code: "unknown-operation", message: format!("`{name}` is no operation"), label });
        };
        self.analyzer(id)?;
        let manifest = self.manifest(id).map_err(|why| Unknown { code: "unusable-analyzer", message: why, label: String::new() })?;
        let known = manifest.operations.iter().find(|info| info.name == operation).cloned();
        known.ok_or_else(|| {
            let names = manifest.operations.iter().map(|info| info.name.as_str());
            Unknown::new("unknown-operation", format!("`{id}` has no operation `{operation}`"), operation, names)
        })
    }

    /// An option of an operation; gives its schema.
    pub(super) fn option(&self, name: &str, info: &OperationInfo, key: &str) -> Result<Value, Unknown> {
        let schema: Value = serde_json::from_str(&info.options_schema).unwrap_or_default();
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        properties.get(key).cloned().ok_or_else(|| {
            Unknown::new("unknown-option", format!("`{name}` has no option `{key}`"), key, properties.keys().map(String::as_str))
        })
    }

    /// Names of the rules of all analyzers that can be asked.
    pub(super) fn rules(&self) -> BTreeSet<String> {
        let manifests = self.analyzers().into_iter().filter_map(|id| self.manifest(id).ok());
        manifests.flat_map(|manifest| manifest.rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>()).collect()
    }

    /// What is wrong with the settings for some paths: analyzers and options that there are not. Rules are left to `devflow config check`,
    /// since all analyzers would have to be asked for them.
    pub(super) fn mistakes(&self, one: &OverrideSettings) -> Vec<Diagnostic> {
        let mut mistakes = Vec::new();
        for id in one.analyzers.iter().flatten() {
            if let (Err(unknown), Some(origin)) = (self.analyzer(id), one.written.get("analyzers")) {
                mistakes.push(unknown.at(origin, false));
            }
        }
        for (name, options) in &one.options {
            for (key, value) in options {
                let Some(origin) = one.written.get(&format!("options.{name}.{key}")) else { continue };
                mistakes.extend(self.wrong_option(name, key, &value.json(), origin));
            }
        }
        mistakes
    }

    fn wrong_option(&self, name: &str, key: &str, value: &Value, origin: &Origin) -> Option<Diagnostic> {
        let info = match self.operation(name) {
            Ok(info) => info,
            Err(unknown) => return Some(unknown.at(origin, true)),
        };
        if info.scope == Scope::Project {
            let message = format!("`{name}` looks at the whole project, and has no options for some paths");
            return Some(origin.diagnostic("dead-key", message, "a pipeline can set it".to_owned(), true));
        }
        let schema = match self.option(name, &info, key) {
            Ok(schema) => schema,
            Err(unknown) => return Some(unknown.at(origin, true)),
        };
        let validator = jsonschema::validator_for(&schema).ok()?;
        let error = validator.validate(value).err()?;
        Some(origin.diagnostic("wrong-value", format!("the option `{key}` of `{name}`: {error}"), String::new(), false))
    }
}
