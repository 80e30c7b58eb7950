//! Owns `go.mod` and `go.sum`. Never asks which versions the other modules want.

use std::collections::BTreeSet;

use crate::model::{Dependency, Ecosystem, Format, Kind, Manifest, Origin, Package};
use crate::read::lines::{lines, place_of};

/// Reads one manifest. Nothing when it names no module.
pub(super) fn read(document: usize, path: &str, text: &str) -> Option<Manifest> {
    let mut manifest = Manifest::new(document, path, Ecosystem::Go, Format::GoMod);
    let mut replaced: Vec<(String, Option<String>, String)> = Vec::new();
    for (verb, words, rest) in directives(text) {
        let word = |index: usize| words.get(index).map(|word| unquoted(word));
        match (verb, word(0)) {
            ("module", Some(name)) => {
                let span = words.first().map_or(0..0, |name| place_of(text, name));
                manifest.package = Some(Package { name: Some(name.to_owned()), span, ..Package::default() });
            }
            ("require", Some(name)) => {
                let Some(version) = word(1) else { continue };
                let span = words.first().map_or(0..0, |name| place_of(text, name));
                let mut dependency = Dependency::new(Ecosystem::Go, name, manifest.spot(span));
                dependency.requirement = Some(version.to_owned());
                "require".clone_into(&mut dependency.section);
                if rest.contains("indirect") {
                    dependency.kind = Kind::Indirect;
                }
                manifest.dependencies.push(dependency);
            }
            ("replace", Some(name)) => {
                let Some(arrow) = words.iter().position(|word| *word == "=>") else { continue };
                let old_version = if arrow > 1 { word(1).map(str::to_owned) } else { None };
                let target: Vec<&str> = words.iter().skip(arrow + 1).map(|word| unquoted(word)).collect();
                replaced.push((name.to_owned(), old_version, target.join(" ")));
            }
            _ => {}
        }
    }
    for dependency in &mut manifest.dependencies {
        let target = replaced.iter().find(|(name, version, _)| {
            *name == dependency.name && version.as_ref().is_none_or(|version| Some(version) == dependency.requirement.as_ref())
        });
        match target.map(|(_, _, target)| target.split_once(' ').unwrap_or((target.as_str(), ""))) {
            Some((path, "")) => dependency.origin = Origin::Path(path.to_owned()),
            // Imports keep the old name; what is built bears the new one.
            Some((name, version)) => {
                name.clone_into(&mut dependency.name);
                dependency.requirement = Some(version.to_owned());
            }
            None => {}
        }
    }
    // An empty file keeps a folder out of the module above it.
    (manifest.package.is_some() || directives(text).is_empty()).then_some(manifest)
}

/// Paths of the packages that the module runs as tools.
pub fn programs(text: &str) -> Vec<String> {
    let tools = directives(text).into_iter().filter(|(verb, _, _)| *verb == "tool");
    tools.filter_map(|(_, words, _)| words.first().map(|word| unquoted(word).to_owned())).collect()
}

/// The modules of a `go.sum`, as name and version.
pub fn sums(text: &str) -> BTreeSet<(&str, &str)> {
    lines(text)
        .filter_map(|(_, line)| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?.trim_end_matches("/go.mod")))
        })
        .collect()
}

/// Directives with their words and the comment after them; blocks are taken apart.
fn directives(text: &str) -> Vec<(&str, Vec<&str>, &str)> {
    let mut found = Vec::new();
    let mut block = None;
    for (_, line) in lines(text) {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let words: Vec<&str> = code.split_whitespace().collect();
        match (block, words.as_slice()) {
            (_, []) => {}
            (Some(_), [")"]) => block = None,
            (Some(verb), _) => found.push((verb, words, comment)),
            (None, [verb, "("]) => block = Some(*verb),
            (None, [verb]) if verb.ends_with('(') => block = Some(verb.trim_end_matches('(')),
            (None, [verb, rest @ ..]) => found.push((*verb, rest.to_vec(), comment)),
        }
    }
    found
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '`'])
}
