//! Prompts of users: templates filled with the code that they name. What they put in is marked, so that instruction and data part.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::{ErrorKind, Value};

use super::error::{Error, Hint, Result};
use super::model::Purpose;
use super::open::Project;
use super::plan::{Around, inquiry, target};
use super::templates::{TemplateText, prompt};
use crate::analyzer::redact;
use crate::config::XAI_KEY_VARIABLE;
use crate::diag::nearest;
use crate::pipeline::{FoundFile, FreeAnswer, Inquiry, ModelPart, Parts, Target, ask_free, free_question, price_of, sources};
use crate::store::Store;
use crate::syntax::{outline, parse};
use crate::template::{environment, prompt_head, render_in};
use crate::types::{Language, Question, RelPath, Role, Usage};

/// Stands before and behind what a function put into a prompt; no text holds them, since they are for private use.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// Most code that one prompt may hold, in bytes: more than any model reads.
const MAX_BYTES: usize = 4 << 20;

/// A prompt that is filled.
pub struct Prompt {
    /// The name of its template.
    pub name: String,
    /// The whole text as a user reads it, without secrets.
    pub text: String,
    /// How the model is asked.
    pub inquiry: Inquiry,
    question: Question,
}

/// Fills a prompt with variables and with the code of the project that it names.
///
/// # Errors
/// There is no such prompt, a variable is missing or unknown, or code cannot be put into it.
pub fn fill(project: &Project, name: &str, given: &[(String, String)], purpose: Purpose, is_fresh: bool) -> Result<Prompt> {
    let found = prompt(project, name)?;
    let values = values(&found, given)?;
    let inquiry = Inquiry { is_fresh, ..inquiry(project, purpose, &Around::default())? };
    let rendered = render(project, &found, &values)?;
    let (instructions, content) = split(&rendered);
    let text = redact(&rendered.replace([OPEN, CLOSE], "")).text;
    Ok(Prompt { name: found.name, text, inquiry, question: free_question(&instructions, &content) })
}

impl Prompt {
    /// What asking would cost at most, and whether the answer is kept; none when no model takes part.
    pub fn price(&self, project: &Project, store: &Store) -> Option<(Usage, bool)> {
        let parts = Parts::new(store, project.machine.clock.as_ref(), &|_| {});
        price_of(&self.inquiry, &parts, &self.question)
    }

    /// Asks.
    ///
    /// # Errors
    /// There is no usable answer.
    pub fn ask(&self, project: &Project, store: &Store) -> Result<FreeAnswer> {
        let see = |event: &crate::types::RunEvent| project.machine.listener.event(event);
        let parts = Parts::new(store, project.machine.clock.as_ref(), &see);
        ask_free(&self.inquiry, &parts, &format!("prompt:{}", self.name), &self.question).map_err(|reason| {
            let failed = Error::incomplete(format!("there is no answer: {reason}"));
            match self.inquiry.model {
                ModelPart::On(_) => failed,
                _ => failed.hint(Hint::GiveKey(XAI_KEY_VARIABLE.to_owned())),
            }
        })
    }
}

/// Every variable of the head, given or by default.
fn values(found: &TemplateText, given: &[(String, String)]) -> Result<Vec<(String, String)>> {
    let (_, variables) = prompt_head(&found.text);
    let names: Vec<&str> = variables.iter().map(|variable| variable.name.as_str()).collect();
    if let Some((name, _)) = given.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => Hint::Meant(near.to_owned()),
            None => Hint::Say(format!("it has {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))),
        };
        return Err(Error::usage(format!("`{}` has no variable `{name}`", found.name)).hint(hint));
    }
    let value = |variable: &crate::template::PromptVariable| {
        let given = given.iter().rev().find(|(name, _)| *name == variable.name).map(|(_, value)| value.clone());
        let value = given.or_else(|| variable.default.clone()).ok_or_else(|| {
            let message = format!("`{}` needs the variable `{}`", found.name, variable.name);
            let (name, description) = (variable.name.clone(), variable.description.clone());
            Error::usage(message).hint(Hint::GiveVariable { name, description })
        })?;
        Ok((variable.name.clone(), value))
    };
    variables.iter().map(value).collect()
}

/// Renders a prompt; the code of the project that it names is marked, see [`split`].
fn render(project: &Project, found: &TemplateText, values: &[(String, String)]) -> Result<String> {
    let failure: Arc<Mutex<Option<String>>> = Arc::default();
    let mut environment = environment(&found.name);
    for (name, of) in [("source", whole as Of), ("outline", heads as Of)] {
        let (project, failure) = (project.clone(), Arc::clone(&failure));
        environment.add_function(name, move |path: &str| -> std::result::Result<String, minijinja::Error> {
            let text = code(&project, path, of);
            text.map(|text| format!("{OPEN}{text}{CLOSE}")).map_err(|reason| {
                // The engine wraps it; the user wants to read it as it is.
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.clone());
                minijinja::Error::new(ErrorKind::InvalidOperation, reason)
            })
        });
    }
    let table: std::collections::BTreeMap<&str, &str> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    render_in(environment, &found.name, &found.text, &Value::from(minijinja::value::Serde(table))).map_err(|error| {
        let reason = failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        match reason {
            Some(reason) => Error::usage(reason),
            None => Error::from(vec![error.diagnostic(&found.shown, &found.text)]),
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
fn code(project: &Project, path: &str, of: Of) -> std::result::Result<String, String> {
    let target = Target { paths: vec![path.into()], working_directory: project.machine.working_directory.clone(), ..target(project) };
    let root = project.root.canonicalize().map_err(|error| error.to_string())?;
    let files = sources(&target).map_err(|error| error.to_string())?;
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
    let outline = outline(path.clone(), Role::Source, &parsed, source.to_owned());
    let mut text = format!("{path}\n");
    for symbol in outline.symbols.iter().filter(|symbol| !symbol.is_test) {
        let doc = symbol.doc.lines().next().filter(|doc| !doc.is_empty()).map_or(String::new(), |doc| format!("  # {doc}"));
        let of_type = if symbol.parent.is_empty() { String::new() } else { format!("{}: ", symbol.parent) };
        let signature = symbol.signature.split_whitespace().collect::<Vec<_>>().join(" ");
        text.push_str(&format!("  {}: {of_type}{signature}{doc}\n", symbol.line));
    }
    redact(&text).text
}
