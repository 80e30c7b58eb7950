//! What a plugin is written in.

use std::path::Path;

use super::error::BuildError;

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rust,
    JavaScript,
    Python,
    C,
}

impl Kind {
    pub(super) fn of(dir: &Path) -> Result<Self, BuildError> {
        let kinds = [Self::Rust, Self::JavaScript, Self::Python, Self::C];
        kinds.into_iter().find(|kind| dir.join(kind.manifest()).is_file()).ok_or_else(|| BuildError::NoManifest { path: dir.to_owned() })
    }

    pub(super) fn manifest(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::JavaScript => "package.json",
            Self::Python => "pyproject.toml",
            Self::C => "plugin.toml",
        }
    }

    /// Endings of the files in its folder that a plugin is made of; a Rust plugin has `src` instead.
    pub(super) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Rust => &[],
            Self::JavaScript => &["js", "mjs"],
            Self::Python => &["py"],
            Self::C => &["c", "h"],
        }
    }
}
