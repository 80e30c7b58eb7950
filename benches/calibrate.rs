//! Makes the reference that scores are measured by: `cargo bench --bench calibrate -- FOLDER > src/score/reference.tsv`. FOLDER holds checkouts of
//! public projects, one in each folder; `docs/scoring.md` names them. What each language is like goes to the error stream.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a benchmark reads files and prints"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use devflow::score::{REFERENCE_LINES, Reference, raw_points, scores};
use devflow::syntax::parse;
use devflow::types::{FileMetrics, Finding, Language, Role};
use serde::Deserialize;

/// What is needed of a report.
#[derive(Deserialize)]
struct Report {
    files: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    path: String,
    language: String,
    role: Role,
    findings: Vec<Finding>,
}

/// A file with all that its score is made of.
struct Measured {
    role: Role,
    findings: Vec<Finding>,
    metrics: FileMetrics,
}

/// Values with weights, of which quantiles are asked.
#[derive(Default)]
struct Weighed(Vec<(f64, f64)>);

impl Weighed {
    fn quantiles(mut self, shares: impl Iterator<Item = f64>) -> Vec<f64> {
        self.0.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = self.0.iter().map(|(_, weight)| weight).sum();
        let quantile = |share: f64| {
            let mut sum = 0.0;
            let reaches = |(_, weight): &&(f64, f64)| {
                sum += weight;
                sum >= share * total
            };
            self.0.iter().find(reaches).or(self.0.last()).map_or(0.0, |(value, _)| *value)
        };
        shares.map(quantile).collect()
    }

    fn median(self) -> f64 {
        self.quantiles([0.5].into_iter())[0]
    }
}

/// Runs the review as a user would, without a model, and measures the files that it looked at.
fn measure(project: &Path, files: &mut BTreeMap<Language, Vec<Measured>>) {
    let home = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_devflow"))
        .args(["analyze", "batch", ".", "--no-model", "--format", "json", "--home"])
        .arg(home.path())
        .current_dir(project)
        .output()
        .unwrap();
    let report: Report = match serde_json::from_slice(&ran.stdout) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("{}: {error}", project.display());
            return;
        }
    };
    for Row { path, language, role, findings } in report.files {
        let Some(language) = Language::ALL.into_iter().find(|known| known.name() == language) else { continue };
        let Ok(text) = std::fs::read_to_string(project.join(&path)) else { continue };
        let metrics = parse(language, &text).metrics(&text);
        files.entry(language).or_default().push(Measured { role, findings, metrics });
    }
}

/// A row of the table; `name` is that of the language.
fn row(name: &str, files: &[(&Measured, &Reference)], medians: [f64; 3]) -> String {
    let large: Vec<_> = files.iter().filter(|(file, _)| file.metrics.lines.code >= REFERENCE_LINES).collect();
    let lines = |file: &Measured| f64::from(file.metrics.lines.code);
    let (mut overall, mut complexity) = (Weighed::default(), Weighed::default());
    for (file, reference) in &large {
        let (of_overall, of_complexity) = raw_points(reference, &file.findings, &file.metrics);
        overall.0.push((of_overall, lines(file)));
        complexity.0.push((of_complexity, lines(file)));
    }
    let n_lines: f64 = large.iter().map(|(file, _)| lines(file)).sum();
    let curve = complexity.quantiles([0.5, 0.95].into_iter());
    let quantiles = overall.quantiles((0..=100).map(|percent| f64::from(percent) / 100.0));
    let numbers = medians.into_iter().chain(curve).chain(quantiles).map(|number| format!("{:.3}", number.abs()));
    let cells: Vec<String> = [name.to_owned(), large.len().to_string(), n_lines.to_string()].into_iter().chain(numbers).collect();
    cells.join("\t")
}

/// Median cognitive complexity, lines and nesting of functions in sources and scripts, by their lines.
fn medians(files: &[Measured]) -> [f64; 3] {
    let is_measured = |file: &&Measured| matches!(file.role, Role::Source | Role::Script);
    let functions = || files.iter().filter(is_measured).flat_map(|file| &file.metrics.functions).filter(|function| !function.is_test);
    let median = |measure: fn(&devflow::types::FunctionMetrics) -> u32| {
        Weighed(functions().map(|function| (f64::from(measure(function)), f64::from(function.code_lines))).collect()).median()
    };
    [median(|function| function.cognitive), median(|function| function.code_lines), median(|function| function.nesting)]
}

/// How the shipped table scores what was measured.
fn tell(language: Language, files: &[Measured]) {
    let large = files.iter().filter(|file| file.metrics.lines.code >= REFERENCE_LINES);
    let mut by_lines = Weighed::default();
    let (mut n, mut n_high) = (0, 0);
    for file in large {
        let overall = scores(language, &file.findings, &file.metrics).overall;
        by_lines.0.push((overall, f64::from(file.metrics.lines.code)));
        n += 1;
        n_high += usize::from(overall >= 99.0);
    }
    let quantiles = by_lines.quantiles([0.05, 0.25, 0.5, 0.75].into_iter());
    eprintln!("{}: {n} files, by lines 5/25/50/75 % score up to {quantiles:.1?}; 99 or more: {n_high} files", language.name());
}

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with("--")).expect("a folder of checkouts");
    let mut projects: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    projects.sort();
    let mut files = BTreeMap::new();
    projects.iter().filter(|project| project.is_dir()).for_each(|project| measure(project, &mut files));
    let references: BTreeMap<Language, (Reference, [f64; 3])> = files
        .iter()
        .map(|(language, files)| {
            let medians = medians(files);
            (*language, (Reference::of_medians(medians), medians))
        })
        .collect();
    let names: Vec<String> = (0..=100).map(|percent| format!("overall {percent}")).collect();
    println!("language\tfiles\tlines\tcognitive\tcode lines\tnesting\tcomplexity 50\tcomplexity 95\t{}", names.join("\t"));
    let mut all = Vec::new();
    for (language, files) in &files {
        let (reference, medians) = &references[language];
        let measured: Vec<_> = files.iter().map(|file| (file, reference)).collect();
        println!("{}", row(language.name(), &measured, *medians));
        all.extend(measured);
        tell(*language, files);
    }
    println!("{}", row("all", &all, [0.0; 3]));
}
