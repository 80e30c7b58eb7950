//! Owns the smells that only a project shows. Never sees the text of a source; the host gives outlines.

mod copies;
mod hubs;
mod imports;
mod unused;

use devflow_plugin::{Finding, Host, Role, Source};

/// Documents that tell which packages are programs.
pub const GLOBS: [&str; 2] = ["**/Cargo.toml", "**/package.json"];

/// All smells of a project.
pub fn inspect(host: &dyn Host) -> Vec<Finding> {
    let sources = host.sources();
    let mut findings = Vec::new();
    copies::inspect(host, &sources, &mut findings);
    hubs::inspect(&sources, &mut findings);
    unused::inspect(host, &sources, &mut findings);
    findings
}

/// Whether a source is ordinary code that somebody here wrote.
fn is_own(source: &Source) -> bool {
    const FOREIGN: &[&str] = &["vendor", "third_party", "thirdparty", "node_modules", "generated", "gen", "deps", "external", "migrations"];
    source.role == Role::Source && !source.path.split('/').any(|part| FOREIGN.contains(&part))
}

/// The folder of a path, without a slash at the end; empty at the root.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The name of a file without its last ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
