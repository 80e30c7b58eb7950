//! Where templates of reports and prompts are looked for: the project's, the user's, those that come with devflow.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::error::{Error, Hint, Result};
use super::open::Project;
use super::places::{NamedBy, may_not_read, may_read};
use crate::diag::nearest;
use crate::report::Page;
use crate::template::{PROMPTS, REPORTS, TemplateError, check, render};

/// Where a project keeps its own templates.
pub const FOLDER: &str = ".devflow/templates";

/// A template that was found.
#[derive(Clone, Debug)]
pub struct TemplateText {
    /// Decides what is escaped: `report.html`.
    pub name: String,
    /// Its place, as a user knows it.
    pub shown: String,
    /// Source of the template, for MiniJinja.
    pub text: String,
}

/// The template called `name`, or the one at that path, as the user names it.
///
/// # Errors
/// There is none, or it may not be read.
pub fn report_template(project: &Project, name: &str) -> Result<TemplateText> {
    template(project, NamedBy::User, name)
}

/// The same as a pipeline or a script of the project names it.
///
/// # Errors
/// See [`report_template`].
pub(super) fn checkout_template(project: &Project, name: &str) -> Result<TemplateText> {
    template(project, NamedBy::Checkout, name)
}

fn template(project: &Project, by: NamedBy, name: &str) -> Result<TemplateText> {
    if name == "report.md"
        && let Some(own) = own_template(project)?
    {
        return Ok(own);
    }
    if let Some(found) = find(project, name)? {
        return Ok(found);
    }
    let path = project.machine.working_directory.join(name);
    if path.is_file() {
        return if may_read(&project.root, by, &path) { read(&path, name) } else { Err(may_not_read("template", name)) };
    }
    let names = REPORTS.iter().map(|known| known.name);
    let hint = match nearest(name, names.clone()) {
        Some(near) => Hint::Meant(near.to_owned()),
        None => Hint::Say(format!("there are {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))),
    };
    Err(Error::usage(format!("there is no template `{name}`, and no such file")).hint(hint))
}

/// A template by its name: of the project, of the user, embedded.
///
/// # Errors
/// It cannot be read.
pub fn find(project: &Project, name: &str) -> Result<Option<TemplateText>> {
    for folder in folders(project) {
        let path = folder.join(format!("{name}.j2"));
        if path.is_file() && is_plain(name) {
            return read(&path, &project.shown(&path)).map(Some);
        }
    }
    let embedded = REPORTS.iter().find(|known| known.name == name);
    Ok(embedded.map(|known| TemplateText { name: known.name.to_owned(), shown: format!("{name} of devflow"), text: known.text.to_owned() }))
}

/// Folders of templates: the project's, then the user's.
pub(super) fn folders(project: &Project) -> Vec<PathBuf> {
    let user = project.machine.config_folder.as_ref().map(|folder| folder.join("templates"));
    std::iter::once(project.root.join(FOLDER)).chain(user).collect()
}

/// Whether a name leads nowhere else.
pub(super) fn is_plain(name: &str) -> bool {
    name.split('/').all(|part| !matches!(part, "" | "." | "..")) && !name.contains('\\')
}

/// The project that a template belongs to by its place.
fn project_of(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.ends_with(FOLDER))?.parent()?.parent()
}

/// Reads a template.
///
/// # Errors
/// It cannot be read, or not on behalf of the checkout.
#[expect(clippy::disallowed_methods, reason = "templates are read here")]
fn read(path: &Path, shown: &str) -> Result<TemplateText> {
    // A link in the folder of a project must not put other files of the machine into a report or a prompt.
    if let Some(project) = project_of(path)
        && path.exists()
        && !may_read(project, NamedBy::Checkout, path)
    {
        return Err(may_not_read("template", shown));
    }
    let text =
        std::fs::read_to_string(path).map_err(|error| Error::usage(format!("cannot read the template `{}`: {error}", path.display())))?;
    // Some editors put a mark at the front, and it is no part of a page.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name: &str = if name.to_ascii_lowercase().ends_with(".j2") { &name[..name.len() - 3] } else { &name };
    Ok(TemplateText { name: name.to_owned(), shown: shown.to_owned(), text })
}

/// The template that the settings name, if they do.
///
/// # Errors
/// It cannot be read.
pub(super) fn own_template(project: &Project) -> Result<Option<TemplateText>> {
    let name = &project.settings.report.markdown_template;
    if name.is_empty() {
        return Ok(None);
    }
    let path = project.root.join(name);
    let origin = &project.config.entries["report.markdown-template"].origin;
    let by = if origin.is_project() { NamedBy::Checkout } else { NamedBy::User };
    if path.exists() && !may_read(&project.root, by, &path) {
        return Err(may_not_read("template", name));
    }
    read(&path, name).map(Some)
}

/// Whether it is one of devflow's own, which its tests try.
pub fn is_embedded(found: &TemplateText) -> bool {
    REPORTS.iter().any(|known| known.name == found.name && known.text == found.text)
}

/// Renders a report with made-up pages, since only that shows a wrong name or filter.
///
/// # Errors
/// A mistake in the template.
pub fn try_report(found: &TemplateText) -> std::result::Result<(), TemplateError> {
    check(&found.name, &found.text)?;
    Page::samples().iter().try_for_each(|page| render(&found.name, &found.text, page).map(drop))
}

/// Templates of the project and of the user, by name.
#[expect(clippy::disallowed_methods, reason = "templates are looked for here")]
pub fn own_names(project: &Project) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in folders(project) {
        for below in ["", "prompts/"] {
            let entries = std::fs::read_dir(folder.join(below)).into_iter().flatten().flatten();
            let file_names = entries.filter_map(|entry| entry.file_name().into_string().ok());
            names.extend(file_names.filter_map(|name| Some(format!("{below}{}", name.strip_suffix(".j2")?))));
        }
    }
    names
}

/// A template of a prompt, of the project or the user.
///
/// # Errors
/// It cannot be read.
pub fn find_prompt(project: &Project, name: &str) -> Result<Option<TemplateText>> {
    for folder in folders(project) {
        let path = folder.join("prompts").join(format!("{name}.j2"));
        if path.is_file() && is_plain(name) {
            return read(&path, &project.shown(&path)).map(Some);
        }
    }
    Ok(None)
}

/// The prompt called `name`, or the one at that path.
///
/// # Errors
/// There is none, or it may not be read.
pub fn prompt(project: &Project, name: &str) -> Result<TemplateText> {
    let name = name.strip_prefix("prompts/").unwrap_or(name);
    if let Some(own) = find_prompt(project, name)? {
        return Ok(own);
    }
    if let Some((name, text)) = PROMPTS.iter().find(|(known, _)| *known == name) {
        return Ok(TemplateText { name: (*name).to_owned(), shown: format!("{name} of devflow"), text: (*text).to_owned() });
    }
    if project.machine.working_directory.join(name).is_file() {
        return report_template(project, name);
    }
    let near = nearest(name, PROMPTS.iter().map(|(name, _)| *name));
    let hint = near.map_or(Hint::ListPrompts, |near| Hint::Meant(near.to_owned()));
    Err(Error::usage(format!("there is no prompt `{name}`")).hint(hint))
}
