//! Owns which files of a project are documents: what operations read beside the sources, such as manifests and lock files.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use ignore::WalkBuilder;

use super::discover::builder;
use super::error::RunError;
use super::globs::Globs;
use super::ignored::{bad_ignore_file, bad_ignore_file_above};
use super::plan::Target;
use crate::types::RelPath;

/// Files of the project that fit one of `globs`, by path. Ignore files and folders of other people's code hold here too.
///
/// # Errors
/// A glob that is none.
pub(super) fn documents(target: &Target, globs: &[String]) -> Result<Vec<(RelPath, PathBuf)>, RunError> {
    let wanted = Globs::new(globs)?;
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
    let is_wanted = |path: &Path| wanted.fit(path, target.files.hidden);
    let inside = |path: &Path| path.strip_prefix(&target.root).is_ok_and(is_wanted);
    let mut found: Vec<_> = entries.filter(|entry| inside(entry.path())).map(ignore::DirEntry::into_path).collect();
    found.sort();
    Ok(found.into_iter().map(|path| (RelPath::new(&target.root, &path), path)).collect())
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
