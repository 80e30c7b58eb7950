//! Owns versions that stand fixed in a manifest, for ecosystems and projects without a lock file of its own.

use devflow_plugin::Document;

use crate::model::{Dependency, Ecosystem, Format, Lock, Locked, Manifest, Origin};
use crate::read::lines::lines;

/// Reads `gradle.lockfile`.
pub(super) fn read_gradle(document: usize, path: &str, text: &str) -> Lock {
    let mut lock = Lock::new(document, path, Ecosystem::Maven);
    for (start, line) in lines(text).filter(|(_, line)| !line.starts_with('#')) {
        let Some((coordinates, _)) = line.split_once('=') else { continue };
        let Some((name, version)) = coordinates.rsplit_once(':').filter(|(name, _)| name.contains(':')) else { continue };
        lock.packages.push(Locked::new(name, version, start..start + coordinates.len()));
    }
    lock
}

/// The fixed versions of one manifest, unless a lock file says them.
pub(super) fn of_manifest(manifest: &Manifest, documents: &[Document], locks: &[Lock]) -> Option<Lock> {
    let document = documents.get(manifest.document)?;
    let is_locked = || locks.iter().any(|lock| lock.ecosystem == manifest.ecosystem && lock.covers(&manifest.folder));
    let version_of: fn(&Dependency) -> Option<&str> = match manifest.format {
        Format::GoMod => |dependency| dependency.requirement.as_deref(),
        Format::Requirements => exact,
        Format::Pom | Format::Gradle | Format::Catalog if !is_locked() => plain,
        _ => return None,
    };
    let mut lock = Lock::new(manifest.document, &document.path, manifest.ecosystem);
    lock.is_file = false;
    for dependency in manifest.dependencies.iter().filter(|dependency| dependency.origin == Origin::Registry && !dependency.is_inherited) {
        let Some(version) = version_of(dependency) else { continue };
        lock.packages.push(Locked::new(&dependency.name, version, dependency.spot.start..dependency.spot.end));
    }
    Some(lock)
}

/// `==1.2` and nothing else.
fn exact(dependency: &Dependency) -> Option<&str> {
    let version = dependency.requirement.as_deref()?.strip_prefix("==")?.trim_start_matches('=').trim();
    (!version.contains(['*', ',']) && !version.is_empty()).then_some(version)
}

/// A version, not a range.
fn plain(dependency: &Dependency) -> Option<&str> {
    let version = dependency.requirement.as_deref()?;
    let is_plain = version.starts_with(|letter: char| letter.is_ascii_digit()) && !version.ends_with('+') && !version.contains([',', '*']);
    is_plain.then_some(version)
}
