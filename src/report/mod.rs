//! Owns what a run looks like: one view model and the formats made from it. Touches nothing but its arguments.

mod comparison;
mod machine;
mod page;
mod text;
mod view;

pub use comparison::{At, Comparison, FileChange, compare};
pub use machine::{Catalog, GITHUB_CAP, RuleText, checkstyle, csv, github, gitlab, junit, rdjsonl, sarif};
pub use page::{CostPeriod, Page, PageParts, SourceText, TrendPoint, page};
pub use text::{Style, finding_lines, printable, summary};
pub use view::{ArtifactView, Document, FileView, PatchView, document, file_view, language_name};

/// The formats of `--format` and `--output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// The summary, as a terminal shows it.
    Text,
    /// For a pull request.
    Markdown,
    /// One page for a browser.
    Html,
    /// The stable document `devflow.run/1`, indented.
    Json,
    /// A line for each file, and one for the run.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// GitLab's Code Quality.
    Gitlab,
    /// Annotations of GitHub Actions.
    Github,
    /// JUnit's XML: a finding is a failed test, a failure is an error.
    Junit,
    /// Checkstyle's XML, with the findings by file.
    Checkstyle,
    /// A line of JSON for each finding, in reviewdog's own form.
    Rdjsonl,
    /// Comma-separated values, a finding a line.
    Csv,
    /// A template, by name or path.
    Template(String),
}

impl Format {
    /// Extensions that choose a format by themselves, as a user reads them.
    pub const EXTENSIONS: &str = ".md, .html, .json, .jsonl, .sarif, .csv, .txt";

    /// Names of all formats but `template:NAME`.
    pub const NAMES: [&str; 12] =
        ["text", "markdown", "html", "json", "jsonl", "sarif", "gitlab", "github", "junit", "checkstyle", "rdjsonl", "csv"];

    /// The format called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "markdown" => Self::Markdown,
            "html" => Self::Html,
            "json" => Self::Json,
            "jsonl" => Self::Jsonl,
            "sarif" => Self::Sarif,
            "gitlab" => Self::Gitlab,
            "github" => Self::Github,
            "junit" => Self::Junit,
            "checkstyle" => Self::Checkstyle,
            "rdjsonl" => Self::Rdjsonl,
            "csv" => Self::Csv,
            _ => Self::Template(name.strip_prefix("template:").filter(|name| !name.is_empty())?.to_owned()),
        })
    }

    /// The format that a file name asks for.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "json" => Some(Self::Json),
            "jsonl" => Some(Self::Jsonl),
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "sarif" => Some(Self::Sarif),
            "csv" => Some(Self::Csv),
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

/// One line for each file, then one for the run, with what it was given as its `type`.
pub fn jsonl(document: &Document<'_>) -> String {
    let mut text: String = document.files.iter().map(|file| json_line("file", file)).collect();
    text.push_str(&json_line("run", &document.without_files()));
    text
}

/// One line of the streamed document.
pub fn json_line<T: serde::Serialize>(kind: &'static str, value: &T) -> String {
    #[derive(serde::Serialize)]
    struct Line<'a, T> {
        r#type: &'static str,
        #[serde(flatten)]
        value: &'a T,
    }
    let mut text = serde_json::to_string(&Line { r#type: kind, value }).expect("the document has no keys that JSON cannot hold");
    text.push('\n');
    text
}
