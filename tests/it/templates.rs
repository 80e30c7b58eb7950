//! Templates of reports and prompts as a user meets them: which one counts, what is wrong with one, what is sent.

use crate::support::Project;
use crate::support::fake_grok::{FakeGrok, Reply};

const EVAL: &str = "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n";
const KEY: &str = "AKIAABCDEFGHIJKLMNOP";

fn project() -> Project {
    let project = Project::new();
    project.write("src/a.py", &format!("{EVAL}\n\nKEY = \"{KEY}\"\n"));
    project
}

#[test]
fn a_template_of_the_project_takes_the_place_of_ours() {
    let project = project();
    assert!(project.run(&["template", "eject", "report.md"]).text(0).contains("wrote .devflow/templates/report.md.j2"));
    assert_eq!(project.run(&["template", "eject", "report.md"]).status, Some(2), "nothing is replaced");
    #[cfg(unix)]
    {
        let (linked, outside) = (Project::new(), Project::new());
        std::os::unix::fs::symlink(outside.path("."), linked.path(".devflow")).unwrap();
        for args in [["template", "eject", "report.md"], ["script", "new", "mine"]] {
            let ran = linked.run(&args);
            assert!(ran.status == Some(2) && ran.stderr.contains("outside of the project"), "{ran:?}");
        }
        assert!(!outside.path("templates").exists() && !outside.path("scripts").exists());
    }
    project.write(".devflow/templates/report.md.j2", "mine: {{ total }}\n");
    assert_eq!(project.run(&["analyze", "batch", "src", "--format", "markdown"]).text(0), "mine: 2\n");
    assert!(project.run(&["template", "list"]).text(0).contains("(from .devflow/templates/report.md.j2)"));
    assert_eq!(project.run(&["template", "show", "report.md"]).text(0), "mine: {{ total }}\n");
}

#[test]
fn a_template_that_is_none_is_told_before_anything_is_paid() {
    let fake = FakeGrok::start(|_| Reply::findings(&serde_json::json!({ "findings": [] })));
    let project = project().with_model(&fake);
    project.write("own.j2", "{% for file in files %}\n{{ file.path }\n");
    for args in [vec!["template", "check", "own.j2"], vec!["analyze", "batch", "src", "--format", "template:own.j2"]] {
        let ran = project.run(&args);
        assert!(ran.status == Some(2) && ran.stderr.contains("own.j2:2:"), "{ran:?}");
    }
    // This one is a template, and fails where a run has failed files.
    project.write("own.j2", "{{ verdict }}\n{% for failed in coverage.failed %}{{ failed.eror }}{% endfor %}\n");
    let ran = project.run(&["analyze", "batch", "src", "--format", "template:own.j2"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("own.j2:2:") && ran.stderr.contains("did you mean `error`?"), "{ran:?}");
    assert_eq!(fake.count(), 0);
    project.run(&["template", "check"]).text(0);
    let ran = project.run(&["analyze", "batch", "src", "--format", "template:report.mb"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("did you mean `report.md`?"), "{ran:?}");
}

#[test]
fn a_prompt_is_shown_and_nothing_is_sent() {
    let fake = FakeGrok::start(|_| Reply::findings(&serde_json::json!({ "answer": "no" })));
    let project = project().with_model(&fake);
    let ran = project.run(&["template", "use", "quick-review", "--var", "file=src/a.py"]);
    assert!(ran.stdout.contains("return eval(text)") && ran.stdout.contains("src/a.py") && !ran.stdout.contains(KEY), "{ran:?}");
    assert!(ran.stderr.contains("nothing was sent"), "{ran:?}");
    assert_eq!(fake.count(), 0);
}

#[test]
fn a_prompt_is_sent_with_the_code_once_and_its_answer_kept() {
    let fake = FakeGrok::start(|request| {
        assert!(request.content().contains("return eval(text)") && !request.content().contains(KEY), "{}", request.content());
        assert!(
            request.instructions().contains("Markdown") && !request.instructions().contains("eval(text)"),
            "{}",
            request.instructions()
        );
        Reply::findings(&serde_json::json!({ "answer": "## Verdict\n\nDo not `eval`.\u{1b}[31m" }))
    });
    let project = project().with_model(&fake);
    let args = ["template", "use", "security-audit", "--var", "file=src/a.py", "--execute"];
    let first = project.run(&args);
    assert!(first.status == Some(0) && first.stdout.starts_with("## Verdict") && !first.stdout.contains('\u{1b}'), "{first:?}");
    let again = project.run(&args);
    assert!(again.stdout == first.stdout && again.stderr.contains("kept; it had cost"), "{again:?}");
    assert_eq!(fake.count(), 1);
    assert!(project.costs().page.contains("prompt:security-audit"));
    project.run(&[&args[..], &["--output", "answer.md"]].concat()).text(0);
    assert!(std::fs::read_to_string(project.path("answer.md")).unwrap().starts_with("## Verdict"));
}

#[test]
fn what_is_wrong_with_a_prompt_is_said() {
    let project = project();
    std::fs::create_dir_all(project.path("../outside")).unwrap();
    project.write("../outside/secret.py", "x = 1\n");
    for (args, status, expected) in [
        (vec!["use", "quick-revew", "--var", "file=src/a.py"], 2, "did you mean `quick-review`?"),
        (vec!["use", "quick-review"], 2, "needs the variable `file`"),
        (vec!["use", "quick-review", "--var", "fille=src/a.py"], 2, "did you mean `file`?"),
        (vec!["use", "quick-review", "--var", "file=src/none.py"], 2, "src/none.py"),
        (vec!["use", "quick-review", "--var", "file=../outside/secret.py"], 2, "lies outside of the project"),
        (vec!["use", "quick-review", "--var", "file=src/a.py", "--execute"], 3, "there is no answer"),
    ] {
        let ran = project.run(&[&["template"], &args[..]].concat());
        assert!(ran.status == Some(status) && ran.stderr.contains(expected), "{args:?}: {ran:?}");
    }
}

#[test]
fn an_outline_has_no_bodies_and_every_prompt_can_be_filled() {
    let project = project();
    project.write("src/b.rs", "/// Adds.\npub fn add(a: u8, b: u8) -> u8 {\n    a + b\n}\n");
    let text = project.run(&["template", "use", "architecture-review", "--var", "path=src"]).text(0);
    assert!(text.contains("pub fn add(a: u8, b: u8) -> u8  # Adds.") && !text.contains("a + b"), "{text}");
    for (name, prompt) in devflow::template::PROMPTS {
        let (_, variables) = devflow::template::prompt_head(prompt);
        let mut args = vec!["template".to_owned(), "use".to_owned(), (*name).to_owned()];
        for variable in variables.iter().filter(|variable| variable.default.is_none()) {
            args.extend(["--var".to_owned(), format!("{}=src/b.rs", variable.name)]);
        }
        let text = project.run(&args.iter().map(String::as_str).collect::<Vec<_>>()).text(0);
        assert!(text.len() > 500, "{name}: {text}");
    }
}

#[test]
fn a_check_of_all_templates_looks_at_those_of_the_project() {
    let project = Project::new();
    project.run(&["template", "check"]).text(0);
    for name in ["own.md", "prompts/own"] {
        let path = format!(".devflow/templates/{name}.j2");
        project.write(&path, "{{ bad\n");
        let ran = project.run(&["template", "check"]);
        assert!(ran.status == Some(2) && ran.stderr.contains(&path), "{name}: {ran:?}");
        project.write(&path, "fine\n");
        assert!(project.run(&["template", "list"]).text(0).contains(&path), "{name}");
    }
    project.run(&["template", "check"]).text(0);
}

#[test]
fn a_check_finds_names_and_filters_that_are_not_there() {
    let project = Project::new();
    for (text, expected) in [
        ("{{ verdikt }}", "did you mean `verdict`?"),
        ("{{ verdikt | inline }}", "did you mean `verdict`?"),
        ("{{ verdict | inlien }}", "did you mean `inline`?"),
        ("{% for file in files %}{{ file.scores.overall }}{% endfor %}", "`FileView` has no field `scores`"),
        ("{% for f in coverage.failed %}{{ f.eror }}{% endfor %}", "did you mean `error`?"),
        ("{% if verdict is definde %}{% endif %}", "did you mean `defined`?"),
        ("{{ 'x' * 10**9 }}", "too large"),
    ] {
        project.write("own.md.j2", text);
        let checked = project.run(&["template", "check", "own.md.j2"]);
        assert!(checked.status == Some(2) && checked.stderr.contains(expected), "{text}: {checked:?}");
    }
    project.write(".devflow/templates/one.md.j2", "{{ verdikt }}");
    project.write(".devflow/templates/prompts/two.j2", "{#- summary: S. -#}\n{#- var file: F. -#}\n{{ fil }} {{ source(file) }}\n");
    let checked = project.run(&["template", "check"]);
    assert!(checked.stderr.contains("`verdikt`") && checked.stderr.contains("did you mean `file`?"), "all at once: {checked:?}");
}

#[test]
fn a_mark_at_the_front_and_capital_letters_change_nothing() {
    let project = project();
    project.write("mark.md.j2", "\u{feff}{{ total }}\n");
    assert_eq!(project.run(&["analyze", "batch", "src", "--format", "template:mark.md.j2"]).text(0), "2\n");
    for name in ["x.xml.j2", "x.HTML.j2", "x.Html.J2"] {
        project.write(name, "<p>{{ '<script>' }}</p>\n");
        let text = project.run(&["analyze", "batch", "src", "--format", &format!("template:{name}")]).text(0);
        assert_eq!(text, "<p>&lt;script&gt;</p>\n", "{name}");
    }
}

#[test]
fn a_template_of_the_project_cannot_take_all_memory() {
    let project = project();
    project.write("own.md.j2", "{% set ns = namespace(t='x') %}\n{% for i in range(100) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}\n");
    let ran = project.run(&["analyze", "batch", "src", "--format", "template:own.md.j2"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("own.md.j2:2:") && ran.stderr.contains("64 MiB"), "{ran:?}");
}
