//! Owns `devflow template`, and where templates are looked for: the project's, the user's, those that come with devflow. A check
//! renders one with made-up values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use minijinja::Value;
use minijinja::value::Serde;

use super::args::{Global, RunArgs, TemplateCommand};
use super::context::{Context, user_folder};
use super::exit::{Failed, Status};
use super::output;
use super::places::{NamedBy, check_inside, may_not_read, may_read};
use crate::diag::nearest;
use crate::report::Page;
use crate::template::{PROMPTS, REPORTS, TemplateError, check, environment, prompt_head, render, render_in};

/// Where a project keeps its own templates.
pub(super) const FOLDER: &str = ".devflow/templates";

/// A template that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Decides what is escaped: `report.html`.
    pub(super) name: String,
    /// Its place, as a user knows it.
    pub(super) shown: String,
    /// The template.
    pub(super) text: String,
}

/// The template called `name`, or the one at that path, as the user names it.
pub(super) fn report_template(context: &Context, name: &str) -> Result<Found, Failed> {
    template(context, NamedBy::User, name)
}

/// The same as a pipeline or a script of the project names it.
pub(super) fn checkout_template(context: &Context, name: &str) -> Result<Found, Failed> {
    template(context, NamedBy::Checkout, name)
}

fn template(context: &Context, by: NamedBy, name: &str) -> Result<Found, Failed> {
    if name == "report.md"
        && let Some(own) = own_template(context)?
    {
        return Ok(own);
    }
    if let Some(found) = find(context, name)? {
        return Ok(found);
    }
    let path = context.working_directory.join(name);
    if path.is_file() {
        return if may_read(&context.project, by, &path) { read(&path, name) } else { Err(may_not_read("template", name)) };
    }
    let names = REPORTS.iter().map(|known| known.name);
    let hint = match nearest(name, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    Err(Failed::usage(format!("there is no template `{name}`, and no such file")).hint(hint))
}

/// A template by its name: of the project, of the user, embedded.
fn find(context: &Context, name: &str) -> Result<Option<Found>, Failed> {
    for folder in folders(context) {
        let path = folder.join(format!("{name}.j2"));
        if path.is_file() && is_plain(name) {
            return read(&path, &path.strip_prefix(&context.working_directory).unwrap_or(&path).display().to_string()).map(Some);
        }
    }
    let embedded = REPORTS.iter().find(|known| known.name == name);
    Ok(embedded.map(|known| Found { name: known.name.to_owned(), shown: format!("{name} of devflow"), text: known.text.to_owned() }))
}

pub(super) fn folders(context: &Context) -> Vec<PathBuf> {
    let user = user_folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("templates"));
    std::iter::once(context.project.join(FOLDER)).chain(user).collect()
}

pub(super) fn is_plain(name: &str) -> bool {
    name.split('/').all(|part| !matches!(part, "" | "." | "..")) && !name.contains('\\')
}

/// The project that a template belongs to by its place.
fn project_of(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.ends_with(FOLDER))?.parent()?.parent()
}

#[expect(clippy::disallowed_methods, reason = "templates are read here")]
pub(super) fn read(path: &Path, shown: &str) -> Result<Found, Failed> {
    // A link in the folder of a project must not put other files of the machine into a report or a prompt.
    if let Some(project) = project_of(path)
        && path.exists()
        && !may_read(project, NamedBy::Checkout, path)
    {
        return Err(may_not_read("template", shown));
    }
    let text =
        std::fs::read_to_string(path).map_err(|error| Failed::usage(format!("cannot read the template `{}`: {error}", path.display())))?;
    // Some editors put a mark at the front, and it is no part of a page.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name: &str = if name.to_ascii_lowercase().ends_with(".j2") { &name[..name.len() - 3] } else { &name };
    Ok(Found { name: name.to_owned(), shown: shown.to_owned(), text })
}

/// The template that the settings name, if they do.
pub(super) fn own_template(context: &Context) -> Result<Option<Found>, Failed> {
    let name = &context.settings.report.markdown_template;
    if name.is_empty() {
        return Ok(None);
    }
    let path = context.project.join(name);
    let origin = &context.config.entries["report.markdown-template"].origin;
    let by = if origin.is_project() { NamedBy::Checkout } else { NamedBy::User };
    if path.exists() && !may_read(&context.project, by, &path) {
        return Err(may_not_read("template", name));
    }
    read(&path, name).map(Some)
}

/// `devflow template`
pub(super) fn templates(global: &Global, command: &TemplateCommand) -> Result<Status, Failed> {
    let context = Context::load(global, &RunArgs::default())?;
    context.warn(global);
    match command {
        TemplateCommand::List => output::result(&list(&context))?,
        TemplateCommand::Show { name } => output::result(&report_template(&context, name)?.text)?,
        TemplateCommand::Check { names } => {
            let all = || REPORTS.iter().map(|known| known.name.to_owned()).chain(own_names(&context)).collect();
            let names: Vec<String> = if names.is_empty() { all() } else { names.clone() };
            let mut wrong = Vec::new();
            for name in names {
                let found = report_template(&context, &name)?;
                let tried = if is_prompt(&name, &found) { try_prompt(&found) } else { try_report(&found) };
                wrong.extend(tried.err().map(|error| error.diagnostic(&found.shown, &found.text)));
            }
            if !wrong.is_empty() {
                return Err(Failed::from(wrong));
            }
        }
        TemplateCommand::Use(args) => return super::prompts::use_prompt(global, args),
        TemplateCommand::Eject { name } => {
            let report = REPORTS.iter().find(|known| known.name == name).map(|known| known.text);
            let prompt = || PROMPTS.iter().find(|(known, _)| name.strip_prefix("prompts/") == Some(known)).map(|(_, text)| *text);
            let Some(embedded) = report.or_else(prompt) else { return report_template(&context, name).map(|_| Status::Fine) };
            let path = context.project.join(FOLDER).join(format!("{name}.j2"));
            if path.exists() {
                return Err(Failed::usage(format!("`{}` is there already", path.display())));
            }
            check_inside(&context.project, &path)?;
            output::new_file(&path, embedded.as_bytes())?;
            output::result(&format!("wrote {FOLDER}/{name}.j2\n"))?;
        }
    }
    Ok(Status::Fine)
}

fn is_prompt(name: &str, found: &Found) -> bool {
    name.contains("prompts/") || !prompt_head(&found.text).1.is_empty()
}

/// Whether it is one of devflow's own, which its tests try.
pub(super) fn is_embedded(found: &Found) -> bool {
    REPORTS.iter().any(|known| known.name == found.name && known.text == found.text)
}

/// Renders a report with made-up pages, since only that shows a wrong name or filter.
pub(super) fn try_report(found: &Found) -> Result<(), TemplateError> {
    check(&found.name, &found.text)?;
    Page::samples().iter().try_for_each(|page| render(&found.name, &found.text, page).map(drop))
}

/// Renders a prompt with its defaults, and with made-up texts for all of its variables.
fn try_prompt(found: &Found) -> Result<(), TemplateError> {
    check(&found.name, &found.text)?;
    let variables = prompt_head(&found.text).1;
    for is_given in [true, false] {
        let value = |default: &Option<String>| default.clone().filter(|_| !is_given).unwrap_or_else(|| "text".to_owned());
        let values: BTreeMap<&str, String> = variables.iter().map(|known| (known.name.as_str(), value(&known.default))).collect();
        let mut environment = environment(&found.name);
        for function in ["source", "outline"] {
            environment.add_function(function, |path: &str| format!("code of {path}"));
        }
        render_in(environment, &found.name, &found.text, &Value::from(Serde(values)))?;
    }
    Ok(())
}

fn list(context: &Context) -> String {
    let mut text = String::new();
    for known in REPORTS {
        text.push_str(&format!("{:<32} {}{}\n", known.name, known.summary, from(find(context, known.name))));
    }
    for (name, embedded) in PROMPTS {
        let own = super::prompts::find(context, name);
        let summary = prompt_head(own.as_ref().ok().and_then(Option::as_ref).map_or(embedded, |own| own.text.as_str())).0;
        text.push_str(&format!("{:<32} {summary}{}\n", format!("prompts/{name}"), from(own)));
    }
    let is_known = |name: &String| {
        REPORTS.iter().any(|known| known.name == name) || PROMPTS.iter().any(|(known, _)| name.strip_prefix("prompts/") == Some(known))
    };
    for name in own_names(context).into_iter().filter(|name| !is_known(name)) {
        text.push_str(&format!("{name:<32}{}\n", from(find(context, &name))));
    }
    text
}

/// Where a template comes from, when it does not come with devflow. One that cannot be read must not hide the others.
fn from(found: Result<Option<Found>, Failed>) -> String {
    match found {
        Ok(Some(found)) if !found.shown.ends_with(" of devflow") => format!("  (from {})", found.shown),
        Ok(_) => String::new(),
        Err(failed) => format!("  ({})", failed.words()),
    }
}

/// Templates of the project and of the user, by name.
#[expect(clippy::disallowed_methods, reason = "templates are looked for here")]
fn own_names(context: &Context) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in folders(context) {
        for below in ["", "prompts/"] {
            let entries = std::fs::read_dir(folder.join(below)).into_iter().flatten().flatten();
            let file_names = entries.filter_map(|entry| entry.file_name().into_string().ok());
            names.extend(file_names.filter_map(|name| Some(format!("{below}{}", name.strip_suffix(".j2")?))));
        }
    }
    names
}
