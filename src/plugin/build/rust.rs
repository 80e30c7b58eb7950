//! Owns compiling a Rust plugin to a core module, with the compiler that is there. Never makes a component.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{BuildError, Compiled, output_of, program, read};

/// What a plugin needs and no more.
const PLAIN: &str = "wasm32-unknown-unknown";

/// Links against WASI, whether the plugin needs it or not.
const WASI: &str = "wasm32-wasip2";

/// Where Debian's compiler for WebAssembly stands.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// How this machine can compile for WebAssembly.
enum Target {
    /// With rustup's compiler and one of its targets.
    Installed(&'static str),
    /// With Debian's compiler and the linker of the other one.
    Debian { version: String, linker: PathBuf },
}

/// Compiles the package in `dir`.
///
/// # Errors
/// No compiler for WebAssembly is here, or it fails.
pub(super) fn compile(dir: &Path, package: &str, note: &dyn Fn(&str)) -> Result<Compiled, BuildError> {
    let root = output_of("cargo", &["locate-project", "--workspace", "--message-format", "plain"], dir).map(PathBuf::from);
    let root = root.and_then(|manifest| manifest.parent().map(Path::to_owned)).unwrap_or(dir.to_owned());
    let has_profile = read(&root.join("Cargo.toml")).is_ok_and(|text| String::from_utf8_lossy(&text).contains("[profile.plugin]"));
    let profile = if has_profile { "plugin" } else { "release" };
    let target_dir = root.join("target").join("plugins");
    let target = target(dir).ok_or(BuildError::NoTarget)?;
    let (name, compiler) = match &target {
        Target::Installed(name) => (*name, output_of("rustc", &["-vV"], dir).unwrap_or_default()),
        Target::Debian { version, .. } => (PLAIN, version.clone()),
    };
    let mut command = cargo(dir, &root, profile, name);
    command.args(["--target", name, "--target-dir"]).arg(&target_dir).args(["--package", package]);
    if let Target::Debian { linker, .. } = &target {
        command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        command.arg("-Zbuild-std=std,panic_abort");
    }
    let shown = format!("cargo build --profile {profile} --target {name} --package {package}");
    note(&shown);
    if !command.status().is_ok_and(|status| status.success()) {
        return Err(BuildError::Command { command: shown });
    }
    let module = target_dir.join(name).join(profile).join(format!("{}.wasm", package.replace('-', "_")));
    Ok(Compiled { bytes: read(&module)?, compiler: compiler.lines().next().unwrap_or_default().to_owned() })
}

fn target(dir: &Path) -> Option<Target> {
    let sysroot = PathBuf::from(output_of("rustc", &["--print", "sysroot"], dir)?);
    let is_installed = |name: &&str| sysroot.join("lib/rustlib").join(name).join("lib").is_dir();
    [PLAIN, WASI].into_iter().find(is_installed).map(Target::Installed).or_else(|| debian(&sysroot, dir))
}

/// Debian packages a compiler with the sources of the standard library, and no linker for WebAssembly; rustup brings that one.
fn debian(sysroot: &Path, dir: &Path) -> Option<Target> {
    let version = output_of(DEBIAN_RUSTC, &["-vV"], dir)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "))?.to_owned();
    let own_sysroot = PathBuf::from(output_of(DEBIAN_RUSTC, &["--print", "sysroot"], dir)?);
    let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    let is_whole = own_sysroot.join("lib/rustlib/src/rust/library").is_dir() && linker.is_file();
    is_whole.then_some(Target::Debian { version, linker })
}

/// Paths of this machine are kept out of the component, so that it comes out the same everywhere.
#[expect(clippy::disallowed_methods, reason = "the compiler is run here, in the environment of the user")]
fn cargo(dir: &Path, root: &Path, profile: &str, target: &str) -> Command {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo"))).unwrap_or_default();
    let root = root.canonicalize().unwrap_or(root.to_owned());
    let mut flags =
        vec![format!("--remap-path-prefix={}=/ws", root.display()), "--remap-path-prefix=/usr/lib/rustlib/src/rust=/rust".to_owned()];
    let sources = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    flags.extend(sources.map(|entry| format!("--remap-path-prefix={}=/cargo", entry.path().display())));
    flags.sort();
    if target == WASI {
        // The linker of this target would make a component that imports WASI; ours is made of the core module.
        flags.push("-Clink-arg=--skip-wit-component".to_owned());
    }
    let mut command = program("cargo");
    command.current_dir(dir).args(["build", "--lib", "--quiet", "--profile", profile]);
    // A new project has no lock file yet, and its first build writes it.
    if root.join("Cargo.lock").is_file() {
        command.arg("--locked");
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    command
}
