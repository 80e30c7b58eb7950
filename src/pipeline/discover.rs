//! Finding files: paths, folders and globs, ignore files honoured. Opens none.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use globset::{GlobBuilder, GlobMatcher};
use ignore::{WalkBuilder, WalkState};

use super::error::RunError;
use super::found::{FoundFile, GivenRole, PathArg, is_glob, normal, split_glob};
use super::globs::Globs;
use super::ignored::{IGNORE_FILE, bad_ignore_file, bad_ignore_file_above};
use super::links::leads_out;
use super::plan::Target;
use crate::config::FileSettings;
use crate::store::Stat;
use crate::types::{Failure, Language, RelPath, SkipReason, Skipped, Stage};

/// What a walk gave. Everything is sorted, so that nothing depends on the timing of threads.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    pub(super) files: Vec<FoundFile>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) failed: Vec<Failure>,
    pub(super) warnings: Vec<String>,
}

/// What an argument leads to.
enum Place {
    File(PathBuf),
    Folder(PathBuf),
    Glob(PathBuf, GlobMatcher),
}

impl Place {
    /// The file or folder, or the folder in which the glob begins.
    fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Folder(path) | Self::Glob(path, _) => path,
        }
    }
}

/// Finds everything below the paths of a target: sources, and text files that fit `texts`.
///
/// # Errors
/// A glob that is none; nothing of what was named exists.
pub(super) fn discover(target: &Target, texts: &Globs) -> Result<Discovery, RunError> {
    let mut found = Discovery::default();
    let (mut n_missing, mut n_empty) = (0, 0);
    for arg in target.paths.iter().chain(&target.listed) {
        match place(target, arg)? {
            Some(place) => match leads_out(&target.root, place.path()) {
                Some(why) => decline(target, arg, place.path(), why, &mut found),
                None => n_empty += usize::from(!take((target, texts), arg, &place, &mut found)),
            },
            None => n_missing += usize::from(take_missing(target, arg, &mut found)),
        }
    }
    // A glob that fits nothing is nothing to do; beside names that are not there, it saves nothing.
    if n_missing > 0 && n_missing + n_empty == target.paths.len() {
        let names = target.paths.iter().map(|arg| format!("`{}`", arg.to_string_lossy())).collect();
        return Err(RunError::AllMissing { names });
    }
    fail_an_empty_list(target, &mut found);
    // A file that is named and found below a folder is named.
    found.files.sort_by(|a, b| a.path.cmp(&b.path).then_with(|| b.is_named.cmp(&a.is_named)));
    found.files.dedup_by(|a, b| a.path == b.path);
    found.skipped.sort();
    found.skipped.dedup();
    found.failed.sort();
    if found.files.is_empty() && found.skipped.is_empty() && target.files.ignore_files && is_all_ignored(target) {
        found
            .warnings
            .push("every file is excluded by ignore files; `--set files.ignore-files=false` looks at them all the same".to_owned());
    }
    Ok(found)
}

/// Takes what an argument leads to; tells whether that is anything, which a glob may lack.
fn take((target, texts): (&Target, &Globs), arg: &PathArg, place: &Place, found: &mut Discovery) -> bool {
    match place {
        Place::File(path) => take_file(target, path, is_named(target, arg), found),
        Place::Folder(path) => walk((target, texts), path, None, found),
        Place::Glob(base, glob) => {
            let before = found.files.len() + found.skipped.len();
            walk((target, texts), base, Some(glob), found);
            if found.files.len() + found.skipped.len() == before {
                found.warnings.push(format!("no file fits `{}`; `**` stands for any number of folders", arg.to_string_lossy()));
                return false;
            }
        }
    }
    true
}

/// Leaves out what an argument leads to; the user has to know when it was named.
fn decline(target: &Target, arg: &PathArg, path: &Path, why: &str, found: &mut Discovery) {
    let path = RelPath::new(&target.root, path);
    if is_named(target, arg) {
        found.failed.push(failure(path, why.to_owned()));
    } else {
        found.skipped.push(Skipped::new(path, SkipReason::Symlink));
    }
}

/// Notes a name that is not there. Whether it is one that the user wrote: what a diff names has to be there.
fn take_missing(target: &Target, arg: &PathArg, found: &mut Discovery) -> bool {
    let path = RelPath::new(&target.root, &normal(&target.working_directory.join(arg)));
    if target.changes.contains_key(&path) {
        found.failed.push(failure(path, "the diff changes it, and it is not there".to_owned()));
        return false;
    }
    if is_named(target, arg) {
        found.failed.push(failure(path, "no such file or directory".to_owned()));
        return true;
    }
    found.skipped.push(Skipped::new(path, SkipReason::Missing));
    false
}

fn is_named(target: &Target, arg: &PathArg) -> bool {
    target.paths.iter().any(|named| named == arg)
}

/// A list of names of which none is there was made in another folder, or for another tree: that is no clean run.
fn fail_an_empty_list(target: &Target, found: &mut Discovery) {
    let is_missing = |skipped: &Skipped| skipped.reason == SkipReason::Missing;
    let is_deleted = || target.changes.values().any(|file| file.kind == crate::git::DiffKind::Deleted);
    let n_missing = found.skipped.iter().filter(|skipped| is_missing(skipped)).count();
    if target.listed.is_empty() || n_missing < target.listed.len() || is_deleted() {
        return;
    }
    let folder = target.working_directory.display();
    found.failed.extend(found.skipped.extract_if(.., |skipped| is_missing(skipped)).map(|skipped| {
        let error = format!("no such file or directory; names of the list were looked for in {folder} and in the root of the project");
        failure(skipped.path, error)
    }));
}

#[expect(clippy::disallowed_methods, reason = "this stage is the one that asks the disk what there is")]
fn place(target: &Target, arg: &PathArg) -> Result<Option<Place>, RunError> {
    let path = in_project(target, normal(&target.working_directory.join(arg)));
    match std::fs::metadata(&path) {
        Ok(data) if data.is_dir() => return Ok(Some(Place::Folder(path))),
        Ok(_) => return Ok(Some(Place::File(path))),
        // A link that leads nowhere is there all the same, and so is what nobody may look at: neither is missing.
        Err(error) if error.kind() != std::io::ErrorKind::NotFound || std::fs::symlink_metadata(&path).is_ok() => {
            let is_glob = is_glob(arg);
            if !is_glob || error.kind() == std::io::ErrorKind::PermissionDenied {
                return Ok(Some(Place::File(path)));
            }
        }
        Err(_) => {}
    }
    let Some(text) = arg.to_str().filter(|_| is_glob(arg)) else { return Ok(None) };
    let (base, pattern) = split_glob(text);
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    let glob = glob.map_err(|error| RunError::Glob { glob: text.to_owned(), reason: error.kind().to_string() })?;
    let base = normal(&target.working_directory.join(base));
    Ok(base.is_dir().then(|| Place::Glob(base, glob.compile_matcher())))
}

/// A path that leads into the project by a link above it, as a path of the project: a shell names the working directory as one came there.
#[expect(clippy::disallowed_methods, reason = "this stage is the one that asks the disk what there is")]
fn in_project(target: &Target, path: PathBuf) -> PathBuf {
    if path.starts_with(&target.root) {
        return path;
    }
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let inside = || {
        let folder = real(path.parent()?)?;
        let inside = folder.strip_prefix(real(&target.root)?).ok()?.to_owned();
        Some(target.root.join(inside).join(path.file_name()?))
    };
    inside().unwrap_or(path)
}

#[expect(clippy::disallowed_methods, reason = "this stage is the one that asks the disk what there is")]
fn take_file(target: &Target, path: &Path, is_named: bool, found: &mut Discovery) {
    let relative = RelPath::new(&target.root, path);
    match std::fs::metadata(path) {
        Ok(data) if data.is_file() => {
            found.files.push(FoundFile {
                path: relative,
                absolute: path.to_owned(),
                stat: stat(&data),
                is_named,
                given: GivenRole::default(),
            });
        }
        // A pipe or a device could be waited for without end.
        Ok(_) if is_named => found.failed.push(failure(relative, "it is neither a file nor a folder".to_owned())),
        Ok(_) => found.skipped.push(Skipped::new(relative, SkipReason::Special)),
        Err(error) => found.failed.push(failure(relative, error.to_string())),
    }
}

fn failure(path: RelPath, error: String) -> Failure {
    Failure::of_file(path, Stage::Discover, error)
}

fn stat(data: &std::fs::Metadata) -> Stat {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let time = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        let changed_ns = time(data.mtime(), data.mtime_nsec()).max(time(data.ctime(), data.ctime_nsec()));
        Stat { size: data.size(), changed_ns, inode: data.ino() }
    }
    #[cfg(not(unix))]
    {
        let mtime = data.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Stat { size: data.len(), changed_ns: mtime.map_or(0, |time| time.as_nanos() as i64), inode: 0 }
    }
}

pub(super) fn builder(folder: &Path, files: &FileSettings, honours_ignore: bool) -> WalkBuilder {
    let mut builder = WalkBuilder::new(folder);
    builder.standard_filters(honours_ignore).hidden(!files.hidden).require_git(false).follow_links(false);
    if honours_ignore {
        builder.add_custom_ignore_filename(IGNORE_FILE);
    }
    builder
}

fn unwalked(project: &Path, (path, fault): (PathBuf, &str)) -> Failure {
    failure(RelPath::new(project, &path), format!("{fault}, and what it would leave out of its folder is not known"))
}

/// What a walk does with the folders below the one that it began in.
struct Folders {
    files: FileSettings,
    project: PathBuf,
    /// Text files that are wanted.
    texts: Globs,
    /// Folders that were left out, from all threads of the walk.
    left_out: Arc<Mutex<Discovery>>,
}

impl Folders {
    /// Whether to enter this folder. The reason to leave it out is noted, except for `.git`.
    fn enters(&self, entry: &ignore::DirEntry) -> bool {
        if self.sees_hidden() && self.is_left_hidden(entry) {
            return false;
        }
        let is_inner = entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir());
        if !is_inner || entry.file_name() == ".git" {
            return !is_inner;
        }
        let mut left_out = Discovery::default();
        if self.files.vendored.iter().any(|known| entry.file_name() == known.as_str()) {
            left_out.skipped.push(Skipped::new(RelPath::new(&self.project, entry.path()), SkipReason::Vendored));
        } else if self.files.ignore_files {
            left_out.failed.extend(bad_ignore_file(&self.project, entry.path()).map(|bad| unwalked(&self.project, bad)));
        }
        let is_entered = left_out.skipped.is_empty() && left_out.failed.is_empty();
        let mut all = self.left_out.lock().expect("no thread panics while it notes a folder");
        all.skipped.append(&mut left_out.skipped);
        all.failed.append(&mut left_out.failed);
        is_entered
    }

    /// Whether the walk is shown what is hidden only for the sake of some texts.
    fn sees_hidden(&self) -> bool {
        !self.files.hidden && self.texts.name_hidden()
    }

    /// Whether something is hidden, and neither a wanted text nor shown by an ignore file.
    fn is_left_hidden(&self, entry: &ignore::DirEntry) -> bool {
        if entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".") {
            return false;
        }
        let is_other = entry.file_type().is_some_and(|kind| kind.is_file()) && Language::of(entry.path()).is_none();
        let inside = || entry.path().strip_prefix(&self.project).unwrap_or(entry.path());
        entry.file_name() == ".git" || if is_other { !self.texts.fit(inside(), false) } else { !self.is_shown(entry.path()) }
    }

    /// Whether an ignore file says that something hidden counts, as `!.github/` does.
    fn is_shown(&self, path: &Path) -> bool {
        let Some(folder) = path.parent().filter(|_| self.files.ignore_files) else { return false };
        let walk = builder(folder, &self.files, true).max_depth(Some(1)).build();
        walk.filter_map(Result::ok).any(|entry| entry.depth() == 1 && entry.path() == path)
    }
}

fn walk((target, texts): (&Target, &Globs), folder: &Path, glob: Option<&GlobMatcher>, found: &mut Discovery) {
    let honours_ignore = target.files.ignore_files;
    if let Some(bad) = bad_ignore_file_above(&target.root, folder).filter(|_| honours_ignore) {
        found.failed.push(unwalked(&target.root, bad));
        return;
    }
    let left_out = Arc::new(Mutex::new(Discovery::default()));
    let (files, project) = (target.files.clone(), target.root.clone());
    let folders = Folders { files, project, texts: texts.clone(), left_out: Arc::clone(&left_out) };
    let gathered = Mutex::new(Discovery::default());
    let mut builder = builder(folder, &target.files, honours_ignore);
    builder.hidden(!target.files.hidden && !folders.sees_hidden());
    builder.threads(if target.jobs == 0 { 0 } else { target.jobs.min(16) });
    builder.filter_entry(move |entry| folders.enters(entry));
    builder.build_parallel().run(|| {
        let mut local = Local { found: Discovery::default(), all: &gathered };
        Box::new(move |entry| {
            visit((target, texts), (folder, glob), entry, &mut local.found);
            WalkState::Continue
        })
    });
    let gathered = gathered.into_inner().expect("no thread panics while it hands over what it found");
    found.files.extend(gathered.files);
    found.skipped.extend(gathered.skipped);
    found.failed.extend(gathered.failed);
    let mut left_out = left_out.lock().expect("no thread panics while it notes a folder");
    found.failed.append(&mut left_out.failed);
    // A folder that is declined is told as a whole; with a glob nobody asked for it.
    if glob.is_none() {
        found.skipped.append(&mut left_out.skipped);
    }
}

/// What one thread of the walk has found; handed over once, when the thread ends.
struct Local<'a> {
    found: Discovery,
    all: &'a Mutex<Discovery>,
}

impl Drop for Local<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().expect("no thread panics while it hands over what it found");
        all.files.append(&mut self.found.files);
        all.skipped.append(&mut self.found.skipped);
        all.failed.append(&mut self.found.failed);
    }
}

fn visit(
    (target, texts): (&Target, &Globs),
    (folder, glob): (&Path, Option<&GlobMatcher>),
    entry: Result<ignore::DirEntry, ignore::Error>,
    found: &mut Discovery,
) {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            let path = path_of(&error).map_or_else(|| RelPath::new(&target.root, folder), |path| RelPath::new(&target.root, path));
            found.failed.push(failure(path, error.to_string()));
            return;
        }
    };
    let Some(kind) = entry.file_type() else { return };
    if kind.is_dir() {
        return;
    }
    if let Some(glob) = glob
        && !entry.path().strip_prefix(folder).is_ok_and(|inside| glob.is_match(inside))
    {
        return;
    }
    let path = RelPath::new(&target.root, entry.path());
    if kind.is_symlink() {
        found.skipped.push(Skipped::new(path, SkipReason::Symlink));
    } else if !kind.is_file() {
        found.skipped.push(Skipped::new(path, SkipReason::Special));
    } else if Language::of(entry.path()).is_none() && !texts.fit(Path::new(path.as_str()), target.files.hidden) {
        // Declined here already, so that the disk is not asked about files that nobody will open.
        found.skipped.push(Skipped::new(path, SkipReason::Language));
    } else {
        match entry.metadata() {
            Ok(data) => found.files.push(FoundFile {
                path,
                absolute: entry.into_path(),
                stat: stat(&data),
                is_named: false,
                given: GivenRole::default(),
            }),
            Err(_) => found.skipped.push(Skipped::new(path, SkipReason::Vanished)),
        }
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// Every source of the project, whatever was named.
pub(super) fn rest(target: &Target) -> Vec<FoundFile> {
    let mut found = Discovery::default();
    walk((target, &Globs::default()), &target.root, None, &mut found);
    found.files
}

/// Whether the folders hold files that only the ignore files keep out.
fn is_all_ignored(target: &Target) -> bool {
    target.paths.iter().any(|arg| {
        let walk = builder(&target.working_directory.join(arg), &target.files, false).build();
        walk.filter_map(Result::ok).take(10_000).any(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_glob_begins_in_its_last_plain_folder() {
        assert_eq!(split_glob("src/**/*.rs"), ("src", "**/*.rs"));
        assert_eq!(split_glob("*.{py,js}"), ("", "*.{py,js}"));
        assert_eq!(split_glob("/a/b/c?.rs"), ("/a/b", "c?.rs"));
        assert_eq!(split_glob("/*.rs"), ("/", "*.rs"));
    }

    #[test]
    fn dots_are_taken_out() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }

    proptest! {
        #[test]
        fn both_parts_of_a_glob_put_together_match_the_same(folder in "[a-z]{1,4}(/[a-z]{1,4}){0,2}", name in "[a-z]{1,5}") {
            let (base, pattern) = (folder.clone(), "**/*.rs");
            let glob = format!("{base}/{pattern}");
            prop_assert_eq!(split_glob(&glob), (base.as_str(), pattern));
            let matcher = GlobBuilder::new(pattern).literal_separator(true).build().unwrap().compile_matcher();
            let has_match = matcher.is_match(format!("x/y/{name}.rs"));
            let has_false_match = matcher.is_match(format!("{name}.py"));
            prop_assert!(has_match && !has_false_match);
        }
    }
}
