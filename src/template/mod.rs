//! Owns rendering templates: the engine's settings and filters. Reads no file but the one it is given.

mod filters;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use crate::diag::{Diagnostic, Excerpt, Gravity, nearest};
use filters::{cell, code_block, duration, excerpt, relative, severity_badge, sparkline, table, thousands};

pub use filters::{code, dedent, inline};

/// Bytes of the longest template.
const LONGEST: usize = 128 * 1024;

/// Stack for working on one; what is not used takes no memory.
const STACK: usize = 512 * 1024 * 1024;

/// Steps of the engine for one page: a template may come with foreign code, and must end.
const FUEL: u64 = 100_000_000;

/// A template that comes with devflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Such as `report.md`.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// The template.
    pub text: &'static str,
}

macro_rules! embed {
    ($($name:literal: $summary:literal;)*) => {
        &[$(Embedded { name: $name, summary: $summary, text: include_str!(concat!("../../templates/", $name, ".j2")) }),*]
    };
}

/// Templates of reports, by name.
pub const REPORTS: &[Embedded] = embed! {
    "report.md": "the whole run, for a file or a pull request";
    "report.html": "the whole run as one page for a browser, with the code";
    "pr-comment.md": "a short comment for a pull request";
    "pr-description.md": "what a pull request is about, from what the run knows";
    "gitlab-note.md": "a note for a merge request";
    "trend.md": "scores and findings over the last runs";
    "plan.md": "a list of things to do, file by file";
    "tests.md": "what is not tested, and tests that were made";
    "digest.md": "a page about the last runs, what they cost and what to look at first";
    "slack.json": "a message for Slack";
};

macro_rules! embed_prompts {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("../../templates/prompts/", $name, ".j2")))),*]
    };
}

/// Templates of prompts, by name.
pub const PROMPTS: &[(&str, &str)] = embed_prompts![
    "api-design-review",
    "architecture-review",
    "code-quality",
    "compare-approaches",
    "explain-code",
    "find-duplicates",
    "find-unsafe",
    "generate-docs",
    "generate-tests",
    "modernize-code",
    "performance-bottlenecks",
    "quick-review",
    "refactor-suggestions",
    "security-audit",
    "test-coverage-analysis",
];

/// A variable that a template of a prompt names in its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptVariable {
    /// Its name.
    pub name: String,
    /// What it is when nobody says; none for one that must be given.
    pub default: Option<String>,
    /// One sentence.
    pub description: String,
}

/// Summary and variables of a template of a prompt: comments at its top, `summary: …` and `var NAME = "default": …`.
pub fn prompt_head(text: &str) -> (String, Vec<PromptVariable>) {
    let (mut summary, mut variables) = (String::new(), Vec::new());
    for line in text.lines() {
        let Some(comment) = line.trim().strip_prefix("{#-").and_then(|rest| rest.strip_suffix("-#}")).map(str::trim) else { break };
        if let Some(text) = comment.strip_prefix("summary:") {
            text.trim().clone_into(&mut summary);
        } else if let Some(rest) = comment.strip_prefix("var ") {
            variables.extend(variable(rest));
        }
    }
    (summary, variables)
}

fn variable(text: &str) -> Option<PromptVariable> {
    let end = text.find([':', '='])?;
    let name = text[..end].trim().to_owned();
    if text[end..].starts_with(':') {
        return Some(PromptVariable { name, default: None, description: text[end + 1..].trim().to_owned() });
    }
    // The default is JSON, and the description may have quotes of its own.
    let mut values = serde_json::Deserializer::from_str(text[end + 1..].trim_start()).into_iter::<String>();
    let default = values.next()?.ok()?;
    let rest = &text[end + 1..].trim_start()[values.byte_offset()..];
    Some(PromptVariable { name, default: Some(default), description: rest.trim_start_matches(':').trim().to_owned() })
}

/// A template that cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("template `{name}`{place}: {reason}", place = line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct TemplateError {
    /// Its name.
    pub name: String,
    /// Where, from 1.
    pub line: Option<usize>,
    /// Bytes of the template, where they are known.
    pub range: Option<std::ops::Range<usize>>,
    /// What is wrong.
    pub reason: String,
    /// The known name that is nearest to the one that was used.
    pub near: Option<String>,
}

impl TemplateError {
    /// The mistake with its place. `shown` is what the user knows the template as.
    pub fn diagnostic(&self, shown: &str, text: &str) -> Diagnostic {
        let line_range = || {
            let start = text.split_inclusive('\n').take(self.line?.checked_sub(1)?).map(str::len).sum::<usize>();
            let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
            Some(start..end)
        };
        let range = self.range.clone().filter(|range| text.get(range.clone()).is_some()).or_else(line_range);
        let label = self.near.as_ref().map_or(String::new(), |near| format!("did you mean `{near}`?"));
        Diagnostic {
            gravity: Gravity::Error,
            code: "template",
            message: self.reason.clone(),
            excerpt: range.map(|range| Excerpt { name: shown.to_owned(), text: text.to_owned(), range, label }),
            hint: None,
        }
    }
}

/// Renders the template `text` with `context`. What is shown is escaped when `name` ends with `.html`, and quoted when it ends with `.json`.
///
/// # Errors
/// A template that is none, or that names something which does not exist.
pub fn render(name: &str, text: &str, context: &Value) -> Result<String, TemplateError> {
    let environment = environment(name);
    render_in(environment, name, text, context)
}

/// Renders with the functions that a caller has added.
///
/// # Errors
/// See [`render`].
pub fn render_in(mut environment: Environment<'_>, name: &str, text: &str, context: &Value) -> Result<String, TemplateError> {
    let fail = |error: minijinja::Error| failure(&error, name, text, context);
    bounded(name, text, || {
        environment.add_template_owned(name.to_owned(), text.to_owned()).map_err(fail)?;
        environment.get_template(name).and_then(|template| template.render(context)).map_err(fail)
    })
}

/// Looks whether a text is a template at all.
///
/// # Errors
/// One that is none.
pub fn check(name: &str, text: &str) -> Result<(), TemplateError> {
    let mut environment = environment(name);
    bounded(name, text, || {
        environment.add_template_owned(name.to_owned(), text.to_owned()).map_err(|error| failure(&error, name, text, &Value::UNDEFINED))
    })
}

/// Works on a template with enough stack for any of a bounded length: the engine descends once for each operator of a long sum.
fn bounded<T: Send>(name: &str, text: &str, work: impl FnOnce() -> Result<T, TemplateError> + Send) -> Result<T, TemplateError> {
    let refuse = |reason: String| TemplateError { name: name.to_owned(), line: None, range: None, reason, near: None };
    if text.len() > LONGEST {
        return Err(refuse(format!("it has {} bytes, and a template has at most {LONGEST}", text.len())));
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let thread = thread.map_err(|error| refuse(format!("there is no thread to work on it: {error}")))?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The engine with all filters.
pub fn environment(name: &str) -> Environment<'static> {
    let escape = match name.rsplit('.').next() {
        Some("html" | "htm") => AutoEscape::Html,
        Some("json") => AutoEscape::Json,
        _ => AutoEscape::None,
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(move |_| escape.clone());
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().expect("the marks are the usual ones");
    environment.set_syntax(syntax);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("inline", |text: &str| inline(text));
    environment.add_filter("cell", |text: &str| cell(text));
    environment.add_filter("code_block", |text: &str, language: &str| code_block(text, language));
    environment.add_filter("code", |text: &str| code(text));
    environment.add_filter("usd", |usd: f64| crate::types::Ticks::from_usd(usd).to_string());
    environment.add_filter("money", |usd: f64| crate::types::Ticks::from_usd(usd).to_string());
    environment.add_filter("duration", duration);
    environment.add_filter("one_decimal", |number: f64| format!("{number:.1}"));
    environment.add_filter("thousands", thousands);
    environment.add_filter("severity_badge", |severity: &str| severity_badge(severity));
    environment.add_filter("excerpt", |text: &str, line: usize, around: Option<usize>| excerpt(text, line, around.unwrap_or(2)));
    environment.add_filter("relative", |path: &str, folder: &str| relative(path, folder));
    environment.add_filter("table", |rows: Vec<Vec<Value>>, head: Vec<String>| table(&rows, &head));
    environment.add_filter("sparkline", |numbers: Vec<f64>| sparkline(&numbers));
    environment
}

fn failure(error: &minijinja::Error, name: &str, text: &str, context: &Value) -> TemplateError {
    let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let range = error.range();
    let used = range.clone().and_then(|range| text.get(range)).map(last_name).filter(|used| !used.is_empty());
    let is_unknown = matches!(error.kind(), minijinja::ErrorKind::UndefinedError | minijinja::ErrorKind::UnknownFilter);
    let near = used.filter(|_| is_unknown).and_then(|used| {
        let mut known = std::collections::BTreeSet::new();
        names(context, 0, &mut known);
        if error.kind() == minijinja::ErrorKind::UnknownFilter {
            known.extend(FILTERS.iter().map(|filter| (*filter).to_owned()));
        }
        nearest(used, known.iter().map(String::as_str).filter(|known| *known != used)).map(str::to_owned)
    });
    let reason = match (error.kind(), used) {
        (minijinja::ErrorKind::UndefinedError, Some(used)) => format!("there is no `{used}`"),
        _ => reason,
    };
    TemplateError { name: name.to_owned(), line: error.line(), range, reason, near }
}

/// Our own filters.
pub const FILTERS: &[&str] = &[
    "cell",
    "code",
    "code_block",
    "duration",
    "excerpt",
    "inline",
    "money",
    "one_decimal",
    "relative",
    "severity_badge",
    "sparkline",
    "table",
    "thousands",
    "usd",
];

/// `score` of `file.score`, `verdict` of `verdict | upper`.
fn last_name(expression: &str) -> &str {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let head = expression.split('|').next().unwrap_or(expression).trim();
    head.rsplit(|c| !is_word(c)).find(|part| !part.is_empty()).unwrap_or("")
}

/// How deep the names of a context are looked for.
const NAME_LEVELS: usize = 5;

/// Names that occur in a context. Of a list, its first item speaks for all.
fn names(value: &Value, level: usize, known: &mut std::collections::BTreeSet<String>) {
    if level > NAME_LEVELS {
        return;
    }
    match value.kind() {
        ValueKind::Map => {
            for key in value.try_iter().into_iter().flatten() {
                if let Some(name) = key.as_str() {
                    known.insert(name.to_owned());
                }
                if let Ok(inner) = value.get_item(&key) {
                    names(&inner, level + 1, known);
                }
            }
        }
        ValueKind::Seq | ValueKind::Iterable => {
            if let Some(first) = value.try_iter().ok().and_then(|mut items| items.next()) {
                names(&first, level + 1, known);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    #[test]
    fn a_hostile_template_ends() {
        let long_sum = format!("{{{{ 1{} }}}}", "+1".repeat(LONGEST / 2 - 10));
        assert_eq!(render("x.txt", &long_sum, &context! {}).unwrap().len(), 5);
        assert!(check("x.txt", &"x".repeat(LONGEST + 1)).unwrap_err().reason.contains("at most"));
        let mut environment = environment("x.txt");
        assert_eq!(environment.fuel(), Some(FUEL));
        environment.set_fuel(Some(10_000));
        let endless = "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}";
        assert!(render_in(environment, "x.txt", endless, &context! {}).unwrap_err().reason.contains("fuel"));
    }

    #[test]
    fn an_unknown_name_is_an_error_with_its_place_and_the_nearest_one() {
        let text = "a\n{{ run.verdct }}\n";
        let error = render("x.j2", text, &context! { run => context! { verdict => "fine" } }).unwrap_err();
        insta::assert_snapshot!(error.diagnostic("own.j2", text).render(false), @r"
        error[template]: there is no `verdct`
         --> own.j2:2:4
          |
        2 | {{ run.verdct }}
          |    ^^^^^^^^^^ did you mean `verdict`?
        ");
    }

    #[test]
    fn an_unknown_filter_and_a_text_that_is_no_template_are_errors_with_their_place() {
        let text = "{{ 3 | thousand }}\n";
        let error = render("x.j2", text, &context! {}).unwrap_err();
        insta::assert_snapshot!(error.diagnostic("own.j2", text).render(false), @r"
        error[template]: filter thousand is unknown
         --> own.j2:1:8
          |
        1 | {{ 3 | thousand }}
          |        ^^^^^^^^ did you mean `thousands`?
        ");
        let error = check("x.j2", "{% if a %}\nb\n").unwrap_err();
        insta::assert_snapshot!(error.diagnostic("own.j2", "{% if a %}\nb\n").render(false), @r"
        error[template]: unexpected end of input, expected end of block
         --> own.j2:2:1
          |
        2 | b
          | ^
        ");
    }

    #[test]
    fn every_prompt_says_what_it_wants_and_is_a_template() {
        for (name, text) in PROMPTS {
            let (summary, variables) = prompt_head(text);
            assert!(summary.ends_with('.') && variables.iter().all(|variable| variable.description.ends_with('.')), "{name}");
            check(name, text).unwrap();
        }
        let (_, variables) =
            prompt_head("{#- summary: S. -#}\n{#- var a: Must \"be\". -#}\n{#- var b = \"x: y\": May. -#}\nBody {#- var c: no -#}\n");
        let shown: Vec<_> = variables.iter().map(|v| (v.name.as_str(), v.default.as_deref(), v.description.as_str())).collect();
        assert_eq!(shown, [("a", None, "Must \"be\"."), ("b", Some("x: y"), "May.")]);
    }

    #[test]
    fn what_is_shown_is_escaped_in_pages_and_quoted_in_json() {
        let context = context! { text => "<b>\"'&" };
        assert_eq!(render("x.html", "{{ text }}", &context).unwrap(), "&lt;b&gt;&quot;&#x27;&amp;");
        assert_eq!(render("x.json", "{{ text }}", &context).unwrap(), "\"<b>\\\"'&\"");
        assert_eq!(render("x.md", "{{ text }}", &context).unwrap(), "<b>\"'&");
    }
}
