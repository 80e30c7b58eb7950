//! Owns the form of a path inside a project. Never asks the disk.

use std::fmt::Write as _;
use std::path::{Component, Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A path relative to the project root, with forward slashes.
///
/// A name that is not UTF-8, or that holds control characters, has them escaped as `%XX`, and then a literal `%` too; `is_escaped` says so.
/// Such a name could steer a terminal or break a report. A name that looks escaped is escaped as well, so that two files never share a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RelPath(String);

impl RelPath {
    /// Makes the text form of `path` seen from `root`. A path outside the root keeps its absolute form.
    pub fn new(root: &Path, path: &Path) -> Self {
        let inside = path.strip_prefix(root).unwrap_or(path);
        if let Some(text) = inside.to_str()
            && !text.contains('\\')
            && !text.contains(char::is_control)
            && !looks_escaped(text)
            && !text.starts_with("./")
        {
            return Self(if text.is_empty() { ".".to_owned() } else { text.to_owned() });
        }
        let mut text = String::new();
        for component in inside.components() {
            match component {
                Component::RootDir => text.push('/'),
                Component::CurDir => {}
                other => {
                    if !text.is_empty() && !text.ends_with('/') {
                        text.push('/');
                    }
                    push_name(&mut text, other.as_os_str().as_encoded_bytes());
                }
            }
        }
        Self(text)
    }

    /// The path as text, with escapes where the name needs them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same file as it is seen from a folder above, in which `folder` is what this path is relative to.
    #[must_use]
    pub fn below(&self, folder: &Self) -> Self {
        // An absolute path is outside of the project and stays what it is; `.` is the project itself.
        match self.as_str() {
            "." => folder.clone(),
            path if path.starts_with('/') => self.clone(),
            path => Self::from(format!("{folder}/{path}").as_str()),
        }
    }

    /// Whether the text is not the name itself, but has escapes in it.
    pub fn is_escaped(&self) -> bool {
        looks_escaped(&self.0)
    }

    /// The rest of the path below a folder of the project, the empty name for the root; none for a path that is not below it.
    pub fn inside(&self, folder: &str) -> Option<&str> {
        if folder.is_empty() { Some(&self.0) } else { self.0.strip_prefix(folder)?.strip_prefix('/') }
    }

    /// The text up to the last slash, or `.`.
    pub fn directory(&self) -> &str {
        self.0.rsplit_once('/').map_or(".", |(directory, _)| directory)
    }
}

fn looks_escaped(text: &str) -> bool {
    text.as_bytes().windows(3).any(|w| w[0] == b'%' && w[1].is_ascii_hexdigit() && w[2].is_ascii_hexdigit())
}

fn push_name(text: &mut String, name: &[u8]) {
    if let Ok(name) = std::str::from_utf8(name)
        && !name.contains(char::is_control)
        && !looks_escaped(name)
    {
        text.push_str(name);
        return;
    }
    let escape = |bytes: &[u8], text: &mut String| {
        bytes.iter().for_each(|byte| write!(text, "%{byte:02X}").expect("writing to a string cannot fail"));
    };
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '%' || c.is_control() { escape(c.to_string().as_bytes(), text) } else { text.push(c) }
        }
        escape(chunk.invalid(), text);
    }
}

impl From<&str> for RelPath {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Display for RelPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        assert_eq!(RelPath::new(Path::new("/p"), Path::new(path)).as_str(), expected);
    }

    #[test]
    fn paths_are_relative_to_the_root() {
        check("/p/src/a.rs", "src/a.rs");
        check("/p", ".");
        check("/other/a.rs", "/other/a.rs");
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_is_escaped() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = std::ffi::OsStr::from_bytes(b"/p/a%\xff.rs");
        let path = RelPath::new(Path::new("/p"), Path::new(name));
        assert_eq!(path.as_str(), "a%25%FF.rs");
        assert!(path.is_escaped());
        assert!(!RelPath::from("100%.rs").is_escaped());
        check("/p/\u{1b}]0;x\n%.rs", "%1B]0;x%0A%25.rs");
        // Names that look escaped are: no two names have one text.
        check("/p/a\nb.rs", "a%0Ab.rs");
        check("/p/a%0Ab.rs", "a%250Ab.rs");
        check("/p/a%250Ab.rs", "a%25250Ab.rs");
        check("/p/100%.rs", "100%.rs");
    }
}
