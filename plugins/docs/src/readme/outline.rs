//! Owns the outline of a project that the model sees. The same project always gives the same outline, whatever its size.

use std::collections::BTreeMap;
use std::fmt::Write;

use devflow_plugin::words::shortened;

use super::manifest::Facts;
use crate::project::{Project, split};
use crate::prose::first_sentence;

/// Sizes in bytes; together about 6,000 tokens.
const MAX_FILES_BYTES: usize = 6_000;
const MAX_BYTES: usize = 22_000;

/// Longest signature and sentence, in characters.
const MAX_SIGNATURE: usize = 120;
const MAX_SENTENCE: usize = 160;

/// Facts, files, and public symbols with the first sentence of their documentation.
pub(super) fn outline(project: &Project, facts: &Facts) -> String {
    let mut text = String::new();
    for (what, value) in [("name", &facts.name), ("description", &facts.description), ("license", &facts.license)] {
        if !value.is_empty() {
            let _ = writeln!(text, "{what}: {}", shortened(value, 400));
        }
    }
    for (what, command) in &facts.commands {
        let _ = writeln!(text, "{}: {command}", what.to_lowercase());
    }
    let languages: Vec<String> = project.languages().iter().map(|(name, lines)| format!("{name} {lines} lines")).collect();
    let _ = writeln!(text, "languages: {}", languages.join(", "));
    write_files(&mut text, project);
    write_symbols(&mut text, project);
    text
}

/// Every file, or every folder where the files are too many.
fn write_files(text: &mut String, project: &Project) {
    let files: Vec<String> = project.ordinary().map(|at| project.path(at).to_owned()).collect();
    let is_short = files.iter().map(|file| file.len() + 1).sum::<usize>() <= MAX_FILES_BYTES;
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &files {
        *folders.entry(split(file).0).or_default() += 1;
    }
    let shown = if is_short { files.clone() } else { folders.iter().map(|(folder, n)| format!("{folder}/ ({n} files)")).collect() };
    text.push_str("\nfiles:\n");
    let end = text.len() + MAX_FILES_BYTES;
    for (n, line) in shown.iter().enumerate() {
        if text.len() + line.len() > end {
            let _ = writeln!(text, "and {} more", shown.len() - n);
            break;
        }
        let _ = writeln!(text, "{line}");
    }
}

/// The first symbol of every file, then the second of every file, until the outline is full; shown file by file. Documented ones go first, and
/// every folder has its turn before any has its second.
fn write_symbols(text: &mut String, project: &Project) {
    let mut rest = MAX_BYTES.saturating_sub(text.len());
    let queues = queues(project);
    let mut n_taken: Vec<usize> = vec![0; queues.len()];
    let mut n_of_folder: BTreeMap<&str, usize> = BTreeMap::new();
    let mut order: Vec<(usize, usize)> = Vec::new();
    for (queue, (at, _)) in queues.iter().enumerate() {
        let n = n_of_folder.entry(split(project.path(*at)).0).or_default();
        order.push((*n, queue));
        *n += 1;
    }
    order.sort_unstable();
    'rounds: for round in 0..20 {
        for (_, queue) in &order {
            let (Some((at, lines)), Some(taken)) = (queues.get(*queue), n_taken.get_mut(*queue)) else { continue };
            let Some(line) = lines.get(round) else { continue };
            let cost = line.len() + if round == 0 { project.path(*at).len() + 2 } else { 0 };
            if cost > rest {
                break 'rounds;
            }
            rest -= cost;
            *taken = round + 1;
        }
    }
    text.push_str("\npublic symbols:\n");
    for ((at, lines), taken) in queues.iter().zip(n_taken).filter(|(_, taken)| *taken > 0) {
        let _ = writeln!(text, "{}:", project.path(*at));
        lines.iter().take(taken).for_each(|line| text.push_str(line));
    }
}

/// The lines of each file that has public symbols.
fn queues(project: &Project) -> Vec<(usize, Vec<String>)> {
    let mut queues: Vec<(usize, Vec<String>)> = Vec::new();
    for at in project.ordinary() {
        let mut symbols = project.public(at);
        symbols.sort_by_key(|symbol| (symbol.doc.is_empty(), !symbol.parent.is_empty(), symbol.line));
        let line = |symbol: &&devflow_plugin::Symbol| {
            let sentence = shortened(&first_sentence(&symbol.doc), MAX_SENTENCE);
            let signature = shortened(&symbol.signature, MAX_SIGNATURE);
            if sentence.is_empty() { format!("  {signature}\n") } else { format!("  {signature} // {sentence}\n") }
        };
        let lines: Vec<String> = symbols.iter().take(20).map(line).collect();
        if !lines.is_empty() {
            queues.push((at, lines));
        }
    }
    queues
}
