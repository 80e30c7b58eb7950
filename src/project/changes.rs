//! What changed: files of a diff that a user hands over, and of a selection that git makes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::error::{Error, Result};
use super::named::without_changes;
use super::open::Project;
use super::places::is_inside;
use super::spec::{DiffSpec, os_string};
use crate::config::{PipelineSettings, Select};
use crate::git::{self, Change, Changes, DiffFile, DiffKind, GitError};
use crate::pipeline::{PathArg, changes, is_glob, normal, split_glob};
use crate::report::printable;
use crate::types::{Failure, Language, RelPath, Stage};

/// What a run looks at.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// What the user named, and what a diff names.
    pub(super) paths: Vec<PathArg>,
    /// What a list or git brought.
    pub(super) listed: Vec<PathArg>,
    /// What changed in them; and those that are gone or cannot be looked at.
    pub(super) changes: BTreeMap<RelPath, DiffFile>,
    /// What was named and cannot be looked at.
    pub(super) failures: Vec<Failure>,
}

/// The files of a diff below the paths that were named, all of them when none was.
///
/// # Errors
/// The diff cannot be read, or names what is outside of the repository.
pub(super) fn of_diff(project: &Project, diff: &DiffSpec, names: &[OsString]) -> Result<Selection> {
    let shown = diff.name.to_os_string();
    let files = git::parse(&diff.text.0).map_err(|error| Error::usage(format!("cannot read `{}`: {error}", shown.to_string_lossy())))?;
    let absolute = |place: &PathArg| project.machine.working_directory.join(place);
    let only: Vec<PathBuf> = names.iter().map(|path| normal(&absolute(path))).collect();
    let of_file = |file: DiffFile| places(project, os_string(&file.path)).into_iter().map(move |place| (place, file.clone()));
    let mut named: Vec<(PathArg, DiffFile)> = files.into_iter().flat_map(of_file).collect();
    let n_all = named.len();
    for (place, _) in &named {
        check_place(project, place)?;
    }
    named.retain(|(place, _)| is_inside(&project.root, &absolute(place).to_string_lossy()));
    let n_outside = n_all - named.len();
    named.retain(|(place, _)| only.is_empty() || only.iter().any(|folder| absolute(place).starts_with(folder)));
    if n_outside > 0 {
        let files = crate::report::counted(n_outside, "file");
        project.machine.listener.note(&format!("warning: not looked at: {files} of the diff outside of the project"));
    }
    let has_changes = |path: &Path| named.iter().any(|(place, _)| absolute(place).starts_with(path));
    let failures = without_changes((&project.root, &project.machine.working_directory), names, &has_changes)?;
    let is_there = |file: &DiffFile| matches!(file.kind, DiffKind::Text | DiffKind::Binary);
    let paths = named.iter().filter(|(_, file)| is_there(file)).map(|(place, _)| place.clone()).collect();
    let changes = changes(&project.root, &project.machine.working_directory, named);
    Ok(Selection { paths, listed: Vec::new(), changes, failures })
}

/// Refuses what a diff names outside of the repository. The project may be a folder of the repository that the diff is of.
fn check_place(project: &Project, place: &PathArg) -> Result<()> {
    let repository = git::work_tree_around(&project.root).unwrap_or(&project.root);
    let path = project.machine.working_directory.join(place);
    if is_inside(&project.root, &path.to_string_lossy()) || is_inside(repository, &path.to_string_lossy()) {
        return Ok(());
    }
    Err(Error::usage(format!("the diff names `{}`, which is outside of the project", printable(&place.to_string_lossy()))))
}

/// Git names files from the root of the repository, wherever it is called; others name them from where they are. In a sub-folder, or in a
/// project that lies in a repository, a name may fit several, and then all are looked at.
pub(super) fn places(project: &Project, name: OsString) -> Vec<PathArg> {
    let is_there = |path: &Path| path.symlink_metadata().map_or_else(|error| error.kind() != ErrorKind::NotFound, |_| true);
    let own = project.machine.working_directory.join(&name);
    let repository = git::work_tree_around(&project.root).unwrap_or(&project.root).join(&name);
    let mut found: Vec<PathArg> = Vec::new();
    if is_there(&own) {
        found.push(name.clone());
    }
    for path in [project.root.join(&name), repository] {
        // The list names the whole repository; what is outside of the project is no part of the run.
        if path != own && path.starts_with(&project.root) && is_there(&path) && !found.contains(&path.clone().into_os_string()) {
            found.push(path.into_os_string());
        }
    }
    if found.is_empty() { vec![name] } else { found }
}

/// Takes names of files out of a selection that are not there and that git knows as deleted: nobody has to look at those, and they are told
/// so.
pub(super) fn take_deleted(project: &Project, selection: &mut Selection) {
    let absolute = |arg: &PathArg| normal(&project.machine.working_directory.join(arg));
    let is_gone = |arg: &&PathArg| {
        let found = absolute(arg).symlink_metadata();
        found.is_err_and(|error| error.kind() == ErrorKind::NotFound) && !arg.to_string_lossy().contains(['*', '?', '{'])
    };
    let gone: Vec<PathArg> = selection.paths.iter().chain(&selection.listed).filter(is_gone).cloned().collect();
    let Some(repository) = git::work_tree_around(&project.root).filter(|_| !gone.is_empty()) else { return };
    let inside = |arg: &PathArg| absolute(arg).strip_prefix(repository).ok().map(|path| path.as_os_str().as_encoded_bytes().to_vec());
    let names: Vec<Vec<u8>> = gone.iter().filter_map(inside).collect();
    // What git cannot tell is not known as deleted.
    let deleted = git::deleted(repository, &names).unwrap_or_default();
    let gone: Vec<PathArg> = gone.into_iter().filter(|arg| inside(arg).is_some_and(|name| deleted.contains(&name))).collect();
    for arg in &gone {
        let file = DiffFile { path: inside(arg).unwrap_or_default(), kind: DiffKind::Deleted, hunks: Vec::new() };
        selection.changes.insert(RelPath::new(&project.root, &absolute(arg)), file);
    }
    selection.paths.retain(|arg| !gone.contains(arg));
    selection.listed.retain(|arg| !gone.contains(arg));
}

/// Where relative names of a selection begin.
#[derive(Clone, Copy)]
pub(super) struct Base<'a> {
    /// Root of the project.
    pub(super) root: &'a Path,
    /// Where relative names begin.
    pub(super) folder: &'a Path,
}

/// What a pipeline selects below `paths`. `named` are those that the user named, each by itself.
///
/// # Errors
/// Git cannot tell, or nothing that was named exists.
pub(super) fn of_pipeline(
    base: Base<'_>,
    pipeline: &PipelineSettings,
    (paths, named): (&[PathArg], &[PathArg]),
    looks_at_changes: bool,
) -> Result<Selection> {
    let which = match pipeline.select {
        Select::All => return Ok(Selection { paths: paths.to_vec(), ..Selection::default() }),
        Select::Staged => Changes::Staged,
        Select::Changed => Changes::Since(&pipeline.base),
    };
    let mut selection = select(base, paths, which, looks_at_changes).map_err(|error| git_failed(&error))?;
    let touches = |path: &Path| selection.changes.keys().any(|changed| base.root.join(changed.as_str()).starts_with(path));
    let is_known = |path: &Path| selection.listed.iter().any(|one| Path::new(one).starts_with(path)) || touches(path);
    let mut failures = without_changes((base.root, base.folder), named, &is_known)?;
    if pipeline.select == Select::Staged && !looks_at_changes {
        failures.extend(changed_again(base.root, &mut selection));
    }
    selection.failures = failures;
    Ok(selection)
}

/// Takes staged files out whose text on disk is not the one that would be committed. They were compared, and no operation wants the lines.
#[expect(clippy::disallowed_methods, reason = "what is staged is compared with what is on disk")]
fn changed_again(root: &Path, selection: &mut Selection) -> Vec<Failure> {
    let mut failures = Vec::new();
    let compared = selection.changes.extract_if(.., |_, file| matches!(file.kind, DiffKind::Text | DiffKind::Binary));
    for (path, file) in compared {
        let error = match std::fs::read_to_string(root.join(path.as_str())) {
            Ok(text) if file.kind == DiffKind::Text && git::fit(&file, &text).is_err() => {
                "it was changed after it was staged: what is on disk is not what would be committed"
            }
            Err(error) if error.kind() == ErrorKind::NotFound => "the diff changes it, and it is not there",
            _ => continue,
        };
        failures.push(Failure::of_file(path, Stage::Discover, error));
    }
    let is_fit = |path: &PathArg| !failures.iter().any(|failure| root.join(failure.path.as_str()) == Path::new(path));
    selection.listed.retain(is_fit);
    failures
}

fn git_failed(error: &GitError) -> Error {
    let failed = Error::usage(error.to_string());
    match error {
        GitError::NoCommonCommit { .. } => {
            failed.say("fetch more of the history: `git fetch --unshallow`, or `fetch-depth: 0` where a CI job checks out")
        }
        GitError::NoText { .. } => failed.say("devflow fetches nothing; clone without `--filter`, or let git fetch what the diff needs"),
        _ => failed,
    }
}

/// Changed files below the paths, and sources that only a filter of the checkout could compare.
///
/// # Errors
/// Git cannot tell.
pub(super) fn changed_paths(
    base: Base<'_>,
    paths: &[PathArg],
    which: Changes<'_>,
) -> std::result::Result<(Vec<PathArg>, Vec<RelPath>), GitError> {
    let selection = select(base, paths, which, false)?;
    let is_unseen =
        |(path, file): &(&RelPath, &DiffFile)| file.kind == DiffKind::Filter && Language::of(Path::new(path.as_str())).is_some();
    let unseen = selection.changes.iter().filter(is_unseen).map(|(path, _)| path.clone()).collect();
    Ok((selection.listed, unseen))
}

fn select(base: Base<'_>, paths: &[PathArg], which: Changes<'_>, looks_at_changes: bool) -> std::result::Result<Selection, GitError> {
    let place = Place::of(base.root)?;
    let filter = Filter::new(base.folder, paths);
    let changed = git::changed(&place.repository, which, &|name| filter.takes(&place.path(name)))?;
    let needs_lines = looks_at_changes || matches!(which, Changes::Staged);
    let is_told = |change: &&Change| {
        let path = place.path(&change.path);
        match change.kind {
            // Nobody asks what changed in something that is neither text nor a source.
            DiffKind::Text => needs_lines,
            DiffKind::Binary => needs_lines && Language::of(&path).is_some(),
            // What was only taken out of the index is there still, and is not part of the next commit.
            DiffKind::Deleted => looks_at_changes || path.symlink_metadata().is_err(),
            DiffKind::Link | DiffKind::Submodule | DiffKind::Filter => true,
        }
    };
    let told: Vec<Change> = changed.iter().filter(is_told).cloned().collect();
    let files = git::diff_of(&place.repository, &told)?;
    let filtered: BTreeSet<Vec<u8>> = files.iter().filter(|file| file.kind == DiffKind::Filter).map(|file| file.path.clone()).collect();
    let is_wanted = |change: &&Change| matches!(change.kind, DiffKind::Text | DiffKind::Binary) && !filtered.contains(&change.path);
    let listed = changed.iter().filter(is_wanted).map(|change| place.path(&change.path).into_os_string()).collect();
    let named = files.into_iter().map(|file| (place.path(&file.path).into_os_string(), file)).collect();
    Ok(Selection { listed, changes: changes(base.root, base.folder, named), ..Selection::default() })
}

/// Where the names lie that git gives. They begin at the root of the repository, and git has followed the links on the way there.
struct Place<'a> {
    repository: PathBuf,
    project: &'a Path,
    /// The project without links.
    real: PathBuf,
}

impl<'a> Place<'a> {
    fn of(project: &'a Path) -> std::result::Result<Self, GitError> {
        let real = project.canonicalize().unwrap_or_else(|_| project.to_owned());
        Ok(Self { repository: git::root(project)?, project, real })
    }

    fn path(&self, name: &[u8]) -> PathBuf {
        let path = self.repository.join(os_string(name));
        match path.strip_prefix(&self.real) {
            Ok(inside) => self.project.join(inside),
            Err(_) => path,
        }
    }
}

/// Folders, files and globs that changed files are compared with.
struct Filter {
    folders: Vec<PathBuf>,
    /// Each with the folder that it begins in, so that what that folder is called means nothing.
    globs: Vec<(PathBuf, GlobMatcher)>,
}

impl Filter {
    fn new(folder: &Path, paths: &[PathArg]) -> Self {
        let (mut folders, mut globs) = (Vec::new(), Vec::new());
        for path in paths {
            let absolute = normal(&folder.join(path));
            let text = path.to_string_lossy();
            let is_glob = is_glob(path) && !absolute.exists();
            let (base, pattern) = split_glob(&text);
            match GlobBuilder::new(pattern).literal_separator(true).build() {
                Ok(glob) if is_glob => globs.push((normal(&folder.join(base)), glob.compile_matcher())),
                _ => folders.push(absolute),
            }
        }
        Self { folders, globs }
    }

    /// Whether a file is meant; or another repository, when something in it is.
    fn takes(&self, path: &Path) -> bool {
        let is_meant = |folder: &PathBuf| path.starts_with(folder) || folder.starts_with(path);
        let fits = |(base, glob): &(PathBuf, GlobMatcher)| {
            base.starts_with(path) || path.strip_prefix(base).is_ok_and(|inside| glob.is_match(inside))
        };
        self.folders.iter().any(is_meant) || self.globs.iter().any(fits)
    }
}
