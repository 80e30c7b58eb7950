//! Owns building plugins in other languages than Rust, with the tools of those languages. Never fetches one.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{BuildError, CONTRACT, Compiled, entries, output_of, read};

/// Builds a JavaScript plugin: QuickJS and the script become one component.
///
/// # Errors
/// The tool is not here, or it fails.
pub(super) fn javascript(dir: &Path, note: &dyn Fn(&str)) -> Result<Compiled, BuildError> {
    let local = dir.join("node_modules/.bin/componentize-qjs");
    let tool = tool("componentize-qjs", &[local], dir).ok_or(BuildError::NoTool { tool: "componentize-qjs", install: "npm install" })?;
    componentize(dir, note, &tool, |wit, out| {
        let words =
            ["--js", "plugin.js", "--wit", wit, "--world", "analyzer", "--sync", "--stub-wasi", "--opt-size", "--minify", "-o", out];
        words.map(str::to_owned).to_vec()
    })
}

/// Builds a Python plugin: the interpreter and the script become one component.
///
/// # Errors
/// The tool is not here, or it fails.
pub(super) fn python(dir: &Path, note: &dyn Fn(&str)) -> Result<Compiled, BuildError> {
    let local = [".venv/bin/componentize-py", "venv/bin/componentize-py"].map(|path| dir.join(path));
    let tool = tool("componentize-py", &local, dir);
    let tool = tool.ok_or(BuildError::NoTool { tool: "componentize-py", install: "pip install componentize-py==0.25.1" })?;
    componentize(dir, note, &tool, |wit, out| {
        ["-d", wit, "-w", "analyzer", "componentize", "plugin", "--stub-wasi", "-o", out].map(str::to_owned).to_vec()
    })
}

/// Compiles a C plugin to a core module.
///
/// # Errors
/// The compiler is not here, or it fails.
pub(super) fn c(dir: &Path, note: &dyn Fn(&str)) -> Result<Compiled, BuildError> {
    let tool = tool("clang", &[], dir).ok_or(BuildError::NoTool { tool: "clang", install: "apt-get install clang lld" })?;
    let folder = temporary(dir)?;
    let out = folder.path().join("plugin.wasm");
    let sources = entries(dir)?.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "c"));
    let mut sources: Vec<String> = sources.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    sources.sort();
    let flags = ["--target=wasm32", "-nostdlib", "-Oz", "-fno-ident", "-Wl,--no-entry", "-Wl,--strip-all", "-o"].map(str::to_owned);
    let words: Vec<String> = flags.into_iter().chain([out.display().to_string()]).chain(sources).collect();
    run(dir, note, &tool, &words)?;
    Ok(Compiled { bytes: read(&out)?, compiler: version(&tool, dir) })
}

/// Runs a tool that wants the contract as a folder and gives a component.
fn componentize(dir: &Path, note: &dyn Fn(&str), tool: &Path, words: impl Fn(&str, &str) -> Vec<String>) -> Result<Compiled, BuildError> {
    let folder = temporary(dir)?;
    let wit = folder.path().join("wit");
    let out = folder.path().join("plugin.wasm");
    super::write(&wit.join("analyzer.wit"), CONTRACT.as_bytes())?;
    run(dir, note, tool, &words(&wit.display().to_string(), &out.display().to_string()))?;
    Ok(Compiled { bytes: read(&out)?, compiler: version(tool, dir) })
}

fn temporary(dir: &Path) -> Result<tempfile::TempDir, BuildError> {
    tempfile::TempDir::with_prefix("devflow-").map_err(|source| BuildError::File { path: dir.to_owned(), source })
}

/// The first of these places that has the tool, else the tool by its name if it can be run.
fn tool(name: &str, places: &[PathBuf], dir: &Path) -> Option<PathBuf> {
    let there = places.iter().find(|path| path.is_file()).and_then(|path| path.canonicalize().ok());
    there.or_else(|| output_of(name, &["--version"], dir).map(|_| PathBuf::from(name)))
}

/// The first line of what the tool says of itself.
fn version(tool: &Path, dir: &Path) -> String {
    let said = output_of(&tool.to_string_lossy(), &["--version"], dir).unwrap_or_default();
    said.lines().next().unwrap_or_default().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the compiler is run here")]
fn run(dir: &Path, note: &dyn Fn(&str), tool: &Path, words: &[String]) -> Result<(), BuildError> {
    let name = tool.file_name().unwrap_or(tool.as_os_str()).to_string_lossy();
    let shown = format!("{name} {}", words.join(" "));
    note(&shown);
    let succeeded = Command::new(tool).current_dir(dir).args(words).status().is_ok_and(|status| status.success());
    if succeeded { Ok(()) } else { Err(BuildError::Command { command: shown }) }
}
