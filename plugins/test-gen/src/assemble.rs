//! Owns how tests become one file: where it stands, what is around them. Never checks a test.

use std::fmt::Write;

use devflow_plugin::Unit;
use devflow_plugin::words::words;

use crate::bare::bare;
use crate::framework::{Family, Framework};

/// A test that was checked.
#[derive(Clone, Debug)]
pub struct Test {
    /// The function that it tests.
    pub subject: String,
    /// All of it.
    pub code: String,
    /// What it covers, on one line.
    pub covers: String,
}

/// Where the tests of a file stand, by the custom of the language.
pub fn test_path(family: Family) -> &'static str {
    match family {
        Family::Rust => "tests/{stem}_test.rs",
        Family::Python => "tests/test_{stem}.py",
        Family::Script => "{dir}/{stem}.test.{ext}",
        Family::Java => "src/test/java/{stem}Test.java",
        Family::Kotlin => "src/test/kotlin/{stem}Test.kt",
        Family::Go => "{dir}/{stem}_test.go",
        Family::C | Family::Cpp => "tests/{stem}_test.{ext}",
    }
}

/// Where the fixtures of a file stand.
pub fn fixture_path(family: Family) -> &'static str {
    match family {
        Family::Rust => "tests/{stem}_fixtures.rs",
        Family::Python => "tests/{stem}_fixtures.py",
        Family::Script => "{dir}/{stem}.fixtures.{ext}",
        Family::Java => "src/test/java/{stem}Fixtures.java",
        Family::Kotlin => "src/test/kotlin/{stem}Fixtures.kt",
        Family::Go => "{dir}/{stem}_fixtures_test.go",
        Family::C => "tests/{stem}_fixtures.h",
        Family::Cpp => "tests/{stem}_fixtures.hpp",
    }
}

/// The name of a test, in the frameworks where two of one name clash.
fn names(framework: Framework, code: &str) -> Option<Vec<String>> {
    let start = match framework {
        Framework::CargoTest => "fn",
        Framework::Pytest => "def",
        Framework::Unittest => "class",
        Framework::GoTest => "func",
        Framework::JUnit5 | Framework::JUnit4 | Framework::Assert => "void",
        Framework::KotlinTest => "fun",
        Framework::GoogleTest => "TEST",
        _ => return None,
    };
    let length = if framework == Framework::GoogleTest { 2 } else { 1 };
    let found: Vec<String> =
        words(code).map(|(_, word)| word).skip_while(|word| *word != start).skip(1).take(length).map(str::to_owned).collect();
    (!found.is_empty()).then_some(found)
}

/// Whether one of the tests has the name of another already.
pub fn repeats(framework: Framework, tests: &[Test], test: &Test) -> bool {
    let name = names(framework, &test.code);
    tests.iter().any(|known| known.code == test.code || (name.is_some() && names(framework, &known.code) == name))
}

/// The whole test file.
pub fn test_file(unit: &Unit, framework: Framework, preamble: &str, tests: &[Test]) -> String {
    let needs: Vec<&str> = framework.missing(preamble).collect();
    let mut body = head(unit, preamble, &needs);
    let is_class = matches!(unit.language.as_str(), "java" | "kotlin");
    let indent = if is_class { "    " } else { "" };
    if is_class {
        let _ = writeln!(body, "class {}Test {{", class_name(unit));
    }
    for (at, test) in tests.iter().enumerate() {
        if at > 0 {
            body.push('\n');
            // Two blank lines are the custom there.
            body.push_str(if unit.language == "python" { "\n" } else { "" });
        }
        if !test.covers.is_empty() {
            let mark = if unit.language == "python" { "#" } else { "//" };
            let _ = writeln!(body, "{indent}{mark} {}: {}", test.subject, one_line(&test.covers));
        }
        body.push_str(&indented(&test.code, indent));
    }
    if is_class {
        body.push_str("}\n");
    }
    if framework == Framework::Assert {
        body.push_str(&main_of(tests));
    }
    body
}

/// A comment ends with its line, whatever the model wrote; a backslash at its end would go on in C.
fn one_line(covers: &str) -> String {
    covers.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('\\').to_owned()
}

/// Fixtures behind what they import.
pub fn fixture_file(unit: &Unit, preamble: &str, codes: &[String]) -> String {
    let is_header = matches!(unit.language.as_str(), "c" | "cpp") && !preamble.contains("#pragma once") && !preamble.contains("#ifndef");
    let needs: &[&str] = if is_header { &["#pragma once"] } else { &[] };
    let mut body = head(unit, preamble, needs);
    let is_class = unit.language == "java";
    if is_class {
        let _ = writeln!(body, "final class {}Fixtures {{", class_name(unit));
    }
    let indent = if is_class { "    " } else { "" };
    let parts: Vec<String> = codes.iter().map(|code| indented(code, indent)).collect();
    body.push_str(&parts.join(if unit.language == "python" { "\n\n" } else { "\n" }));
    body.push_str(if is_class { "}\n" } else { "" });
    body
}

/// The package, what is needed, and the rest of the preamble, with a blank line behind each.
fn head(unit: &Unit, preamble: &str, needs: &[&str]) -> String {
    let has_package = matches!(unit.language.as_str(), "java" | "kotlin" | "go");
    let is_package = |line: &&str| has_package && line.trim_start().starts_with("package ");
    let given = preamble.lines().find(is_package);
    let own = unit.text.lines().find(is_package);
    let package = given.or(own).map(str::trim).unwrap_or_default();
    let rest: Vec<&str> = preamble.lines().filter(|line| !is_package(line)).collect();
    let rest = rest.join("\n").trim_matches('\n').to_owned();
    let needs = needs.join("\n");
    // `from __future__` must come first.
    let imports = if rest.contains("__future__") { [rest, needs] } else { [needs, rest] };
    let imports = imports.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let parts: Vec<String> = [package.to_owned(), imports].into_iter().filter(|part| !part.is_empty()).collect();
    let gap = if unit.language == "python" { "\n\n\n" } else { "\n\n" };
    if parts.is_empty() { String::new() } else { format!("{}{gap}", parts.join("\n\n")) }
}

/// The name of the type that a file is called after.
fn class_name(unit: &Unit) -> String {
    let bare = bare(&unit.language, &unit.text);
    let is_head = |word: &str| matches!(word, "class" | "interface" | "record" | "enum" | "object");
    let after = |wanted: fn(&str) -> bool| {
        let line = bare.lines().find(|line| wanted(line) && words(line).any(|(_, word)| is_head(word)))?;
        words(line).map(|(_, word)| word).skip_while(|word| !is_head(word)).find(|word| !is_head(word)).map(str::to_owned)
    };
    after(|line| line.starts_with("public ")).or_else(|| after(|_| true)).unwrap_or_else(|| "Generated".to_owned())
}

/// A code with every line moved to the right, and with its end of line.
fn indented(code: &str, indent: &str) -> String {
    let is_moved = code.lines().next().is_some_and(|first| first.starts_with(indent));
    let line = |line: &str| if line.is_empty() || is_moved { format!("{line}\n") } else { format!("{indent}{line}\n") };
    code.lines().map(line).collect()
}

/// The program that runs the tests of a C file.
fn main_of(tests: &[Test]) -> String {
    let calls = tests.iter().filter_map(|test| names(Framework::Assert, &test.code));
    let calls: String = calls.flatten().map(|name| format!("    {name}();\n")).collect();
    format!("\nint main(void) {{\n{calls}    return 0;\n}}\n")
}
