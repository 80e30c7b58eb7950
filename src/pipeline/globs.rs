//! Globs that choose files which are no sources. What is hidden fits only a glob that names it.

use std::ffi::OsStr;
use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

use super::error::RunError;

/// Globs that choose files.
#[derive(Clone, Debug, Default)]
pub(super) struct Globs(Vec<Wanted>);

impl Globs {
    /// # Errors
    /// One that is none.
    pub(super) fn new(globs: &[String]) -> Result<Self, RunError> {
        let wanted =
            |glob: &String| Wanted::new(glob).map_err(|error| RunError::Glob { glob: glob.clone(), reason: error.kind().to_string() });
        Ok(Self(globs.iter().map(wanted).collect::<Result<_, _>>()?))
    }

    /// Whether a path fits one of them; see [`Wanted::fits`].
    pub(super) fn fit(&self, path: &Path, takes_hidden: bool) -> bool {
        self.0.iter().any(|wanted| wanted.fits(path, takes_hidden))
    }

    /// Whether one of them names something hidden.
    pub(super) fn name_hidden(&self) -> bool {
        self.0.iter().any(|wanted| !wanted.hidden.is_empty())
    }
}

/// One of them.
#[derive(Clone, Debug)]
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
