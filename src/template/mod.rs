//! Owns rendering templates: the engine's settings, its filters and its limits. Reads no file but the one it is given.

mod error;
mod filters;
mod growing;
mod limits;
mod metered;
mod options;
mod value;

use minijinja::{Environment, UndefinedBehavior, Value};

use error::failure;
use filters::{cell, duration, severity_badge, sparkline, thousands};
use metered::escaping;

pub use error::{FILTERS, TemplateError};
pub use filters::{code, dedent, inline};
pub use value::{complete, samples};

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
    /// What it shows, in one line without a full stop.
    pub summary: &'static str,
    /// Source of the template, for MiniJinja.
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
    /// Name, as `--var NAME=…` and the template itself use it.
    pub name: String,
    /// What it is when nobody says; none for one that must be given.
    pub default: Option<String>,
    /// What the variable is for, in one sentence.
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

/// Renders the template `text` with `context`. What is shown is escaped when `name` ends with `.html` or `.xml`, and quoted when it ends with
/// `.json`.
///
/// # Errors
/// A template that is none, or that names something which does not exist.
pub fn render(name: &str, text: &str, context: &Value) -> Result<String, TemplateError> {
    render_in(environment(name), name, text, context)
}

/// Renders with the functions that a caller has added.
///
/// # Errors
/// See [`render`].
pub fn render_in(environment: Environment<'_>, name: &str, text: &str, context: &Value) -> Result<String, TemplateError> {
    bounded(name, text, move || {
        let rendered = metered::render(&environment, name, text, context);
        rendered.map_err(|error| failure(&error, name, text, context))
    })
}

/// Looks whether a text is a template at all.
///
/// # Errors
/// One that is none.
pub fn check(name: &str, text: &str) -> Result<(), TemplateError> {
    bounded(name, text, || match metered::compile(name, text) {
        Ok(_) => Ok(()),
        Err(error) => Err(failure(&error, name, text, &Value::UNDEFINED)),
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
    let escape = escaping(name);
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(move |_| escape.clone());
    environment.set_fuel(Some(FUEL));
    // Lets an error say which name of an expression is not there.
    environment.set_debug(true);
    limits::install(&mut environment);
    growing::install(&mut environment);
    environment.add_filter("inline", |text: &str| inline(text));
    environment.add_filter("cell", |text: &str| cell(text));
    environment.add_filter("code_block", options::code_block);
    environment.add_filter("code", |text: &str| code(text));
    environment.add_filter("usd", |usd: f64| crate::types::Ticks::from_usd(usd).to_string());
    environment.add_filter("money", |usd: f64| crate::types::Ticks::from_usd(usd).to_string());
    environment.add_filter("duration", duration);
    environment.add_filter("one_decimal", |number: f64| format!("{number:.1}"));
    environment.add_filter("thousands", thousands);
    environment.add_filter("severity_badge", |severity: &str| severity_badge(severity));
    environment.add_filter("excerpt", options::excerpt);
    environment.add_filter("relative", options::relative);
    environment.add_filter("table", options::table);
    environment.add_filter("sparkline", |numbers: Vec<f64>| sparkline(&numbers));
    environment
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
    fn no_operator_filter_or_loop_takes_all_memory() {
        let double = |step: &str| {
            format!("{{% set ns = namespace(x=[1], t='x') %}}{{% for i in range(200) %}}{{% set {step} %}}{{% endfor %}}{{{{ ns.x }}}}")
        };
        let mut bombs: Vec<String> = [
            "{{ 'x' * 10**9 }}",
            "{{ 'x' * 90000000 }}",
            "{{ ('x' * 1000000) | replace('x', 'y' * 10000) }}",
            "{{ ('x' * 1000) | replace('', 'y' * 1000000) }}",
            "{{ ['x' * 1000000] | map('replace', 'x', 'y' * 10000) }}",
            "{{ ['x'] | map('=replace', 'x', 'y') }}",
            "{{ [1] | batch(300000000, 0) | list | length }}",
            "{{ [[1]] | map('batch', 300000000, 0) | list | length }}",
            "{{ [1] | slice(300000000) | list | length }}",
            "{{ range(100000) | join('x' * 10000) }}",
            "{{ range(100000) | join(d='x' * 10000) }}",
            "{{ ('x\n' * 100000) | indent(100000) }}",
            "{{ ('x\n' * 100000) | indent(width=100000) }}",
            "{{ '%1000000000d' | format(1) }}",
            "{{ '%*d' | format(1000000000, 1) }}",
            "{{ [[1, [2, [3]]]] | tojson(indent=100000000) }}",
            "{{ ([1] * 90000000) | list | length }}",
            "{{ ((1,) * 90000000) | length }}",
            "{{ (range(100000) | list * 100000) | length }}",
            "{{ range(1000000000) | length }}",
            "{{ ('x' * 9000000) | lines | length }}",
            "{{ ([['x' * 1000]] * 2000) | sum(start=[]) | length }}",
            "{% set x = ('x' * 900000) %}{% for i in range(100000) %}{{ x }}{% endfor %}",
        ]
        .map(str::to_owned)
        .to_vec();
        bombs.extend(
            [
                "ns.t = ns.t ~ ns.t",
                "ns.t = ns.t + ns.t",
                "ns.x = ns.x + ns.x",
                "ns.x = [ns.x, ns.x]",
                "ns.x = {'a': ns.x}",
                "ns.x = dict(a=ns.x, b=ns.x)",
                "ns.x = namespace(a=ns.x)",
                "ns.x = ns.x | zip(ns.x) | list",
                "ns.x = ns.x | chain(ns.x) | list",
                "ns.x = ns.x * 2",
            ]
            .map(double),
        );
        for bomb in bombs {
            let error = render("x.md", &bomb, &context! {}).unwrap_err();
            let words = ["MiB", "too large", "too many", "parts", "wide", "characters", "levels", "tuple", "summands", "unknown", "filter"];
            assert!(words.iter().any(|word| error.reason.contains(word)), "{bomb}: {}", error.reason);
        }
    }

    #[test]
    fn limits_leave_ordinary_templates_alone() {
        for (text, expected) in [
            ("{{ 'ab' * 3 }} {{ 2 * 3 }} {{ 1 + 2 }} {{ 'a' + 'b' }} {{ 'a' ~ 1 ~ none }}", "ababab 6 3 ab a1None"),
            ("{{ [1] + [2] }} {{ [1, 2] * 2 }} {{ 2 in [1, 2] }} {{ 'b' not in 'abc' }}", "[1, 2] [1, 2, 1, 2] True False"),
            ("{{ 'a-b' | replace('-', '+') }} {{ [1, 2] | join(', ') }} {{ [1, 2, 3] | batch(2) | list }}", "a+b 1, 2 [[1, 2], [3]]"),
            ("{{ ['a'] | map('upper') | list }} {{ [{'a': 1}] | map(attribute='a') | sum }} {{ '%5.1f' | format(2) }}", "['A'] 1   2.0"),
            (
                "{% macro m(x) %}<{{ x }}>{% endmacro %}{% macro c(x) %}{{ x }}{{ caller() }}{% endmacro %}{{ m('a') }}{% call c('b') %}x{% endcall %}",
                "<a>bx",
            ),
            ("{% set x %}a{{ 1 }}{% endset %}{{ x | indent(2, true) }}{% filter upper %}b{% endfilter %}", "  a1B"),
            ("{% for a, b in {'k': 1} | items if b %}{{ loop.index }}{{ a }}{{ b }}{% else %}none{% endfor %}", "1k1"),
            ("{% for n in [[1, [2]]] recursive %}{{ loop(n) if n is sequence else n }}{% endfor %}", "12"),
            (
                "{{ 'abc'[::-1] }} {{ [1, 2, 3][1:] | first }} {{ (1, 2) + (3,) }} {{ 1 < 2 < 3 }} {{ missing is defined }}",
                "cba 2 (1, 2, 3) True False",
            ),
        ] {
            assert_eq!(render("x.md", text, &context! {}).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn arguments_of_filters_have_names() {
        for (by_place, by_name) in [
            ("'a\nb\nc' | excerpt(2, 1)", "'a\nb\nc' | excerpt(line=2, around=1)"),
            ("'a\nb\nc' | excerpt(2, 2)", "'a\nb\nc' | excerpt(2)"),
            ("'a\nb\nc' | excerpt(2, 0)", "'a\nb\nc' | excerpt(2, around=0)"),
            ("'a' | code_block('rust')", "'a' | code_block(language='rust')"),
            ("'a/b' | relative('a')", "'a/b' | relative(folder='a')"),
            ("[[1]] | table(['n'])", "[[1]] | table(head=['n'])"),
        ] {
            let render = |expression: &str| render("x.md", &format!("{{{{ {expression} }}}}"), &context! {});
            assert_eq!(render(by_place).unwrap(), render(by_name).unwrap(), "{by_name}");
        }
        assert_eq!(render("x.md", "{{ gone | inline }}", &context! {}).unwrap_err().reason, "there is no `gone`");
        assert!(render("x.md", "{{ 'a' | excerpt(1, arund=1) }}", &context! {}).unwrap_err().reason.contains("arund"));
        assert_eq!(render("x.md", "{{ 'a' | excerpt(1, 18446744073709551615) }}", &context! {}).unwrap(), ">     1 | a");
    }

    #[test]
    fn an_unknown_name_is_an_error_with_its_place_and_the_nearest_one() {
        let text = "a\n{{ run.verdct }}\n";
        let error = render("x.j2", text, &context! { run => context! { verdict => "fine" } }).unwrap_err();
        insta::assert_snapshot!(error.diagnostic("own.j2", text).render(false), @r"
        error[template]: there is no `verdct`
         --> own.j2:2:8
          |
        2 | {{ run.verdct }}
          |        ^^^^^^ did you mean `verdict`?
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
            let values: std::collections::BTreeMap<&str, &str> =
                variables.iter().map(|variable| (variable.name.as_str(), "some")).collect();
            let mut environment = environment(name);
            for function in ["source", "outline"] {
                environment.add_function(function, |path: &str| format!("code of {path}"));
            }
            let text = render_in(environment, name, text, &Value::from(minijinja::value::Serde(values))).unwrap();
            assert!(text.contains("code of some"), "{name}: {text}");
        }
        let (_, variables) =
            prompt_head("{#- summary: S. -#}\n{#- var a: Must \"be\". -#}\n{#- var b = \"x: y\": May. -#}\nBody {#- var c: no -#}\n");
        let shown: Vec<_> = variables.iter().map(|v| (v.name.as_str(), v.default.as_deref(), v.description.as_str())).collect();
        assert_eq!(shown, [("a", None, "Must \"be\"."), ("b", Some("x: y"), "May.")]);
    }

    #[test]
    fn what_is_shown_is_escaped_in_pages_and_quoted_in_json() {
        let context = context! { text => "<b>\"'&" };
        for name in ["x.html", "x.HTML", "x.htm", "x.xml", "x.Xml"] {
            assert_eq!(render(name, "{{ text }}", &context).unwrap(), "&lt;b&gt;&quot;&#x27;&amp;", "{name}");
        }
        assert_eq!(render("x.xml", "<{{ 'a' }}>{{ '<' | safe }}", &context).unwrap(), "<a><");
        assert_eq!(render("x.json", "{{ text }}", &context).unwrap(), "\"<b>\\\"'&\"");
        assert_eq!(render("x.md", "{{ text }}", &context).unwrap(), "<b>\"'&");
    }
}
