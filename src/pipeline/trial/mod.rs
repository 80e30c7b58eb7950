//! Owns trying what was made: each patch and artifact in a scratch copy of the project, kept only if the user's command passes. Never changes
//! the project.

mod copy;
mod mutate;
mod scratch;

use std::io;
use std::path::Path;

use mutate::{Mutant, mutants};
use scratch::{CommandEnd, Scratch};

use super::generated::{apply, dropped, path_fault};
use super::parts::{INTERRUPTED, Parts};
use super::plan::TrialSettings;
use super::state::Run;
use super::summary::summarize;
use crate::types::{Dropped, Failure, FileBody, FileResult, FileRow, GeneratedArtifact, GeneratedPatch, RelPath, RunEventKind, Stage};

/// Faults of one function that are tried before a test is given up.
const MAX_FAULTS: usize = 5;

/// A trial at work.
struct Trial<'a> {
    settings: &'a TrialSettings,
    scratch: Scratch,
    parts: &'a Parts<'a>,
}

/// Tries everything that the run has made. What does not hold is dropped; a file about which nothing is left then has failed, as after any
/// answer of no use.
pub(super) fn try_made(root: &Path, parts: &Parts<'_>, run: &mut Run<'_>, settings: &TrialSettings) {
    let mut bodies = bodies(parts, &run.files);
    let n_made: usize = bodies.iter().flatten().map(|body| body.artifacts.len() + body.patches.len()).sum();
    if n_made + run.artifacts.len() == 0 {
        // Whoever asks for a trial asks for something that was tried.
        if run.dropped.is_empty() && bodies.iter().flatten().all(|body| body.dropped.is_empty()) {
            let (path, error) = (RelPath::from("."), "nothing was made, so nothing was verified".to_owned());
            run.fail(Failure::of_file(path, Stage::Verify, error));
        }
        return;
    }
    let trial = match start(root, parts, settings) {
        Ok(trial) => trial,
        Err(error) => {
            let reason = format!("nothing could be tried: {error}");
            drop_all(run, &mut bodies, &reason);
            let path = RelPath::from(".");
            run.fail(Failure::of_file(path, Stage::Verify, reason));
            return;
        }
    };
    let here = RelPath::from(".");
    let mut failures = Vec::new();
    run.artifacts =
        keep(&RelPath::from("."), std::mem::take(&mut run.artifacts), &mut run.dropped, |made| trial.artifact(&here, None, made));
    for (row, body) in run.files.iter_mut().zip(bodies) {
        let Some(mut body) = body.filter(|body| !body.artifacts.is_empty() || !body.patches.is_empty()) else { continue };
        let n_before = body.dropped.len();
        body.patches = keep(&row.path, std::mem::take(&mut body.patches), &mut body.dropped, |made| trial.patch(&row.path, made));
        let language = row.summary.language;
        body.artifacts =
            keep(&row.path, std::mem::take(&mut body.artifacts), &mut body.dropped, |made| trial.artifact(&row.path, language, made));
        if body.artifacts.is_empty() && body.patches.is_empty() && body.findings.is_empty() {
            body.scores = None;
            let error = body.dropped[n_before..].iter().map(|dropped| format!("`{}`: {}", dropped.message, dropped.reason));
            let error = error.collect::<Vec<_>>().join("; ");
            failures.push(Failure::of_file(row.path.clone(), Stage::Verify, error));
        }
        let old = &row.summary;
        row.summary = summarize(old.language, old.role, old.sha256, &body);
        row.body = FileBody::Here(Box::new(body));
    }
    failures.into_iter().for_each(|failure| run.fail(failure));
}

fn bodies(parts: &Parts<'_>, rows: &[FileRow]) -> Vec<Option<FileResult>> {
    let ids: Vec<i64> = rows.iter().map(|row| if let FileBody::Stored(id) = row.body { id } else { 0 }).collect();
    let mut stored = parts.or_nothing(parts.store.bodies(&ids));
    stored.resize(rows.len(), None);
    let body =
        |(row, stored): (&FileRow, Option<FileResult>)| if let FileBody::Here(here) = &row.body { Some((**here).clone()) } else { stored };
    rows.iter().zip(stored).map(body).collect()
}

/// Nothing that was not tried is shown as if it had been.
fn drop_all(run: &mut Run<'_>, bodies: &mut [Option<FileResult>], reason: &str) {
    run.artifacts = keep(&RelPath::from("."), std::mem::take(&mut run.artifacts), &mut run.dropped, |_| Err(reason.to_owned()));
    for (row, body) in run.files.iter_mut().zip(bodies) {
        let Some(mut body) = body.take().filter(|body| !body.artifacts.is_empty() || !body.patches.is_empty()) else { continue };
        body.patches = keep(&row.path, std::mem::take(&mut body.patches), &mut body.dropped, |_| Err(reason.to_owned()));
        body.artifacts = keep(&row.path, std::mem::take(&mut body.artifacts), &mut body.dropped, |_| Err(reason.to_owned()));
        let old = &row.summary;
        row.summary = summarize(old.language, old.role, old.sha256, &body);
        row.body = FileBody::Here(Box::new(body));
    }
}

/// What both kinds of made things say of themselves.
trait Named {
    const KIND: &'static str;
    fn title(&self, of: &RelPath) -> String;
}

impl Named for GeneratedArtifact {
    const KIND: &'static str = "artifact";
    fn title(&self, of: &RelPath) -> String {
        self.path_for(of)
    }
}

impl Named for GeneratedPatch {
    const KIND: &'static str = "patch";
    fn title(&self, _: &RelPath) -> String {
        self.title.clone()
    }
}

fn keep<T: Named>(
    of: &RelPath,
    made: Vec<T>,
    dropped_list: &mut Vec<Dropped>,
    mut check: impl FnMut(&mut T) -> Result<(), String>,
) -> Vec<T> {
    let mut kept = Vec::new();
    for mut item in made {
        match check(&mut item) {
            Ok(()) => kept.push(item),
            Err(reason) => dropped_list.push(dropped(T::KIND, item.title(of), reason)),
        }
    }
    kept
}

/// Copies the project and makes sure that the command passes there: else nothing could be told from it.
fn start<'a>(root: &Path, parts: &'a Parts<'a>, settings: &'a TrialSettings) -> Result<Trial<'a>, String> {
    let scratch = Scratch::copy(root).map_err(|error| format!("the project cannot be copied: {error}"))?;
    let trial = Trial { settings, scratch, parts };
    match trial.run("the project as it is").map_err(|error| error.to_string())? {
        CommandEnd::Passed => Ok(trial),
        CommandEnd::Failed(said) => Err(format!("`{}` fails on the project as it is: {said}", settings.command)),
    }
}

impl Trial<'_> {
    fn run(&self, what: &str) -> io::Result<CommandEnd> {
        self.parts.tell(RunEventKind::Trying { what: what.to_owned() });
        if self.parts.cancel.is_cancelled() {
            return Err(io::Error::other(INTERRUPTED));
        }
        self.scratch.run(self.settings, &self.parts.cancel)
    }

    /// Tries one text in the place of a file. If the command fails, the file is put back, and the reason given.
    fn hold(&self, path: &str, text: &str, what: &str) -> Result<(), String> {
        let before = self.scratch.write(path, text).map_err(|error| error.to_string())?;
        let ended = self.run(what);
        if let Ok(CommandEnd::Passed) = ended {
            return Ok(());
        }
        self.scratch.restore(before).map_err(|error| error.to_string())?;
        match ended {
            Ok(CommandEnd::Failed(said)) => Err(format!("`{}` fails with it: {said}", self.settings.command)),
            Ok(CommandEnd::Passed) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Kept patches stay in the copy, so that all of them hold together.
    fn patch(&self, path: &RelPath, made: &mut GeneratedPatch) -> Result<(), String> {
        let text = self.scratch.read(path.as_str()).map_err(|error| error.to_string())?;
        let changed = apply(&text, &made.edits)?;
        self.hold(path.as_str(), &changed, &format!("{path}: {}", made.title))?;
        made.passed = Some(self.settings.command.clone());
        Ok(())
    }

    fn artifact(&self, of: &RelPath, language: Option<crate::types::Language>, made: &mut GeneratedArtifact) -> Result<(), String> {
        let name = made.path_for(of);
        if let Some(fault) = path_fault(&name) {
            return Err(fault);
        }
        self.hold(&name, &made.body, &name)?;
        made.passed = Some(self.settings.command.clone());
        let Some(language) = language.filter(|_| self.settings.mutate) else { return Ok(()) };
        let source = self.scratch.read(of.as_str()).map_err(|error| error.to_string())?;
        for function in &made.names {
            let noticed = self.notices(of, &name, &made.body, function, &mutants(language, &source, function, MAX_FAULTS));
            if let Err(reason) = noticed {
                // It passes, and so it is in the copy; but it shows nothing.
                let gone = self.scratch.remove(&name);
                return Err(gone.map_or_else(|error| error.to_string(), |()| reason));
            }
        }
        Ok(())
    }

    /// Whether an artifact makes the command fail for one of the faults. A fault that makes it fail without the artifact, too, shows nothing:
    /// it may not even compile.
    fn notices(&self, source: &RelPath, name: &str, body: &str, function: &str, faults: &[Mutant]) -> Result<(), String> {
        let (mut n_shown, mut first) = (0, String::new());
        for fault in faults {
            let what = |with: &str| format!("{source}, where {}, {with} {name}", fault.change);
            let attempt = || -> io::Result<(CommandEnd, CommandEnd)> {
                let before = self.scratch.write(source.as_str(), &fault.text)?;
                self.scratch.remove(name)?;
                let without = self.run(&what("without"));
                self.scratch.write(name, body)?;
                let with = if let Ok(CommandEnd::Passed) = without { self.run(&what("with")) } else { Ok(CommandEnd::Passed) };
                self.scratch.restore(before)?;
                Ok((without?, with?))
            };
            match attempt().map_err(|error| error.to_string())? {
                (CommandEnd::Passed, CommandEnd::Failed(_)) => return Ok(()),
                (CommandEnd::Passed, CommandEnd::Passed) => {
                    n_shown += 1;
                    if first.is_empty() {
                        first.clone_from(&fault.change);
                    }
                }
                (CommandEnd::Failed(_), _) => {}
            }
        }
        Err(match n_shown {
            0 => format!("no fault in `{function}` shows whether it would be noticed"),
            _ => format!("it passes with a faulty `{function}`: {first}"),
        })
    }
}
