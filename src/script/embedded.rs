//! Owns the scripts that come with devflow.

/// A script that comes with devflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Such as `hot-files-first`.
    pub name: &'static str,
    /// Source of the script, in Rhai.
    pub text: &'static str,
}

macro_rules! embed {
    ($($name:literal,)*) => {
        &[$(Embedded { name: $name, text: include_str!(concat!("../../scripts/", $name, ".rhai")) }),*]
    };
}

/// All of them, by name.
pub const SCRIPTS: &[Embedded] =
    embed!["budget-sweep", "changed-since", "hot-files-first", "monorepo", "quality-trend", "two-pass", "weekly-digest",];

/// The first comment of a script: what it does.
pub fn summary(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().take_while(|line| line.starts_with("//")).map(|line| line.trim_start_matches('/').trim());
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
