//! Whether what is shown is coloured.

use std::io::IsTerminal as _;

use super::args::{ColorWhen, Global};
use super::environment::variable;
use crate::report::Style;

fn wants_color(global: &Global, is_terminal: bool) -> bool {
    match global.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => is_terminal && variable("NO_COLOR").is_none(),
    }
}

/// How results are shown.
pub(super) fn style(global: &Global) -> Style {
    if wants_color(global, std::io::stdout().is_terminal()) { Style::Colored } else { Style::Plain }
}

/// Whether errors are coloured.
pub(super) fn colors_errors(global: &Global) -> bool {
    wants_color(global, std::io::stderr().is_terminal())
}
