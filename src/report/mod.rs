//! Owns what a run looks like: one view model and the formats made from it. Touches nothing but its arguments.

mod markdown;
mod text;
mod view;

pub use markdown::markdown;
pub use text::{Style, finding_lines, printable, summary};
pub use view::{ArtifactView, Document, FileView, PatchView, document, language_name};

/// The formats of `--format` and `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// The stable document.
    Json,
    /// For a pull request.
    Markdown,
}

impl Format {
    /// The format that a file name asks for.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "json" => Some(Self::Json),
            "md" | "markdown" => Some(Self::Markdown),
            "txt" => Some(Self::Text),
            _ => None,
        }
    }
}

/// A count with its noun, which gets an `s` for any number but one.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What a verdict is about: all of it, or what the filter left.
fn scope(looked_at: usize, n_declined: usize) -> String {
    match n_declined {
        0 => "everything was looked at".to_owned(),
        _ => format!("{} looked at, {n_declined} declined", counted(looked_at, "file")),
    }
}

/// The stable document as JSON, ending with a line end.
pub fn json(document: &Document<'_>) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("the document has no keys that JSON cannot hold");
    text.push('\n');
    text
}
