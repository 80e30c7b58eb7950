//! Owns the operation `api`: everything public of a project on one page, file by file. Asks no model.

use std::fmt::Write;

use devflow_plugin::words::shortened;
use devflow_plugin::{Artifact, Report};

use crate::project::Project;
use crate::prose::{code, first_paragraph};

/// Largest page, in bytes; files past it are counted only.
const MAX_PAGE_BYTES: usize = 2_000_000;

/// Longest signature and paragraph, in characters.
const MAX_SIGNATURE: usize = 300;
const MAX_PARAGRAPH: usize = 1000;

/// The page; nothing when the project has nothing public.
pub fn inspect(project: &Project) -> Report {
    let mut body = "# Public interface\n".to_owned();
    let (mut n_items, mut n_left_out) = (0, 0);
    for at in project.ordinary() {
        let symbols = project.public(at);
        if symbols.is_empty() {
            continue;
        }
        if body.len() > MAX_PAGE_BYTES {
            n_left_out += 1;
            continue;
        }
        let _ = write!(body, "\n## {}\n", project.path(at));
        for symbol in symbols {
            n_items += 1;
            let name = if symbol.parent.is_empty() { symbol.name.clone() } else { format!("{}.{}", symbol.parent, symbol.name) };
            let signature = shortened(&symbol.signature, MAX_SIGNATURE);
            let _ = write!(body, "\n### {}\n\n{}, line {}\n", code(&name), code(&signature), symbol.line);
            let paragraph = shortened(&first_paragraph(&symbol.doc), MAX_PARAGRAPH);
            if !paragraph.is_empty() {
                let _ = write!(body, "\n{paragraph}\n");
            }
        }
    }
    if n_items == 0 {
        return Report::default();
    }
    if n_left_out > 0 {
        let _ = write!(body, "\n{n_left_out} more files are left out.\n");
    }
    let artifact = Artifact { name: "docs/api.md".to_owned(), media_type: "text/markdown".to_owned(), body, ..Artifact::default() };
    Report { artifacts: vec![artifact], ..Report::default() }
}
