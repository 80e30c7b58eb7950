//! Owns rendering templates: the engine's settings and filters. Reads no file but the one it is given.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

/// Name and text of the Markdown report that comes with devflow.
pub const REPORT_MARKDOWN: (&str, &str) = ("report.md.j2", include_str!("../../templates/report.md.j2"));

/// A template that cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("template `{name}`{place}: {reason}", place = line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct TemplateError {
    /// Its name.
    pub name: String,
    /// Where, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

/// Renders the template `text` with `context`.
///
/// # Errors
/// A template that is none, or that names something which does not exist.
pub fn render(name: &str, text: &str, context: &Value) -> Result<String, TemplateError> {
    let fail = |error: minijinja::Error| {
        let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        TemplateError { name: name.to_owned(), line: error.line(), reason }
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(fail)?;
    environment.set_syntax(syntax);
    environment.add_filter("inline", |text: &str| inline(text));
    environment.add_filter("cell", |text: &str| inline(text).replace('|', "\\|"));
    environment.add_filter("code_block", |text: &str, language: &str| code_block(text, language));
    environment.add_filter("code", |text: &str| code(text));
    environment.add_filter("usd", |usd: f64| crate::types::Ticks::from_usd(usd).to_string());
    environment.add_filter("one_decimal", |number: f64| format!("{number:.1}"));
    environment.add_filter("thousands", |number: i64| thousands(number));
    environment.add_template(name, text).map_err(fail)?;
    environment.get_template(name).and_then(|template| template.render(context)).map_err(fail)
}

/// Text as one line of Markdown: what is between back-ticks stays, outside of them nothing is left that Markdown or HTML
/// would take for itself. Messages may repeat code, and code may hold anything.
fn inline(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = line.split('`').collect();
    // An odd back-tick out would swallow the rest of the page.
    if parts.len().is_multiple_of(2) {
        return escape(&line.replace('`', "'"));
    }
    let shown = parts.iter().enumerate().map(|(at, part)| if at % 2 == 0 { escape(part) } else { format!("`{part}`") });
    shown.collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '[' | ']' | '*' | '\\' | '#' | '~' => escaped.extend(['\\', c]),
            // A mention would call somebody.
            '@' => escaped.push_str("&#64;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A span of code, whatever back-ticks are in it.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// A fenced block whose fence is longer than any run of back-ticks in it.
fn code_block(text: &str, language: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", dedent(text.trim_end()))
}

/// Code without the indentation that all its lines share.
pub fn dedent(code: &str) -> String {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let shared = code.lines().filter(|line| !line.trim().is_empty()).map(indentation).min().unwrap_or(0);
    code.lines().map(|line| line.get(shared..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if number < 0 { format!("-{shown}") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    #[test]
    fn code_in_messages_cannot_break_a_page() {
        assert_eq!(inline("a `b<c>` <img src=x> @me [x](y)"), "a `b<c>` &lt;img src=x&gt; &#64;me \\[x\\](y)");
        assert_eq!(inline("odd ` tick"), "odd ' tick");
        assert_eq!(code_block("a ```` b", "rust"), "`````rust\na ```` b\n`````");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(dedent("    if a:\n\n        b\n"), "if a:\n\n    b");
        assert_eq!(thousands(-1234567), "-1,234,567");
    }

    #[test]
    fn an_unknown_name_is_an_error_with_its_line() {
        let error = render("x.j2", "a\n{{ nothing.there }}\n", &context! {}).unwrap_err();
        assert_eq!(error.line, Some(2));
    }
}
