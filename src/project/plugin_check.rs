//! What `devflow plugin check` looks at: everything that a plugin must keep and that can be seen from outside.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::analyzer::{Analyzer as _, Claims, Subject};
use crate::plugin::{CONTRACT_VERSION, Manifest, Plugin, PluginError};
use crate::types::{Language, Project, Role, Scope};
use crate::unit::{function_units, project, whole};

/// A few lines of each language, with something for many a rule.
const SAMPLES: [(Language, &str); 10] = [
    (Language::Rust, "/// Adds.\npub fn add(a: u8, b: u8) -> u8 {\n    if a > 3 { a } else { a + b }\n}\n"),
    (Language::Python, "import os\n\n\ndef add(a, b=[]):\n    \"\"\"Adds.\"\"\"\n    return eval(a) + len(b)\n"),
    (Language::JavaScript, "export function add(a, b) {\n\treturn a == 3 ? a : a + b;\n}\n"),
    (Language::TypeScript, "export function add(a: number, b: any): number {\n  return a + b;\n}\n"),
    (Language::Tsx, "export const A = (p: { a: string }) => <b>{p.a}</b>;\n"),
    (Language::Java, "/** A. */\npublic class A {\n    public int add(int a, int b) { return a + b; }\n}\n"),
    (Language::Kotlin, "class A {\n    fun add(a: Int, b: Int): Int = a + b\n}\n"),
    (Language::Go, "package a\n\n// Add adds.\nfunc Add(a, b int) int {\n\treturn a + b\n}\n"),
    (Language::C, "#include <stdio.h>\n\nint add(int a, int b) {\n    return a + b; /* sum */\n}\n"),
    (Language::Cpp, "namespace a {\nint add(int a, int b) { return a + b; }\n}\n"),
];

/// What the check of a plugin found.
#[derive(Clone, Debug, Default)]
pub struct PluginReport {
    /// What is in order, one line each.
    pub good: Vec<String>,
    /// What is not in order, one line each; empty for a plugin that passes.
    pub bad: Vec<String>,
}

/// Looks at a plugin from outside.
///
/// # Errors
/// One that cannot be loaded or has no manifest: then nothing more can be said.
pub fn check(plugin: &Plugin, size_bytes: usize) -> Result<PluginReport, PluginError> {
    let manifest = plugin.manifest()?;
    let mut checked = PluginReport::default();
    checked.good.push(format!("contract {}, {} {}, {} KiB", CONTRACT_VERSION, manifest.id, manifest.version, size_bytes / 1024));
    let imports = plugin.imports()?;
    checked.good.push(format!("imports {}", if imports.is_empty() { "nothing".to_owned() } else { imports.join(", ") }));
    check_manifest(&manifest, &mut checked);
    for operation in manifest.operations.iter().filter(|operation| operation.scope != Scope::Change) {
        check_operation(plugin, &manifest, &operation.name, operation.scope, &mut checked);
    }
    Ok(checked)
}

fn check_manifest(manifest: &Manifest, checked: &mut PluginReport) {
    let is_id = |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_id(&manifest.id) {
        checked.bad.push(format!("`{}` is no name: lower-case letters, digits and dashes", manifest.id));
    }
    if manifest.operations.is_empty() {
        checked.bad.push("it has no operation".to_owned());
    }
    for operation in &manifest.operations {
        let schema = serde_json::from_str::<serde_json::Value>(&operation.options_schema).map_err(|error| error.to_string());
        // Its size was checked with the manifest.
        let built = schema.and_then(|schema| jsonschema::validator_for(&schema).map(drop).map_err(|error| error.to_string()));
        match built {
            Ok(()) => checked.good.push(format!("{}: {}", operation.name, operation.summary)),
            Err(error) => checked.bad.push(format!("the options of `{}` have no valid schema: {error}", operation.name)),
        }
    }
    let mut ids: Vec<&str> = manifest.rules.iter().map(|rule| rule.id.as_str()).collect();
    ids.sort_unstable();
    if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        checked.bad.push(format!("the rule `{}` is listed twice", pair[0]));
    }
    if let Some(rule) = ids.iter().find(|id| !is_id(id)) {
        checked.bad.push(format!("`{rule}` is no name of a rule"));
    }
}

/// The units that an operation gets of the samples, as a run would make them.
fn samples_of(scope: Scope) -> Vec<Arc<Subject>> {
    if scope == Scope::Project {
        return vec![Arc::new(Subject::of_project(project(), Arc::new(Project::default())))];
    }
    let files = SAMPLES.iter().map(|(language, text)| Subject::new(whole(*language, Role::Source, (*text).to_owned())));
    match scope {
        Scope::Function => {
            let first = |file: Subject| function_units(&file).into_iter().next();
            files.filter_map(first).map(|function| Arc::new(Subject::new(function.unit))).collect()
        }
        _ => files.map(Arc::new).collect(),
    }
}

/// Looks at every sample twice, the second time in the other order: a plugin that keeps something between units, or that depends on
/// anything but its arguments, gives itself away.
fn check_operation(plugin: &Plugin, manifest: &Manifest, operation: &str, scope: Scope, checked: &mut PluginReport) {
    let samples = samples_of(scope);
    let look = |subject: &Arc<Subject>| plugin.inspect(operation, subject, "{}").map_err(|error| error.to_string());
    let mut slowest = Duration::ZERO;
    let first: Vec<Result<Claims, String>> = samples
        .iter()
        .map(|sample| {
            let start = Instant::now();
            let claims = look(sample);
            slowest = slowest.max(start.elapsed());
            claims
        })
        .collect();
    let mut second: Vec<Result<Claims, String>> = samples.iter().rev().map(look).collect();
    second.reverse();
    for (sample, claims) in samples.iter().zip(&first) {
        if let Err(error) = claims {
            checked.bad.push(format!("{operation} fails on a {} sample: {error}", sample.unit.language.map_or("text", Language::name)));
        }
        let unknown =
            claims.iter().flat_map(|claims| &claims.findings).find(|claim| manifest.rules.iter().all(|rule| rule.id != claim.rule));
        if let Some(claim) = unknown {
            checked.bad.push(format!("{operation} finds `{}`, which is not among its rules", claim.rule));
        }
    }
    if first == second {
        let n: usize = first.iter().flatten().map(|claims| claims.findings.len()).sum();
        checked.good.push(format!(
            "{operation} gives the same twice and in either order: {n} findings in {} samples, {} µs for the slowest",
            samples.len(),
            slowest.as_micros()
        ));
    } else {
        checked.bad.push(format!("{operation} gives something else the second time or in another order: it keeps state between units"));
    }
}
