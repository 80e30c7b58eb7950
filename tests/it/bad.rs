//! Every malformed file in `fixtures/bad/` has its message beside it: place, excerpt, hint. `DEVFLOW_UPDATE_DOCS=1` writes them anew.

use std::path::{Path, PathBuf};

use crate::support::Project;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/bad")
}

/// What devflow says of one file.
fn said(path: &Path) -> String {
    let project = Project::new();
    project.write("src/a.py", "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n");
    let name = path.file_name().unwrap().to_str().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let format = format!("template:{name}");
    let (place, args) = match path.extension().unwrap().to_str().unwrap() {
        "toml" => ("devflow.toml", vec!["config", "check"]),
        "rhai" => (name, vec!["script", "run", name]),
        _ => (name, vec!["analyze", "batch", "src", "--format", &format]),
    };
    project.write(place, &text);
    let ran = project.run(&[&args[..], &["--quiet"]].concat());
    assert_eq!(ran.status, Some(2), "{name}: {ran:?}");
    // A place in the file itself, with its lines.
    assert!(ran.stderr.contains(&format!("--> {place}:")), "{name}: {}", ran.stderr);
    ran.stderr
}

#[test]
fn every_malformed_file_has_its_message() {
    let mut wrong = Vec::new();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending != "expected"));
    paths.sort();
    assert!(paths.len() >= 25);
    for path in paths {
        let said = said(&path);
        let beside = path.with_file_name(format!("{}.expected", path.file_name().unwrap().to_str().unwrap()));
        if std::env::var_os("DEVFLOW_UPDATE_DOCS").is_some() {
            std::fs::write(&beside, &said).unwrap();
        } else if std::fs::read_to_string(&beside).unwrap_or_default() != said {
            wrong.push(format!("{}:\n{said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
