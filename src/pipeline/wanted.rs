//! Which text files operations want, beside sources.

use super::error::RunError;
use super::found::FoundFile;
use super::globs::Globs;
use super::plan::{PlannedOperation, Tools};
use crate::types::{RelPath, Role, Scope, SkipReason};

/// Largest text that is looked at, in bytes.
pub(super) const MAX_TEXT_BYTES: u64 = 2 << 20;

/// A text file that may be looked at.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) file: FoundFile,
    /// Why it is no source that is analysed, where it is one; it stands among the skipped files already.
    pub(super) declined: Option<SkipReason>,
}

/// Whether secrets are looked for in a source that is declined for this.
pub(super) fn is_read_all_the_same(reason: SkipReason) -> bool {
    use SkipReason::{Bundle, Example, Fixture, Generated, Minified, ScriptRole, Size, Source, Story, Test};
    matches!(reason, Bundle | Example | Fixture | Generated | Minified | ScriptRole | Size | Source | Story | Test)
}

/// The role of a text that no custom of paths decides. Documentation is an example: what it shows is mostly made up. A key in a folder
/// `servertest` was made for it.
pub(super) fn role_of(path: &RelPath) -> Role {
    const DOCUMENTATION: &[&str] = &[".md", ".mdx", ".markdown", ".rst", ".adoc", ".asciidoc", ".org", ".tex", ".textile", ".html", ".htm"];
    const MADE: &[&str] = &["localhost", "snakeoil", "dummy", "fake", "sample", "example"];
    let low = path.as_str().to_ascii_lowercase();
    if DOCUMENTATION.iter().any(|ending| low.ends_with(ending)) || MADE.iter().any(|word| low.contains(word)) {
        return Role::Example;
    }
    let (folder, _) = low.rsplit_once('/').unwrap_or(("", ""));
    let is_of_tests = folder.split('/').any(|name| ["test", "tests", "testing"].iter().any(|word| name.ends_with(word)));
    if is_of_tests { Role::Test } else { Role::Source }
}

/// The globs of the text files that operations want.
///
/// # Errors
/// A glob that is none.
pub(super) fn globs(tools: &Tools) -> Result<Globs, RunError> {
    let globs: Vec<String> = operations(tools).flat_map(|operation| operation.documents.clone()).collect();
    Globs::new(&globs)
}

/// Whether an operation wants text files.
pub(super) fn is_any(tools: &Tools) -> bool {
    operations(tools).next().is_some()
}

pub(super) fn operations(tools: &Tools) -> impl Iterator<Item = &PlannedOperation> {
    let reads = |operation: &&PlannedOperation| matches!(operation.scope, Scope::File | Scope::Change);
    tools.operations.iter().filter(reads).filter(|operation| !operation.documents.is_empty())
}
