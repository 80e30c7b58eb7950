//! Owns building a Rust plugin into a component, with the compiler that is there, and its lock file. Never runs the plugin.

use std::path::{Path, PathBuf};
use std::process::Command;

use wit_component::ComponentEncoder;

use crate::types::{Digest, KeyHasher};

/// The contract that plugins are built for.
pub const CONTRACT: &str = include_str!("../../plugins/sdk/wit/v0.1/analyzer.wit");

const TARGET: &str = "wasm32-unknown-unknown";

/// Where Debian's compiler for WebAssembly stands.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

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
    /// The folder holds no Rust package.
    #[error("`{}` names no package", path.display())]
    NoPackage {
        /// Its `Cargo.toml`.
        path: PathBuf,
    },
    /// Nothing here compiles for WebAssembly.
    #[error(
        "no compiler for `{TARGET}` is here: add it with `rustup target add {TARGET}`, or where rustup cannot fetch, on Debian, with \
         `apt-get install rustc-web rust-web-src`"
    )]
    NoTarget,
    /// The compiler failed.
    #[error("`{command}` failed")]
    Cargo {
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

/// Builds the plugin in `dir` and puts `<id>.wasm` and its part of `lock.toml` into `out`. `note` hears what is done.
///
/// # Errors
/// See [`BuildError`].
pub fn build(dir: &Path, out: &Path, note: &dyn Fn(&str)) -> Result<Built, BuildError> {
    let manifest = dir.join("Cargo.toml");
    let package = package_name(&manifest)?;
    let id = package.strip_prefix("devflow-plugin-").unwrap_or(&package).to_owned();
    let (module, compiler) = compile(dir, &package, note)?;
    let module = read(&module)?;
    let component = component(&module).map_err(|reason| BuildError::Component { reason })?;
    let path = out.join(format!("{id}.wasm"));
    write(&path, &component)?;
    let lock = Lock { source: source_digest(dir)?, component: Digest::of(&component), compiler };
    lock.write(&out.join("lock.toml"), &id)?;
    Ok(Built { path, size_bytes: component.len() })
}

fn component(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = ComponentEncoder::default().validate(true).module(module).map_err(|error| format!("{error:#}"))?;
    encoder.encode().map_err(|error| format!("{error:#}"))
}

/// Hash of everything that a plugin's component is made of: its folder, the folders that it names as path dependencies, the contract.
///
/// # Errors
/// A file that cannot be read.
pub fn source_digest(dir: &Path) -> Result<Digest, BuildError> {
    let mut key = KeyHasher::new("plugin-source", 2);
    key.field(CONTRACT.as_bytes());
    for (prefix, folder) in [(String::new(), dir.to_owned())].into_iter().chain(path_dependencies(dir)?) {
        let mut files = vec![folder.join("Cargo.toml")];
        gather(&folder.join("src"), &mut files)?;
        files.sort();
        for file in files {
            let name = file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            key.field(prefix.as_bytes()).field(name.as_bytes()).field(&read(&file)?);
        }
    }
    Ok(key.finish())
}

/// Names and folders of the dependencies that stand beside the plugin, by name.
fn path_dependencies(dir: &Path) -> Result<Vec<(String, PathBuf)>, BuildError> {
    let manifest: toml::Table = String::from_utf8_lossy(&read(&dir.join("Cargo.toml"))?).parse().unwrap_or_default();
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    let path = |(name, value): (&String, &toml::Value)| Some((name.clone(), dir.join(value.get("path")?.as_str()?)));
    let mut found: Vec<_> = dependencies.into_iter().flatten().filter_map(path).collect();
    found.sort();
    Ok(found)
}

#[expect(clippy::disallowed_methods, reason = "the sources of a plugin are read here")]
fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    let fail = |source| BuildError::File { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() { gather(&path, files)? } else { files.push(path) }
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

fn package_name(manifest: &Path) -> Result<String, BuildError> {
    let text = String::from_utf8_lossy(&read(manifest)?).into_owned();
    let table: Option<toml::Table> = text.parse().ok();
    let name = table.as_ref().and_then(|table| table.get("package")?.get("name")?.as_str());
    name.map(str::to_owned).ok_or_else(|| BuildError::NoPackage { path: manifest.to_owned() })
}

#[expect(clippy::disallowed_methods, reason = "the compiler is run here")]
fn output_of(program: &str, args: &[&str], dir: &Path) -> Option<String> {
    let output = Command::new(program).args(args).current_dir(dir).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Compiles to a core module; gives its path and the compiler's own description.
fn compile(dir: &Path, package: &str, note: &dyn Fn(&str)) -> Result<(PathBuf, String), BuildError> {
    let root = output_of("cargo", &["locate-project", "--workspace", "--message-format", "plain"], dir).map(PathBuf::from);
    let root = root.and_then(|manifest| manifest.parent().map(Path::to_owned)).unwrap_or(dir.to_owned());
    let has_profile = read(&root.join("Cargo.toml")).is_ok_and(|text| String::from_utf8_lossy(&text).contains("[profile.plugin]"));
    let profile = if has_profile { "plugin" } else { "release" };
    let sysroot = output_of("rustc", &["--print", "sysroot"], dir).map(PathBuf::from).ok_or(BuildError::NoTarget)?;
    let target_dir = root.join("target").join("plugins");
    let mut command = cargo(dir, &root, profile, &target_dir);
    command.args(["--package", package]);
    let compiler = if sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        output_of("rustc", &["-vV"], dir).unwrap_or_default()
    } else if let Some(version) = debian(&sysroot, &mut command, dir) {
        version
    } else {
        return Err(BuildError::NoTarget);
    };
    let shown = format!("cargo build --profile {profile} --target {TARGET} --package {package}");
    note(&shown);
    let succeeded = command.status().is_ok_and(|status| status.success());
    if !succeeded {
        return Err(BuildError::Cargo { command: shown });
    }
    let module = format!("{}.wasm", package.replace('-', "_"));
    let compiler = compiler.lines().next().unwrap_or_default().to_owned();
    Ok((target_dir.join(TARGET).join(profile).join(module), compiler))
}

/// Paths of this machine are kept out of the component, so that it comes out the same everywhere.
#[expect(clippy::disallowed_methods, reason = "the compiler is run here, in the environment of the user")]
fn cargo(dir: &Path, root: &Path, profile: &str, target_dir: &Path) -> Command {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo"))).unwrap_or_default();
    let root = root.canonicalize().unwrap_or(root.to_owned());
    let mut remaps =
        vec![format!("--remap-path-prefix={}=/ws", root.display()), "--remap-path-prefix=/usr/lib/rustlib/src/rust=/rust".to_owned()];
    let sources = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    remaps.extend(sources.map(|entry| format!("--remap-path-prefix={}=/cargo", entry.path().display())));
    remaps.sort();
    let mut command = Command::new("cargo");
    command.current_dir(dir).args(["build", "--lib", "--quiet", "--profile", profile]);
    // A new project has no lock file yet, and its first build writes it.
    if root.join("Cargo.lock").is_file() {
        command.arg("--locked");
    }
    command.args(["--target", TARGET, "--target-dir"]);
    command.arg(target_dir).env("CARGO_ENCODED_RUSTFLAGS", remaps.join("\u{1f}"));
    command
}

/// Debian packages a compiler with the sources of the standard library, and no linker for WebAssembly; rustup brings that one.
fn debian(sysroot: &Path, command: &mut Command, dir: &Path) -> Option<String> {
    let version = output_of(DEBIAN_RUSTC, &["-vV"], dir)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "))?.to_owned();
    let own_sysroot = PathBuf::from(output_of(DEBIAN_RUSTC, &["--print", "sysroot"], dir)?);
    let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    if !own_sysroot.join("lib/rustlib/src/rust/library").is_dir() || !linker.is_file() {
        return None;
    }
    command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    command.arg("-Zbuild-std=std,panic_abort");
    Some(version)
}

/// One component's part of the lock file.
struct Lock {
    source: Digest,
    component: Digest,
    compiler: String,
}

impl Lock {
    fn write(&self, path: &Path, id: &str) -> Result<(), BuildError> {
        let old: toml::Table = read(path).ok().and_then(|text| String::from_utf8_lossy(&text).parse().ok()).unwrap_or_default();
        let mut parts: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
        for (name, part) in old.iter().filter(|(_, part)| part.is_table()) {
            let field = |key: &str| part.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
            parts.insert(name.clone(), lock_part(&field("source"), &field("component"), &field("compiler")));
        }
        parts.insert(id.to_owned(), lock_part(&self.source.to_string(), &self.component.to_string(), &self.compiler));
        let text: String = parts.iter().map(|(name, part)| format!("\n[{name}]\n{part}")).collect();
        write(path, format!("# Written by `devflow plugin build`: what each component was made of.\n{text}").as_bytes())
    }
}

fn lock_part(source: &str, component: &str, compiler: &str) -> String {
    format!("source = \"{source}\"\ncomponent = \"{component}\"\ncompiler = \"{compiler}\"\n")
}
