//! Owns compiling a Rust plugin to a core module, with the compiler that is there. Never makes a component.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::BuildError;
use super::files::read;
use super::tools::{Compiled, Tools};

/// What a plugin needs and no more.
const PLAIN: &str = "wasm32-unknown-unknown";

/// Links against WASI, whether the plugin needs it or not.
const WASI: &str = "wasm32-wasip2";

/// Where Debian's compiler for WebAssembly stands.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Whether the lock file fits the manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LockState {
    /// A new project has none yet, and its first build writes it.
    None,
    /// It does.
    Fits,
    /// A version or a dependency was changed by hand. A lock file that other packages share is changed by nobody but their author.
    Stale { is_shared: bool },
}

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
pub(super) fn compile(dir: &Path, package: &str, tools: &Tools<'_>) -> Result<Compiled, BuildError> {
    let root = tools.output_of("cargo", &["locate-project", "--workspace", "--message-format", "plain"], dir).map(PathBuf::from);
    let root = root.and_then(|manifest| manifest.parent().map(Path::to_owned)).unwrap_or(dir.to_owned());
    let has_profile = read(&root.join("Cargo.toml")).is_ok_and(|text| String::from_utf8_lossy(&text).contains("[profile.plugin]"));
    let profile = if has_profile { "plugin" } else { "release" };
    let target_dir = root.join("target").join("plugins");
    let target = target(tools, dir).ok_or(BuildError::NoTarget)?;
    let (name, compiler) = match &target {
        Target::Installed(name) => (*name, tools.output_of("rustc", &["-vV"], dir).unwrap_or_default()),
        Target::Debian { version, .. } => (PLAIN, version.clone()),
    };
    let lock = lock_state(tools, dir, &root);
    match lock {
        LockState::Stale { is_shared: false } => {
            (tools.note)("Cargo.lock does not fit Cargo.toml any more; the build brings it up to date");
        }
        LockState::Stale { is_shared: true } => {
            let root = root.display();
            (tools.note)(&format!(
                "the Cargo.lock of the workspace does not fit any more; `cargo update --workspace` in {root} brings it up to date"
            ));
        }
        LockState::None | LockState::Fits => {}
    }
    let mut command = cargo(tools, dir, &root, profile, name);
    if matches!(lock, LockState::Fits | LockState::Stale { is_shared: true }) {
        command.arg("--locked");
    }
    command.args(["--target", name, "--target-dir"]).arg(&target_dir).args(["--package", package]);
    if let Target::Debian { linker, .. } = &target {
        command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        command.arg("-Zbuild-std=std,panic_abort");
    }
    let shown = format!("cargo build --profile {profile} --target {name} --package {package}");
    (tools.note)(&shown);
    if !command.status().is_ok_and(|status| status.success()) {
        return Err(BuildError::Command { command: shown });
    }
    let module = target_dir.join(name).join(profile).join(format!("{}.wasm", package.replace('-', "_")));
    Ok(Compiled { bytes: read(&module)?, compiler: compiler.lines().next().unwrap_or_default().to_owned() })
}

/// Asks cargo. Whatever else is wrong, the build tells better.
fn lock_state(tools: &Tools<'_>, dir: &Path, root: &Path) -> LockState {
    if !root.join("Cargo.lock").is_file() {
        return LockState::None;
    }
    let asked = tools.program("cargo").current_dir(dir).args(["metadata", "--locked", "--format-version", "1"]).output();
    let is_stale = asked.is_ok_and(|asked| !asked.status.success() && String::from_utf8_lossy(&asked.stderr).contains("--locked"));
    let real = |path: &Path| path.canonicalize().unwrap_or(path.to_owned());
    if is_stale { LockState::Stale { is_shared: real(dir) != real(root) } } else { LockState::Fits }
}

fn target(tools: &Tools<'_>, dir: &Path) -> Option<Target> {
    let sysroot = PathBuf::from(tools.output_of("rustc", &["--print", "sysroot"], dir)?);
    let is_installed = |name: &&str| sysroot.join("lib/rustlib").join(name).join("lib").is_dir();
    [PLAIN, WASI].into_iter().find(is_installed).map(Target::Installed).or_else(|| debian(tools, &sysroot, dir))
}

/// Debian packages a compiler with the sources of the standard library, and no linker for WebAssembly; rustup brings that one.
fn debian(tools: &Tools<'_>, sysroot: &Path, dir: &Path) -> Option<Target> {
    let version = tools.output_of(DEBIAN_RUSTC, &["-vV"], dir)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "))?.to_owned();
    let own_sysroot = PathBuf::from(tools.output_of(DEBIAN_RUSTC, &["--print", "sysroot"], dir)?);
    let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    let is_whole = own_sysroot.join("lib/rustlib/src/rust/library").is_dir() && linker.is_file();
    is_whole.then_some(Target::Debian { version, linker })
}

/// Paths of this machine are kept out of the component, so that it comes out the same everywhere.
#[expect(clippy::disallowed_methods, reason = "the compiler is run here, in the environment of the user")]
fn cargo(tools: &Tools<'_>, dir: &Path, root: &Path, profile: &str, target: &str) -> Command {
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
    let mut command = tools.program("cargo");
    command.current_dir(dir).args(["build", "--lib", "--quiet", "--profile", profile]);
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test writes files")]
    fn write(path: PathBuf, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn a_lock_file_that_an_edit_left_behind_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let tools = Tools { hidden: &[], note: &|_| {} };
        let manifest = |version: &str| format!("[package]\nname = \"p\"\nversion = \"{version}\"\nedition = \"2021\"\n\n[workspace]\n");
        write(dir.join("Cargo.toml"), &manifest("0.1.0"));
        write(dir.join("src/lib.rs"), "");
        assert_eq!(lock_state(&tools, dir, dir), LockState::None);
        assert!(tools.program("cargo").current_dir(dir).args(["generate-lockfile", "--offline"]).status().unwrap().success());
        assert_eq!(lock_state(&tools, dir, dir), LockState::Fits);
        write(dir.join("Cargo.toml"), &manifest("0.2.0"));
        assert_eq!(lock_state(&tools, dir, dir), LockState::Stale { is_shared: false });
        assert_eq!(lock_state(&tools, &dir.join("src"), dir), LockState::Stale { is_shared: true });
    }
}
