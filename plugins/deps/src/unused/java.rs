//! Owns unused libraries of Maven and Gradle: only those whose packages are known, since a group id need not be a part of their names.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use devflow_plugin::Finding;

use super::{Sources, finding, tables};
use crate::model::{Format, Kind, Origin};
use crate::project::Project;

/// Words of a build whose sources are not all seen: other languages of the same machine, and generators.
const ELSEWHERE: [&str; 14] = [
    "antlr",
    "avro",
    "clojure",
    "generated-sources",
    "groovy",
    "grpc",
    "jaxb",
    "jooq",
    "openapi-generator",
    "protobuf",
    "scala",
    "swagger-codegen",
    "thrift",
    "wsdl",
];

/// All findings.
pub(super) fn inspect(project: &Project, sources: &Sources<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in project.manifests.iter().filter(|manifest| matches!(manifest.format, Format::Pom | Format::Gradle)) {
        let judged = manifest.dependencies.iter().filter(|dependency| {
            dependency.kind == Kind::Normal
                && !dependency.is_optional
                && !dependency.is_conditional
                && dependency.origin == Origin::Registry
                // What is declared for others need not be imported here.
                && dependency.section != "api"
        });
        let known: Vec<_> = judged.filter_map(|dependency| Some((dependency, packages_of(&dependency.name)?))).collect();
        let text = project.text(manifest.document);
        if known.is_empty() || ELSEWHERE.iter().any(|word| text.contains(word)) {
            continue;
        }
        let below = sources.below(&manifest.folder, &["java", "kotlin"]);
        if below.is_empty() || !sources.unread(&manifest.folder, &["java", "kotlin"]).is_empty() {
            continue;
        }
        let imports: BTreeSet<&str> = below.iter().flat_map(|(_, source)| &source.imports).map(|import| import.name.as_str()).collect();
        let words: OnceCell<Vec<BTreeSet<String>>> = OnceCell::new();
        let all_words = || below.iter().map(|(index, _)| sources.host.words(*index).into_iter().collect()).collect();
        // A name may be written in full, without an import.
        let is_written =
            |package: &str| words.get_or_init(all_words).iter().any(|words| package.split('.').all(|part| words.contains(part)));
        for (dependency, packages) in known {
            let is_imported = packages.iter().any(|package| imports.iter().any(|import| import.contains(package)));
            if !is_imported && !packages.iter().any(|package| is_written(package)) {
                findings.push(finding(dependency, 75));
            }
        }
    }
    findings
}

fn packages_of(name: &str) -> Option<&'static [&'static str]> {
    tables::JAVA_PACKAGES.iter().find(|(library, _)| *library == name).map(|(_, packages)| *packages)
}
