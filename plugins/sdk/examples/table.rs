//! Runs a table over files and prints what its rows speak of: for whoever writes a table.
//!
//! `cargo run -p devflow-plugin --features testing --example table -- my.table src/*.py`; `--form` in place of the table prints the form.

use std::process::ExitCode;

use devflow_core::syntax::{form, parse};
use devflow_core::types::Language;
use devflow_plugin::facts::{Facts, Table};
use devflow_plugin::testing::form_nodes;

#[expect(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((table, files)) = arguments.split_first() else { return ExitCode::from(2) };
    let read = |path: &str| std::fs::read_to_string(path);
    let parsed =
        if table == "--form" { Ok(Table::default()) } else { read(table).map_err(|e| e.to_string()).and_then(|t| Table::parse(&t)) };
    let rules = match parsed {
        Ok(rules) => rules,
        Err(error) => {
            eprintln!("{table}: {error}");
            return ExitCode::from(2);
        }
    };
    for file in files {
        let (Ok(text), Some(language)) = (read(file), Language::of(std::path::Path::new(file))) else { continue };
        let nodes = form_nodes(&form(&parse(language, &text), &text));
        let facts = Facts::new(language.name(), &text, nodes);
        if table == "--form" {
            for node in facts.nodes() {
                let depth = facts.around(node).count();
                println!("{}{:?} {} | {}", "  ".repeat(depth), facts.kind(node), facts.name_of(node), facts.path(node));
            }
        }
        for hit in rules.search(&facts) {
            let line = text[..hit.span.start].matches('\n').count() + 1;
            println!("{file}:{line}: {}: {}", hit.rule, hit.path);
        }
    }
    ExitCode::SUCCESS
}
