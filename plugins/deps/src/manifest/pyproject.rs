//! Owns `pyproject.toml`: the standard tables, and those of Poetry, uv and PDM. Never reads `setup.py`.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::pep508;
use crate::model::{Dependency, Ecosystem, Format, Kind, License, Manifest, Origin, Package, Publishing, Trait};
use crate::read::table;

/// Reads one manifest.
pub(super) fn read(document: usize, path: &str, text: &str) -> Option<Manifest> {
    let root = table::parse(text)?;
    let mut manifest = Manifest::new(document, path, Ecosystem::Python, Format::Pyproject);
    if let Some(project) = table::table(&root, "project") {
        read_project(&mut manifest, project);
    }
    if let Some(groups) = table::table(&root, "dependency-groups") {
        read_lists(&mut manifest, groups, Kind::Development, false);
    }
    let tool = |keys: &[&str]| table::table(&root, "tool").and_then(|tool| table::table_at(tool, keys));
    if let Some(uv) = tool(&["uv"]) {
        read_list(&mut manifest, uv, "dev-dependencies", (Kind::Development, false));
        if table::truth(uv, "package") == Some(false) {
            manifest.traits.insert(Trait::IsProgram);
        }
        apply_sources(&mut manifest, table::table(uv, "sources"));
    }
    if let Some(groups) = tool(&["pdm", "dev-dependencies"]) {
        read_lists(&mut manifest, groups, Kind::Development, false);
    }
    if let Some(poetry) = tool(&["poetry"]) {
        read_poetry(&mut manifest, poetry);
    }
    if let Some(build) = table::table(&root, "build-system") {
        read_list(&mut manifest, build, "requires", (Kind::Build, false));
    }
    Some(manifest)
}

fn read_project(manifest: &mut Manifest, project: &DeTable<'_>) {
    let texts = |key: &str| table::texts(project, key);
    let classifiers = texts("classifiers");
    let names_license = classifiers.iter().any(|(name, _)| name.starts_with("License ::"));
    let is_dynamic = texts("dynamic").iter().any(|(name, _)| matches!(*name, "license" | "license-files" | "classifiers"));
    let license = match table::get(project, "license") {
        Some(DeValue::String(stated)) => License::Stated(stated.to_string()),
        Some(_) => License::Elsewhere,
        None if names_license || is_dynamic || project.contains_key("license-files") => License::Elsewhere,
        None => License::Missing,
    };
    let publishing = if classifiers.iter().any(|(name, _)| name.starts_with("Private ::")) {
        Publishing::Never
    } else if !classifiers.is_empty() {
        Publishing::Meant
    } else {
        Publishing::Unknown
    };
    let text = |key: &str| table::text(project, key).map(str::to_owned);
    let span = table::key_span(project, "name").unwrap_or(0..0);
    manifest.package = Some(Package { name: text("name"), version: text("version"), license, publishing, span });
    read_list(manifest, project, "dependencies", (Kind::Normal, false));
    if let Some(extras) = table::table(project, "optional-dependencies") {
        read_lists(manifest, extras, Kind::Normal, true);
    }
}

fn read_lists(manifest: &mut Manifest, groups: &DeTable<'_>, kind: Kind, is_optional: bool) {
    for (name, _) in table::entries(groups) {
        read_list(manifest, groups, name.get_ref(), (kind, is_optional));
    }
}

fn read_list(manifest: &mut Manifest, parent: &DeTable<'_>, key: &str, (kind, is_optional): (Kind, bool)) {
    for (text, span) in table::texts(parent, key) {
        // One byte for the quote before the text.
        let Some(mut dependency) = pep508::parse(text, manifest.document, span.start + 1) else { continue };
        dependency.section = key.to_owned();
        dependency.kind = kind;
        dependency.is_optional = is_optional;
        manifest.dependencies.push(dependency);
    }
}

fn read_poetry(manifest: &mut Manifest, poetry: &DeTable<'_>) {
    if table::truth(poetry, "package-mode") == Some(false) {
        manifest.traits.insert(Trait::IsProgram);
    }
    if manifest.package.is_none() && poetry.contains_key("name") {
        let classifiers = table::texts(poetry, "classifiers");
        let license = match table::text(poetry, "license") {
            Some(license) => License::Stated(license.to_owned()),
            None if classifiers.iter().any(|(name, _)| name.starts_with("License ::")) => License::Elsewhere,
            None => License::Missing,
        };
        let is_private = classifiers.iter().any(|(name, _)| name.starts_with("Private ::")) || manifest.has(Trait::IsProgram);
        let publishing = match (is_private, classifiers.is_empty()) {
            (true, _) => Publishing::Never,
            (false, false) => Publishing::Meant,
            (false, true) => Publishing::Unknown,
        };
        let text = |key: &str| table::text(poetry, key).map(str::to_owned);
        let span = table::key_span(poetry, "name").unwrap_or(0..0);
        manifest.package = Some(Package { name: text("name"), version: text("version"), license, publishing, span });
    }
    poetry_section(manifest, poetry, ("dependencies", Kind::Normal));
    poetry_section(manifest, poetry, ("dev-dependencies", Kind::Development));
    for (name, group) in table::table(poetry, "group").map(table::entries).unwrap_or_default() {
        let kind = if name.get_ref() == "main" { Kind::Normal } else { Kind::Development };
        if let Some(group) = group.get_ref().as_table() {
            poetry_section(manifest, group, ("dependencies", kind));
        }
    }
}

fn poetry_section(manifest: &mut Manifest, parent: &DeTable<'_>, (section, kind): (&str, Kind)) {
    let Some(inner) = table::table(parent, section) else { return };
    for (key, value) in table::entries(inner) {
        let alias: &str = key.get_ref();
        if alias == "python" {
            continue;
        }
        let mut dependency = Dependency::new(Ecosystem::Python, &pep508::normalized(alias), manifest.spot(key.span()));
        alias.clone_into(&mut dependency.alias);
        dependency.section = section.to_owned();
        dependency.kind = kind;
        match value.get_ref() {
            DeValue::String(version) => dependency.requirement = Some(version.to_string()),
            DeValue::Table(details) => {
                dependency.requirement = table::text(details, "version").map(str::to_owned);
                dependency.is_optional = table::truth(details, "optional") == Some(true);
                dependency.is_conditional = ["markers", "python", "platform"].iter().any(|key| details.contains_key(*key));
                dependency.origin = origin_of(details);
            }
            // A list: one entry for each condition.
            DeValue::Array(_) => dependency.is_conditional = true,
            _ => continue,
        }
        manifest.dependencies.push(dependency);
    }
}

fn origin_of(details: &DeTable<'_>) -> Origin {
    if details.contains_key("git") {
        Origin::Git { is_fixed: details.contains_key("rev") || details.contains_key("tag") }
    } else if let Some(path) = table::text(details, "path") {
        Origin::Path(path.to_owned())
    } else if details.contains_key("url") {
        Origin::Url
    } else if table::truth(details, "workspace") == Some(true) {
        Origin::Workspace
    } else {
        Origin::Registry
    }
}

/// uv says in a table of its own where packages come from.
fn apply_sources(manifest: &mut Manifest, sources: Option<&DeTable<'_>>) {
    let Some(sources) = sources else { return };
    let origins: BTreeMap<String, Origin> = table::entries(sources)
        .into_iter()
        .filter_map(|(key, value)| Some((pep508::normalized(key.get_ref()), origin_of(value.get_ref().as_table()?))))
        .collect();
    for dependency in &mut manifest.dependencies {
        if let Some(origin) = origins.get(&dependency.name) {
            dependency.origin = origin.clone();
        }
    }
}
