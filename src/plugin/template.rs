//! Owns the files of a new plugin: a project that builds, with its copy of the SDK. Never writes them.

/// A file of a new project: path and text.
pub type NewFile = (String, String);

/// Name of the text that stands for the plugin's own name.
const NAME: &str = "NAME";

const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../plugins/template/rust/Cargo.toml.in")),
    ("src/lib.rs", include_str!("../../plugins/template/rust/src/lib.rs.in")),
    ("README.md", include_str!("../../plugins/template/rust/README.md.in")),
    ("cases/waits.py", include_str!("../../plugins/template/rust/cases/waits.py")),
    ("cases/waits.py.expected", include_str!("../../plugins/template/rust/cases/waits.py.expected")),
    ("cases/waits_for_an_event.py", include_str!("../../plugins/template/rust/cases/waits_for_an_event.py")),
    ("cases/waits_for_an_event.py.expected", include_str!("../../plugins/template/rust/cases/waits_for_an_event.py.expected")),
    (".gitignore", "target\n"),
];

macro_rules! sdk {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../plugins/sdk/", $file)))),*]
    };
}

/// The SDK as it is, but for the native test helper, which needs the whole of devflow.
const SDK: &[(&str, &str)] = sdk!(
    "src/lib.rs",
    "src/bindings.rs",
    "src/types.rs",
    "src/host.rs",
    "src/wasm.rs",
    "src/words.rs",
    "src/facts.rs",
    "src/facts/calls.rs",
    "src/facts/flows.rs",
    "src/facts/known.rs",
    "src/facts/names.rs",
    "src/facts/scopes.rs",
    "src/facts/tree.rs",
    "src/facts/values.rs",
    "src/facts/table.rs",
    "src/facts/table/check.rs",
    "src/facts/table/condition.rs",
    "src/facts/table/flow.rs",
    "src/facts/table/naming.rs",
    "src/facts/table/parse.rs",
    "src/facts/table/row.rs",
    "src/facts/table/shape.rs",
    "wit/v0.2/analyzer.wit",
);

const SDK_MANIFEST: &str = "[package]
name = \"devflow-plugin\"
description = \"Write an analyzer for devflow: plain types, one trait, one macro\"
version = \"VERSION\"
edition = \"2024\"
license = \"MIT\"
publish = false

[features]
testing = []

[dependencies]
wit-bindgen = { version = \"0.61\", default-features = false, features = [\"macros\", \"realloc\"] }
";

/// The examples in other languages are the templates: their own name is replaced.
macro_rules! example {
    ($folder:literal: $($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../plugins/examples/", $folder, "/", $file)))),*]
    };
}

const JAVASCRIPT: &[(&str, &str)] = example!("js": "package.json", "plugin.js", "README.md", ".gitignore", "cases/waits.py",
    "cases/waits.py.expected", "cases/waits_for_an_event.py", "cases/waits_for_an_event.py.expected");

const PYTHON: &[(&str, &str)] = example!("python": "pyproject.toml", "requirements.txt", "plugin.py", "README.md", ".gitignore",
    "cases/waits.py", "cases/waits.py.expected", "cases/waits_for_an_event.py", "cases/waits_for_an_event.py.expected");

const C: &[(&str, &str)] = example!("c": "plugin.toml", "plugin.c", "sandbox.c", "analyzer.c", "analyzer.h", "README.md", ".gitignore",
    "cases/waits.py", "cases/waits.py.expected", "cases/waits_for_an_event.py", "cases/waits_for_an_event.py.expected");

fn example(files: &[(&str, &str)], own: &str, name: &str) -> Vec<NewFile> {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.replace(own, name))).collect()
}

/// All files of a new JavaScript plugin called `name`.
pub fn javascript(name: &str) -> Vec<NewFile> {
    example(JAVASCRIPT, "no-sleep-js", name)
}

/// All files of a new Python plugin called `name`.
pub fn python(name: &str) -> Vec<NewFile> {
    example(PYTHON, "no-sleep-python", name)
}

/// All files of a new C plugin called `name`.
pub fn c(name: &str) -> Vec<NewFile> {
    example(C, "no-sleep-c", name)
}

/// All files of a new Rust plugin called `name`.
pub fn rust(name: &str) -> Vec<NewFile> {
    let own = FILES.iter().map(|(path, text)| ((*path).to_owned(), text.replace(NAME, name)));
    let sdk = SDK.iter().map(|(path, text)| (format!("sdk/{path}"), (*text).to_owned()));
    let manifest = SDK_MANIFEST.replace("VERSION", env!("CARGO_PKG_VERSION"));
    own.chain(sdk).chain([("sdk/Cargo.toml".to_owned(), manifest)]).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Files of the SDK that need the whole of devflow.
    const NATIVE: [&str; 2] = ["src/testing.rs", "src/facts/tests.rs"];

    #[expect(clippy::disallowed_methods, reason = "the test compares the list with what is there")]
    fn sources(folder: &Path, inside: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder.join(inside)).unwrap().map(Result::unwrap) {
            let path = format!("{inside}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                sources(folder, &path, found);
            } else if !NATIVE.contains(&path.as_str()) {
                found.insert(path);
            }
        }
    }

    #[test]
    fn a_new_plugin_has_all_of_the_sdk_but_its_test_helper() {
        let mut there = BTreeSet::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/sdk"), "src", &mut there);
        let copied = SDK.iter().map(|(path, _)| (*path).to_owned()).filter(|path| path.starts_with("src/")).collect();
        assert_eq!(there, copied);
    }
}
