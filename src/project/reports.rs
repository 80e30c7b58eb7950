//! Reports that are to be written: their formats, templates and places, checked before anything is paid.

use std::path::{Path, PathBuf};

use super::error::{Error, Hint, Result};
use super::open::Project;
use super::places::report_file;
use super::templates::{checkout_template, is_embedded, report_template, try_report};
use crate::config::{Origin, PipelineSettings};
use crate::diag::nearest;
use crate::report::Format;

/// A report that is to be written.
#[derive(Clone, Debug)]
pub struct Output {
    /// Where it is written to.
    pub path: PathBuf,
    /// The same as the user knows it.
    pub shown: String,
    pub(super) format: Format,
}

/// Refuses what stands where the name of a format would, before an equals sign, and is none. Where such a file is there, it is meant.
fn check_name(folder: &Path, given: &Path) -> Result<()> {
    let is_part = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '.');
    let Some((name, _)) = given.to_str().and_then(|text| text.split_once('=')) else { return Ok(()) };
    if name.is_empty() || !name.chars().all(is_part) || Format::from_name(name).is_some() || folder.join(given).exists() {
        return Ok(());
    }
    let hint = match nearest(name, Format::NAMES) {
        Some(near) => Hint::Meant(near.to_owned()),
        None if name.contains('.') => Hint::Say(format!("a template is named `template:{name}`")),
        None => Hint::Say(format!("there are {} and template:NAME", Format::NAMES.join(", "))),
    };
    Err(Error::usage(format!("`{name}` in `{}` is no format", given.display())).hint(hint))
}

/// Reads where reports go: `FILE`, whose extension chooses the format, or `FORMAT=FILE`, from `folder` on.
///
/// # Errors
/// A format that is not known, and what cannot be a file.
pub fn outputs(folder: &Path, given: &[PathBuf]) -> Result<Vec<Output>> {
    given.iter().map(|given| output_of(folder, given)).collect()
}

fn output_of(folder: &Path, given: &Path) -> Result<Output> {
    check_name(folder, given)?;
    let named = given.to_str().and_then(|text| text.split_once('=')).and_then(|(name, path)| Some((Format::from_name(name)?, path)));
    let (format, path) = match named {
        Some((format, path)) => (format, PathBuf::from(path)),
        None => {
            let extension = given.extension().and_then(|extension| extension.to_str()).unwrap_or("");
            let format = Format::of_extension(extension).ok_or_else(|| {
                let message = format!("no format belongs to the extension of `{}`", given.display());
                Error::usage(message).say(format!("known extensions: {}; or write `FORMAT=FILE`", Format::EXTENSIONS))
            })?;
            (format, given.to_owned())
        }
    };
    if path == Path::new("-") {
        return Err(Error::usage("`-` is no file for a report").hint(Hint::FormatChooses));
    }
    check_place(folder, &path)?;
    Ok(Output { shown: path.display().to_string(), path: folder.join(path), format })
}

/// Refuses what cannot be the file of a report: that should be known before anything is paid. Folders that are not there are made later.
fn check_place(folder: &Path, path: &Path) -> Result<()> {
    if folder.join(path).is_dir() {
        return Err(Error::usage(format!("`{}` is a folder", path.display())).say("name a file in it"));
    }
    if path.file_name().is_none() {
        return Err(Error::usage(format!("`{}` names no file", path.display())));
    }
    match path.ancestors().skip(1).find(|above| folder.join(above).symlink_metadata().is_ok()) {
        Some(above) if !folder.join(above).is_dir() => {
            Err(Error::usage(format!("cannot write `{}`: `{}` is not a folder", path.display(), above.display())))
        }
        _ => Ok(()),
    }
}

/// Finds and renders every template before the run pays for anything, so that a wrong name or a template that fails is reported first.
///
/// # Errors
/// A template that is not there, or that fails.
pub fn check_formats<'a>(project: &Project, formats: impl IntoIterator<Item = &'a Format>) -> Result<()> {
    for format in formats {
        let name = match format {
            Format::Markdown => "report.md",
            Format::Html => "report.html",
            Format::Template(name) => name,
            _ => continue,
        };
        let found = report_template(project, name)?;
        if is_embedded(&found) {
            continue;
        }
        try_report(&found).map_err(|error| Error::from(vec![error.diagnostic(&found.shown, &found.text)]))?;
    }
    Ok(())
}

/// Refuses a pipeline of the project whose reports are made by templates from elsewhere. In their own configuration, users name what they like.
pub(super) fn check_templates(project: &Project, pipeline: &PipelineSettings) -> Result<()> {
    if !pipeline.written.get("reports").is_some_and(Origin::is_project) {
        return Ok(());
    }
    for report in &pipeline.reports {
        let format = report.split_once('=').and_then(|(format, _)| Format::from_name(format));
        if let Some(format) = format {
            check_template(project, &format)?;
        }
    }
    Ok(())
}

/// Refuses a format that a checkout names when its template may not be read on behalf of the checkout.
pub(super) fn check_template(project: &Project, format: &Format) -> Result<()> {
    match format {
        Format::Template(name) => checkout_template(project, name).map(drop),
        _ => Ok(()),
    }
}

impl Output {
    /// The format that was named before the equals sign, else the one of the file's extension.
    pub fn format(&self) -> &Format {
        &self.format
    }
}

/// The reports that a pipeline writes.
///
/// # Errors
/// A format that is not known, or a place that a project may not write to.
pub(super) fn pipeline_outputs(project: &Project, pipeline: &PipelineSettings) -> Result<Vec<Output>> {
    check_templates(project, pipeline)?;
    outputs(&project.root, &pipeline.reports.iter().map(|report| in_project(project, report)).collect::<Result<Vec<_>>>()?)
}

/// A report is named from the root of the project, whatever its format.
fn in_project(project: &Project, report: &str) -> Result<PathBuf> {
    check_name(&project.root, Path::new(report))?;
    Ok(match report.split_once('=').filter(|(format, _)| Format::from_name(format).is_some()) {
        Some((format, path)) => PathBuf::from(format!("{format}={}", report_file(&project.root, path)?.display())),
        None => report_file(&project.root, report)?,
    })
}
