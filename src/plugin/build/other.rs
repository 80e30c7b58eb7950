//! Owns building plugins in other languages than Rust, with the tools of those languages. Never fetches one.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::contract::CONTRACT;
use super::error::BuildError;
use super::files::{read, write};
use super::sources::sources;
use super::tools::{Compiled, Tools};

/// Packages of Debian that compile C for a plugin.
const C_PACKAGES: &str = "apt-get install --no-install-recommends clang lld wasi-libc libclang-rt-dev-wasm32";

/// What makes a component of JavaScript, below the folder of the plugin.
const QJS: &str = "node_modules/componentize-qjs";

/// Builds a JavaScript plugin: QuickJS and the script become one component.
///
/// # Errors
/// The tool is not here, or it fails.
pub(super) fn javascript(dir: &Path, tools: &Tools<'_>) -> Result<Compiled, BuildError> {
    tools.output_of("node", &["--version"], dir).ok_or(BuildError::NoTool { tool: "node", install: "apt-get install nodejs npm" })?;
    let package = dir.join(QJS).join("package.json");
    let package = read(&package).map_err(|_| BuildError::NoTool { tool: "componentize-qjs", install: "npm install" })?;
    // The tool itself does not say its version.
    let version =
        serde_json::from_slice::<serde_json::Value>(&package).ok().and_then(|package| Some(package["version"].as_str()?.to_owned()));
    let built = componentize(dir, tools, |wit, out| {
        let flags =
            ["--js", "plugin.js", "--wit", wit, "--world", "analyzer", "--sync", "--stub-wasi", "--opt-size", "--minify", "-o", out];
        let mut command = tools.program("node");
        command.arg(format!("{QJS}/cli.mjs")).args(flags);
        command
    })?;
    Ok(Compiled { bytes: built, compiler: format!("componentize-qjs {}", version.unwrap_or_default()) })
}

/// Builds a Python plugin: the interpreter and the script become one component.
///
/// # Errors
/// The tool is not here, or it fails.
pub(super) fn python(dir: &Path, tools: &Tools<'_>) -> Result<Compiled, BuildError> {
    let local = [".venv/bin/componentize-py", ".venv/Scripts/componentize-py.exe"].map(|path| dir.join(path));
    let local = local.iter().find(|path| path.is_file()).and_then(|path| path.canonicalize().ok());
    let tool = local.unwrap_or_else(|| PathBuf::from("componentize-py"));
    let version = tools.output_of(&tool.to_string_lossy(), &["--version"], dir).ok_or(BuildError::NoTool {
        tool: "componentize-py",
        install: "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
    })?;
    let bytes = componentize(dir, tools, |wit, out| {
        let mut command = tools.program(&tool);
        // A mistake of the author is told by Python itself; the tool's own trace would bury it.
        command.args(["-q", "-d", wit, "-w", "analyzer", "componentize", "plugin", "--stub-wasi", "-o", out]).env("RUST_BACKTRACE", "0");
        if let Ok(folder) = dir.join(".venv").canonicalize() {
            command.env("VIRTUAL_ENV", folder);
        }
        command
    })?;
    Ok(Compiled { bytes, compiler: version })
}

/// Compiles a C plugin, called `name`, to a core module.
///
/// # Errors
/// The compiler or its library for WebAssembly is not here, or it fails.
pub(super) fn c(dir: &Path, name: &str, version: &str, tools: &Tools<'_>) -> Result<Compiled, BuildError> {
    let asked = |question: &str| tools.output_of("clang", &["--target=wasm32-wasi", question], dir).unwrap_or_default();
    let missing = |tool| BuildError::NoTool { tool, install: C_PACKAGES };
    let compiler = tools.output_of("clang", &["--version"], dir).ok_or(missing("clang"))?;
    // A tool that clang does not find is named as it was asked for.
    for (question, tool) in [
        ("-print-prog-name=wasm-ld", "wasm-ld"),
        ("-print-file-name=crt1-reactor.o", "wasi-libc"),
        ("-print-libgcc-file-name", "libclang-rt for wasm32"),
    ] {
        if !Path::new(&asked(question)).is_file() {
            return Err(missing(tool));
        }
    }
    let folder = temporary(dir)?;
    let out = folder.path().join("plugin.wasm");
    let all = sources(dir)?.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "c"));
    let mut command = tools.program("clang");
    command.args(["--target=wasm32-wasi", "-mexec-model=reactor", "-O2", "-Wall", "-fno-ident"]);
    command.args([format!("-DPLUGIN_NAME=\"{name}\""), format!("-DPLUGIN_VERSION=\"{version}\"")]);
    // The stack comes first, so that one that grows too far traps in the place of writing over data.
    command.args(["-Wl,--stack-first", "-Wl,-z,stack-size=262144", "-Wl,--strip-all", "-o"]).arg(&out);
    command.args(all.map(|path| path.strip_prefix(dir).unwrap_or(&path).to_owned()));
    run(dir, tools, command)?;
    Ok(Compiled { bytes: read(&out)?, compiler: compiler.lines().next().unwrap_or_default().to_owned() })
}

/// Runs a tool that wants the contract as a folder and gives a component.
fn componentize(dir: &Path, tools: &Tools<'_>, command: impl Fn(&str, &str) -> Command) -> Result<Vec<u8>, BuildError> {
    let folder = temporary(dir)?;
    let wit = folder.path().join("wit");
    let out = folder.path().join("plugin.wasm");
    write(&wit.join("analyzer.wit"), CONTRACT.as_bytes())?;
    run(dir, tools, command(&wit.display().to_string(), &out.display().to_string()))?;
    read(&out)
}

fn temporary(dir: &Path) -> Result<tempfile::TempDir, BuildError> {
    tempfile::TempDir::with_prefix("devflow-").map_err(|source| BuildError::File { path: dir.to_owned(), source })
}

fn run(dir: &Path, tools: &Tools<'_>, mut command: Command) -> Result<(), BuildError> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let shown = words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    (tools.note)(&shown);
    let succeeded = command.current_dir(dir).status().is_ok_and(|status| status.success());
    if succeeded { Ok(()) } else { Err(BuildError::Command { command: shown }) }
}
