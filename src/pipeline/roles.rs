//! The role of each file that was found: by `devflow.toml`, by `.gitattributes`, else by the customs of paths and texts.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::found::{FoundFile, GivenRole};
use super::overrides::Overrides;
use super::plan::Target;
use crate::types::{Folders, GivenBy, RelPath, Role};

/// Most bytes of a `.gitattributes` that are read.
const MAX_ATTRIBUTES_BYTES: u64 = 1 << 20;

/// Gives every file its role.
pub(super) fn give(target: &Target, overrides: &Overrides, files: &mut [FoundFile]) {
    let roles = Roles::new(&target.root);
    for file in files {
        file.given = match overrides.at(&file.path).role {
            Some(role) => GivenRole { role, by: Some(GivenBy::Settings) },
            None => roles.of(&file.path),
        };
    }
}

/// What the disk says of the folders of a project, asked once for each name.
pub(crate) struct Roles<'a> {
    root: &'a Path,
    held: RefCell<HashMap<(String, String), bool>>,
    attributes: RefCell<HashMap<String, [Option<Gitignore>; 2]>>,
}

impl<'a> Roles<'a> {
    pub(crate) fn new(root: &'a Path) -> Self {
        Self { root, held: RefCell::default(), attributes: RefCell::default() }
    }

    /// The role by attributes, else by customs. What lies outside of the project has no folders to ask.
    pub(crate) fn of(&self, path: &RelPath) -> GivenRole {
        match self.by_attributes(path) {
            Some(role) => GivenRole { role, by: Some(GivenBy::Attributes) },
            None => GivenRole { role: Role::of(path.as_str(), self), by: None },
        }
    }

    /// What `.gitattributes` of the folders above say, the nearest first.
    fn by_attributes(&self, path: &RelPath) -> Option<Role> {
        let mut folder = path.directory();
        if path.as_str().starts_with('/') {
            return None;
        }
        loop {
            let own = if folder == "." { "" } else { folder };
            for (at, role) in [Role::Generated, Role::Vendored].into_iter().enumerate() {
                let is_marked = self.attributes_in(own, at, path);
                if is_marked {
                    return Some(role);
                }
            }
            if own.is_empty() {
                return None;
            }
            folder = own.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    fn attributes_in(&self, folder: &str, at: usize, path: &RelPath) -> bool {
        let mut known = self.attributes.borrow_mut();
        let marks = known.entry(folder.to_owned()).or_insert_with(|| read_attributes(&self.root.join(folder)));
        marks[at].as_ref().is_some_and(|marks| marks.matched_path_or_any_parents(self.root.join(path.as_str()), false).is_ignore())
    }
}

impl Folders for Roles<'_> {
    #[expect(clippy::disallowed_methods, reason = "a role depends on the manifests beside a file")]
    fn holds(&self, folder: &str, name: &str) -> bool {
        let mut held = self.held.borrow_mut();
        *held.entry((folder.to_owned(), name.to_owned())).or_insert_with(|| {
            let path: PathBuf = self.root.join(folder).join(name);
            std::fs::metadata(path).is_ok()
        })
    }
}

/// The patterns of a `.gitattributes` that mark files as generated, and those that mark them as vendored. Its patterns are those of ignore
/// files, without their "not".
#[expect(clippy::disallowed_methods, reason = "roles may stand in this file")]
fn read_attributes(folder: &Path) -> [Option<Gitignore>; 2] {
    let path = folder.join(".gitattributes");
    let is_small = std::fs::metadata(&path).is_ok_and(|data| data.is_file() && data.len() <= MAX_ATTRIBUTES_BYTES);
    let Some(text) = is_small.then(|| std::fs::read_to_string(&path).ok()).flatten() else { return [None, None] };
    ["linguist-generated", "linguist-vendored"].map(|attribute| marked(folder, &text, attribute))
}

/// The patterns that have an attribute; a later line that takes it back counts.
fn marked(folder: &Path, text: &str, attribute: &str) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(folder);
    let mut n_lines = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!', '"'])) {
        let mut words = line.split_ascii_whitespace();
        let Some(pattern) = words.next() else { continue };
        let stated = words.filter_map(|word| state(word, attribute)).next_back();
        if let Some(is_set) = stated {
            let line = if is_set { pattern.to_owned() } else { format!("!{pattern}") };
            n_lines += usize::from(builder.add_line(None, &line).is_ok());
        }
    }
    (n_lines > 0).then(|| builder.build().ok()).flatten()
}

/// Whether a word sets an attribute or takes it back.
fn state(word: &str, attribute: &str) -> Option<bool> {
    match word.split_once('=') {
        Some((name, value)) => (name == attribute).then_some(value != "false"),
        None if word == attribute => Some(true),
        None => (word.strip_prefix(['-', '!']) == Some(attribute)).then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test writes what is read")]
    fn attributes_give_roles() {
        let folder = tempfile::tempdir().unwrap();
        let text = "*.js linguist-vendored\nkeep.js -linguist-vendored\n/api/** linguist-generated=true\n# x linguist-generated\n";
        std::fs::write(folder.path().join(".gitattributes"), text).unwrap();
        std::fs::create_dir(folder.path().join("lib")).unwrap();
        std::fs::write(folder.path().join("lib/.gitattributes"), "own.js linguist-generated\n").unwrap();
        let roles = Roles::new(folder.path());
        for (path, role, by) in [
            ("a.js", Role::Vendored, Some(GivenBy::Attributes)),
            ("keep.js", Role::Source, None),
            ("api/x/y.ts", Role::Generated, Some(GivenBy::Attributes)),
            ("lib/own.js", Role::Generated, Some(GivenBy::Attributes)),
            ("lib/other.js", Role::Vendored, Some(GivenBy::Attributes)),
            ("lib/a.py", Role::Source, None),
            ("tests/a.py", Role::Test, None),
        ] {
            assert_eq!(roles.of(&RelPath::from(path)), GivenRole { role, by }, "{path}");
        }
    }
}
