//! Owns `pom.xml`, with what a POM takes from its parents in the project. Parents that only a repository has are not known.

use std::collections::BTreeMap;

use super::properties::filled;
use crate::model::{Dependency, Ecosystem, Format, Kind, License, Manifest, Origin, Package, Publishing, Trait, folder_of, join};
use crate::read::xml::{self, Tree};

/// Longer chains of parents are a circle.
const MAX_PARENTS: usize = 16;

/// A POM as it stands, without its parents.
#[derive(Debug)]
pub(super) struct Pom {
    document: usize,
    path: String,
    tree: Tree,
    project: usize,
}

/// What a POM has from itself and its parents.
#[derive(Debug, Default)]
struct Inherited {
    values: BTreeMap<String, String>,
    managed: BTreeMap<String, String>,
    has_license: bool,
    is_complete: bool,
}

impl Pom {
    /// Reads one manifest.
    pub(super) fn read(document: usize, path: &str, text: &str) -> Option<Self> {
        let tree = xml::parse(text)?;
        let is_project = tree.element(0).is_some_and(|root| root.name == "project");
        is_project.then(|| Self { document, path: path.to_owned(), tree, project: 0 })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.tree.text(self.project, name)
    }

    fn parent(&self) -> Option<usize> {
        self.tree.child(self.project, "parent")
    }

    fn parent_text(&self, name: &str) -> Option<&str> {
        self.tree.text(self.parent()?, name)
    }

    fn dependencies(&self, owner: usize) -> Vec<usize> {
        self.tree.child(owner, "dependencies").map(|list| self.tree.children(list, "dependency")).unwrap_or_default()
    }

    fn managed(&self, owner: usize) -> Vec<usize> {
        self.tree.child(owner, "dependencyManagement").map(|list| self.dependencies(list)).unwrap_or_default()
    }

    fn profiles(&self) -> Vec<usize> {
        self.tree.child(self.project, "profiles").map(|list| self.tree.children(list, "profile")).unwrap_or_default()
    }
}

/// Makes manifests of all POMs of the project.
pub(super) fn resolve(poms: &[Pom]) -> Vec<Manifest> {
    poms.iter().map(|pom| manifest_of(pom, poms)).collect()
}

fn manifest_of(pom: &Pom, poms: &[Pom]) -> Manifest {
    let mut manifest = Manifest::new(pom.document, &pom.path, Ecosystem::Maven, Format::Pom);
    let inherited = inherited(pom, poms);
    let has = |name: &str| pom.tree.child(pom.project, name).is_some();
    let span = pom.tree.child(pom.project, "artifactId").and_then(|id| pom.tree.element(id)).map_or(0..1, |element| element.span.clone());
    let license = pom
        .tree
        .child(pom.project, "licenses")
        .and_then(|list| pom.tree.child(list, "license"))
        .and_then(|license| pom.tree.text(license, "name"))
        .map(str::to_owned);
    let group = pom.text("groupId").or_else(|| pom.parent_text("groupId")).unwrap_or_default();
    manifest.package = Some(Package {
        name: pom.text("artifactId").map(|artifact| format!("{group}:{artifact}")),
        version: pom.text("version").or_else(|| pom.parent_text("version")).and_then(|version| filled(version, &inherited.values, false)),
        license: match license {
            Some(name) => License::Stated(name),
            None if inherited.has_license || !inherited.is_complete => License::Elsewhere,
            None => License::Missing,
        },
        publishing: if has("scm") && has("developers") { Publishing::Meant } else { Publishing::Unknown },
        span,
    });
    if pom.tree.child(pom.project, "modules").is_some() {
        manifest.traits.insert(Trait::IsWorkspace);
    }
    let mut owners = vec![(pom.project, false)];
    owners.extend(pom.profiles().into_iter().map(|profile| (profile, true)));
    for (owner, is_conditional) in owners {
        for (indices, kind) in [(pom.dependencies(owner), None), (pom.managed(owner), Some(Kind::Managed))] {
            for index in indices {
                let Some(mut dependency) = dependency_of(pom, index, &inherited) else { continue };
                dependency.is_conditional = is_conditional || pom.tree.text(index, "classifier").is_some();
                if let Some(kind) = kind {
                    dependency.kind = kind;
                    "dependencyManagement".clone_into(&mut dependency.section);
                }
                manifest.dependencies.push(dependency);
            }
        }
    }
    manifest
}

fn dependency_of(pom: &Pom, index: usize, inherited: &Inherited) -> Option<Dependency> {
    let text = |name: &str| pom.tree.text(index, name);
    let group = filled(text("groupId")?, &inherited.values, false)?;
    let artifact = filled(text("artifactId")?, &inherited.values, false)?;
    let element = pom.tree.element(pom.tree.child(index, "artifactId")?)?;
    let name = format!("{group}:{artifact}");
    let mut dependency = Dependency::new(Ecosystem::Maven, &name, crate::model::Spot::new(pom.document, element.span.clone()));
    let own = text("version").and_then(|version| filled(version, &inherited.values, false));
    dependency.requirement = match text("version") {
        Some(_) => own,
        None => inherited.managed.get(&name).cloned(),
    };
    dependency.is_inherited = text("version").is_none() && dependency.requirement.is_some();
    dependency.kind = match text("scope") {
        Some("test") => Kind::Development,
        Some("runtime" | "provided" | "system") => Kind::Runtime,
        // A list of versions.
        Some("import") => Kind::Managed,
        _ if text("type").is_some_and(|form| form == "pom") => Kind::Runtime,
        _ => Kind::Normal,
    };
    dependency.is_optional = text("optional") == Some("true");
    if let Some(path) = text("systemPath") {
        dependency.origin = Origin::Path(path.to_owned());
    }
    Some(dependency)
}

/// Walks up to the last parent that the project has.
fn inherited(pom: &Pom, poms: &[Pom]) -> Inherited {
    let mut chain = vec![pom];
    let mut current = pom;
    let mut is_complete = true;
    while current.parent().is_some() && chain.len() < MAX_PARENTS {
        let Some(parent) = parent_of(current, poms) else {
            is_complete = false;
            break;
        };
        chain.push(parent);
        current = parent;
    }
    let mut inherited = Inherited { is_complete, ..Inherited::default() };
    for pom in chain.iter().rev() {
        add_values(&mut inherited.values, pom);
        inherited.has_license |= pom.tree.child(pom.project, "licenses").is_some();
    }
    for pom in chain.iter().rev() {
        for index in pom.managed(pom.project) {
            let text = |name: &str| pom.tree.text(index, name).and_then(|text| filled(text, &inherited.values, false));
            if let (Some(group), Some(artifact), Some(version)) = (text("groupId"), text("artifactId"), text("version")) {
                inherited.managed.insert(format!("{group}:{artifact}"), version);
            }
        }
    }
    inherited
}

fn add_values(values: &mut BTreeMap<String, String>, pom: &Pom) {
    for name in ["groupId", "artifactId", "version"] {
        if let Some(value) = pom.parent_text(name) {
            values.insert(format!("project.parent.{name}"), value.to_owned());
        }
        if let Some(value) = pom.text(name).or_else(|| pom.parent_text(name)) {
            for start in ["project", "pom"] {
                values.insert(format!("{start}.{name}"), value.to_owned());
            }
        }
    }
    let Some(properties) = pom.tree.child(pom.project, "properties").and_then(|index| pom.tree.element(index)) else { return };
    for child in properties.children.iter().filter_map(|child| pom.tree.element(*child)) {
        values.insert(child.name.clone(), child.text.clone());
    }
}

/// The parent by its relative path, if it is the one that is named.
fn parent_of<'p>(pom: &Pom, poms: &'p [Pom]) -> Option<&'p Pom> {
    let artifact = pom.parent_text("artifactId")?;
    let relative = pom.parent_text("relativePath").unwrap_or("../pom.xml");
    let target = join(folder_of(&pom.path), relative)?;
    let inner = if target.is_empty() { "pom.xml".to_owned() } else { format!("{target}/pom.xml") };
    let found = poms.iter().find(|other| other.path == target || other.path == inner);
    found.filter(|other| other.text("artifactId") == Some(artifact) && other.document != pom.document)
}
