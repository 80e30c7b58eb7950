//! Writing generated files and patches below a folder that the user names, each to a path of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;

use super::error::{Error, Result};
use super::places::stays_inside;
use super::write;
use crate::pipeline::path_fault;
use crate::report::{ArtifactView, Document, printable};
use crate::types::Dropped;

/// Where the changes of all files are written to, below the folder that the user names.
const PATCH_FILE: &str = "changes.patch";

/// What became of the generated files of a run.
#[derive(Default)]
pub struct Written {
    /// A line for each, for a terminal.
    pub text: String,
    /// Those that can have no path of their own.
    pub dropped: Vec<Dropped>,
    /// Those that could not be written.
    pub failed: Vec<Error>,
}

impl Written {
    fn leave_out(&mut self, name: &str, reason: String) {
        self.text.push_str(&format!("dropped {}: {reason}\n", printable(name)));
        self.dropped.push(Dropped { rule: "artifact".to_owned(), message: name.to_owned(), quote: String::new(), reason });
    }
}

/// Why the second of two files is not written.
fn same_name() -> String {
    "another file of this run made one of the same name".to_owned()
}

/// Writes artifacts and patches below `folder`, each to a path of its own. What cannot be written costs no other.
pub fn write_all(folder: &Path, document: &Document<'_>, may_overwrite: bool) -> Written {
    let mut written = Written::default();
    let files = generated(document, &mut written);
    let mut places = BTreeSet::new();
    for (name, body) in files {
        let path = folder.join(&name);
        // Two names are one file where upper and lower case are the same.
        if path.canonicalize().is_ok_and(|real| places.contains(&real)) {
            written.leave_out(&name, same_name());
            continue;
        }
        match write_one(folder, &name, &body, may_overwrite) {
            Ok(line) => {
                written.text.push_str(&line);
                places.extend(path.canonicalize());
            }
            Err(error) => written.failed.push(error),
        }
    }
    written
}

/// The files that a run made, by paths of their own below the folder that they are written to.
fn generated(document: &Document<'_>, written: &mut Written) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let diffs: String = document.files.iter().flat_map(|file| &file.patches).map(|patch| patch.diff.as_str()).collect();
    if !diffs.is_empty() {
        files.insert(PATCH_FILE.to_owned(), diffs);
    }
    let mut all: Vec<(&str, &ArtifactView<'_>)> = document.artifacts.iter().map(|made| (".", made)).collect();
    for file in &document.files {
        all.extend(file.artifacts.iter().map(|made| (file.path.directory(), made)));
    }
    // What has no folder to be told apart by comes first, so that it keeps its name.
    all.sort_by_key(|(folder, _)| *folder != ".");
    for (folder, made) in all {
        match own_path(&files, folder, made) {
            Ok(path) => drop(files.insert(path, made.body.to_owned())),
            Err(reason) => written.leave_out(&made.name, reason),
        }
    }
    files
}

/// A path that no other file of the run has: that of the artifact, or the same with the folder of its source in it.
fn own_path(files: &BTreeMap<String, String>, folder: &str, made: &ArtifactView<'_>) -> std::result::Result<String, String> {
    let is_free = |path: &str| files.get(path).is_none_or(|known| known.as_str() == made.body);
    if let Some(fault) = path_fault(&made.name) {
        return Err(fault);
    }
    if is_free(&made.name) {
        return Ok(made.name.clone());
    }
    let with_folder = match made.name.rsplit_once('/') {
        Some((above, name)) => format!("{above}/{folder}/{name}"),
        None => format!("{folder}/{}", made.name),
    };
    if folder != "." && path_fault(&with_folder).is_none() && is_free(&with_folder) {
        return Ok(with_folder);
    }
    Err(same_name())
}

/// Writes one file, and says what was done. A file that is there and different is left alone unless it may be overwritten.
#[expect(clippy::disallowed_methods, reason = "what was made is written here")]
fn write_one(folder: &Path, name: &str, body: &str, may_overwrite: bool) -> Result<String> {
    let path = folder.join(name);
    let shown = printable(name);
    if !stays_inside(folder, &path) {
        return Err(Error::usage(format!("`{shown}` would be written outside of `{}`", folder.display())).say("a link leads out of it"));
    }
    if path.is_dir() {
        return Err(Error::incomplete(format!("cannot write `{}`: it is a folder", path.display())));
    }
    match std::fs::read(&path) {
        Ok(known) if known == body.as_bytes() => Ok(format!("unchanged {shown}\n")),
        Ok(_) if !may_overwrite => Ok(format!("left alone {shown}: it is there and different; `--overwrite` replaces it\n")),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::incomplete(format!("cannot read `{}`, which would be replaced: {error}", path.display())))
        }
        _ => {
            write::new_file(&path, body.as_bytes())?;
            Ok(format!("wrote {shown}\n"))
        }
    }
}

/// Generated files of the project and of its sources.
pub fn all_artifacts<'a>(document: &'a Document<'_>) -> impl Iterator<Item = &'a ArtifactView<'a>> {
    document.artifacts.iter().chain(document.files.iter().flat_map(|file| &file.artifacts))
}
