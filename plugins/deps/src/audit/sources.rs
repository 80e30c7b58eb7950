//! Owns git and path sources in packages that are made for a registry. Never looks at programs that are not published.

use devflow_plugin::Finding;

use crate::model::{Dependency, Kind, Manifest, Origin, Publishing};
use crate::project::Project;
use crate::rules::{self, listed};

/// All findings: one for each manifest and sort of source.
pub(super) fn inspect(project: &Project) -> Vec<Finding> {
    let published = project.manifests.iter().filter(|manifest| is_published(manifest));
    published.flat_map(|manifest| [of_sort(manifest, "git-dependency"), of_sort(manifest, "path-dependency")]).flatten().collect()
}

fn is_published(manifest: &Manifest) -> bool {
    manifest.package.as_ref().is_some_and(|package| package.publishing == Publishing::Meant)
}

fn of_sort(manifest: &Manifest, rule: &str) -> Option<Finding> {
    let is_git = rule == "git-dependency";
    let found: Vec<&Dependency> = manifest.dependencies.iter().filter(|dependency| leaks(dependency, is_git)).collect();
    let names = listed(found.iter().map(|dependency| dependency.alias.as_str()), 5);
    let (verb, from) = match (found.len(), is_git) {
        (1, true) => ("comes", "a git repository"),
        (1, false) => ("comes", "a folder"),
        (_, true) => ("come", "git repositories"),
        (_, false) => ("come", "folders"),
    };
    let message = format!("{names} {verb} from {from} without a version, which a registry refuses or its users cannot get");
    let mut finding = rules::finding(
        rule,
        &found.first()?.spot,
        message,
        "Name a version from the registry beside it, or say that the package is not published.",
    );
    finding.confidence = 80;
    Some(finding)
}

/// Whether a user of the published package would meet this source. With a version beside it, registries take the version.
fn leaks(dependency: &Dependency, is_git: bool) -> bool {
    let is_sort = match dependency.origin {
        Origin::Git { .. } => is_git,
        Origin::Path(_) => !is_git,
        Origin::Registry | Origin::Url | Origin::Workspace => false,
    };
    is_sort && dependency.requirement.is_none() && matches!(dependency.kind, Kind::Normal | Kind::Build | Kind::Runtime)
}
