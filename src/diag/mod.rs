//! Owns how a mistake in what the user wrote for devflow is shown: place, excerpt, nearest known name.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gravity {
    /// The run does not start.
    Error,
    /// The run starts all the same.
    Warning,
}

/// Where a diagnostic points to: a byte range in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Name of the file, as the user knows it.
    pub name: String,
    /// The whole text that `range` points into.
    pub text: String,
    /// Bytes to underline.
    pub range: std::ops::Range<usize>,
    /// What to say under the line; may be empty.
    pub label: String,
}

/// Something wrong in what the user wrote for devflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it keeps the run from starting.
    pub gravity: Gravity,
    /// Kebab-case, such as `unknown-key`.
    pub code: &'static str,
    /// Lower case, no full stop.
    pub message: String,
    /// Its place, when it is in a file.
    pub excerpt: Option<Excerpt>,
    /// What the user can do about it, shown as `help`.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// Shows the diagnostic as several lines, without a final line end. `color` adds ANSI codes.
    pub fn render(&self, color: bool) -> String {
        let level = match self.gravity {
            Gravity::Error => Level::ERROR,
            Gravity::Warning => Level::WARNING,
        };
        let title = level.primary_title(&self.message).id(self.code);
        let mut group = match &self.excerpt {
            Some(excerpt) => {
                let annotation = AnnotationKind::Primary.span(excerpt.range.clone()).label(&excerpt.label);
                title.element(Snippet::source(&excerpt.text).path(&excerpt.name).annotation(annotation))
            }
            None => Group::with_title(title),
        };
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group]).to_string()
    }
}

/// The known name nearest to `name`, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().max(name.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_and_hint_are_shown() {
        let diagnostic = Diagnostic {
            gravity: Gravity::Error,
            code: "unknown-key",
            message: "no setting `sice` in `[batch]`".to_owned(),
            excerpt: Some(Excerpt {
                name: "devflow.toml".to_owned(),
                text: "[batch]\nsice = 3\n".to_owned(),
                range: 8..12,
                label: "did you mean `size`?".to_owned(),
            }),
            hint: None,
        };
        insta::assert_snapshot!(diagnostic.render(false), @r"
        error[unknown-key]: no setting `sice` in `[batch]`
         --> devflow.toml:2:1
          |
        2 | sice = 3
          | ^^^^ did you mean `size`?
        ");
    }

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(nearest("fial-on", ["fail-on", "fail-below"]), Some("fail-on"));
        assert_eq!(nearest("colour", ["size"]), None);
    }
}
