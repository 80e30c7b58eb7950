//! Owns which files are looked at, and reading them. Every file that is declined has a reason.

use std::io::{ErrorKind, Read as _};
use std::path::Path;

use rayon::prelude::*;

use super::found::FoundFile;
use super::keys::{FileInput, change_digest, in_force_digest, is_shown};
use super::overrides::{InForce, Overrides};
use super::parts::Clock;
use super::plan::Target;
use crate::config::FileSettings;
use crate::types::{Digest, Failure, Language, Role, SkipReason, Skipped, Stage};

/// Mean length of a line, in bytes, above which a file is taken for minified. Source: hand-written code of ten languages
/// in the sources of widely used libraries stays below 60.
const MINIFIED_LINE_BYTES: usize = 250;

/// A file with its text.
#[derive(Debug)]
pub(super) struct ReadFile {
    pub(super) file: FoundFile,
    /// When it was read, in nanoseconds since 1970.
    pub(super) read_ns: i64,
    pub(super) language: Language,
    pub(super) role: Role,
    pub(super) sha256: Digest,
    pub(super) text: String,
    pub(super) in_force: InForce,
    /// What a diff says of it, where an operation looks at changes.
    pub(super) change: Option<Digest>,
}

impl ReadFile {
    /// What its result depends on.
    pub(super) fn input(&self) -> FileInput {
        let in_force = in_force_digest(&self.in_force);
        FileInput { sha256: self.sha256, language: self.language, role: self.role, in_force, change: self.change }
    }
}

/// What became of reading a file.
#[derive(Debug)]
pub(super) enum ReadOutcome {
    File(Box<ReadFile>),
    /// Declined for its content.
    Skipped(FoundFile, i64, SkipReason),
    Failed(Failure),
}

/// What the disk says of the files that were found.
#[derive(Debug, Default)]
pub(super) struct ByStat {
    pub(super) kept: Vec<FoundFile>,
    /// What is in no language that is parsed.
    pub(super) others: Vec<FoundFile>,
    /// With why each is declined.
    pub(super) declined: Vec<(FoundFile, SkipReason)>,
    pub(super) failed: Vec<Failure>,
}

/// Declines files by what the disk says of them.
///
/// One that the user named and that is too large has failed: it is not there to be passed by.
pub(super) fn by_stat(files: Vec<FoundFile>, settings: &FileSettings) -> ByStat {
    let mut found = ByStat::default();
    for file in files {
        let reason = if Language::of(&file.absolute).is_none() {
            found.others.push(file);
            continue;
        } else if file.stat.size == 0 {
            SkipReason::Empty
        } else if is_left_out(&file, file.given.role, settings) {
            SkipReason::of_role(file.given.role)
        } else if file.stat.size > settings.limit_size {
            SkipReason::Size
        } else {
            found.kept.push(file);
            continue;
        };
        match must_not_be_declined(&file, reason, settings) {
            Some(failure) => found.failed.push(failure),
            None => found.declined.push((file, reason)),
        }
    }
    found
}

/// The row of a file that is declined.
pub(super) fn declined_row(file: &FoundFile, reason: SkipReason) -> Skipped {
    // A role has to be named with who gave it.
    let given_by = file.given.by.filter(|_| reason == SkipReason::of_role(file.given.role));
    Skipped { path: file.path.clone(), reason, given_by }
}

/// Whether a file is declined for its role. What a file of the project says of the role of a file that the user named does not count: a
/// change could take itself out of the review that way.
fn is_left_out(file: &FoundFile, role: Role, settings: &FileSettings) -> bool {
    let is_asked_for = file.is_named && file.given.by.is_some();
    !settings.roles.contains(&role) && !is_asked_for
}

/// The failure of a file that was named and cannot be looked at. What is declined on purpose, such as a generated file, is declined all the
/// same.
fn must_not_be_declined(file: &FoundFile, reason: SkipReason, settings: &FileSettings) -> Option<Failure> {
    let error = match reason {
        _ if !file.is_named => return None,
        SkipReason::Size => format!("it is larger than {} bytes (`files.limit-size`)", settings.limit_size),
        SkipReason::NotUtf8 => "it is not UTF-8".to_owned(),
        SkipReason::Binary => "it holds NUL bytes, so it is not text".to_owned(),
        SkipReason::Vanished => "it went away while the run was going on".to_owned(),
        _ => return None,
    };
    Some(Failure::of_file(file.path.clone(), Stage::Filter, error))
}

/// Whether a file that is known to be declined for this has to be looked at again, since it was named.
pub(super) fn is_failed_when_named(file: &FoundFile, reason: SkipReason) -> bool {
    file.is_named && matches!(reason, SkipReason::Size | SkipReason::NotUtf8 | SkipReason::Binary | SkipReason::Vanished)
}

/// Reads files in parallel and declines some for what is in them.
pub(super) fn read(target: &Target, overrides: &Overrides, clock: &dyn Clock, files: &[&FoundFile]) -> Vec<ReadOutcome> {
    let read = |file: &&FoundFile| match read_one(target, overrides, clock, file) {
        ReadOutcome::Skipped(file, read_ns, reason) => match must_not_be_declined(&file, reason, &target.files) {
            Some(failure) => ReadOutcome::Failed(failure),
            None => ReadOutcome::Skipped(file, read_ns, reason),
        },
        read => read,
    };
    files.par_iter().map(read).collect()
}

#[expect(clippy::disallowed_methods, reason = "this stage is the one that reads sources")]
fn read_one(target: &Target, overrides: &Overrides, clock: &dyn Clock, file: &FoundFile) -> ReadOutcome {
    let settings = &target.files;
    let read_ns = clock.now_ns();
    let mut bytes = Vec::with_capacity(file.stat.size as usize + 1);
    let opened = std::fs::File::open(&file.absolute);
    // A file that grew since it was measured must not fill the memory.
    match opened.and_then(|open| open.take(settings.limit_size + 1).read_to_end(&mut bytes)) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return ReadOutcome::Skipped(file.clone(), read_ns, SkipReason::Vanished),
        Err(error) => {
            let error = format!("cannot read it: {error}");
            return ReadOutcome::Failed(Failure::of_file(file.path.clone(), Stage::Filter, error));
        }
    }
    if bytes.len() as u64 > settings.limit_size {
        return ReadOutcome::Skipped(file.clone(), read_ns, SkipReason::Size);
    }
    let sha256 = Digest::of(&bytes);
    match decline(settings, bytes) {
        Ok(text) => {
            let language = language(file, &text);
            let role = match file.given.by {
                Some(_) => file.given.role,
                None => Role::of_text(file.given.role, file.path.as_str(), &text),
            };
            if is_left_out(file, role, settings) {
                return ReadOutcome::Skipped(file.clone(), read_ns, SkipReason::of_role(role));
            }
            let in_force = overrides.at(&file.path);
            let change = target.changes.get(&file.path).filter(|file| is_shown(file)).map(change_digest);
            ReadOutcome::File(Box::new(ReadFile { file: file.clone(), read_ns, language, role, sha256, text, in_force, change }))
        }
        Err(reason) => ReadOutcome::Skipped(file.clone(), read_ns, reason),
    }
}

/// Largest document that is read whole, in bytes: lock files of large projects have some megabytes.
const MAX_DOCUMENT_BYTES: u64 = 16 << 20;

/// Reads a document, or says why it is declined.
///
/// # Errors
/// One that cannot be read, in one line.
pub(super) fn document(path: &Path) -> Result<Result<String, SkipReason>, String> {
    Ok(bytes_of(path, MAX_DOCUMENT_BYTES)?.and_then(|bytes| String::from_utf8(bytes).map_err(|_| SkipReason::NotUtf8)))
}

/// Reads a text file of any kind, or says why it is declined.
///
/// # Errors
/// One that cannot be read, in one line.
pub(super) fn plain_text(path: &Path, limit: u64) -> Result<Result<String, SkipReason>, String> {
    Ok(bytes_of(path, limit)?.and_then(text_of))
}

#[expect(clippy::disallowed_methods, reason = "this stage is the one that reads files")]
fn bytes_of(path: &Path, limit: u64) -> Result<Result<Vec<u8>, SkipReason>, String> {
    // Opening a pipe would wait for whoever writes into it.
    if std::fs::metadata(path).is_ok_and(|data| !data.is_file()) {
        return Ok(Err(SkipReason::Special));
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|open| open.take(limit + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Err(SkipReason::Vanished)),
        Err(error) => Err(format!("cannot read it: {error}")),
        Ok(_) if bytes.len() as u64 > limit => Ok(Err(SkipReason::Size)),
        Ok(_) => Ok(Ok(bytes)),
    }
}

fn decline(settings: &FileSettings, bytes: Vec<u8>) -> Result<String, SkipReason> {
    match text_of(bytes)? {
        text if !settings.roles.contains(&Role::Bundle) && is_minified(&text) => Err(SkipReason::Minified),
        text => Ok(text),
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String, SkipReason> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(SkipReason::NotUtf8);
    }
    if bytes.contains(&0) {
        return Err(SkipReason::Binary);
    }
    let text = String::from_utf8(bytes).map_err(|_| SkipReason::NotUtf8)?;
    if text.trim().is_empty() { Err(SkipReason::Empty) } else { Ok(text) }
}

fn is_minified(text: &str) -> bool {
    let n_lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    text.len() / n_lines > MINIFIED_LINE_BYTES && text.len() > 1000
}

/// C or C++ for a header, by what is in it; anything else by its name.
pub fn language(file: &FoundFile, text: &str) -> Language {
    let by_name = Language::of(&file.absolute).unwrap_or(Language::C);
    if by_name != Language::C || !file.path.as_str().ends_with(".h") {
        return by_name;
    }
    let is_cpp = text.lines().map(str::trim_start).any(|line| {
        ["namespace ", "template <", "template<", "class ", "public:", "private:", "protected:", "using namespace"]
            .iter()
            .any(|start| line.starts_with(start))
    });
    if is_cpp { Language::Cpp } else { Language::C }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> FileSettings {
        crate::config::Config::resolve(vec![]).unwrap().1.files
    }

    #[track_caller]
    fn check(text: &[u8], expected: Result<(), SkipReason>) {
        assert_eq!(decline(&settings(), text.to_vec()).map(drop), expected);
    }

    #[test]
    fn content_is_declined_with_its_reason() {
        check(b"fn a() {}\n", Ok(()));
        check(b"a\0b", Err(SkipReason::Binary));
        check(b"\xff\xfea\0", Err(SkipReason::NotUtf8));
        check(b"caf\xe9", Err(SkipReason::NotUtf8));
        check(b" \n\t\n", Err(SkipReason::Empty));
        check("var a=1;".repeat(400).as_bytes(), Err(SkipReason::Minified));
    }
}
