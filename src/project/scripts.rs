//! Where scripts are: the project's, those that come with devflow, and files that a user names.

use std::path::{Path, PathBuf};

use super::error::{Error, Hint, Result};
use super::open::Project;
use super::places::{NamedBy, may_not_read, may_read};
use crate::diag::nearest;
use crate::pipeline::normal;
use crate::script::{SCRIPTS, summary};

/// Where a project keeps its scripts.
pub const FOLDERS: [&str; 2] = [".devflow/scripts", "scripts"];

/// A script that was found.
pub(super) struct Source {
    /// As it is shown.
    pub(super) shown: String,
    pub(super) text: String,
    /// What stands in the project belongs to the checkout, whoever names it.
    pub(super) by: NamedBy,
}

/// A script by name or path.
///
/// # Errors
/// There is none, or it may not be read.
#[expect(clippy::disallowed_methods, reason = "scripts are read here")]
pub(super) fn find(project: &Project, name: &str) -> Result<Source> {
    let read = |path: &Path| {
        if !may_read(&project.root, NamedBy::User, path) {
            return Err(may_not_read("script", &path.display().to_string()));
        }
        let text = std::fs::read_to_string(path).map_err(|error| Error::usage(format!("cannot read `{}`: {error}", path.display())))?;
        let by = if normal(path).starts_with(&project.root) { NamedBy::Checkout } else { NamedBy::User };
        Ok(Source { shown: project.shown(path), text, by })
    };
    let is_plain = !name.contains(['/', '\\']);
    for folder in FOLDERS.iter().filter(|_| is_plain) {
        let path = project.root.join(folder).join(format!("{name}.rhai"));
        if path.is_file() {
            return read(&path);
        }
    }
    if let Some(known) = SCRIPTS.iter().find(|known| known.name == name) {
        return Ok(Source { shown: format!("{name}.rhai of devflow"), text: known.text.to_owned(), by: NamedBy::User });
    }
    let path = project.machine.working_directory.join(name);
    if path.is_file() {
        return read(&path);
    }
    let near = nearest(name, SCRIPTS.iter().map(|known| known.name));
    let hint = near.map_or(Hint::ListScripts, |near| Hint::Meant(near.to_owned()));
    Err(Error::usage(format!("there is no script `{name}`, and no such file")).hint(hint))
}

/// A pipeline names its script from the root of the project.
pub(super) fn named_by_pipeline(project: &Project, name: &str) -> String {
    let inside = project.root.join(name);
    inside.to_str().filter(|_| inside.is_file()).unwrap_or(name).to_owned()
}

/// All scripts of the project and of devflow, a line each.
#[expect(clippy::disallowed_methods, reason = "scripts are read here")]
pub fn list(project: &Project) -> String {
    let mut text = String::new();
    let mut own: Vec<String> = Vec::new();
    for folder in FOLDERS {
        let entries = std::fs::read_dir(project.root.join(folder)).into_iter().flatten().flatten();
        let is_script = |path: &PathBuf| {
            path.extension().is_some_and(|e| e == "rhai") && path.is_file() && may_read(&project.root, NamedBy::Checkout, path)
        };
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_script).collect();
        paths.sort();
        for path in paths {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let about = std::fs::read_to_string(&path).map(|text| summary(&text)).unwrap_or_default();
            if !own.contains(&name) {
                text.push_str(&format!("{name:<20} {about}  (from {folder})\n"));
                own.push(name);
            }
        }
    }
    for known in SCRIPTS.iter().filter(|known| !own.iter().any(|name| name == known.name)) {
        text.push_str(&format!("{:<20} {}\n", known.name, summary(known.text)));
    }
    text
}
