//! Every key of what a run keeps, on one page. What decides a result is in its key, and nothing else is. All fields are length-prefixed.

use serde_json::{Map, Value};

use super::overrides::{InForce, Overrides};
use super::plan::{ModelPart, Plan};
use crate::git::{DiffFile, DiffKind, DiffLine};
use crate::provider::{Identity, Prompt};
use crate::score::SCORING_VERSION;
use crate::store::FileKey;
use crate::types::{Digest, KeyHasher, Language, Role};

/// Changes whenever the code that makes file results does; part of every plan digest, so that no result of an older engine is ever taken
/// for one of this engine. The build script makes it of the sources and the libraries that results depend on.
const ENGINE_DIGEST: &str = env!("DEVFLOW_ENGINE_DIGEST");

/// Everything beside the file itself that decides its result.
pub(super) fn run_digest(plan: &Plan, overrides: &Overrides) -> Digest {
    let mut key = KeyHasher::new("run", 2);
    key.field(&plan_digest(plan).0);
    for one in overrides.all() {
        key.field(b"override");
        texts(&mut key, &one.paths);
        key.field(one.folder.as_bytes()).field(one.role.map_or("", Role::name).as_bytes());
        in_force_fields(&mut key, one.analyzers.as_deref(), &one.disabled_rules);
        severities(&mut key, one.severities.iter());
        options(&mut key, one.options.iter());
    }
    key.finish()
}

fn plan_digest(plan: &Plan) -> Digest {
    let (target, tools) = (plan.target(), plan.tools());
    let mut key = KeyHasher::new("plan", 2);
    key.field(ENGINE_DIGEST.as_bytes()).field(&SCORING_VERSION.to_le_bytes());
    texts(&mut key, &target.files.roles.iter().map(|role| role.name().to_owned()).collect::<Vec<_>>());
    key.field(&target.files.limit_size.to_le_bytes());
    texts(&mut key, &tools.disabled_rules);
    key.field(&(tools.operations.len() as u64).to_le_bytes());
    for operation in &tools.operations {
        key.field(operation.analyzer.id().as_bytes()).field(&operation.analyzer.digest().0);
        key.field(operation.operation.as_bytes()).field(operation.options.as_bytes());
        key.field(&[u8::from(operation.asks_model)]);
    }
    for (path, file) in target.changes.iter().filter(|(_, file)| is_shown(file)) {
        key.field(b"change").field(path.as_str().as_bytes()).field(&change_digest(file).0);
    }
    match &plan.inquiry().model {
        ModelPart::Off => key.field(b"static"),
        ModelPart::Missing(_) => key.field(b"missing"),
        ModelPart::On(model) => {
            identity(key.field(b"model"), model.identity());
            let chunk_bytes = tools.chunk_bytes.unwrap_or_default() as u64;
            key.field(&chunk_bytes.to_le_bytes()).field(&plan.inquiry().answer_ttl_s.to_le_bytes())
        }
    };
    key.finish()
}

/// Whether a diff shows what changed in a file, or at least that something did.
pub(super) fn is_shown(file: &DiffFile) -> bool {
    matches!(file.kind, DiffKind::Text | DiffKind::Binary)
}

/// What a diff says of one file: two changes of one text are two inputs.
pub(super) fn change_digest(file: &DiffFile) -> Digest {
    let mut key = KeyHasher::new("change", 2);
    key.field(match file.kind {
        DiffKind::Text => b"text",
        DiffKind::Deleted => b"deleted",
        DiffKind::Binary => b"binary",
        DiffKind::Link => b"link",
        DiffKind::Submodule => b"submodule",
        DiffKind::Filter => b"filter",
    });
    for hunk in &file.hunks {
        key.field(b"hunk").field(&(hunk.first_line as u64).to_le_bytes());
        for line in &hunk.lines {
            match line {
                DiffLine::Context(text) => key.field(b" ").field(text.as_bytes()),
                DiffLine::Added(text) => key.field(b"+").field(text.as_bytes()),
                DiffLine::Removed(text) => key.field(b"-").field(text.as_bytes()),
            };
        }
    }
    key.finish()
}

/// What is in force for a path.
pub(super) fn in_force_digest(in_force: &InForce) -> Digest {
    let mut key = KeyHasher::new("in-force", 2);
    let rules: Vec<String> = in_force.disabled_rules.iter().cloned().collect();
    in_force_fields(&mut key, in_force.analyzers.as_deref(), &rules);
    severities(&mut key, in_force.severities.iter());
    options(&mut key, in_force.options.iter());
    key.finish()
}

/// What the result of a file depends on beside the plan. No path: a rename is a hit.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileInput {
    /// Of the content.
    pub(super) sha256: Digest,
    pub(super) language: Language,
    pub(super) role: Role,
    /// See [`in_force_digest`].
    pub(super) in_force: Digest,
    /// See [`change_digest`]; none for a file without a change.
    pub(super) change: Option<Digest>,
}

/// The key of a file's result. `run` is [`run_digest`].
pub(super) fn file_key(run: &Digest, input: &FileInput) -> FileKey {
    let mut key = KeyHasher::new("file-result", 3);
    key.field(&run.0).field(&input.sha256.0).field(input.language.name().as_bytes()).field(input.role.name().as_bytes());
    key.field(&input.in_force.0);
    match &input.change {
        Some(change) => key.field(b"changed").field(&change.0),
        None => key.field(b"whole"),
    };
    FileKey(key.finish())
}

/// The key of an answer: everything that decides it, and neither path nor clock.
pub(super) fn answer_key(asked: &Identity, prompt: &Prompt) -> Digest {
    let mut key = KeyHasher::new("answer", 1);
    identity(&mut key, asked);
    key.field(prompt.instructions.as_bytes()).field(prompt.schema.as_bytes()).field(prompt.content.as_bytes());
    key.finish()
}

fn identity<'a>(key: &'a mut KeyHasher, identity: &Identity) -> &'a mut KeyHasher {
    key.field(identity.endpoint.as_bytes()).field(identity.dialect.name().as_bytes()).field(identity.model.as_bytes());
    key.field(identity.reasoning_effort.as_bytes()).field(&identity.max_output_tokens.to_le_bytes())
}

fn texts(key: &mut KeyHasher, texts: &[String]) {
    key.field(&(texts.len() as u64).to_le_bytes());
    for text in texts {
        key.field(text.as_bytes());
    }
}

fn in_force_fields(key: &mut KeyHasher, analyzers: Option<&[String]>, disabled_rules: &[String]) {
    match analyzers {
        Some(analyzers) => texts(key.field(b"some"), analyzers),
        None => drop(key.field(b"all")),
    }
    texts(key, disabled_rules);
}

fn severities<'a>(key: &mut KeyHasher, severities: impl ExactSizeIterator<Item = (&'a String, &'a crate::types::Severity)>) {
    key.field(&(severities.len() as u64).to_le_bytes());
    for (rule, severity) in severities {
        key.field(rule.as_bytes()).field(severity.name().as_bytes());
    }
}

fn options<'a>(key: &mut KeyHasher, options: impl ExactSizeIterator<Item = (&'a String, &'a Map<String, Value>)>) {
    key.field(&(options.len() as u64).to_le_bytes());
    for (operation, values) in options {
        key.field(operation.as_bytes()).field(&(values.len() as u64).to_le_bytes());
        for (name, value) in values {
            key.field(name.as_bytes()).field(value.to_string().as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::config::Dialect;
    use crate::git::DiffHunk;
    use crate::types::Severity;

    fn some_identity() -> Identity {
        Identity {
            endpoint: "https://a/v1".to_owned(),
            dialect: Dialect::Chat,
            model: "m".to_owned(),
            reasoning_effort: "none".to_owned(),
            max_output_tokens: 1,
        }
    }

    fn some_prompt() -> Prompt {
        Prompt { instructions: "i".to_owned(), schema: "{}".to_owned(), content: "c".to_owned() }
    }

    #[test]
    fn every_field_flips_the_key_of_an_answer() {
        let key = answer_key(&some_identity(), &some_prompt());
        let identities = [
            Identity { endpoint: "https://b/v1".to_owned(), ..some_identity() },
            Identity { dialect: Dialect::Responses, ..some_identity() },
            Identity { model: "n".to_owned(), ..some_identity() },
            Identity { reasoning_effort: "low".to_owned(), ..some_identity() },
            Identity { max_output_tokens: 2, ..some_identity() },
        ];
        for other in identities {
            assert_ne!(key, answer_key(&other, &some_prompt()), "{other:?}");
        }
        let prompts = [
            Prompt { instructions: "j".to_owned(), ..some_prompt() },
            Prompt { schema: "true".to_owned(), ..some_prompt() },
            Prompt { content: "d".to_owned(), ..some_prompt() },
        ];
        for other in prompts {
            assert_ne!(key, answer_key(&some_identity(), &other), "{other:?}");
        }
    }

    #[test]
    fn every_field_of_a_file_flips_the_key_of_its_result() {
        let input = FileInput {
            sha256: Digest::of(b"a"),
            language: Language::Rust,
            role: Role::Source,
            in_force: Digest::of(b"in force"),
            change: None,
        };
        let run = Digest::of(b"run");
        let others = [
            FileInput { sha256: Digest::of(b"b"), ..input },
            FileInput { language: Language::C, ..input },
            FileInput { role: Role::Test, ..input },
            FileInput { in_force: Digest::of(b"other"), ..input },
            FileInput { change: Some(Digest::of(b"a")), ..input },
            FileInput { change: Some(Digest::of(b"b")), ..input },
        ];
        let keys: BTreeSet<FileKey> = others.iter().chain([&input]).map(|input| file_key(&run, input)).collect();
        assert_eq!(keys.len(), others.len() + 1);
        assert_ne!(file_key(&run, &input), file_key(&Digest::of(b"other"), &input));
    }

    #[test]
    fn everything_that_is_in_force_flips_the_key() {
        let option = Map::from_iter([("most".to_owned(), Value::from(1))]);
        let all = [
            InForce::default(),
            InForce { analyzers: Some(Vec::new()), ..InForce::default() },
            InForce { analyzers: Some(vec!["review".to_owned()]), ..InForce::default() },
            InForce { disabled_rules: BTreeSet::from(["eval".to_owned()]), ..InForce::default() },
            InForce { severities: BTreeMap::from([("eval".to_owned(), Severity::Low)]), ..InForce::default() },
            InForce { severities: BTreeMap::from([("eval".to_owned(), Severity::High)]), ..InForce::default() },
            InForce { options: BTreeMap::from([("x:file".to_owned(), option)]), ..InForce::default() },
        ];
        let keys: BTreeSet<Digest> = all.iter().map(in_force_digest).collect();
        assert_eq!(keys.len(), all.len());
    }

    #[test]
    fn every_line_of_a_change_flips_its_digest() {
        let file = |first_line, lines| DiffFile { hunks: vec![DiffHunk { first_line, lines }], ..DiffFile::default() };
        let text = || "a".to_owned();
        let all = [
            file(1, vec![DiffLine::Added(text())]),
            file(2, vec![DiffLine::Added(text())]),
            file(1, vec![DiffLine::Removed(text())]),
            file(1, vec![DiffLine::Context(text())]),
            file(1, vec![DiffLine::Added(text()), DiffLine::Added(text())]),
            DiffFile { kind: DiffKind::Binary, ..DiffFile::default() },
            DiffFile::default(),
        ];
        let keys: BTreeSet<Digest> = all.iter().map(change_digest).collect();
        assert_eq!(keys.len(), all.len());
        let moved = DiffFile { path: b"other".to_vec(), ..all[0].clone() };
        assert_eq!(change_digest(&moved), change_digest(&all[0]), "a rename is a hit");
    }
}
