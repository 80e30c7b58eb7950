//! Owns versions of Python: epoch, release, pre-, post- and development releases. Local parts only tell equal versions apart.

use super::semver::digits;

/// A version, its fields in the order in which they decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pep440 {
    epoch: u64,
    /// Without zeros at the end.
    pub(super) release: Vec<u64>,
    pre: Pre,
    post: Option<u64>,
    development: Development,
    local: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pre {
    /// `1.0.dev1`: before every pre-release.
    Before,
    Alpha(u64),
    Beta(u64),
    Candidate(u64),
    Release,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Development {
    Number(u64),
    No,
}

impl Pep440 {
    /// Whether it comes before its release.
    pub(super) fn is_early(&self) -> bool {
        self.pre != Pre::Release || self.development != Development::No
    }
}

/// Reads a version.
pub(super) fn parse(text: &str) -> Option<Pep440> {
    let text = text.trim().to_ascii_lowercase();
    let (public, local) = text.split_once('+').map_or((text.as_str(), None), |(public, local)| (public, Some(local.to_owned())));
    let public = public.trim_start_matches('v');
    let (epoch, rest) = match public.split_once('!') {
        Some((epoch, rest)) => (digits(epoch)?, rest),
        None => (0, public),
    };
    let (release, rest) = release(rest)?;
    let (pre, rest) = labelled(rest, &["alpha", "a", "beta", "b", "candidate", "rc", "c", "preview", "pre"]);
    let (mut post, mut rest) = labelled(rest, &["post", "rev", "r"]);
    if post.is_none()
        && let Some(number) = rest.strip_prefix('-')
    {
        let length = number.bytes().take_while(u8::is_ascii_digit).count();
        post = Some(("post", digits(number.get(..length)?)?));
        rest = number.get(length..)?;
    }
    let (development, rest) = labelled(rest, &["dev"]);
    if !rest.is_empty() {
        return None;
    }
    let pre = match pre {
        Some(("alpha" | "a", number)) => Pre::Alpha(number),
        Some(("beta" | "b", number)) => Pre::Beta(number),
        Some((_, number)) => Pre::Candidate(number),
        None if post.is_none() && development.is_some() => Pre::Before,
        None => Pre::Release,
    };
    let development = development.map_or(Development::No, |(_, number)| Development::Number(number));
    Some(Pep440 { epoch, release, pre, post: post.map(|(_, number)| number), development, local })
}

/// The numbers at the beginning, and what follows.
fn release(text: &str) -> Option<(Vec<u64>, &str)> {
    let mut numbers = Vec::new();
    let mut rest = text;
    loop {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        numbers.push(digits(rest.get(..length)?)?);
        rest = rest.get(length..)?;
        match rest.strip_prefix('.') {
            Some(next) if next.starts_with(|letter: char| letter.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    while numbers.len() > 1 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some((numbers, rest))
}

/// A label and its number, such as `.post1` or `rc-2`; a missing number is zero.
fn labelled<'t, 'l>(text: &'t str, labels: &[&'l str]) -> (Option<(&'l str, u64)>, &'t str) {
    let separators = ['.', '-', '_'];
    let bare = text.strip_prefix(separators).unwrap_or(text);
    for label in labels {
        let Some(rest) = bare.strip_prefix(label) else { continue };
        let numbered = rest.strip_prefix(separators).unwrap_or(rest);
        let length = numbered.bytes().take_while(u8::is_ascii_digit).count();
        return match numbered.get(..length).and_then(digits) {
            Some(number) => (Some((label, number)), numbered.get(length..).unwrap_or_default()),
            None => (Some((label, 0)), rest),
        };
    }
    (None, text)
}
