//! Owns how a file of the work tree is compared with the text that git keeps of it: what git would do to it first. Never does it, since a
//! filter is a program that the repository names.

use super::error::GitError;
use super::lines::{LineEnds, are_same};
use super::process::git;
use super::repository::WorkTree;

/// Attributes that decide.
const NAMES: [&str; 5] = ["text", "eol", "filter", "working-tree-encoding", "ident"];

/// How a file is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Git has a program turn the file into the text, or changes its encoding.
    pub(super) is_filtered: bool,
    /// `$Id$` in the text stands for more in the file.
    pub(super) has_ident: bool,
    pub(super) ends: LineEnds,
}

impl Comparison {
    /// Whether a file is the text that git keeps; none when only git's filter could say.
    pub(super) fn is_same(self, file: &[u8], kept: &[u8]) -> Option<bool> {
        if file == kept {
            return Some(true);
        }
        let has_ident = || self.has_ident && file.windows(4).any(|window| window == b"$Id:");
        if self.is_filtered || has_ident() { None } else { Some(are_same(kept, file, self.ends)) }
    }
}

/// How each of the files is compared, in their order.
pub(super) fn comparisons(tree: &WorkTree, paths: &[&[u8]]) -> Result<Vec<Comparison>, GitError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let converts = converts_ends(tree);
    let text = tree.ask(&[&["check-attr", "-z", "--stdin"][..], &NAMES].concat(), &paths.join(&0_u8))?;
    let parts: Vec<&[u8]> = text.split(|byte| *byte == 0).collect();
    // For each path and attribute: path, attribute, value.
    let found: Vec<Comparison> = parts.chunks_exact(3 * NAMES.len()).map(|group| comparison(group, converts)).collect();
    if found.len() == paths.len() { Ok(found) } else { Err(GitError::Refused("attributes are missing".to_owned())) }
}

/// Whether git turns the ends of lines of every text, as `core.autocrlf` may say. Without the setting git answers with an error.
fn converts_ends(tree: &WorkTree) -> bool {
    let value = git(&tree.root, &["config", "--get", "core.autocrlf"]);
    value.is_ok_and(|value| !matches!(value.trim_ascii().to_ascii_lowercase().as_slice(), b"false" | b"no" | b"off" | b"0"))
}

fn comparison(group: &[&[u8]], converts: bool) -> Comparison {
    let value = |at: usize| group.get(at * 3 + 2).copied().unwrap_or_default();
    let is_set = |at: usize| !matches!(value(at), b"unspecified" | b"unset");
    let is_alike = match value(0) {
        b"unset" => false,
        b"unspecified" => is_set(1) || converts,
        _ => true,
    };
    let ends = if is_alike { LineEnds::Alike } else { LineEnds::Exact };
    Comparison { is_filtered: is_set(2) || is_set(3), has_ident: is_set(4), ends }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: [&str; 5], converts: bool, expected: Comparison) {
        let group: Vec<&[u8]> =
            NAMES.iter().zip(values).flat_map(|(name, value)| [&b"a.py"[..], name.as_bytes(), value.as_bytes()]).collect();
        assert_eq!(comparison(&group, converts), expected, "{values:?}");
    }

    #[test]
    fn attributes_decide_how_a_file_is_compared() {
        let none = "unspecified";
        let exact = Comparison::default();
        let alike = Comparison { ends: LineEnds::Alike, ..exact };
        check([none; 5], false, exact);
        check([none; 5], true, alike);
        check(["unset", none, none, none, none], true, exact);
        check(["auto", none, none, none, none], false, alike);
        check([none, "crlf", none, none, none], false, alike);
        check([none, none, "unset", none, none], false, exact);
        check([none, none, "lfs", none, none], false, Comparison { is_filtered: true, ..exact });
        check([none, none, none, "UTF-16", none], false, Comparison { is_filtered: true, ..exact });
        check([none, none, none, none, "set"], false, Comparison { has_ident: true, ..exact });
    }

    #[test]
    fn what_only_a_filter_could_compare_is_not_decided() {
        let exact = Comparison::default();
        assert_eq!(exact.is_same(b"a", b"b"), Some(false));
        let filtered = Comparison { is_filtered: true, ..exact };
        assert_eq!((filtered.is_same(b"a", b"a"), filtered.is_same(b"a", b"b")), (Some(true), None));
        let ident = Comparison { has_ident: true, ..exact };
        assert_eq!((ident.is_same(b"$Id: 1 $", b"$Id$"), ident.is_same(b"a", b"b")), (None, Some(false)));
    }
}
