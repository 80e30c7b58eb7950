//! Owns `devflow template use`: templates of prompts, filled with the code that they name, shown or sent. Nothing is sent without `--execute`.

use std::path::Path;
use std::sync::{Arc, Mutex};

use minijinja::{Error, ErrorKind, Value};

use super::args::{Global, PromptArgs};
use super::context::{Context, SystemClock};
use super::exit::{Failed, Status};
use super::output;
use super::templates::{Found, folders, is_plain, read, report_template};
use crate::analyzer::redact;
use crate::diag::nearest;
use crate::pipeline::{FoundFile, ModelPart, Parts, Plan, ask_free, free_question, price_of, sources};
use crate::report::printable;
use crate::syntax::{outline, parse};
use crate::template::{PROMPTS, environment, prompt_head, render_in};
use crate::types::{Language, RelPath, Role, RunEvent};

/// Stands before and behind what a function put into a prompt; no text holds them, since they are for private use.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// Most code that one prompt may hold, in bytes: more than any model reads.
const MAX_BYTES: usize = 4 << 20;

/// A template of a prompt, of the project or the user.
pub(super) fn find(context: &Context, name: &str) -> Result<Option<Found>, Failed> {
    for folder in folders(context) {
        let path = folder.join("prompts").join(format!("{name}.j2"));
        if path.is_file() && is_plain(name) {
            return read(&path, &path.strip_prefix(&context.working_directory).unwrap_or(&path).display().to_string()).map(Some);
        }
    }
    Ok(None)
}

fn template(context: &Context, name: &str) -> Result<Found, Failed> {
    let name = name.strip_prefix("prompts/").unwrap_or(name);
    if let Some(own) = find(context, name)? {
        return Ok(own);
    }
    if let Some((name, text)) = PROMPTS.iter().find(|(known, _)| *known == name) {
        return Ok(Found { name: (*name).to_owned(), shown: format!("{name} of devflow"), text: (*text).to_owned() });
    }
    if context.working_directory.join(name).is_file() {
        return report_template(context, name);
    }
    let near = nearest(name, PROMPTS.iter().map(|(name, _)| *name));
    let hint = near.map_or("`devflow template list` shows them".to_owned(), |near| format!("did you mean `{near}`?"));
    Err(Failed::usage(format!("there is no prompt `{name}`")).hint(hint))
}

/// `devflow template use`
pub(super) fn use_prompt(global: &Global, args: &PromptArgs) -> Result<Status, Failed> {
    let context = Context::load(global, &args.run)?;
    context.warn(global);
    let found = template(&context, &args.name)?;
    let values = values(&found, &args.var)?;
    let plan = context.plan(Vec::new(), &args.run, args.execute)?;
    let rendered = render(&plan, &found, &values)?;
    let (instructions, content) = split(&rendered);
    let question = free_question(&instructions, &content);
    if !args.execute {
        let text = redact(&rendered.replace([OPEN, CLOSE], "")).text;
        let store = context.store_or_memory(global.quiet)?;
        let parts = Parts { store: &store, clock: &SystemClock, events: &|_| {} };
        output::result(&printable(&format!("{}\n", text.trim_end())))?;
        match price_of(&plan, &parts, &question) {
            Some((_, true)) => output::note("its answer is kept: `--execute` would cost nothing"),
            Some((_, false)) if !plan_is_priced(&plan) => output::note("nothing was sent; no price of the model is known"),
            Some((most, false)) => output::note(&format!("nothing was sent; `--execute` sends it, for at most {}", most.cost)),
            None => output::note("nothing was sent, and the model is off"),
        }
        return Ok(Status::Fine);
    }
    let store = context.store_or_memory(global.quiet)?;
    let parts = Parts { store: &store, clock: &SystemClock, events: &|event| note(global, &event) };
    let operation = format!("prompt:{}", found.name);
    let answer = ask_free(&plan, &parts, &operation, &question).map_err(|reason| {
        let failed = Failed::incomplete(format!("there is no answer: {reason}"));
        match plan.model_part {
            ModelPart::On(_) => failed,
            _ => failed.hint("`XAI_API_KEY`, or a server of your own, lets the model take part"),
        }
    })?;
    let text = format!("{}\n", printable(answer.text.trim_end()));
    match &args.output {
        Some(path) => {
            output::file(path, &text)?;
            output::result(&format!("answer in {}\n", path.display()))?;
        }
        None => output::result(&text)?,
    }
    if answer.is_cut {
        let limit = context.settings.model.max_output_tokens;
        output::note(&format!("warning: the answer was cut at {limit} tokens; `--set model.max-output-tokens=…` allows more"));
    }
    let cost = if answer.is_hit { format!("kept; it had cost {}", answer.saved) } else { format!("{}", answer.usage.cost) };
    if !global.quiet {
        output::note(&format!("cost {cost}"));
    }
    Ok(Status::Fine)
}

fn plan_is_priced(plan: &Plan) -> bool {
    matches!(&plan.model_part, ModelPart::On(model) if model.is_priced())
}

fn note(global: &Global, event: &RunEvent) {
    match event {
        RunEvent::Warning(warning) if !global.quiet => output::note(&format!("warning: {warning}")),
        RunEvent::Waiting { what } if !global.quiet => output::note(what),
        _ => {}
    }
}

/// Every variable of the head, given or by default.
fn values(found: &Found, given: &[(String, String)]) -> Result<Vec<(String, String)>, Failed> {
    let (_, variables) = prompt_head(&found.text);
    let names: Vec<&str> = variables.iter().map(|variable| variable.name.as_str()).collect();
    if let Some((name, _)) = given.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        return Err(Failed::usage(format!("`{}` has no variable `{name}`", found.name)).hint(hint));
    }
    let value = |variable: &crate::template::PromptVariable| {
        let given = given.iter().rev().find(|(name, _)| *name == variable.name).map(|(_, value)| value.clone());
        let value = given.or_else(|| variable.default.clone()).ok_or_else(|| {
            let message = format!("`{}` needs the variable `{}`", found.name, variable.name);
            Failed::usage(message).hint(format!("`--var {}=…`: {}", variable.name, variable.description))
        })?;
        Ok((variable.name.clone(), value))
    };
    variables.iter().map(value).collect()
}

fn render(plan: &Plan, found: &Found, values: &[(String, String)]) -> Result<String, Failed> {
    let failure: Arc<Mutex<Option<String>>> = Arc::default();
    let mut environment = environment(&found.name);
    for (name, of) in [("source", whole as Of), ("outline", heads as Of)] {
        let (plan, failure) = (plan.clone(), Arc::clone(&failure));
        environment.add_function(name, move |path: &str| -> Result<String, Error> {
            let text = code(&plan, path, of);
            text.map(|text| format!("{OPEN}{text}{CLOSE}")).map_err(|reason| {
                // The engine wraps it; the user wants to read it as it is.
                *failure.lock().expect("no thread panics while it renders") = Some(reason.clone());
                Error::new(ErrorKind::InvalidOperation, reason)
            })
        });
    }
    let table: std::collections::BTreeMap<&str, &str> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    render_in(environment, &found.name, &found.text, &Value::from(minijinja::value::Serde(table))).map_err(|error| {
        let reason = failure.lock().expect("no thread panics while it renders").take();
        match reason {
            Some(reason) => Failed::usage(reason),
            None => Failed::from(vec![error.diagnostic(&found.shown, &found.text)]),
        }
    })
}

/// What stands before the first code is the instruction; the code, and what follows it, is data.
fn split(rendered: &str) -> (String, String) {
    let (instructions, content) = rendered.split_at(rendered.find(OPEN).unwrap_or(rendered.len()));
    let content = content.replace([OPEN, CLOSE], "");
    let content = if content.trim().is_empty() { "(no code)".to_owned() } else { content };
    (instructions.trim_end().to_owned(), content)
}

/// Makes text of one source.
type Of = fn(&RelPath, Language, &str) -> String;

/// The sources below a path, one after another. What lies outside of the project is not read.
#[expect(clippy::disallowed_methods, reason = "the code that a prompt names is read here")]
fn code(plan: &Plan, path: &str, of: Of) -> Result<String, String> {
    let plan = Plan { paths: vec![path.into()], ..plan.clone() };
    let root = plan.project.canonicalize().map_err(|error| error.to_string())?;
    let files = sources(&plan).map_err(|error| error.to_string())?;
    let is_inside = |file: &FoundFile| file.absolute.canonicalize().is_ok_and(|real| real.starts_with(&root));
    if let Some(outside) = files.iter().find(|file| !is_inside(file)) {
        return Err(format!("`{}` lies outside of the project, and is not put into a prompt", outside.path));
    }
    let mut text = String::new();
    for file in &files {
        let source = std::fs::read_to_string(&file.absolute).map_err(|error| format!("cannot read `{}`: {error}", file.path))?;
        let language = Language::of(Path::new(file.path.as_str())).unwrap_or(Language::C);
        text.push_str(&of(&file.path, language, &source));
        if text.len() > MAX_BYTES {
            return Err(format!("`{path}` holds more than {} MiB of code; name less of it", MAX_BYTES >> 20));
        }
    }
    if files.is_empty() {
        return Err(format!("`{path}` holds no source"));
    }
    Ok(text)
}

fn whole(path: &RelPath, language: Language, source: &str) -> String {
    let text = redact(source).text;
    let fence = "`".repeat(text.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
    format!("{path}\n{fence}{}\n{}\n{fence}\n\n", language.name(), text.trim_end())
}

fn heads(path: &RelPath, language: Language, source: &str) -> String {
    let parsed = parse(language, source);
    let outline = outline(path.clone(), Role::of(path.as_str()), &parsed, source.to_owned());
    let mut text = format!("{path}\n");
    for symbol in outline.symbols.iter().filter(|symbol| !symbol.is_test) {
        let doc = symbol.doc.lines().next().filter(|doc| !doc.is_empty()).map_or(String::new(), |doc| format!("  # {doc}"));
        let of_type = if symbol.parent.is_empty() { String::new() } else { format!("{}: ", symbol.parent) };
        let signature = symbol.signature.split_whitespace().collect::<Vec<_>>().join(" ");
        text.push_str(&format!("  {}: {of_type}{signature}{doc}\n", symbol.line));
    }
    redact(&text).text
}
