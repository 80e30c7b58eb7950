//! Settings of folders below the root: what their `devflow.toml` says for the paths below it.

use std::path::Path;

use super::open::{MAX_FILE_BYTES, PROJECT_FILE, Project};
use super::places::{NamedBy, may_read};
use crate::config::{OverrideSettings, nested};
use crate::diag::{Diagnostic, Gravity};
use crate::pipeline::Override;

/// Reads the settings of a folder below the root: none where there is no file.
///
/// # Errors
/// All mistakes in them.
#[expect(clippy::disallowed_methods, reason = "configuration files are read here")]
pub(super) fn nested_settings(project: &Project, folder: &str) -> Result<Vec<OverrideSettings>, Vec<Diagnostic>> {
    let path = project.root.join(folder).join(PROJECT_FILE);
    // Most folders have none; whatever else stands there is no file of ours, and reading a pipe would wait for ever.
    if !path.is_file() || !may_read(&project.root, NamedBy::Checkout, &path) || is_other_repository(&project.root, folder) {
        return Ok(Vec::new());
    }
    let shown = project.shown(&path);
    let is_large = path.metadata().is_ok_and(|data| data.len() > MAX_FILE_BYTES);
    let read = if is_large { Err(std::io::Error::other("it is larger than 1 MiB")) } else { std::fs::read_to_string(&path) };
    let text = read.map_err(|error| {
        let message = format!("cannot read `{shown}`: {error}");
        vec![Diagnostic { gravity: Gravity::Error, code: "unreadable", message, excerpt: None, hint: None }]
    })?;
    match nested(&shown, &text, folder) {
        // A file that only a root may have belongs to a project of its own, such as an example or a fixture.
        Err(mistakes) if mistakes.iter().any(|mistake| mistake.code == "not-here") => {
            project.note_once(&format!("warning: `{shown}` is the file of another project, and is passed over: {}", mistakes[0].message));
            Ok(Vec::new())
        }
        nested => nested,
    }
}

/// Whether a folder below the root lies in a worktree, a submodule or a clone: what stands there is said of another project.
fn is_other_repository(root: &Path, folder: &str) -> bool {
    let folder = root.join(folder);
    folder.ancestors().take_while(|above| *above != root).any(|above| above.join(".git").exists())
}

/// What settings for some paths mean to a run.
pub(super) fn override_of(settings: OverrideSettings) -> Override {
    let options = settings.options.iter().map(|(operation, options)| {
        let options = options.iter().map(|(key, value)| (key.clone(), value.json())).collect();
        (operation.clone(), options)
    });
    Override {
        options: options.collect(),
        paths: settings.paths,
        folder: settings.folder,
        analyzers: settings.analyzers,
        role: settings.role,
        disabled_rules: settings.disabled_rules,
        severities: settings.severities,
    }
}
