//! Variables of the environment.

use std::path::PathBuf;

/// A variable of the environment that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the command line owns the environment")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A folder below the user's directory of a kind: `XDG_DATA_HOME` or `~/.local/share`, for example.
pub(super) fn user_folder(variable_name: &str, below_home: &str) -> Option<PathBuf> {
    let base = variable(variable_name).map(PathBuf::from).filter(|path| path.is_absolute());
    base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(below_home))).map(|base| base.join("devflow"))
}
