//! Owns which files of a project are documents: what operations read beside the sources, such as manifests and lock files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;

use super::discover::builder;
use super::error::RunError;
use super::ignored::{bad_ignore_file, bad_ignore_file_above};
use super::plan::Target;
use crate::types::RelPath;

/// Files of the project that fit one of `globs`, by path. Ignore files and folders of other people's code hold here too.
///
/// # Errors
/// A glob that is none.
pub(super) fn documents(target: &Target, globs: &[String]) -> Result<Vec<(RelPath, PathBuf)>, RunError> {
    let mut wanted = Vec::new();
    for glob in globs {
        wanted.push(Wanted::new(glob).map_err(|error| RunError::Glob { glob: glob.clone(), reason: error.kind().to_string() })?);
    }
    let (vendored, project) = (target.files.vendored.clone(), target.root.clone());
    let mut builder = builder(&target.root, &target.files, honours_ignore_files(target));
    // What is hidden is a document where a glob names it.
    builder.hidden(false);
    builder.filter_entry(move |entry| {
        let is_folder = entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir());
        let is_other = entry.file_name() == ".git" || vendored.iter().any(|known| entry.file_name() == known.as_str());
        !(is_folder && (is_other || bad_ignore_file(&project, entry.path()).is_some()))
    });
    let is_file = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    let entries = builder.build().filter_map(Result::ok).filter(is_file);
    let is_wanted = |path: &Path| wanted.iter().any(|wanted| wanted.fits(path, target.files.hidden));
    let inside = |path: &Path| path.strip_prefix(&target.root).is_ok_and(is_wanted);
    let mut found: Vec<_> = entries.filter(|entry| inside(entry.path())).map(ignore::DirEntry::into_path).collect();
    found.sort();
    Ok(found.into_iter().map(|path| (RelPath::new(&target.root, &path), path)).collect())
}

/// A glob of documents.
struct Wanted {
    whole: GlobMatcher,
    /// Its parts that name something hidden.
    hidden: Vec<GlobMatcher>,
}

impl Wanted {
    fn new(glob: &str) -> Result<Self, globset::Error> {
        let matcher = |glob: &str| GlobBuilder::new(glob).literal_separator(true).build().map(|glob| glob.compile_matcher());
        let parts = glob.split('/').filter(|part| part.starts_with('.') && !part.contains(['{', '}', '[', ']']));
        Ok(Self { whole: matcher(glob)?, hidden: parts.map(matcher).collect::<Result<_, _>>()? })
    }

    /// Whether a path fits. A part of it that is hidden must be named as such, unless everything hidden is looked at: `**/*` is no `.env`.
    fn fits(&self, path: &Path, takes_hidden: bool) -> bool {
        let is_named = |part: &OsStr| self.hidden.iter().any(|glob| glob.is_match(part));
        let is_open = |part: &OsStr| !part.as_encoded_bytes().starts_with(b".") || is_named(part);
        self.whole.is_match(path) && (takes_hidden || path.iter().all(is_open))
    }
}

/// Documents that fit one of `globs` and are links out of the project, or to nothing: they are there, and nobody reads them.
pub(super) fn linked_documents(target: &Target, globs: &[&String]) -> Vec<RelPath> {
    let mut set = globset::GlobSetBuilder::new();
    for glob in globs.iter().filter_map(|glob| GlobBuilder::new(glob).literal_separator(true).build().ok()) {
        set.add(glob);
    }
    let Ok(set) = set.build() else { return Vec::new() };
    let mut builder = builder(&target.root, &target.files, honours_ignore_files(target));
    let project = target.root.clone();
    builder.hidden(false).filter_entry(move |entry| {
        !entry.file_type().is_some_and(|kind| kind.is_dir()) || bad_ignore_file(&project, entry.path()).is_none()
    });
    let is_link = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_symlink());
    let entries = builder.build().filter_map(Result::ok).filter(is_link);
    let inside = |path: &Path| path.strip_prefix(&target.root).is_ok_and(|path| set.is_match(path));
    entries.filter(|entry| inside(entry.path())).map(|entry| RelPath::new(&target.root, entry.path())).collect()
}

/// Ignore files that cannot be read are told by the walk over the sources; here they leave nothing out.
fn honours_ignore_files(target: &Target) -> bool {
    target.files.ignore_files && bad_ignore_file_above(&target.root, &target.root).is_none()
}

/// Every file below a folder that the user named, as `name/…`, by path.
pub(super) fn folder(folder: &Path, name: &str) -> Vec<(RelPath, PathBuf)> {
    let entries =
        WalkBuilder::new(folder).standard_filters(false).filter_entry(|entry| entry.file_name() != ".git").build().filter_map(Result::ok);
    let is_file = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    let mut found: Vec<PathBuf> = entries.filter(is_file).map(ignore::DirEntry::into_path).collect();
    found.sort();
    let shown = |path: &Path| RelPath::from(format!("{name}/{}", RelPath::new(folder, path)).as_str());
    found.into_iter().map(|path| (shown(&path), path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_a_document_only_where_a_glob_names_it() {
        let fits = |glob: &str, path: &str| Wanted::new(glob).unwrap().fits(Path::new(path), false);
        for (glob, path) in [
            ("**/*", "src/a.txt"),
            ("**/.npmrc", "web/.npmrc"),
            (".github/README*", ".github/README.md"),
            ("**/.github/workflows/*.yml", ".github/workflows/ci.yml"),
            ("**/.eslintrc*", ".eslintrc.json"),
        ] {
            assert!(fits(glob, path), "{glob} {path}");
        }
        for (glob, path) in [
            ("**/*", ".env"),
            ("**/*", ".github/README.md"),
            ("**/CODEOWNERS", ".github/CODEOWNERS"),
            ("**/.npmrc", ".secret/.npmrc"),
            ("**/.eslintrc*", ".env"),
        ] {
            assert!(!fits(glob, path), "{glob} {path}");
            let wanted = Wanted::new(glob).unwrap();
            assert_eq!(wanted.fits(Path::new(path), true), wanted.whole.is_match(path));
        }
    }
}
