//! Owns the `[[override]]` tables: what is different for some paths.

use std::collections::BTreeMap;

use super::origin::Origin;
use super::tables::OverrideTable;
use super::value::Value;
use crate::diag::{Diagnostic, nearest};
use crate::types::{Role, Severity};

/// Keys of one table.
const KEYS: &[&str] = &["paths", "analyzers", "disabled-rules", "role"];

/// One `[[override]]` table.
#[derive(Clone, Debug, PartialEq)]
pub struct OverrideSettings {
    /// Globs, relative to the folder of the file that the table stands in.
    pub paths: Vec<String>,
    /// That folder, relative to the root of the project; empty for the root.
    pub folder: String,
    /// Analyzers that look at these files, and no others.
    pub analyzers: Option<Vec<String>>,
    /// What these files are, in place of what their paths and texts say.
    pub role: Option<Role>,
    /// Rules that are off, by name.
    pub disabled_rules: Vec<String>,
    /// Severities of rules, by `analyzer/rule` or by the name of the rule.
    pub severities: BTreeMap<String, Severity>,
    /// Options, by operation such as `review:file` and then by name, as they were written.
    pub options: BTreeMap<String, BTreeMap<String, Value>>,
    /// Where each key was written.
    pub written: BTreeMap<String, Origin>,
}

/// Understands all tables of one file. What is wrong goes to `diagnostics`.
pub(super) fn understand(tables: &[OverrideTable], folder: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<OverrideSettings> {
    tables.iter().map(|table| read(table, folder, diagnostics)).collect()
}

fn read(table: &OverrideTable, folder: &str, diagnostics: &mut Vec<Diagnostic>) -> OverrideSettings {
    let mut settings = OverrideSettings {
        paths: Vec::new(),
        folder: folder.to_owned(),
        analyzers: None,
        role: None,
        disabled_rules: Vec::new(),
        severities: BTreeMap::new(),
        options: BTreeMap::new(),
        written: table.entries.iter().map(|(key, entry)| (key.clone(), entry.origin.clone())).collect(),
    };
    for (key, entry) in &table.entries {
        let mut refuse =
            |code, message: String, label: String, at_key| diagnostics.push(entry.origin.diagnostic(code, message, label, at_key));
        match (key.as_str(), &entry.value) {
            ("paths", Value::List(list)) => match list.iter().find_map(|glob| Some((glob, globset::Glob::new(glob).err()?))) {
                Some((glob, error)) => refuse("wrong-value", format!("`{glob}` is not a glob: {}", error.kind()), String::new(), false),
                None => {
                    if let Some(glob) = list.iter().find(|glob| never_fits(glob)) {
                        let label = "globs begin in the folder of this file and name files, such as `src/**`".to_owned();
                        refuse("wrong-value", format!("`{glob}` fits no file"), label, false);
                    }
                    settings.paths.clone_from(list);
                }
            },
            ("analyzers", Value::List(list)) => settings.analyzers = Some(list.clone()),
            ("role", Value::Text(name)) if Role::from_name(name).is_some() => settings.role = Role::from_name(name),
            ("role", value) => refuse("wrong-value", format!("{value} is not a role"), role_names(), false),
            ("disabled-rules", Value::List(list)) => settings.disabled_rules.clone_from(list),
            (known, _) if KEYS.contains(&known) => refuse("wrong-value", format!("`{key}` must be a list of texts"), String::new(), false),
            (other, value) => {
                let severity = other.strip_prefix("severity.");
                let option = other.strip_prefix("options.").and_then(|rest| rest.rsplit_once('.'));
                match (severity, option, value) {
                    (Some(rule), _, Value::Text(name)) if Severity::from_name(name).is_some() => {
                        settings.severities.extend(Severity::from_name(name).map(|severity| (rule.to_owned(), severity)));
                    }
                    (Some(_), _, _) => {
                        refuse("wrong-value", format!("{value} is no severity"), "info, low, medium, high or critical".to_owned(), false);
                    }
                    (None, Some((operation, option)), value) => {
                        settings.options.entry(operation.to_owned()).or_default().insert(option.to_owned(), value.clone());
                    }
                    (None, None, _) => {
                        let near = nearest(other, KEYS.iter().copied().chain(["severity", "options"]));
                        let label = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
                        refuse("unknown-key", format!("an override has no setting `{other}`"), label, true);
                    }
                }
            }
        }
    }
    if settings.paths.is_empty() && !table.entries.iter().any(|(key, _)| key == "paths") {
        diagnostics.push(table.origin.diagnostic("wrong-value", "an override needs `paths`".to_owned(), String::new(), false));
    }
    settings
}

/// The names of all roles, for messages.
pub(super) fn role_names() -> String {
    let names: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
    names.join(", ")
}

/// Paths of files have no such beginning or end, and a glob has no sign for "not".
fn never_fits(glob: &str) -> bool {
    glob.is_empty() || ["./", "../", "/", "!"].iter().any(|start| glob.starts_with(start)) || glob.ends_with(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::super::resolve_text;
    use super::*;

    fn read(text: &str) -> Result<Vec<OverrideSettings>, String> {
        resolve_text(text).map(|settings| settings.overrides)
    }

    #[test]
    fn a_table_is_read() {
        let text = "[[override]]\npaths = [\"tests/**\"]\ndisabled-rules = [\"eval\"]\nseverity.\"review/todo-comment\" = \"info\"\n\
                    options.\"x:file\".most = 3\n";
        let all = read(text).unwrap();
        assert_eq!((all[0].paths.as_slice(), all[0].disabled_rules.as_slice()), (&["tests/**".to_owned()][..], &["eval".to_owned()][..]));
        assert_eq!(all[0].severities["review/todo-comment"], Severity::Info);
        assert_eq!(all[0].options["x:file"]["most"], Value::Whole(3));
    }

    #[test]
    fn what_is_wrong_is_told_at_its_place() {
        for (text, expected) in [
            ("[[override]]\ndisabled-rules = [\"eval\"]\n", "needs `paths`"),
            ("[[override]]\npaths = [\"a[\"]\n", "is not a glob"),
            ("[[override]]\npaths = \"tests\"\n", "must be a list of texts"),
            ("[[override]]\npaths = [\"a\"]\nrole = \"tests\"\n", "is not a role"),
            ("[[override]]\npaths = [\"a\"]\nseverity.eval = \"hihg\"\n", "is no severity"),
            ("[[override]]\npaths = [\"a\"]\ndisabled-rule = [\"eval\"]\n", "did you mean `disabled-rules`?"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(expected) && error.contains("devflow.toml:"), "{expected}: {error}");
        }
    }
}
