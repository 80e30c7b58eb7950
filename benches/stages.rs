//! Measures the static part on one core: `cargo bench --bench stages -- FOLDER`. Prints megabytes per second for parsing with all measures,
//! and for the rules in their sandbox.
#![expect(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark reads files and prints")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use devflow::analyzer::{Analyzer as _, Subject};
use devflow::plugin::{Limits, PluginHost, embedded_plugins};
use devflow::syntax::parse;
use devflow::types::{Language, Role, Unit};
use devflow::unit::whole;

fn gather(path: &Path, files: &mut Vec<(Language, String)>) {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| gather(entry, files));
    } else if let (Some(language), Ok(text)) = (Language::of(path), std::fs::read_to_string(path))
        && text.len() <= 100 << 10
    {
        files.push((language, text));
    }
}

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with("--")).unwrap_or_else(|| "src".to_owned());
    let mut files = Vec::new();
    gather(Path::new(&folder), &mut files);
    let megabytes = files.iter().map(|(_, text)| text.len()).sum::<usize>() as f64 / 1e6;
    let limits = Limits { deadline: Duration::from_secs(60), memory_bytes: 256 << 20, output_bytes: 64 << 20 };
    let (plugins, _) = embedded_plugins(&["review".to_owned()], &Arc::new(PluginHost::new(limits, None)));
    let review = &plugins[0];
    // Compiling the component and the queries is paid once and measured apart.
    let start = Instant::now();
    for language in Language::ALL {
        drop(review.inspect("file", &subject(language, String::new()), "{}"));
    }
    println!(
        "{} files, {megabytes:.1} MB; preparing the rules of all languages {:.0} ms",
        files.len(),
        start.elapsed().as_secs_f64() * 1e3
    );
    for round in 1..=3 {
        let (mut parsing, mut rules, mut findings) = (Duration::ZERO, Duration::ZERO, 0);
        for (language, text) in &files {
            let start = Instant::now();
            let parsed = parse(*language, text);
            let metrics = parsed.metrics(text);
            parsing += start.elapsed();
            let start = Instant::now();
            let subject = Arc::new(Subject::with_syntax(unit(*language, text.clone()), parsed));
            findings += review.inspect("file", &subject, "{}").map_or(0, |claims| claims.findings.len());
            rules += start.elapsed();
            drop(metrics);
        }
        let speed = |time: Duration| megabytes / time.as_secs_f64();
        println!(
            "round {round}: parsing and measures {:.1} MB/s, rules {:.1} MB/s, together {:.1} MB/s, {findings} findings",
            speed(parsing),
            speed(rules),
            speed(parsing + rules)
        );
    }
}

fn unit(language: Language, text: String) -> Unit {
    whole(language, Role::Source, text)
}

fn subject(language: Language, text: String) -> Arc<Subject> {
    Arc::new(Subject::new(unit(language, text)))
}
