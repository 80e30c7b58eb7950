//! Owns `Cargo.toml`, and what members take from their workspace. Never asks whether a version exists.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::model::{Dependency, Ecosystem, Format, Kind, License, Manifest, Origin, Package, Publishing, Trait, is_inside, join};
use crate::read::table;

const SECTIONS: [(&str, Kind); 5] = [
    ("dependencies", Kind::Normal),
    ("dev-dependencies", Kind::Development),
    ("dev_dependencies", Kind::Development),
    ("build-dependencies", Kind::Build),
    ("build_dependencies", Kind::Build),
];

/// Reads one manifest.
pub(super) fn read(document: usize, path: &str, text: &str) -> Option<Manifest> {
    let root = table::parse(text)?;
    let mut manifest = Manifest::new(document, path, Ecosystem::Cargo, Format::CargoToml);
    if let Some(package) = table::table(&root, "package").or_else(|| table::table(&root, "project")) {
        let span = table::key_span(package, "name").unwrap_or(0..0);
        manifest.package = Some(package_of(package, span, &mut manifest));
    }
    if let Some(workspace) = table::table(&root, "workspace") {
        manifest.traits.insert(Trait::IsWorkspace);
        if let Some(shared) = table::table(workspace, "package")
            && (shared.contains_key("license") || shared.contains_key("license-file"))
        {
            manifest.traits.insert(Trait::GivesLicense);
        }
        read_section(&mut manifest, workspace, ("dependencies", Kind::Managed), false);
    }
    if has_sources_elsewhere(&root) {
        manifest.traits.insert(Trait::HasSourcesElsewhere);
    }
    for section in SECTIONS {
        read_section(&mut manifest, &root, section, false);
        for (name, target) in table::table(&root, "target").map(table::entries).unwrap_or_default() {
            // Never built: it only bounds the version of what others bring.
            if name.get_ref() == "cfg(any())" {
                continue;
            }
            if let Some(target) = target.get_ref().as_table() {
                read_section(&mut manifest, target, section, true);
            }
        }
    }
    mark_features(&mut manifest, &root);
    Some(manifest)
}

/// A feature may switch on one of a dependency, which has to be declared for that.
fn mark_features(manifest: &mut Manifest, root: &DeTable<'_>) {
    let Some(features) = table::table(root, "features") else { return };
    let parts: Vec<&str> =
        table::entries(features).iter().flat_map(|(name, _)| table::texts(features, name.get_ref())).map(|(part, _)| part).collect();
    let names: BTreeSet<&str> =
        parts.iter().filter_map(|part| part.split(['/', '?']).next()).map(|part| part.trim_start_matches("dep:")).collect();
    for dependency in &mut manifest.dependencies {
        dependency.has_features |= names.contains(dependency.alias.as_str());
    }
}

fn package_of(package: &DeTable<'_>, span: Range<usize>, manifest: &mut Manifest) -> Package {
    let inherits = |key: &str| table::table(package, key).and_then(|inner| table::truth(inner, "workspace")) == Some(true);
    let license = match table::text(package, "license") {
        Some(license) => License::Stated(license.to_owned()),
        None if package.contains_key("license-file") => License::Elsewhere,
        None => License::Missing,
    };
    if inherits("license") || inherits("license-file") {
        manifest.traits.insert(Trait::InheritsLicense);
    }
    let never = match table::get(package, "publish") {
        Some(DeValue::Boolean(publish)) => !publish,
        Some(DeValue::Array(registries)) => registries.is_empty(),
        // `publish.workspace = true` may say anything.
        Some(_) => true,
        None => false,
    };
    let has = |key: &str| package.contains_key(key);
    let is_meant = has("description") && (has("license") || has("license-file")) && has("version") && has("repository");
    let publishing = match (never, is_meant) {
        (true, _) => Publishing::Never,
        (false, true) => Publishing::Meant,
        (false, false) => Publishing::Unknown,
    };
    let text = |key: &str| table::text(package, key).map(str::to_owned);
    Package { name: text("name"), version: text("version"), license, publishing, span }
}

fn has_sources_elsewhere(root: &DeTable<'_>) -> bool {
    let leads_out = |part: &DeTable<'_>| table::text(part, "path").is_some_and(|path| path.starts_with(".."));
    let lists = ["bin", "test", "example", "bench"];
    table::table(root, "lib").is_some_and(leads_out)
        || lists.iter().flat_map(|name| table::list(root, name)).filter_map(|item| item.get_ref().as_table()).any(leads_out)
}

fn read_section(manifest: &mut Manifest, parent: &DeTable<'_>, (section, kind): (&str, Kind), is_conditional: bool) {
    let Some(inner) = table::table(parent, section) else { return };
    for (key, value) in table::entries(inner) {
        let alias: &str = key.get_ref();
        let mut dependency = Dependency::new(Ecosystem::Cargo, alias, manifest.spot(key.span()));
        dependency.section = section.to_owned();
        dependency.kind = kind;
        dependency.is_conditional = is_conditional;
        match value.get_ref() {
            DeValue::String(version) => dependency.requirement = Some(version.to_string()),
            DeValue::Table(details) => describe(&mut dependency, details),
            _ => continue,
        }
        manifest.dependencies.push(dependency);
    }
}

fn describe(dependency: &mut Dependency, details: &DeTable<'_>) {
    let text = |key: &str| table::text(details, key).map(str::to_owned);
    if let Some(name) = text("package") {
        dependency.name = name;
    }
    dependency.requirement = text("version");
    dependency.has_features = details.contains_key("features");
    dependency.is_optional = table::truth(details, "optional") == Some(true);
    dependency.origin = if table::truth(details, "workspace") == Some(true) {
        Origin::Workspace
    } else if details.contains_key("git") {
        Origin::Git { is_fixed: details.contains_key("rev") || details.contains_key("tag") }
    } else if let Some(path) = text("path") {
        Origin::Path(path)
    } else {
        Origin::Registry
    };
}

/// Gives members what they take from the workspace above them.
pub(super) fn inherit(manifests: &mut [Manifest]) {
    let roots: Vec<Manifest> =
        manifests.iter().filter(|manifest| manifest.format == Format::CargoToml && manifest.has(Trait::IsWorkspace)).cloned().collect();
    for manifest in manifests.iter_mut().filter(|manifest| manifest.format == Format::CargoToml) {
        let folder = manifest.folder.clone();
        let above = roots.iter().filter(|root| is_inside(&folder, &root.folder)).max_by_key(|root| root.folder.len());
        let Some(root) = above else { continue };
        if let Some(package) = &mut manifest.package
            && manifest.traits.contains(&Trait::InheritsLicense)
            && root.has(Trait::GivesLicense)
        {
            package.license = License::Elsewhere;
        }
        for dependency in manifest.dependencies.iter_mut().filter(|dependency| dependency.origin == Origin::Workspace) {
            let shared = root.dependencies.iter().find(|shared| shared.kind == Kind::Managed && shared.alias == dependency.alias);
            let Some(shared) = shared else { continue };
            dependency.name.clone_from(&shared.name);
            dependency.has_features |= shared.has_features;
            dependency.is_inherited = true;
            dependency.requirement.clone_from(&shared.requirement);
            dependency.origin = match &shared.origin {
                Origin::Path(path) => Origin::Path(relative(&folder, &root.folder, path)),
                other => other.clone(),
            };
        }
    }
}

/// A path of the workspace, as seen from a member.
fn relative(member: &str, root: &str, path: &str) -> String {
    let depth = member.split('/').filter(|part| !part.is_empty()).count();
    join(root, path).map_or_else(|| path.to_owned(), |target| format!("{}{target}", "../".repeat(depth)))
}
