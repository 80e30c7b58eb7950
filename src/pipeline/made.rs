//! Owns the check of what analyzers make: an artifact must parse and name what it is about, an edit must fit exactly once. What does not
//! hold is dropped with its reason. Never writes a file.

use crate::syntax::parse;
use crate::types::{Artifact, Claimant, Dropped, Edit, Language, MadeArtifact, MadePatch, Patch};

/// What a file, or a project, got beside findings.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) artifacts: Vec<MadeArtifact>,
    pub(super) patches: Vec<MadePatch>,
    pub(super) dropped: Vec<Dropped>,
}

impl Made {
    /// Takes what one call made. `source` is language and text of the file that patches are for; a project has none.
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

fn checked(by: &Claimant, artifact: Artifact) -> Result<MadeArtifact, String> {
    let is_inside = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    if artifact.name.chars().any(char::is_control) || !artifact.name.split('/').all(is_inside) {
        return Err("its name is no path inside a folder".to_owned());
    }
    if let Some(name) = &artifact.language {
        let language = Language::from_name(name).ok_or_else(|| format!("there is no language `{name}`"))?;
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
    Ok(MadeArtifact { by: by.clone(), name, media_type, body, names, passed: None })
}

fn fitted(by: &Claimant, patch: Patch, (language, text): (Language, &str)) -> Result<MadePatch, String> {
    let changed = apply(text, &patch.edits)?;
    if changed == text {
        return Err("it changes nothing".to_owned());
    }
    if parse(language, &changed).errors.len() > parse(language, text).errors.len() {
        return Err("the result does not parse".to_owned());
    }
    let diff = similar::TextDiff::from_lines(text, &changed).unified_diff().context_radius(3).to_string();
    Ok(MadePatch { by: by.clone(), title: patch.title, edits: patch.edits, diff, passed: None })
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
        let mut made = Made::default();
        made.take(&by(), vec![], vec![Patch { title: "t".to_owned(), edits }], Some((Language::Rust, TEXT)));
        assert!(made.patches.is_empty());
        made.dropped[0].reason.clone()
    }

    #[test]
    fn a_patch_that_fits_becomes_a_diff() {
        let mut made = Made::default();
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
}
