//! Owns `setup.cfg` and `setup.py`, read as text: lists that stand there as such. Never runs anything, so what is computed is not seen.

use super::pep508;
use crate::model::{Ecosystem, Format, Kind, License, Manifest, Package, Publishing};
use crate::read::lines::{lines, place_of, quoted};

/// Reads `setup.cfg`.
pub(super) fn read_cfg(document: usize, path: &str, text: &str) -> Manifest {
    let mut manifest = Manifest::new(document, path, Ecosystem::Python, Format::SetupCfg);
    let mut section = String::new();
    let mut key = String::new();
    let mut package = Package::default();
    for (start, line) in lines(text) {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            key.clear();
            continue;
        }
        let mut value = line;
        if !line.starts_with([' ', '\t']) {
            let Some((name, rest)) = line.split_once('=') else { continue };
            key = name.trim().to_owned();
            value = rest;
        }
        let at = start + line.len() - value.len();
        match (section.as_str(), key.as_str()) {
            ("metadata", "name") => {
                package.name = Some(value.trim().to_owned());
                package.span = start..start + line.len();
            }
            ("metadata", "version") => package.version = Some(value.trim().to_owned()),
            ("metadata", "license") if !value.trim().is_empty() => package.license = License::Stated(value.trim().to_owned()),
            ("metadata", "license_file" | "license_files") => or_elsewhere(&mut package.license),
            ("metadata", "classifiers") if bare.starts_with("License ::") => or_elsewhere(&mut package.license),
            ("metadata", "classifiers") if bare.starts_with("Private ::") => package.publishing = Publishing::Never,
            ("options", "install_requires") => add(&mut manifest, value, at, (Kind::Normal, false)),
            ("options", "tests_require") => add(&mut manifest, value, at, (Kind::Development, false)),
            ("options", "setup_requires") => add(&mut manifest, value, at, (Kind::Build, false)),
            ("options.extras_require", _) => add(&mut manifest, value, at, (Kind::Normal, true)),
            _ => {}
        }
        if let Some(added) = manifest.dependencies.last_mut().filter(|added| added.spot.start >= start) {
            added.section.clone_from(&key);
        }
    }
    manifest.package = package.name.is_some().then_some(package);
    manifest
}

fn or_elsewhere(license: &mut License) {
    if *license == License::Missing {
        *license = License::Elsewhere;
    }
}

fn add(manifest: &mut Manifest, value: &str, at: usize, (kind, is_optional): (Kind, bool)) {
    let Some(mut dependency) = pep508::parse(value, manifest.document, at) else { return };
    dependency.kind = kind;
    dependency.is_optional = is_optional;
    manifest.dependencies.push(dependency);
}

/// Reads `setup.py`.
pub(super) fn read_py(document: usize, path: &str, text: &str) -> Manifest {
    let mut manifest = Manifest::new(document, path, Ecosystem::Python, Format::SetupPy);
    for (key, kind) in [("install_requires", Kind::Normal), ("tests_require", Kind::Development), ("setup_requires", Kind::Build)] {
        let Some((start, list)) = list_after(text, key) else { continue };
        for (span, item) in quoted(list) {
            if is_commented(list, span.start) {
                continue;
            }
            let Some(mut dependency) = pep508::parse(item, document, start + span.start) else { continue };
            dependency.kind = kind;
            key.clone_into(&mut dependency.section);
            manifest.dependencies.push(dependency);
        }
    }
    if let Some(at) = text.find("setup(") {
        let is_private = text.contains("Private ::");
        manifest.package = Some(Package {
            name: text_after(text, "name").map(str::to_owned),
            version: text_after(text, "version").map(str::to_owned),
            license: if text.contains("license") || text.contains("License ::") { License::Elsewhere } else { License::Missing },
            publishing: if is_private { Publishing::Never } else { Publishing::Unknown },
            span: at..at + "setup".len(),
        });
    }
    manifest
}

/// What follows `key =`.
fn after<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.match_indices(key).find_map(|(at, _)| {
        let is_start =
            !text.get(..at)?.ends_with(|letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '"' | '\''));
        let rest = text.get(at + key.len()..)?.trim_start().strip_prefix('=')?;
        (is_start && !rest.starts_with('=')).then(|| rest.trim_start())
    })
}

/// The list after `key =` and its place, when it is written as one.
fn list_after<'t>(text: &'t str, key: &str) -> Option<(usize, &'t str)> {
    let list = after(text, key)?.strip_prefix('[')?;
    // A `]` between quotes belongs to an extra.
    let mut quote = None;
    for (at, letter) in list.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == ']' => {
                let inner = list.get(..at)?;
                return Some((place_of(text, inner).start, inner));
            }
            _ => {}
        }
    }
    None
}

fn text_after<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let rest = after(text, key)?;
    rest.starts_with(['"', '\'']).then(|| quoted(rest).first().map(|(_, inner)| *inner)).flatten()
}

fn is_commented(list: &str, at: usize) -> bool {
    let before = list.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with('#')
}
