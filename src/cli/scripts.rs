//! Owns `devflow script`: where scripts are, and what they may be for. Never looks at code itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Global, RunArgs, ScriptCommand};
use super::context::Context;
use super::driver::Driver;
use super::exit::{Failed, Status};
use super::hooks::{HOOKS, ScriptHooks};
use super::output;
use super::places::{NamedBy, check_inside, is_inside, may_not_read, may_read, stays_inside};
use crate::diag::{Diagnostic, nearest};
use crate::pipeline::normal;
use crate::script::{Ended, Host, SCRIPTS, Script, api, check, summary};

/// Where a project keeps its scripts.
const FOLDERS: [&str; 2] = [".devflow/scripts", "scripts"];

/// What `devflow script new` writes.
const NEW: &str = "// Says what it does; `devflow script list` shows this line.\n//\n//   devflow script run NAME -- src\n\nlet paths = \
                   if args.is_empty() { [\".\"] } else { args };\nlet result = analyze(discover(paths), #{ \"model.mode\": \"off\" });\nfor file in \
                   result.files.filter(|file| !file.findings.is_empty()) {\n    print(`${file.path}: ${file.findings.len()} findings`);\n}\n";

/// `devflow script`
pub(super) fn scripts(global: &Global, command: &ScriptCommand) -> Result<Status, Failed> {
    let context = Context::load(global, &RunArgs::default())?;
    context.warn(global);
    match command {
        ScriptCommand::List => output::result(&list(&context)?)?,
        ScriptCommand::Api => output::result(&api_page())?,
        ScriptCommand::Check { name } => {
            let mistakes = mistakes(global, context, name)?;
            if !mistakes.is_empty() {
                return Err(Failed::from(mistakes));
            }
        }
        ScriptCommand::New { name } => {
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
                return Err(Failed::usage(format!("`{name}` is no name for a script")).hint("lower-case letters, digits and dashes"));
            }
            let path = context.project.join(FOLDERS[0]).join(format!("{name}.rhai"));
            if path.exists() {
                return Err(Failed::usage(format!("`{}` is there already", path.display())));
            }
            check_inside(&context.project, &path)?;
            output::new_file(&path, NEW.replace("NAME", name).as_bytes())?;
            output::result(&format!("wrote {}/{name}.rhai\n", FOLDERS[0]))?;
        }
        ScriptCommand::Run { name, args } => return run(global, context, name, args),
    }
    Ok(Status::Fine)
}

/// What is wrong in a script as far as its text says.
pub(super) fn mistakes(global: &Global, context: Context, name: &str) -> Result<Vec<Diagnostic>, Failed> {
    let Source { shown, text, by } = find(&context, name)?;
    Ok(check(&shown, &text, &Driver::new(global, &RunArgs::default(), context, by)?))
}

fn run(global: &Global, context: Context, name: &str, args: &[String]) -> Result<Status, Failed> {
    let Source { shown, text, by } = find(&context, name)?;
    let driver = Arc::new(Driver::new(global, &RunArgs::default(), context, by)?);
    let script = Script::parse(&shown, &text, Arc::clone(&driver) as Arc<dyn Host>).map_err(|mistake| Failed::from(vec![*mistake]))?;
    let ended = script.run(args).map_err(|mistake| Failed::from(vec![*mistake]))?;
    if let Ended::Failed(why) = &ended {
        output::note(&format!("the script failed: {why}"));
    }
    let state = driver.state();
    if state.is_gate_hit {
        output::note("a gate was hit");
    }
    Ok(match ended {
        _ if state.is_incomplete => Status::Incomplete,
        Ended::Failed(_) => Status::Gate,
        Ended::Done if state.is_gate_hit => Status::Gate,
        Ended::Done => Status::Fine,
    })
}

/// A script that was found.
pub(super) struct Source {
    /// As it is shown.
    shown: String,
    text: String,
    /// What stands in the project belongs to the checkout, whoever names it.
    by: NamedBy,
}

/// A script by name or path.
#[expect(clippy::disallowed_methods, reason = "scripts are read here")]
fn find(context: &Context, name: &str) -> Result<Source, Failed> {
    let read = |path: &Path| {
        if !may_read(&context.project, NamedBy::User, path) {
            return Err(may_not_read("script", &path.display().to_string()));
        }
        let text = std::fs::read_to_string(path).map_err(|error| Failed::usage(format!("cannot read `{}`: {error}", path.display())))?;
        let by = if normal(path).starts_with(&context.project) { NamedBy::Checkout } else { NamedBy::User };
        Ok(Source { shown: path.strip_prefix(&context.working_directory).unwrap_or(path).display().to_string(), text, by })
    };
    let is_plain = !name.contains(['/', '\\']);
    for folder in FOLDERS.iter().filter(|_| is_plain) {
        let path = context.project.join(folder).join(format!("{name}.rhai"));
        if path.is_file() {
            return read(&path);
        }
    }
    if let Some(known) = SCRIPTS.iter().find(|known| known.name == name) {
        return Ok(Source { shown: format!("{name}.rhai of devflow"), text: known.text.to_owned(), by: NamedBy::User });
    }
    let path = context.working_directory.join(name);
    if path.is_file() {
        return read(&path);
    }
    let near = nearest(name, SCRIPTS.iter().map(|known| known.name));
    let hint = near.map_or("`devflow script list` shows them".to_owned(), |near| format!("did you mean `{near}`?"));
    Err(Failed::usage(format!("there is no script `{name}`, and no such file")).hint(hint))
}

#[expect(clippy::disallowed_methods, reason = "scripts are read here")]
fn list(context: &Context) -> Result<String, Failed> {
    let mut text = String::new();
    let mut own: Vec<String> = Vec::new();
    for folder in FOLDERS {
        let entries = std::fs::read_dir(context.project.join(folder)).into_iter().flatten().flatten();
        let is_script = |path: &PathBuf| {
            path.extension().is_some_and(|e| e == "rhai") && path.is_file() && may_read(&context.project, NamedBy::Checkout, path)
        };
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_script).collect();
        paths.sort();
        for path in paths {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let about = std::fs::read_to_string(&path).map(|text| summary(&text)).unwrap_or_default();
            if !own.contains(&name) {
                text.push_str(&format!("{name:<20} {about}  (from {folder})\n"));
                own.push(name);
            }
        }
    }
    for known in SCRIPTS.iter().filter(|known| !own.iter().any(|name| name == known.name)) {
        text.push_str(&format!("{:<20} {}\n", known.name, summary(known.text)));
    }
    Ok(text)
}

/// Every function with its types and what it does.
pub(super) fn api_page() -> String {
    api().iter().map(|entry| format!("{}\n    {}\n\n", entry.signature, entry.doc)).collect()
}

/// The hooks of a pipeline's script, and whoever answers it.
pub(super) fn hooks(global: &Global, run: &RunArgs, context: Context, name: &str) -> Result<(Arc<ScriptHooks>, Arc<Driver>), Failed> {
    hooks_of(Driver::new(global, run, context, NamedBy::Checkout)?, name)
}

/// A pipeline names its script from the root of the project.
pub(super) fn named_by_pipeline(context: &Context, name: &str) -> String {
    let inside = context.project.join(name);
    inside.to_str().filter(|_| inside.is_file()).unwrap_or(name).to_owned()
}

/// The hooks of a script that `driver` serves.
pub(super) fn hooks_of(driver: Driver, name: &str) -> Result<(Arc<ScriptHooks>, Arc<Driver>), Failed> {
    let (context, driver) = (driver.context.clone(), Arc::new(driver));
    if !is_inside(&context.project, name) || !stays_inside(&context.project, &context.project.join(name)) {
        let message = format!("the script `{name}` is outside of the project");
        return Err(Failed::usage(message).hint("`devflow script run` runs any script"));
    }
    let Source { shown, text, .. } = find(&context, &named_by_pipeline(&context, name))?;
    let script = Script::parse(&shown, &text, Arc::clone(&driver) as Arc<dyn Host>).map_err(|mistake| Failed::from(vec![*mistake]))?;
    let hooks = ScriptHooks::new(script);
    if !hooks.has_any() {
        let names: Vec<String> = HOOKS.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(
            Failed::usage(format!("`{shown}` has no hook")).hint(format!("functions of one parameter, called {}", names.join(", ")))
        );
    }
    Ok((Arc::new(hooks), driver))
}
