//! The operation `module`: the page from facts, and what of an answer gets into it.

use devflow_plugin::testing::File;
use devflow_plugin_docs::Docs;

fn page(language: &str, text: &str) -> String {
    let report = File::new(language, text).inspect::<Docs>("module", "{}").expect("the plugin takes it");
    assert!(report.findings.is_empty());
    assert!(report.artifacts.iter().all(|artifact| artifact.name == "docs/{dir}/{stem}.{ext}.md"));
    report.artifacts.into_iter().next().map(|artifact| artifact.body).unwrap_or_default()
}

#[test]
fn a_page_lists_what_the_file_offers() {
    let text = "//! Owns boxes.\n//! Never opens them. Not `ever`.\n\n/// A box. With more.\npub struct Box;\n\nimpl Box {\n    pub fn open(&self, far: bool | u8) {}\n    fn inner() {}\n}\n";
    let expected = "# `Box`\n\nOwns boxes. Never opens them. Not `ever`.\n\n## Public items\n\n| item | signature | documentation |\n|---|---|---|\n| `Box` | `pub struct Box` | A box. |\n| `Box::open` | `pub fn open(&self, far: bool \\| u8)` |  |\n\n## Without documentation\n\n- `Box::open`, line 8\n";
    assert_eq!(page("rust", text), expected);
}

#[test]
fn head_comments_are_found_and_licences_are_not() {
    assert!(page("python", "#!/usr/bin/env python\n\"\"\"Keeps books.\"\"\"\n").contains("\nKeeps books.\n"));
    assert!(
        page("go", "// Copyright 2020 A.\n\n// Package a keeps books.\n// All of them.\npackage a\n")
            .starts_with("# Package `a`\n\nPackage a keeps books. All of them.\n")
    );
    assert!(
        page("javascript", "/*!\n * Copyright A.\n */\n\n/**\n * Keeps books.\n * @module books\n */\n\nexport function a() {}\n")
            .contains("\nKeeps books.\n")
    );
    assert!(
        page("java", "/* Copyright A. */\npackage a;\n\n/**\n * Keeps books.\n */\npublic class A {}\n")
            .starts_with("# `A`\n\nKeeps books.\n")
    );
    assert!(page("c", "/* License: MIT */\n\n/*\n * Keeps books.\n */\n\n#include <stdio.h>\n").contains("\nKeeps books.\n"));
    assert_eq!(page("c", "/* Copyright A. */\nstatic int a;\n"), "");
    assert!(!page("typescript", "/** Of a. */\nexport function a() {}\n").contains("\nOf a.\n"));
}

#[test]
fn the_answer_is_checked_against_the_file() {
    let text = "def open_box(far):\n    \"\"\"Opens it.\"\"\"\n";
    let file = File::new("python", text);
    let question = file.question::<Docs>("module", "{}").unwrap().unwrap();
    assert!(question.content == text && question.schema.contains("additionalProperties"));
    let answer = r#"{"purpose":"Opens with `open_box`. Uses `Magic`.","example":"```python\nopen_box(True)\n```","pitfalls":["`close_box` must follow.","`far` is not checked."]}"#;
    let conclusion = file.conclude::<Docs>("module", "{}", answer).unwrap();
    let body = &conclusion.report.artifacts[0].body;
    assert!(body.contains("\nOpens with `open_box`.\n"), "{body}");
    assert!(body.contains("## Example\n\n```python\nopen_box(True)\n```\n"), "{body}");
    assert!(body.contains("## Pitfalls\n\n- `far` is not checked.\n"), "{body}");
    assert!(!body.contains("Magic") && !body.contains("close_box"));
    let conclusion = file.conclude::<Docs>("module", "{}", r#"{"purpose":"","example":"other()","pitfalls":[]}"#).unwrap();
    assert!(!conclusion.report.artifacts[0].body.contains("Example"));
    assert!(file.conclude::<Docs>("module", "{}", "no").is_err());
}
