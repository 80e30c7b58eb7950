//! Owns the proof that no secret leaves: the table of forms, a list of credentials that was written from vendors' pages without it, and
//! the bytes that arrive at a server.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use devflow::analyzer::redact;

use crate::support::fake_grok::{FakeGrok, Reply};
use crate::support::{Project, findings};

/// Rows of a fixture, without its head; fields are separated by tabs.
fn rows(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/secrets").join(name);
    let text = fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// What stands in a fixture for line ends, tabs and backslashes.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some(other)) => out.push(other),
            (c, _) => out.push(c),
        }
    }
    out
}

/// The table's ids.
fn ids() -> Vec<String> {
    let table = include_str!("../../src/core/analyzer/secrets.tsv");
    let mut ids: Vec<String> = Vec::new();
    for line in table.lines().filter(|line| line.split('\t').count() == 6 && !line.starts_with('#')) {
        let id = line.split('\t').next().unwrap().to_owned();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Ways in which a credential stands in a source.
const AROUND: [(&str, &str); 7] = [
    ("x = \"", "\"\n"),
    ("connect('", "')\n"),
    ("# ", "\n"),
    ("f(`", "`, 1);"),
    ("[\"", "\", 2]"),
    ("a = b;\n  use(\"", "\");"),
    ("<b>", "</b>"),
];

#[test]
fn every_form_that_names_itself_is_replaced_wherever_it_stands() {
    let mut missed = Vec::new();
    for row in rows("forms.tsv") {
        let secret = format!("{}{}", row[1], row[2]);
        for (before, behind) in AROUND {
            let text = format!("{before}{secret}{behind}");
            let redacted = redact(&text).text;
            if !redacted.contains("REDACTED_") || redacted.contains(&secret[secret.len() / 2..]) {
                missed.push(format!("{}: {redacted}", row[0]));
            }
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn every_form_has_samples() {
    let sampled: Vec<String> = rows("forms.tsv").into_iter().map(|row| row[0].clone()).collect();
    let places = ["assigned", "url_password", "connection", "bearer", "basic_auth", "private_key", "random"];
    let without: Vec<String> = ids().into_iter().filter(|id| !sampled.contains(id) && !places.contains(&id.as_str())).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn what_vendors_call_a_credential_is_replaced() {
    let mut missed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows("vendors.tsv") {
        let secret = format!("{}{}", row[1], row[2]);
        // Beside quotes too, where the entropy of random letters is no help.
        for (before, behind) in AROUND {
            if redact(&format!("{before}{secret}{behind}")).text.contains(&secret) {
                missed.entry(row[0].clone()).or_default().push(format!("{before}{secret}{behind}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{missed:#?}", missed.len());
}

#[test]
fn what_a_name_or_a_place_gives_away_is_replaced() {
    let mut missed = Vec::new();
    for row in rows("places.tsv") {
        let text = unescaped(&row[2]);
        let redacted = redact(&text).text;
        if redacted.contains(&row[1]) {
            missed.push(format!("{}: {redacted}", row[0]));
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn what_is_no_credential_is_not_reported_as_one() {
    let endings = BTreeMap::from(LANGUAGES.map(|(language, ending, ..)| (language, ending)));
    let project = Project::new();
    for (at, row) in rows("harmless.tsv").iter().enumerate() {
        let ending = endings.get(row[0].as_str()).unwrap_or_else(|| panic!("{} is a language", row[0]));
        project.write(&format!("src/f{at:03}.{ending}"), &unescaped(&row[1]));
    }
    let document = project.analyze(&[]).json(0);
    let rules = ["secret-token", "private-key", "password-in-url", "hard-coded-secret"];
    let reported: Vec<String> = findings(&document)
        .iter()
        .filter(|finding| rules.iter().any(|rule| finding["rule"] == *rule))
        .map(|finding| format!("{} {} {}", finding["path"], finding["rule"], finding["message"]))
        .collect();
    assert!(reported.is_empty(), "{} reported:\n{}", reported.len(), reported.join("\n"));
}

#[test]
fn what_is_no_credential_stays_in_what_is_sent() {
    let harmless = [
        "<script src=\"/a.js\" integrity=\"sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8KuxYy9rx7HNQlGYl1kPzQho1wx4JwY8wC\">",
        "PASSWORD_RESET_TIMEOUT = \"3600\"",
        "SECRET_KEYS = {\"prod\": os.environ[\"A1\"], \"dev\": os.environ[\"B2\"]}",
        "tokens = [\"if\", \"else\", \"utf8\"]",
        "expiry = {\"password_expires_at\": \"2016-11-06T15:32:17.000000\"}",
        "url = \"https://x.example/?access_token=\" + tok + \"&lang=\"",
        "log(\"password=\" + mask(p)); log(\"user=a1\")",
        "vapidPublicKey = 'BEl62iUYgUivxIkv69yViEuiBIa40HI0DLLuxazjqAKVXTJtkTXaXWKBzKmDuPpkx4YcJmEQAr'",
        "dsn: 'https://4c7e19b2d0f84a63b5e8c1d97f206a3e@o417283.ingest.sentry.io/6120458'",
        "const PK = 'pk_live_7dHq2ZrW9xKmT4vNbLcYs8Qf'",
        "labels = { passwords: [\"Password\", \"Repeat the password\"] }",
    ];
    for text in harmless {
        assert_eq!(redact(text).text, text);
    }
}

#[test]
fn entries_of_a_map_keep_their_names() {
    let text = "SECRET_KEYS = {\"prod\": \"Qd5wn1Xb8\", \"stage\": \"Bf2kt6Yh3\"}";
    assert_eq!(redact(text).text, "SECRET_KEYS = {\"prod\": \"REDACTED_assigned_1\", \"stage\": \"REDACTED_assigned_2\"}");
}

#[test]
fn the_component_of_review_has_this_very_table() {
    let component = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/dist/review.wasm")).unwrap();
    let table = include_bytes!("../../src/core/analyzer/secrets.tsv");
    assert!(component.windows(table.len()).any(|bytes| bytes == table), "build the component of review again");
}

#[test]
fn the_table_and_the_vendors_know_the_same_forms() {
    let known: Vec<String> = rows("vendors.tsv").into_iter().map(|row| format!("use(\"{}{}\")", row[1], row[2])).collect();
    let placeholders: Vec<String> = known.iter().map(|text| redact(text).text).collect();
    let places = ["assigned", "url_password", "connection", "bearer", "basic_auth", "private_key", "random"];
    let is_unknown =
        |id: &String| !places.contains(&id.as_str()) && !placeholders.iter().any(|text| text.contains(&format!("REDACTED_{id}_1")));
    let unknown: Vec<String> = ids().into_iter().filter(is_unknown).collect();
    assert!(unknown.is_empty(), "{} forms of the table that no vendor's page was read for: {unknown:?}", unknown.len());
}

/// Languages with their endings, and how a text, a comment and a function are written in them.
const LANGUAGES: [(&str, &str, &str, &str); 10] = [
    ("rust", "rs", "//", "pub fn add(a: i64, b: i64) -> i64 {\n    if a > b { return b; }\n    a + b\n}\n"),
    ("python", "py", "#", "def add(a, b):\n    if a > b:\n        return b\n    return a + b\n"),
    ("javascript", "js", "//", "export function add(a, b) {\n  if (a > b) { return b; }\n  return a + b;\n}\n"),
    ("typescript", "ts", "//", "export function add(a: number, b: number): number {\n  if (a > b) { return b; }\n  return a + b;\n}\n"),
    ("tsx", "tsx", "//", "export function Add(a: number, b: number) {\n  if (a > b) { return null; }\n  return <b>{a + b}</b>;\n}\n"),
    (
        "java",
        "java",
        "//",
        "class Sums {\n    int add(int a, int b) {\n        if (a > b) { return b; }\n        return a + b;\n    }\n}\n",
    ),
    ("kotlin", "kt", "//", "fun add(a: Int, b: Int): Int {\n    if (a > b) { return b }\n    return a + b\n}\n"),
    ("go", "go", "//", "package sums\n\nfunc Add(a int, b int) int {\n\tif a > b {\n\t\treturn b\n\t}\n\treturn a + b\n}\n"),
    ("c", "c", "//", "int add(int a, int b) {\n    if (a > b) { return b; }\n    return a + b;\n}\n"),
    ("cpp", "cpp", "//", "int add(int a, int b) {\n    if (a > b) { return b; }\n    return a + b;\n}\n"),
];

/// A project whose sources hold the secrets, with what was planted. A part of the lists for each seed, so that sources stay of a size that is
/// asked about.
fn planted(project: &Project, seed: usize) -> Vec<String> {
    let vendors: Vec<String> = rows("vendors.tsv").into_iter().map(|row| format!("{}{}", row[1], row[2])).collect();
    let places = rows("places.tsv");
    let mut secrets = Vec::new();
    for (at, (language, ending, comment, code)) in LANGUAGES.iter().enumerate() {
        let mut text = (*code).to_owned();
        let own = vendors.iter().skip((seed * 3 + at) % 30).step_by(30);
        for (nth, secret) in own.enumerate() {
            match nth % 3 {
                0 => text.push_str(&format!("{comment} {secret}\n")),
                1 => text.push_str(&format!("connect(\"{secret}\");\n")),
                _ => text.push_str(&format!("{comment} see https://example.org/?q=\"{secret}\" there\n")),
            }
            secrets.push(secret.clone());
        }
        for row in places.iter().filter(|row| row[0] == *language).skip(seed % 2).step_by(2) {
            text.push_str(&unescaped(&row[2]));
            secrets.push(row[1].clone());
        }
        project.write(&format!("src/mod{at}/sums.{ending}"), &text);
    }
    let (first, second) = (vendors[seed].clone(), vendors[seed + 40].clone());
    project.write(
        "package.json",
        &format!("{{\"name\": \"p\", \"description\": \"{first}\", \"dependencies\": {{\"left-pad\": \"1.3.0\"}}}}\n"),
    );
    project.write("README.md", &format!("# p\n\nDB_PASSWORD=Rk5vWt8XmQ\n\nUse `{second}`.\n"));
    secrets.extend([first, second, "Rk5vWt8XmQ".to_owned()]);
    secrets
}

/// What no request may hold.
#[track_caller]
fn assert_nothing_arrived(fake: &FakeGrok, secrets: &[String], what: &str) {
    let requests = fake.requests();
    assert!(!requests.is_empty(), "`{what}` asked nothing");
    for request in &requests {
        let body = String::from_utf8_lossy(&request.raw);
        let content = format!("{body}\n{}\n{}", request.content(), request.instructions());
        let found: Vec<&String> = secrets.iter().filter(|secret| content.contains(secret.as_str())).collect();
        assert!(found.is_empty(), "`{what}` sent {found:?} in\n{}", request.content());
    }
}

#[test]
fn no_operation_sends_a_secret() {
    let operations = [
        "review:file",
        "test-gen:generate",
        "test-gen:fixtures",
        "refactor:suggest",
        "refactor:plan",
        "docs:module",
        "docs:readme",
        "deps:alternatives",
    ];
    for (seed, operation) in operations.iter().enumerate() {
        let fake = FakeGrok::start(|_| Reply::answer("{}"));
        let project = Project::new().with_model(&fake);
        let secrets = planted(&project, seed);
        project.run(&["run", operation, ".", "--format", "json"]);
        assert_nothing_arrived(&fake, &secrets, operation);
    }
}

#[test]
fn no_change_prompt_script_or_follow_up_sends_a_secret() {
    let fake = FakeGrok::start(|_| Reply::answer("{\"answer\": \"x\"}"));
    let project = Project::new().with_model(&fake);
    let secrets = planted(&project, 9);
    // All of the old side is taken away, so every secret stands in a removed line.
    let mut diff = String::new();
    for (at, (_, ending, ..)) in LANGUAGES.iter().enumerate() {
        let name = format!("src/mod{at}/sums.{ending}");
        let text = fs::read_to_string(project.path(&name)).unwrap();
        let removed: String = text.lines().map(|line| format!("-{line}\n")).collect();
        let n_lines = text.lines().count();
        diff.push_str(&format!("--- a/{name}\n+++ b/{name}\n@@ -1,{n_lines} +1,1 @@\n{removed}+gone\n"));
        project.write(&name, "gone\n");
    }
    project.write("c.diff", &diff);
    project.run(&["review", "change", "--diff", "c.diff", "--format", "json"]);
    assert_nothing_arrived(&fake, &secrets, "review:change");
    let secrets = planted(&project, 10);
    project.run(&["template", "use", "quick-review", "--var", "file=src/mod1/sums.py", "--execute"]);
    project.write("ask.rhai", "print(ask(\"Where is Rk5vWt8XmQ? DB_PASSWORD=Rk5vWt8XmQ\", [\"src\"]));\n");
    project.run(&["script", "run", "ask.rhai"]);
    assert!(fake.count() > LANGUAGES.len(), "prompt and script asked, too");
    assert_nothing_arrived(&fake, &secrets, "a prompt or a script");
}

#[test]
fn secrets_in_lines_that_were_taken_away_are_counted() {
    let fake = FakeGrok::start(|_| Reply::answer("{\"findings\": []}"));
    let project = Project::new().with_model(&fake);
    project.write("src/a.py", "x = 1\n");
    project.write(
        "c.diff",
        "--- a/src/a.py\n+++ b/src/a.py\n@@ -1,2 +1,1 @@\n-DB_PASSWORD = \"Rk5vWt8XmQ\"\n-API_KEY = \"Zq7mLt3KxV\"\n+x = 1\n",
    );
    let document = project.run(&["review", "change", "--diff", "c.diff", "--format", "json"]).json(0);
    assert_eq!(document["cost"]["redacted"], 2, "{document}");
}

#[test]
fn a_prompt_is_printed_as_it_would_be_sent() {
    let project = Project::new();
    project.write(".devflow/templates/prompts/own.j2", "{#- summary: S. -#}\n{#- var text: T. -#}\nLook at {{ text }}\n");
    let text = project.run(&["template", "use", "own", "--var", "text=DB_PASSWORD=Rk5vWt8XmQ"]).text(0);
    assert!(text.contains("REDACTED_") && !text.contains("Rk5vWt8XmQ"), "{text}");
}

#[cfg(unix)]
#[test]
fn reports_and_patches_that_quote_a_secret_are_for_their_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::new();
    project.write("src/a.py", "PASSWORD = \"Qk9mPq2vLz7w\"\n");
    let names = ["r.xml", "r.json", "r.jsonl", "r.sarif", "r.md", "r.html", "r.txt"];
    let outputs: Vec<String> =
        names.iter().map(|name| if *name == "r.xml" { "junit=r.xml".to_owned() } else { (*name).to_owned() }).collect();
    let flags: Vec<&str> = outputs.iter().flat_map(|output| ["--output", output]).collect();
    project.run(&[&["analyze", "batch", "src", "--no-model"], flags.as_slice()].concat()).text(0);
    for name in names {
        let (text, data) = (fs::read_to_string(project.path(name)).unwrap(), fs::metadata(project.path(name)).unwrap());
        assert!(text.contains("Qk9mPq2vLz7w"), "{name}: {text}");
        assert!(data.permissions().mode() & 0o777 == 0o600, "{name}: {:o}", data.permissions().mode());
    }
}
