//! `devflow script`.

use super::args::{Global, ScriptCommand};
use super::exit::{Failed, Status, usage};
use super::machine::open;
use super::output;
use crate::project::driver::{run_script, script_mistakes};
use crate::project::scripts::{FOLDERS, list};
use crate::project::spec::SettingsLayer;
use crate::project::{Error, Project, write};
use crate::script::{Ended, api};

/// What `devflow script new` writes.
const NEW: &str = "// Says what it does; `devflow script list` shows this line.\n//\n//   devflow script run NAME -- src\n\nlet paths = \
                   if args.is_empty() { [\".\"] } else { args };\nlet result = analyze(discover(paths), #{ \"model.mode\": \"off\" });\nfor file in \
                   result.files.filter(|file| !file.findings.is_empty()) {\n    print(`${file.path}: ${file.findings.len()} findings`);\n}\n";

pub(super) fn script(global: &Global, command: &ScriptCommand) -> Result<Status, Failed> {
    let (project, layers) = open(global)?;
    match command {
        ScriptCommand::List => output::result(&list(&project))?,
        ScriptCommand::Api => output::result(&api_page())?,
        ScriptCommand::Check { name } => {
            let mistakes = script_mistakes(&project, &layers, name)?;
            if !mistakes.is_empty() {
                return Err(Error::from(mistakes).into());
            }
        }
        ScriptCommand::New { name } => {
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
                return Err(usage(format!("`{name}` is no name for a script"), "lower-case letters, digits and dashes"));
            }
            let path = project.root.join(FOLDERS[0]).join(format!("{name}.rhai"));
            if path.exists() {
                return Err(Error::usage(format!("`{}` is there already", path.display())).into());
            }
            write::in_project(&project.root, &path, NEW.replace("NAME", name).as_bytes())?;
            output::result(&format!("wrote {}/{name}.rhai\n", FOLDERS[0]))?;
        }
        ScriptCommand::Run { name, args } => return run(&project, &layers, name, args),
    }
    Ok(Status::Fine)
}

fn run(project: &Project, layers: &[SettingsLayer], name: &str, args: &[String]) -> Result<Status, Failed> {
    let (ended, state) = run_script(project, layers, name, args)?;
    if let Ended::Failed(why) = &ended {
        output::note(&format!("the script failed: {why}"));
    }
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

/// Every function with its types and what it does.
pub(super) fn api_page() -> String {
    api().iter().map(|entry| format!("{}\n    {}\n\n", entry.signature, entry.doc)).collect()
}
