//! `devflow template`.

use std::collections::BTreeMap;

use minijinja::Value;
use minijinja::value::Serde;

use super::args::{Global, PromptArgs, TemplateCommand};
use super::exit::{Failed, Status, word};
use super::machine::{layers, open, open_for_run};
use super::output;
use crate::pipeline::ModelPart;
use crate::project::templates::{FOLDER, TemplateText, find, find_prompt, own_names, report_template, try_report};
use crate::project::{Error, Project, Purpose, prompts, write};
use crate::report::{Format, printable};
use crate::template::{PROMPTS, REPORTS, TemplateError, check, environment, prompt_head, render_in};

pub(super) fn template(global: &Global, command: &TemplateCommand) -> Result<Status, Failed> {
    if let TemplateCommand::Use(args) = command {
        return use_prompt(global, args);
    }
    let (project, _) = open(global)?;
    match command {
        TemplateCommand::List => output::result(&list(&project))?,
        TemplateCommand::Show { name } => output::result(&report_template(&project, name)?.text)?,
        TemplateCommand::Check { names } => {
            let all = || REPORTS.iter().map(|known| known.name.to_owned()).chain(own_names(&project)).collect();
            let names: Vec<String> = if names.is_empty() { all() } else { names.clone() };
            let mut wrong = Vec::new();
            for name in names {
                let found = report_template(&project, &name)?;
                let tried = if is_prompt(&name, &found) { try_prompt(&found) } else { try_report(&found) };
                wrong.extend(tried.err().map(|error| error.diagnostic(&found.shown, &found.text)));
            }
            if !wrong.is_empty() {
                return Err(Error::from(wrong).into());
            }
        }
        TemplateCommand::Use(_) => {}
        TemplateCommand::Eject { name } => {
            let report = REPORTS.iter().find(|known| known.name == name).map(|known| known.text);
            let prompt = || PROMPTS.iter().find(|(known, _)| name.strip_prefix("prompts/") == Some(known)).map(|(_, text)| *text);
            let Some(embedded) = report.or_else(prompt) else {
                report_template(&project, name)?;
                return Ok(Status::Fine);
            };
            let path = project.root.join(FOLDER).join(format!("{name}.j2"));
            if path.exists() {
                return Err(Error::usage(format!("`{}` is there already", path.display())).into());
            }
            write::in_project(&project.root, &path, embedded.as_bytes())?;
            output::result(&format!("wrote {FOLDER}/{name}.j2\n"))?;
        }
    }
    Ok(Status::Fine)
}

fn is_prompt(name: &str, found: &TemplateText) -> bool {
    name.contains("prompts/") || !prompt_head(&found.text).1.is_empty()
}

/// Renders a prompt with its defaults, and with made-up texts for all of its variables.
fn try_prompt(found: &TemplateText) -> Result<(), TemplateError> {
    check(&found.name, &found.text)?;
    let variables = prompt_head(&found.text).1;
    for is_given in [true, false] {
        let value = |default: &Option<String>| default.clone().filter(|_| !is_given).unwrap_or_else(|| "text".to_owned());
        let values: BTreeMap<&str, String> = variables.iter().map(|known| (known.name.as_str(), value(&known.default))).collect();
        let mut environment = environment(&found.name);
        for function in ["source", "outline"] {
            environment.add_function(function, |path: &str| format!("code of {path}"));
        }
        render_in(environment, &found.name, &found.text, &Value::from(Serde(values)))?;
    }
    Ok(())
}

fn list(project: &Project) -> String {
    let mut text = String::new();
    for known in REPORTS {
        text.push_str(&format!("{:<32} {}{}\n", known.name, known.summary, from(find(project, known.name))));
    }
    for (name, embedded) in PROMPTS {
        let own = find_prompt(project, name);
        let summary = prompt_head(own.as_ref().ok().and_then(Option::as_ref).map_or(embedded, |own| own.text.as_str())).0;
        text.push_str(&format!("{:<32} {summary}{}\n", format!("prompts/{name}"), from(own)));
    }
    let is_known = |name: &String| {
        REPORTS.iter().any(|known| known.name == name) || PROMPTS.iter().any(|(known, _)| name.strip_prefix("prompts/") == Some(known))
    };
    for name in own_names(project).into_iter().filter(|name| !is_known(name)) {
        text.push_str(&format!("{name:<32}{}\n", from(find(project, &name))));
    }
    text
}

/// Where a template comes from, when it does not come with devflow. One that cannot be read must not hide the others.
fn from(found: Result<Option<TemplateText>, Error>) -> String {
    match found {
        Ok(Some(found)) if !found.shown.ends_with(" of devflow") => format!("  (from {})", found.shown),
        Ok(_) => String::new(),
        Err(error) => format!("  ({})", error.words(&word)),
    }
}

/// `devflow template use`: nothing is sent without `--execute`.
fn use_prompt(global: &Global, args: &PromptArgs) -> Result<Status, Failed> {
    let project = open_for_run(global, &args.run, &layers(global, &args.run), &Format::Text)?;
    project.tell_warnings();
    let purpose = if args.execute { Purpose::Run } else { Purpose::Forecast };
    let prompt = prompts::fill(&project, &args.name, &args.var, purpose, args.run.fresh)?;
    let store = project.store_or_memory(false)?;
    if !args.execute {
        output::result(&printable(&format!("{}\n", prompt.text.trim_end())))?;
        let is_priced = matches!(&prompt.inquiry.model, ModelPart::On(model) if model.is_priced());
        output::note(&match prompt.price(&project, &store) {
            Some((_, true)) => "its answer is kept: `--execute` would cost nothing".to_owned(),
            Some((_, false)) if !is_priced => "nothing was sent; no price of the model is known".to_owned(),
            Some((most, false)) => format!("nothing was sent; `--execute` sends it, for at most {}", most.cost),
            None => "nothing was sent, and the model is off".to_owned(),
        });
        return Ok(Status::Fine);
    }
    let answer = prompt.ask(&project, &store)?;
    let text = format!("{}\n", printable(answer.text.trim_end()));
    match &args.output {
        Some(path) => {
            write::file(&project.machine.working_directory.join(path), &path.display().to_string(), &text)?;
            output::result(&format!("answer in {}\n", path.display()))?;
        }
        None => output::result(&text)?,
    }
    if answer.is_cut {
        let limit = project.settings.model.max_output_tokens;
        output::note(&format!("warning: the answer was cut at {limit} tokens; `--set model.max-output-tokens=…` allows more"));
    }
    let cost = if answer.is_hit { format!("kept; it had cost {}", answer.saved) } else { format!("{}", answer.usage.cost) };
    if !global.quiet {
        output::note(&format!("cost {cost}"));
    }
    Ok(Status::Fine)
}
