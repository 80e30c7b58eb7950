//! Owns building a plugin into a component, with the tools that are there, and its lock file. Never runs the plugin.

mod lock;
mod other;
mod rust;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::stub::stubs;
use crate::types::{Digest, KeyHasher};
use lock::Lock;

/// The contract that plugins are built for.
pub const CONTRACT: &str = include_str!("../../../plugins/sdk/wit/v0.1/analyzer.wit");

/// What was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The component.
    pub path: PathBuf,
    /// Of the component.
    pub size_bytes: usize,
}

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file cannot be read or written.
    #[error("cannot use `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The folder holds no plugin.
    #[error("`{}` holds no plugin: it has none of {MANIFESTS}", path.display())]
    NoManifest {
        /// The folder.
        path: PathBuf,
    },
    /// The manifest names no package.
    #[error("`{}` names no package", path.display())]
    NoPackage {
        /// The manifest.
        path: PathBuf,
    },
    /// Nothing here compiles Rust for WebAssembly.
    #[error(
        "no compiler for `wasm32-unknown-unknown` is here: add it with `rustup target add wasm32-unknown-unknown` (`wasm32-wasip2` will do, \
         too), or where rustup cannot fetch, on Debian, with `apt-get install rustc-web rust-web-src`"
    )]
    NoTarget,
    /// A tool is not here.
    #[error("`{tool}` is not here: install it with `{install}`")]
    NoTool {
        /// Its name.
        tool: &'static str,
        /// The command that installs it.
        install: &'static str,
    },
    /// The compiler failed.
    #[error("`{command}` failed")]
    Command {
        /// As it could be typed.
        command: String,
    },
    /// The module is no plugin.
    #[error("the module cannot become a component: {reason}")]
    Component {
        /// Why not.
        reason: String,
    },
}

/// The files by which the language of a plugin is told.
const MANIFESTS: &str = "`Cargo.toml`, `package.json`, `pyproject.toml`, `plugin.toml`";

/// Folders in a plugin's own that are no part of it.
const MADE: &[&str] = &["cases", "dist", "node_modules", "target", "venv", "__pycache__"];

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rust,
    JavaScript,
    Python,
    C,
}

/// What a compiler gave.
struct Compiled {
    /// A core module of Rust or C, a component of the others.
    bytes: Vec<u8>,
    /// Its name and version.
    compiler: String,
}

impl Kind {
    fn of(dir: &Path) -> Result<Self, BuildError> {
        let kinds = [Self::Rust, Self::JavaScript, Self::Python, Self::C];
        kinds.into_iter().find(|kind| dir.join(kind.manifest()).is_file()).ok_or_else(|| BuildError::NoManifest { path: dir.to_owned() })
    }

    fn manifest(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::JavaScript => "package.json",
            Self::Python => "pyproject.toml",
            Self::C => "plugin.toml",
        }
    }

    /// Endings of the files in its folder that a plugin is made of; a Rust plugin has `src` instead.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Rust => &[],
            Self::JavaScript => &["js", "mjs"],
            Self::Python => &["py"],
            Self::C => &["c", "h"],
        }
    }
}

/// Builds the plugin in `dir` and puts `<id>.wasm` and its part of `lock.toml` into `out`. `note` hears what is done.
///
/// # Errors
/// See [`BuildError`].
pub fn build(dir: &Path, out: &Path, note: &dyn Fn(&str)) -> Result<Built, BuildError> {
    let kind = Kind::of(dir)?;
    let package = package_name(kind, &dir.join(kind.manifest()))?;
    let id = package.strip_prefix("devflow-plugin-").unwrap_or(&package).to_owned();
    let of_module = |bytes: &[u8]| component(bytes).map_err(|reason| BuildError::Component { reason });
    let (bytes, compiler) = match kind {
        Kind::Rust => {
            let Compiled { bytes, compiler } = rust::compile(dir, &package, note)?;
            (of_module(&bytes)?, compiler)
        }
        Kind::C => {
            let Compiled { bytes, compiler } = other::c(dir, &package, &version(dir)?, note)?;
            (of_module(&typed(bytes).map_err(|reason| BuildError::Component { reason })?)?, compiler)
        }
        Kind::JavaScript | Kind::Python => {
            let Compiled { bytes, compiler } = if kind == Kind::Python { other::python(dir, note)? } else { other::javascript(dir, note)? };
            (bytes, compiler)
        }
    };
    let path = out.join(format!("{id}.wasm"));
    write(&path, &bytes)?;
    let lock = Lock { source: source_digest(dir)?, component: Digest::of(&bytes), compiler };
    lock.write(&out.join("lock.toml"), &id)?;
    Ok(Built { path, size_bytes: bytes.len() })
}

/// Makes a component of a core module that bears the contract as its type; what it wants of WASI is replaced.
///
/// # Errors
/// A module that is no plugin, or that wants more.
pub fn component(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = ComponentEncoder::default().validate(true).module(module).map_err(|error| format!("{error:#}"))?;
    for (name, stub) in stubs(module)? {
        encoder = encoder.adapter(&name, &stub).map_err(|error| format!("{error:#}"))?;
    }
    encoder.encode().map_err(|error| format!("{error:#}"))
}

/// Gives a core module the contract as its type, where no macro has done so.
fn typed(mut module: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("analyzer.wit", CONTRACT).map_err(|error| format!("{error:#}"))?;
    let world = resolve.select_world(&[package], Some("analyzer")).map_err(|error| format!("{error:#}"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(|error| format!("{error:#}"))?;
    Ok(module)
}

/// The files that a plugin is made of: its manifest and its sources, sorted.
///
/// # Errors
/// A folder that cannot be read.
pub fn sources(dir: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let kind = Kind::of(dir)?;
    let mut files = vec![dir.join(kind.manifest())];
    if kind == Kind::Rust {
        gather(&dir.join("src"), &mut files)?;
    } else {
        let mut all = Vec::new();
        gather(dir, &mut all)?;
        let ending = |path: &PathBuf| path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_owned();
        files.extend(all.into_iter().filter(|path| kind.endings().contains(&ending(path).as_str())));
    }
    files.sort();
    Ok(files)
}

/// Hash of everything that a plugin's component is made of: its folder, the folders that it names as path dependencies, the contract.
///
/// # Errors
/// A file that cannot be read.
pub fn source_digest(dir: &Path) -> Result<Digest, BuildError> {
    let mut key = KeyHasher::new("plugin-source", 2);
    key.field(CONTRACT.as_bytes());
    for (prefix, folder) in [(String::new(), dir.to_owned())].into_iter().chain(path_dependencies(dir)?) {
        for file in sources(&folder)? {
            let name = file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            key.field(prefix.as_bytes()).field(name.as_bytes()).field(&read(&file)?);
        }
    }
    Ok(key.finish())
}

/// Names and folders of the dependencies that stand beside a Rust plugin, by name.
fn path_dependencies(dir: &Path) -> Result<Vec<(String, PathBuf)>, BuildError> {
    if Kind::of(dir)? != Kind::Rust {
        return Ok(Vec::new());
    }
    let manifest: toml::Table = String::from_utf8_lossy(&read(&dir.join("Cargo.toml"))?).parse().unwrap_or_default();
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    let path = |(name, value): (&String, &toml::Value)| Some((name.clone(), dir.join(value.get("path")?.as_str()?)));
    let mut found: Vec<_> = dependencies.into_iter().flatten().filter_map(path).collect();
    found.sort();
    Ok(found)
}

#[expect(clippy::disallowed_methods, reason = "the sources of a plugin are read here")]
fn entries(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let fail = |source| BuildError::File { path: folder.to_owned(), source };
    std::fs::read_dir(folder).map_err(fail)?.map(|entry| entry.map(|entry| entry.path()).map_err(fail)).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    for path in entries(folder)? {
        let is_made = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.') || MADE.contains(&name));
        match path.is_dir() {
            true if is_made => {}
            true => gather(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the sources of a plugin are read here")]
fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(|source| BuildError::File { path: path.to_owned(), source })
}

#[expect(clippy::disallowed_methods, reason = "the component of a plugin is written here")]
fn write(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, bytes));
    write.map_err(|source| BuildError::File { path: path.to_owned(), source })
}

/// The version that `plugin.toml` states.
fn version(dir: &Path) -> Result<String, BuildError> {
    let table: toml::Table = String::from_utf8_lossy(&read(&dir.join(Kind::C.manifest()))?).parse().unwrap_or_default();
    let version = table.get("version").and_then(toml::Value::as_str).unwrap_or("0.0.0");
    Ok(version.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+')).collect())
}

/// The name becomes the name of a file.
fn package_name(kind: Kind, manifest: &Path) -> Result<String, BuildError> {
    let text = String::from_utf8_lossy(&read(manifest)?).into_owned();
    let name = match kind {
        Kind::JavaScript => {
            serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|table| Some(table["name"].as_str()?.to_owned()))
        }
        _ => text.parse::<toml::Table>().ok().and_then(|table| {
            let part = match kind {
                Kind::Rust => table.get("package")?.as_table()?,
                Kind::Python => table.get("project")?.as_table()?,
                _ => &table,
            };
            Some(part.get("name")?.as_str()?.to_owned())
        }),
    };
    let is_plain = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    name.filter(is_plain).ok_or_else(|| BuildError::NoPackage { path: manifest.to_owned() })
}

/// Variables of the environment that no compiler gets. It only ever grows.
static HIDDEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps a variable of the environment from every compiler that is run from now on: a build runs code of others, which must not find the
/// key of the model's provider.
pub fn hide_variable(name: &str) {
    HIDDEN.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
}

/// A compiler or another tool, without what is hidden from it.
#[expect(clippy::disallowed_methods, reason = "compilers are run here")]
fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    for name in HIDDEN.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        command.env_remove(name);
    }
    command
}

fn output_of(name: &str, args: &[&str], dir: &Path) -> Option<String> {
    let output = program(name).args(args).current_dir(dir).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
