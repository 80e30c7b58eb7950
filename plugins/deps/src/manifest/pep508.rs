//! Owns one requirement of Python: `name[extra] (>=1,<2) ; marker` or `name @ address`. Never reads a file.

use std::ops::Range;

use crate::model::{Dependency, Ecosystem, Origin, Spot};

/// The form of a name that compares: lower case, runs of `-`, `_` and `.` as one dash.
pub fn normalized(name: &str) -> String {
    let mut result = String::new();
    for letter in name.trim().chars() {
        if matches!(letter, '-' | '_' | '.') {
            if !result.ends_with('-') {
                result.push('-');
            }
        } else {
            result.push(letter.to_ascii_lowercase());
        }
    }
    result
}

/// Reads one requirement. `start` is its place in the document.
pub(super) fn parse(text: &str, document: usize, start: usize) -> Option<Dependency> {
    let head = text.len() - text.trim_start().len();
    let body = text.trim();
    let length = body.find(|letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter))).unwrap_or(body.len());
    let name = body.get(..length)?;
    if !name.starts_with(|letter: char| letter.is_ascii_alphanumeric()) {
        return None;
    }
    let span: Range<usize> = start + head..start + head + length;
    let mut dependency = Dependency::new(Ecosystem::Python, &normalized(name), Spot::new(document, span));
    dependency.alias = name.to_owned();
    let mut rest = body.get(length..)?.trim_start();
    if let Some(extras) = rest.strip_prefix('[') {
        rest = extras.split_once(']')?.1.trim_start();
    }
    if let Some(address) = rest.strip_prefix('@') {
        let (address, marker) = address.split_once(" ;").map_or((address, false), |(address, _)| (address, true));
        dependency.is_conditional = marker;
        dependency.origin = origin_of(address.trim());
        return Some(dependency);
    }
    let (versions, marker) = rest.split_once(';').map_or((rest, None), |(versions, marker)| (versions, Some(marker)));
    dependency.is_conditional = marker.is_some_and(|marker| !marker.trim().is_empty());
    let versions = versions.trim().trim_start_matches('(').trim_end_matches(')').trim();
    if !versions.is_empty() && !versions.starts_with(['<', '>', '=', '!', '~', '^', '*']) {
        return None;
    }
    dependency.requirement = Some(versions.to_owned());
    Some(dependency)
}

/// Where an address leads to.
pub(super) fn origin_of(address: &str) -> Origin {
    let is_git = address.starts_with("git+") || address.starts_with("git:") || address.ends_with(".git");
    if is_git {
        let after_host = address.split_once("://").map_or(address, |(_, rest)| rest);
        let path = after_host.split_once('/').map_or("", |(_, path)| path);
        Origin::Git { is_fixed: path.contains('@') }
    } else if let Some(path) = address.strip_prefix("file:") {
        Origin::Path(path.to_owned())
    } else {
        Origin::Url
    }
}
