//! Owns `build.gradle` and `build.gradle.kts`, read as text: declarations that stand on one line of a `dependencies` block. Never runs a
//! script, so what is computed is not seen.

use std::collections::BTreeMap;
use std::ops::Range;

use devflow_plugin::Document;

use super::catalog::split;
use super::properties::filled;
use crate::model::{Dependency, Ecosystem, Format, Kind, Manifest, Spot, file_of, folder_of, is_inside};
use crate::read::lines::{lines, quoted};

/// Reads all build scripts, with the catalogs that stand above them.
pub(super) fn read(scripts: &[usize], documents: &[Document], manifests: &[Manifest]) -> Vec<Manifest> {
    let shared = shared_values(documents);
    let mut read = Vec::new();
    for (index, document) in scripts.iter().filter_map(|index| Some((*index, documents.get(*index)?))) {
        let mut manifest = Manifest::new(index, &document.path, Ecosystem::Maven, Format::Gradle);
        let mut values = shared_for(&shared, &document.path);
        values.extend(values_of(&document.text));
        let catalogs = catalogs_for(&document.path, documents, manifests);
        for (start, line) in declarations(&document.text) {
            if let Some(dependency) = declaration(index, (start, line), &values, &catalogs) {
                manifest.dependencies.push(dependency);
            }
        }
        read.push(manifest);
    }
    read
}

type Values = BTreeMap<String, String>;
/// Libraries by the words that call them.
type Catalogs = BTreeMap<String, Dependency>;

/// Values of `gradle.properties`, by folder.
fn shared_values(documents: &[Document]) -> Vec<(String, Values)> {
    let files = documents.iter().filter(|document| file_of(&document.path) == "gradle.properties");
    files
        .map(|document| {
            let pairs = lines(&document.text).filter(|(_, line)| !line.starts_with('#')).filter_map(|(_, line)| line.split_once('='));
            let values = pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect();
            (folder_of(&document.path).to_owned(), values)
        })
        .collect()
}

/// Those that hold for a script: the nearer folder wins.
fn shared_for(shared: &[(String, Values)], path: &str) -> Values {
    let mut above: Vec<&(String, Values)> = shared.iter().filter(|(folder, _)| is_inside(path, folder)).collect();
    above.sort_by_key(|(folder, _)| folder.len());
    above.into_iter().flat_map(|(_, values)| values.clone()).collect()
}

/// `val a = "1"`, `def a = '1'`, `ext.a = '1'`, `set("a", "1")`.
fn values_of(text: &str) -> Values {
    let mut values = Values::new();
    for (_, line) in lines(text) {
        let bare = line.trim();
        let Some((left, right)) = bare.split_once('=') else { continue };
        let Some((_, value)) = quoted(right).first().cloned() else { continue };
        if !right.trim_start().starts_with(['"', '\'']) || left.contains(['"', '\'', '(']) {
            continue;
        }
        let name = left.split_whitespace().last().unwrap_or_default().rsplit('.').next().unwrap_or_default();
        // A name that is set twice has no value that can be told from the text.
        if values.insert(name.to_owned(), value.to_owned()).is_some_and(|old| old != value) {
            values.insert(name.to_owned(), "$".to_owned());
        }
    }
    values
}

fn catalogs_for(path: &str, documents: &[Document], manifests: &[Manifest]) -> Catalogs {
    let mut found = Catalogs::new();
    for manifest in manifests.iter().filter(|manifest| manifest.format == Format::Catalog) {
        if !is_inside(path, folder_of(&manifest.folder)) {
            continue;
        }
        let file = documents.get(manifest.document).map_or("", |document| file_of(&document.path));
        let root = file.trim_end_matches(".versions.toml");
        found.extend(manifest.dependencies.iter().map(|library| (format!("{root}.{}", library.alias), library.clone())));
    }
    found
}

/// Lines directly in a `dependencies` block, outside of `buildscript` and `constraints`.
fn declarations(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut is_comment = false;
    for (start, line) in lines(text) {
        let bare = line.trim();
        if is_comment || bare.starts_with("/*") {
            is_comment = !bare.contains("*/");
            continue;
        }
        let code = without_comment(line);
        let is_declaring = open.last() == Some(&"dependencies") && !open.contains(&"buildscript");
        if is_declaring {
            found.push((start, code));
        }
        let one_line = code.trim_start().strip_prefix("dependencies").and_then(|rest| rest.trim_start().strip_prefix('{'));
        if let Some(inner) = one_line.filter(|inner| inner.contains('}') && !open.contains(&"buildscript")) {
            found.push((start + (inner.as_ptr() as usize - line.as_ptr() as usize), inner));
        }
        follow_braces(code, &mut open);
    }
    found
}

/// Keeps the names of the blocks that are open.
fn follow_braces<'t>(code: &'t str, open: &mut Vec<&'t str>) {
    let mut quote = None;
    let mut word_start = 0;
    for (at, letter) in code.char_indices() {
        match (quote, letter) {
            (Some(mark), _) if letter == mark => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '{') => {
                let head = code.get(word_start..at).unwrap_or_default().trim();
                open.push(head.split(['.', ' ', '(']).rfind(|word| !word.is_empty()).unwrap_or_default());
                word_start = at + 1;
            }
            (None, '}') => {
                open.pop();
                word_start = at + 1;
            }
            _ => {}
        }
    }
}

fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split_once(" //").map_or(line, |(before, _)| before)
}

fn declaration(document: usize, (start, line): (usize, &str), values: &Values, catalogs: &Catalogs) -> Option<Dependency> {
    let head = line.len() - line.trim_start().len();
    let bare = line.trim();
    let length = bare.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(bare.len());
    let (configuration, rest) = bare.split_at_checked(length)?;
    let kind = kind_of(configuration)?;
    let spot = Spot::new(document, start + head..start + head + bare.len());
    let written = coordinates(rest, values);
    let is_inherited = written.is_none();
    let (name, requirement) = written.or_else(|| from_catalog(rest, catalogs))?;
    let mut dependency = Dependency::new(Ecosystem::Maven, &name, spot);
    dependency.requirement = requirement;
    dependency.is_inherited = is_inherited;
    dependency.kind = if rest.contains("latform(") && kind != Kind::Managed { Kind::Managed } else { kind };
    configuration.clone_into(&mut dependency.section);
    Some(dependency)
}

/// What a configuration is for; nothing for words that are no configuration.
fn kind_of(configuration: &str) -> Option<Kind> {
    let lower = configuration.to_ascii_lowercase();
    let ends = |words: &[&str]| words.iter().any(|word| lower.ends_with(word));
    if lower.starts_with("kapt")
        || lower.starts_with("ksp")
        || lower.ends_with("processor")
        || lower.contains("plugin")
        || lower == "classpath"
    {
        return Some(Kind::Build);
    }
    if !ends(&[
        "implementation",
        "api",
        "compile",
        "compileonly",
        "runtimeonly",
        "runtime",
        "provided",
        "compileonlyapi",
        "developmentonly",
    ]) {
        return None;
    }
    if lower.contains("test") || lower.contains("debug") || lower.contains("fixture") || lower.contains("benchmark") {
        return Some(Kind::Development);
    }
    let is_plain = matches!(lower.as_str(), "implementation" | "api" | "compile");
    Some(if is_plain { Kind::Normal } else { Kind::Runtime })
}

/// `'group:artifact:version'` or `group: 'g', name: 'a', version: 'v'`.
fn coordinates(rest: &str, values: &Values) -> Option<(String, Option<String>)> {
    let texts: Vec<(Range<usize>, &str)> = quoted(rest);
    let fill = |text: &str| filled(text, values, true);
    if let Some((name, version)) = texts.iter().find_map(|(_, text)| split_filled(text, values)) {
        return Some((name, version));
    }
    let named = |key: &str| {
        texts.iter().find_map(|(span, text)| {
            let before = rest.get(..span.start.saturating_sub(1))?.trim_end().trim_end_matches([':', '=']).trim_end();
            (before.ends_with(key) && !before.ends_with(&format!("file{key}"))).then_some(*text)
        })
    };
    let name = format!("{}:{}", fill(named("group")?)?, fill(named("name")?)?);
    Some((name, named("version").and_then(fill)))
}

fn split_filled(text: &str, values: &Values) -> Option<(String, Option<String>)> {
    let mut parts = text.splitn(3, ':');
    let name = filled(&format!("{}:{}", parts.next()?, parts.next()?), values, true)?;
    split(&name)?;
    let version = parts.next().and_then(|version| filled(version, values, true));
    Some((
        name,
        version.map(|version| version.split([':', '@']).next().unwrap_or_default().to_owned()).filter(|version| !version.is_empty()),
    ))
}

fn from_catalog(rest: &str, catalogs: &Catalogs) -> Option<(String, Option<String>)> {
    let accessor: String = rest
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '.'))
        .find(|word| word.contains('.') && catalogs.contains_key(word.trim_end_matches(".get")))?
        .trim_end_matches(".get")
        .to_owned();
    catalogs.get(&accessor).map(|library| (library.name.clone(), library.requirement.clone()))
}
