//! Versions and requirements of Cargo, as Cargo reads them.

use semver::{BuildMetadata, Version, VersionReq};

use super::semver::{digits, split};

/// Reads a version; what advisories call `0` or `1.2` has zeros for the numbers that it lacks. Build metadata does not count.
pub(super) fn parse(text: &str) -> Option<Version> {
    let text = text.trim();
    let version = Version::parse(text).ok().or_else(|| {
        let (numbers, _) = split(text)?;
        let pre = text.split_once('-').map_or("", |(_, pre)| pre);
        let mut parts = [0; 3];
        for (at, number) in numbers.split('.').enumerate() {
            *parts.get_mut(at)? = digits(number)?;
        }
        let [major, minor, patch] = parts;
        let pre = semver::Prerelease::new(pre.split('+').next().unwrap_or("")).ok()?;
        Some(Version { major, minor, patch, pre, build: BuildMetadata::EMPTY })
    });
    version.map(|version| Version { build: BuildMetadata::EMPTY, ..version })
}

/// Whether a version fits a requirement; nothing when one of them is not understood.
pub(super) fn satisfies(requirement: &str, version: &str) -> Option<bool> {
    Some(VersionReq::parse(requirement.trim()).ok()?.matches(&parse(version)?))
}
