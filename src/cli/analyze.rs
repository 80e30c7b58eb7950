//! `devflow analyze`.

use std::ffi::OsString;
use std::io::Read as _;

use super::args::{AnalyzeCommand, BatchArgs, Global, RunArgs};
use super::carry_out::{Beside, carry_out, print_spec, run, set_up, shown, static_note};
use super::events::take_stdout;
use super::exit::{Failed, Status, status, usage};
use super::machine::layers;
use super::output;
use super::style::style;
use crate::pipeline::{Forecast, ModelPart, Replaced};
use crate::project::results::results;
use crate::project::spec::{Bytes, Work};
use crate::project::{Error, Purpose, Renderer, RunSpec, Setup};
use crate::provider::PRICES_DATE;
use crate::report::{Format, counted, finding_lines, language_name, summary};
use crate::types::{FileResult, RunReport, Ticks};

pub(super) fn analyze(global: &Global, command: AnalyzeCommand) -> Result<Status, Failed> {
    match command {
        AnalyzeCommand::Batch(args) => batch(global, args),
        AnalyzeCommand::File { path, run, format } => file(global, &path, &run, &format),
    }
}

fn batch(global: &Global, args: BatchArgs) -> Result<Status, Failed> {
    if args.paths.iter().any(|path| path.is_empty()) {
        return Err(usage("an empty path was given", "`.` is the working directory"));
    }
    let (lists, named): (Vec<OsString>, Vec<OsString>) = args.paths.into_iter().partition(|path| path == "-");
    let has_list = !lists.is_empty();
    let spec = RunSpec {
        paths: named.iter().map(Bytes::from).collect(),
        listed: if has_list { list_of_stdin()? } else { Vec::new() },
        has_list,
        fresh: args.run.fresh,
        outputs: args.report.output.iter().map(Bytes::from).collect(),
        ..RunSpec::new(Work::Enabled, layers(global, &args.run))
    };
    if args.run.print_spec {
        return print_spec(&spec);
    }
    if args.dry_run {
        return dry_run(global, &set_up(global, &args.run, &spec, &args.report.format, Purpose::Forecast)?);
    }
    carry_out(global, &args.run, &spec, &args.report.format, Beside::Reports)
}

fn file(global: &Global, path: &OsString, args: &RunArgs, format: &Format) -> Result<Status, Failed> {
    let spec = RunSpec { paths: vec![Bytes::from(path)], fresh: args.fresh, ..RunSpec::new(Work::Enabled, layers(global, args)) };
    if args.print_spec {
        return print_spec(&spec);
    }
    if std::path::Path::new(path).is_dir() {
        return Err(usage(format!("`{}` is a folder", path.to_string_lossy()), "`devflow analyze batch` looks at folders"));
    }
    let setup = set_up(global, args, &spec, format, Purpose::Run)?;
    let (store, report) = run(&setup)?;
    let renderer = Renderer::new(&setup.project, &store, &report);
    let text = match format {
        Format::Text => {
            let today = store.spent_since(setup.project.machine.midnight()).unwrap_or_default();
            let note = static_note(&setup.project, &setup.plan);
            let below = setup.project.settings.report.attention_below;
            one_file(global, &report, &results(&report, &store)?) + summary(&report, &[], &today, &note, below, style(global)).as_str()
        }
        other => shown(global, &setup, &renderer, other, "")?,
    };
    if !take_stdout(args) {
        output::result(&text)?;
    }
    Ok(status(&report))
}

/// Names of a list on standard input.
fn list_of_stdin() -> Result<Vec<Bytes>, Failed> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| Error::usage(format!("cannot read standard input: {error}")))?;
    // Some shells put a mark before what they hand on.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    // Without its mark, every second byte of it is zero; of names that zeros stand between, far fewer are.
    let is_wide = bytes.iter().filter(|byte| **byte == 0).count() * 5 > bytes.len() * 2;
    if is_wide || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(usage("the list on standard input is in UTF-16", "in PowerShell, set `$OutputEncoding` to UTF-8"));
    }
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let names = bytes.split(|byte| *byte == separator).map(|name| if separator == 0 { name } else { name.trim_ascii_end() });
    Ok(names.filter(|name| !name.is_empty()).map(|name| Bytes(name.to_vec())).collect())
}

fn one_file(global: &Global, report: &RunReport, results: &[FileResult]) -> String {
    let mut text = String::new();
    for (row, result) in report.files.iter().zip(results) {
        let size = format!(
            "{} of code, {}",
            counted(result.metrics.lines.code as usize, "line"),
            counted(result.metrics.functions.len(), "function")
        );
        text.push_str(&format!("{} ({}, {}, {size})\n", row.path, language_name(row.summary.language), row.summary.role.name()));
        for finding in &result.findings {
            finding_lines(&mut text, row.path.as_str(), finding, style(global));
        }
        for dropped in &result.dropped {
            text.push_str(&format!("  dropped  {} ({})\n", dropped.message, dropped.reason));
        }
        text.push('\n');
    }
    text
}

fn replaced_line(asked: &Forecast, replaced: &Replaced) -> String {
    let rule = replaced.rule.map_or(String::new(), |rule| format!(", review/{rule}"));
    format!("replaced {}:{} {} ({}{rule})\n", asked.path, replaced.line, replaced.placeholder, replaced.what)
}

/// What a run would ask, added up.
#[derive(Default)]
struct Sums {
    n_units: usize,
    n_hits: usize,
    tokens: u64,
    most: Ticks,
    text: String,
}

impl Sums {
    fn take(&mut self, asked: &Forecast, is_priced: bool, is_verbose: bool) {
        self.n_units += 1;
        let place = format!("{} ({}, {})", asked.path, asked.operation, asked.unit);
        if asked.is_hit {
            self.n_hits += 1;
            self.text.push_str(&format!("kept     {:>8} tokens            {place}\n", asked.input_tokens));
            return;
        }
        self.tokens += asked.input_tokens;
        self.most += asked.most.cost;
        let price = if is_priced { format!("≤ {}", asked.most.cost) } else { "price not known".to_owned() };
        self.text.push_str(&format!("to ask   {:>8} tokens  {price}  {place}\n", asked.input_tokens));
        if is_verbose {
            let prompt = &asked.prompt;
            let replaced: String = asked.replaced.iter().map(|one| replaced_line(asked, one)).collect();
            self.text.push_str(&format!(
                "{replaced}--- instructions\n{}\n--- schema\n{}\n--- content\n{}\n---\n",
                prompt.instructions, prompt.schema, prompt.content
            ));
        }
    }
}

fn dry_run(global: &Global, setup: &Setup) -> Result<Status, Failed> {
    let store = setup.project.store_or_memory(false)?;
    let model = &setup.plan.inquiry().model;
    let is_priced = matches!(model, ModelPart::On(model) if model.is_priced());
    let mut sums = Sums::default();
    let failed = setup.forecast(&store, &mut |asked| sums.take(asked, is_priced, global.verbose))?;
    if let ModelPart::Off = model {
        output::result("the model is off: nothing would be sent\n")?;
        return Ok(Status::Fine);
    }
    let Sums { n_units, n_hits, tokens, most, text } = sums;
    let model = &setup.project.settings.model.name;
    let price = if is_priced {
        format!("at most {most} if every answer is of full length (prices of {PRICES_DATE})")
    } else {
        "the price of this model is not known".to_owned()
    };
    let n_open = n_units - n_hits;
    let sum = format!("{n_hits} of {n_units} answers are kept, {n_open} to ask of {model}; about {tokens} tokens in, {price}\n");
    output::result(&format!("{text}{sum}nothing was sent\n"))?;
    failed.iter().for_each(|failure| output::note(&format!("failed {}, {}: {}", failure.path, failure.stage.name(), failure.error)));
    Ok(if failed.is_empty() { Status::Fine } else { Status::Incomplete })
}
