//! `devflow pipelines`.

use super::args::Global;
use super::exit::{Failed, Status};
use super::machine::open;
use super::output;

pub(super) fn pipelines(global: &Global) -> Result<Status, Failed> {
    let (project, _) = open(global)?;
    let pipelines = &project.settings.pipelines;
    if pipelines.is_empty() {
        output::result("there are no pipelines; `[pipeline.NAME]` in devflow.toml makes one\n")?;
        return Ok(Status::Fine);
    }
    let mut text = String::new();
    for pipeline in pipelines {
        let extends = pipeline.extends.first().map_or(String::new(), |name| format!(", extends {name}"));
        let operations = if pipeline.operations.is_empty() { "the enabled analyzers".to_owned() } else { pipeline.operations.join(", ") };
        let description = if pipeline.description.is_empty() { String::new() } else { format!("  {}\n", pipeline.description) };
        text.push_str(&format!("{} ({}{extends})\n{description}", pipeline.name, pipeline.origin));
        text.push_str(&format!("  {operations} on {} ({})\n", pipeline.paths.join(", "), pipeline.select.name()));
        pipeline.settings.iter().for_each(|(key, entry)| text.push_str(&format!("  {key} = {}\n", entry.value)));
        if !pipeline.reports.is_empty() {
            text.push_str(&format!("  writes {}\n", pipeline.reports.join(", ")));
        }
    }
    output::result(&text)?;
    Ok(Status::Fine)
}
