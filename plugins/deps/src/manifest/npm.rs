//! Owns `package.json`. Never looks into `node_modules`.

use crate::model::{Dependency, Ecosystem, Format, Kind, License, Manifest, Origin, Package, Publishing, Trait};
use crate::read::json::{self, Node, Value};

const SECTIONS: [(&str, Kind, bool); 4] = [
    ("dependencies", Kind::Normal, false),
    ("devDependencies", Kind::Development, false),
    ("optionalDependencies", Kind::Normal, true),
    ("peerDependencies", Kind::Peer, false),
];

/// Reads one manifest.
pub(super) fn read(document: usize, path: &str, text: &str) -> Option<Manifest> {
    let root = json::parse(text)?;
    if !matches!(root.value, Value::Object(_)) {
        return None;
    }
    let mut manifest = Manifest::new(document, path, Ecosystem::Npm, Format::PackageJson);
    manifest.package = Some(package_of(&root));
    if root.get("workspaces").is_some() {
        manifest.traits.insert(Trait::IsWorkspace);
    }
    let library_keys = ["main", "module", "exports", "types", "typings", "bin", "files", "browser"];
    let is_private = root.get("private").and_then(Node::truth) == Some(true);
    if !is_private && library_keys.iter().any(|key| root.get(key).is_some()) {
        manifest.traits.insert(Trait::IsLibrary);
    }
    for (section, kind, is_optional) in SECTIONS {
        let Some(entries) = root.get(section) else { continue };
        manifest.declaring.push(entries.span.clone());
        for member in entries.members() {
            let Some(requirement) = member.node.text() else { continue };
            let mut dependency = Dependency::new(Ecosystem::Npm, &member.key, manifest.spot(member.key_span.clone()));
            dependency.section = section.to_owned();
            dependency.kind = kind;
            dependency.is_optional = is_optional;
            describe(&mut dependency, requirement.trim());
            manifest.dependencies.push(dependency);
        }
    }
    for key in ["peerDependenciesMeta", "resolutions", "overrides", "pnpm", "bundledDependencies", "bundleDependencies"] {
        manifest.declaring.extend(root.get(key).map(|node| node.span.clone()));
    }
    Some(manifest)
}

fn package_of(root: &Node) -> Package {
    let text = |key: &str| root.text_of(key).map(str::to_owned);
    let license = root.get("license").or_else(|| root.get("licence"));
    let license = match license.and_then(|node| node.text().or_else(|| node.text_of("type"))) {
        Some(stated) if stated.starts_with("SEE LICENSE") => License::Elsewhere,
        Some(stated) if !stated.trim().is_empty() => License::Stated(stated.to_owned()),
        _ => listed_licenses(root),
    };
    let publishing = if root.get("private").and_then(Node::truth) == Some(true) {
        Publishing::Never
    } else if text("name").is_some() && text("version").is_some() && (root.get("files").is_some() || root.get("publishConfig").is_some()) {
        Publishing::Meant
    } else {
        Publishing::Unknown
    };
    let named = root.members().iter().find(|member| member.key == "name");
    let span = named.map_or(root.span.start..root.span.start + 1, |member| member.key_span.clone());
    Package { name: text("name"), version: text("version"), license, publishing, span }
}

/// The old form: a list of objects.
fn listed_licenses(root: &Node) -> License {
    let Some(list) = root.get("licenses") else { return License::Missing };
    let names: Vec<&str> = list.items().iter().filter_map(|item| item.text().or_else(|| item.text_of("type"))).collect();
    if names.is_empty() { License::Elsewhere } else { License::Stated(names.join(" OR ")) }
}

fn describe(dependency: &mut Dependency, requirement: &str) {
    dependency.requirement = Some(requirement.to_owned());
    if let Some(real) = requirement.strip_prefix("npm:") {
        let (name, version) = split_alias(real);
        dependency.name = name.to_owned();
        dependency.requirement = version.map(str::to_owned);
        return;
    }
    let git = ["git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:"];
    let local = ["file:", "link:", "portal:", "./", "../", "~/", "/"];
    let is_short_git = || requirement.split('#').next().is_some_and(is_owner_and_name);
    if requirement.starts_with("workspace:") || requirement.starts_with("catalog:") {
        dependency.origin = Origin::Workspace;
    } else if git.iter().any(|start| requirement.starts_with(start)) || is_short_git() || is_git_address(requirement) {
        dependency.origin = Origin::Git { is_fixed: requirement.contains('#') };
    } else if requirement.starts_with("http:") || requirement.starts_with("https:") {
        dependency.origin = Origin::Url;
    } else if let Some(start) = local.iter().find(|start| requirement.starts_with(**start)) {
        let path = if start.ends_with(':') { requirement.get(start.len()..).unwrap_or_default() } else { requirement };
        dependency.origin = Origin::Path(path.to_owned());
    } else {
        return;
    }
    dependency.requirement = None;
}

/// Splits `name@range`, where the name may begin with `@`.
fn split_alias(real: &str) -> (&str, Option<&str>) {
    match real.rfind('@') {
        Some(at) if at > 0 => (real.get(..at).unwrap_or(real), real.get(at + 1..)),
        _ => (real, None),
    }
}

fn is_owner_and_name(text: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    text.split_once('/').is_some_and(|(owner, name)| is_plain(owner) && !owner.starts_with('.') && is_plain(name))
}

fn is_git_address(requirement: &str) -> bool {
    let address = requirement.split('#').next().unwrap_or_default();
    requirement.starts_with("ssh://") || (requirement.starts_with("http") && address.ends_with(".git"))
}
