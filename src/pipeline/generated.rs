//! Artifacts and patches that operations generate, checked: an artifact must have a plain path, parse, and name what it is about, an edit
//! must fit exactly once. What does not hold is dropped with its reason.

use crate::syntax::parse;
use crate::types::{Artifact, Claimant, Dropped, Edit, GeneratedArtifact, GeneratedPatch, Language, Patch};

/// Largest text of an analyzer that is parsed, in bytes. A parser that looks for a way out of errors takes hundreds of bytes for each of them.
const MAX_PARSED_BYTES: usize = 1 << 20;

/// Most brackets inside of each other in such a text. People nest some tens deep; a parser keeps all that are open in memory.
const MAX_DEPTH: usize = 1000;

/// Longest name of a file or a folder, in bytes. File systems take 255, and what is written first has a longer name.
const MAX_NAME_BYTES: usize = 200;

/// Longest path, in bytes.
const MAX_PATH_BYTES: usize = 1000;

/// Names that belong to devices, with any ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

/// What operations generated for a file, or for a project, beside findings.
#[derive(Clone, Debug, Default)]
pub(super) struct Generated {
    pub(super) artifacts: Vec<GeneratedArtifact>,
    pub(super) patches: Vec<GeneratedPatch>,
    pub(super) dropped: Vec<Dropped>,
}

impl Generated {
    /// Takes what one call generated. `source` is language and text of the file that patches are for; a project has none.
    pub(super) fn take(&mut self, by: &Claimant, artifacts: Vec<Artifact>, patches: Vec<Patch>, source: Option<(Language, &str)>) {
        for artifact in artifacts {
            let name = artifact.name.clone();
            match checked(by, artifact) {
                // The model's page replaces the one that was made without it.
                Ok(made) => {
                    self.artifacts.retain(|known| known.name != made.name || known.by != made.by);
                    self.artifacts.push(made);
                }
                Err(reason) => self.dropped.push(dropped("artifact", name, reason)),
            }
        }
        for patch in patches {
            let title = patch.title.clone();
            let made = source.ok_or_else(|| "there is no file to change".to_owned()).and_then(|source| fitted(by, patch, source));
            match made {
                Ok(made) => self.patches.push(made),
                Err(reason) => self.dropped.push(dropped("patch", title, reason)),
            }
        }
    }
}

pub(super) fn dropped(rule: &str, message: String, reason: String) -> Dropped {
    Dropped { rule: rule.to_owned(), message, quote: String::new(), reason }
}

/// Why nothing may be written to this path, if that is so. It comes from an analyzer or the model, and must become no hook, no setting and
/// nothing that is hidden or reads as something else, on any system.
pub fn path_fault(path: &str) -> Option<String> {
    if path.len() > MAX_PATH_BYTES {
        return Some(format!("its path has {} bytes, and {MAX_PATH_BYTES} are the most", path.len()));
    }
    path.split('/').find_map(name_fault)
}

fn name_fault(name: &str) -> Option<String> {
    if matches!(name, "" | "." | "..") || name.contains(['\\', ':']) {
        return Some("its name is no path inside a folder".to_owned());
    }
    if name.chars().any(is_unseen) {
        return Some("its name is no path inside a folder: it holds characters that cannot be seen".to_owned());
    }
    if name.starts_with(['.', '-']) {
        return Some(format!("`{name}` in its path is hidden, or reads as a flag"));
    }
    if name.trim() != name || name.ends_with('.') {
        return Some(format!("`{name}` in its path begins or ends with a blank, or ends with a full stop"));
    }
    let lower = name.to_lowercase();
    if lower == "devflow.toml" {
        return Some(format!("`{name}` holds the settings of devflow"));
    }
    let stem = lower.split('.').next().unwrap_or_default().trim_end();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_port = port.is_some_and(|number| number.chars().count() == 1 && number.chars().all(char::is_numeric));
    // A short name of Windows, such as `GIT~1`, is another name for a file that may be hidden.
    let is_short = stem.split_once('~').is_some_and(|(_, number)| number.starts_with(|c: char| c.is_ascii_digit()));
    if DEVICES.contains(&stem) || is_port || is_short {
        return Some(format!("`{name}` in its path means something else on Windows"));
    }
    (name.len() > MAX_NAME_BYTES).then(|| format!("a name in its path has {} bytes, and {MAX_NAME_BYTES} are the most", name.len()))
}

/// Characters that show nothing, or turn others around.
fn is_unseen(c: char) -> bool {
    let is_format = matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    c.is_control() || is_format
}

/// How deep brackets are nested, near enough: those in texts and comments count like others. In languages with types in angle brackets
/// these count until the end of a statement.
fn depth(language: Language, text: &str) -> usize {
    let has_angles = !matches!(language, Language::Python | Language::C | Language::Go);
    let (mut open, mut angles, mut most) = (0usize, 0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'<' if has_angles => angles += 1,
            b'>' => angles = angles.saturating_sub(1),
            _ => {}
        }
        if matches!(byte, b'{' | b'}' | b';') {
            angles = 0;
        }
        most = most.max(open + angles);
    }
    most
}

/// Whether a text is too large or too deep to be parsed. `most_bytes` and `most_deep` are the limits.
fn check_size(language: Language, text: &str, most_bytes: usize, most_deep: usize) -> Result<(), String> {
    if text.len() > most_bytes {
        return Err(format!("it is larger than {} KiB, and is not parsed", most_bytes >> 10));
    }
    if depth(language, text) > most_deep {
        return Err(format!("its brackets are nested more than {most_deep} deep, and it is not parsed"));
    }
    Ok(())
}

fn checked(by: &Claimant, artifact: Artifact) -> Result<GeneratedArtifact, String> {
    // At the root of a project there is no folder, and the rest begins the name.
    let at_root = artifact.name.replace("{dir}/", "").replace("{dir}", "");
    if let Some(fault) = path_fault(&artifact.name).or_else(|| path_fault(&at_root)) {
        return Err(fault);
    }
    if let Some(name) = &artifact.language {
        let language = Language::from_name(name).ok_or_else(|| format!("there is no language `{name}`"))?;
        check_size(language, &artifact.body, MAX_PARSED_BYTES, MAX_DEPTH)?;
        if !parse(language, &artifact.body).errors.is_empty() {
            return Err(format!("it does not parse as {name}"));
        }
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: std::collections::BTreeSet<&str> = artifact.body.split(|c| !is_word(c)).collect();
    if let Some(name) = artifact.must_name.iter().find(|name| !words.contains(name.as_str())) {
        return Err(format!("it does not name `{name}`"));
    }
    let Artifact { name, media_type, body, must_name: names, .. } = artifact;
    Ok(GeneratedArtifact { by: by.clone(), name, media_type, body, names, passed: None })
}

fn fitted(by: &Claimant, patch: Patch, (language, text): (Language, &str)) -> Result<GeneratedPatch, String> {
    let changed = apply(text, &patch.edits)?;
    if changed == text {
        return Err("it changes nothing".to_owned());
    }
    // A file that is larger or deeper itself was taken on purpose.
    check_size(language, &changed, MAX_PARSED_BYTES + text.len(), MAX_DEPTH + depth(language, text))?;
    if parse(language, &changed).errors.len() > parse(language, text).errors.len() {
        return Err("the result does not parse".to_owned());
    }
    let diff = similar::TextDiff::from_lines(text, &changed).unified_diff().context_radius(3).to_string();
    Ok(GeneratedPatch { by: by.clone(), title: patch.title, edits: patch.edits, diff, passed: None })
}

/// Applies edits to a text.
///
/// # Errors
/// An edit that does not fit exactly once, or two that overlap.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, String> {
    let mut places = Vec::new();
    for edit in edits {
        let mut found = text.match_indices(&edit.search);
        match (edit.search.trim().is_empty(), found.next(), found.next()) {
            (false, Some((at, _)), None) => places.push((at, at + edit.search.len(), edit.replace.as_str())),
            (false, Some(_), Some(_)) => return Err("the code that it replaces stands there more than once".to_owned()),
            _ => return Err("the code that it replaces is not there".to_owned()),
        }
    }
    places.sort_unstable();
    if places.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        return Err("two of its edits overlap".to_owned());
    }
    let mut changed = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end, replace) in places {
        changed.push_str(&text[at..start]);
        changed.push_str(replace);
        at = end;
    }
    changed.push_str(&text[at..]);
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "fn a() {\n    b();\n    b();\n    c();\n}\n";

    fn edit(search: &str, replace: &str) -> Edit {
        Edit { search: search.to_owned(), replace: replace.to_owned() }
    }

    fn by() -> Claimant {
        Claimant { analyzer: "x".to_owned(), operation: "y".to_owned() }
    }

    fn reason(edits: Vec<Edit>) -> String {
        let mut made = Generated::default();
        made.take(&by(), vec![], vec![Patch { title: "t".to_owned(), edits }], Some((Language::Rust, TEXT)));
        assert!(made.patches.is_empty());
        made.dropped[0].reason.clone()
    }

    #[test]
    fn a_patch_that_fits_becomes_a_diff() {
        let mut made = Generated::default();
        let patch = Patch { title: "t".to_owned(), edits: vec![edit("c();", "d();"), edit("fn a", "fn z")] };
        made.take(&by(), vec![], vec![patch], Some((Language::Rust, TEXT)));
        let diff = &made.patches[0].diff;
        assert!(diff.contains("-fn a() {\n+fn z() {\n") && diff.contains("-    c();\n+    d();\n"), "{diff}");
    }

    #[test]
    fn a_patch_that_does_not_fit_is_dropped_with_its_reason() {
        assert!(reason(vec![edit("b();", "d();")]).contains("more than once"));
        assert!(reason(vec![edit("x();", "d();")]).contains("not there"));
        assert!(reason(vec![edit("", "d();")]).contains("not there"));
        assert!(reason(vec![edit("c();\n}", "d();"), edit("}", "")]).contains("overlap"));
        assert!(reason(vec![edit("c();", "c(;")]).contains("does not parse"));
        assert!(reason(vec![edit("c();", "c();")]).contains("changes nothing"));
    }

    #[test]
    fn an_artifact_must_parse_name_its_subject_and_stay_inside() {
        let artifact = |name: &str, body: &str| Artifact {
            name: name.to_owned(),
            media_type: "text/x-rust".to_owned(),
            body: body.to_owned(),
            language: Some("rust".to_owned()),
            must_name: vec!["subject".to_owned()],
        };
        let reason = |artifact: Artifact| checked(&by(), artifact).unwrap_err();
        assert!(checked(&by(), artifact("tests/a.rs", "fn t() { subject(); }")).is_ok());
        assert!(reason(artifact("tests/a.rs", "fn t() { subjects(); }")).contains("does not name `subject`"));
        assert!(reason(artifact("tests/a.rs", "fn t( { subject(); }")).contains("does not parse"));
        for name in ["../a.rs", "/a.rs", "a//b.rs", "C:/a.rs", "a\\b.rs", ""] {
            assert!(reason(artifact(name, "fn t() { subject(); }")).contains("no path"), "{name}");
        }
    }

    #[test]
    fn an_artifact_becomes_no_hook_no_setting_and_nothing_hidden() {
        let fault = |path: &str| path_fault(path).unwrap_or_default();
        for path in
            ["docs/api.md", "a b.md", "app/[slug]/page.md", "company.md", "docs/{dir}/{stem}.{ext}.md", "x/devflow.md", "a-b/c..d.md"]
        {
            assert_eq!(fault(path), "", "{path}");
        }
        for (path, expected) in [
            (".git/hooks/pre-commit", "hidden"),
            ("a/.github/x.yml", "hidden"),
            ("...", "hidden"),
            ("-rf", "flag"),
            ("a/--help", "flag"),
            ("devflow.toml", "settings"),
            ("a/DevFlow.TOML", "settings"),
            ("a\u{202e}dm.exe", "cannot be seen"),
            ("\u{200b}.git/config", "cannot be seen"),
            ("a\nb", "cannot be seen"),
            ("a/b.", "full stop"),
            ("a /b", "blank"),
            ("a/ b", "blank"),
            ("NUL", "Windows"),
            ("a/aux.rs", "Windows"),
            ("Com1.txt", "Windows"),
            ("lpt\u{b9}", "Windows"),
            ("GIT~1/hooks/x", "Windows"),
        ] {
            assert!(fault(path).contains(expected), "{path}: {}", fault(path));
        }
        assert!(fault(&"f".repeat(200)).is_empty() && fault(&"f".repeat(201)).contains("201 bytes"));
        assert!(fault(&"ab/".repeat(400)).contains("its path has"));
    }

    #[test]
    fn a_name_that_would_be_hidden_at_the_root_is_dropped() {
        let mut made = Generated::default();
        let artifact = |name: &str| Artifact {
            name: name.to_owned(),
            media_type: "text/plain".to_owned(),
            body: "x".to_owned(),
            language: None,
            must_name: Vec::new(),
        };
        let all = ["{dir}.git/hooks/x", "{dir}/.x", "x/{dir}/{stem}.txt", "f".repeat(300).as_str()].map(artifact);
        made.take(&by(), Vec::from(all), vec![], None);
        let names = |names: Vec<&String>| names.iter().map(|name| name.chars().take(6).collect::<String>()).collect::<Vec<_>>();
        assert_eq!(names(made.artifacts.iter().map(|made| &made.name).collect()), ["x/{dir"]);
        assert_eq!(names(made.dropped.iter().map(|dropped| &dropped.message).collect()), ["{dir}.", "{dir}/", "ffffff"]);
    }

    #[test]
    fn what_is_too_large_or_too_deep_is_not_parsed() {
        let artifact = |language: &str, body: String| Artifact {
            name: "a.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            body,
            language: Some(language.to_owned()),
            must_name: Vec::new(),
        };
        let reason = |language: &str, body: String| checked(&by(), artifact(language, body)).err().unwrap_or_default();
        assert!(reason("python", "x = 1\n".repeat(200_000)).contains("larger than 1024 KiB"));
        assert!(reason("python", "(".repeat(1001)).contains("more than 1000 deep"));
        assert!(reason("cpp", "a<".repeat(1001)).contains("more than 1000 deep"));
        assert_eq!(reason("python", "x = a < b\n".repeat(2000)), "");
        assert_eq!(reason("rust", "fn f() { a < b; }\n".repeat(2000)), "");
        let deep = format!("fn a() {{}}\n// {}\n", "(".repeat(1100));
        let patch = Patch { title: "t".to_owned(), edits: vec![edit("c();", &deep)] };
        assert!(fitted(&by(), patch, (Language::Rust, TEXT)).unwrap_err().contains("more than"));
    }
}
