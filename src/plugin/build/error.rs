//! Why no component was built.

use std::path::PathBuf;

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
