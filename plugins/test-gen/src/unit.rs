//! Owns what a file offers to tests: public functions with the conditions in them, and types. Never judges what is worth a test.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use devflow_plugin::words::{has_word, is_name, one_line};
use devflow_plugin::{Call, Captures, Function};

/// Longest condition that is told, in characters.
const MAX_CONDITION_CHARS: usize = 80;

/// Most conditions that are told of one function.
const MAX_CONDITIONS: usize = 12;

/// Most functions and types that are asked about.
const MAX_ITEMS: usize = 30;

/// A function to test.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// The type around it; empty at the top.
    pub parent: String,
    /// Names of its parameters.
    pub parameters: Vec<String>,
    /// McCabe's number.
    pub cyclomatic: u32,
    /// What it decides by, in the order of the code.
    pub conditions: Vec<String>,
}

/// A type.
#[derive(Clone, Debug)]
pub struct Type {
    /// Its name.
    pub name: String,
    span: Range<usize>,
}

/// What the queries found.
#[derive(Default)]
struct Found {
    types: Vec<Type>,
    /// Types that only stand around functions.
    around: Vec<Type>,
    /// Starts of items, and names, that others see, in the languages that say so outside of the item.
    exported: BTreeSet<usize>,
    exported_names: BTreeSet<String>,
    conditions: Vec<Range<usize>>,
}

const RUST: &str = "(struct_item name: (_) @name) @type
(impl_item type: [(type_identifier) @name (generic_type type: (type_identifier) @name)]) @around
(if_expression condition: (_) @condition)
(while_expression condition: (_) @condition)
(match_arm pattern: (match_pattern) @condition)";

const PYTHON: &str = "(class_definition name: (_) @name) @type
(if_statement condition: (_) @condition)
(elif_clause condition: (_) @condition)
(while_statement condition: (_) @condition)
(conditional_expression . (_) . (_) @condition)
(except_clause . (_) @condition)
(case_clause (case_pattern) @condition)";

const SCRIPT: &str = "(class_declaration name: (_) @name) @type
(export_statement declaration: (_) @exported)
(export_statement (lexical_declaration (variable_declarator value: [(arrow_function) (function_expression)] @exported)))
(export_specifier name: (identifier) @exported_name)
(export_statement value: (identifier) @exported_name)
((assignment_expression left: (member_expression) @target right: (identifier) @exported_name) (#eq? @target \"module.exports\"))
((assignment_expression left: (member_expression) @target right: (object (shorthand_property_identifier) @exported_name))
  (#eq? @target \"module.exports\"))
((assignment_expression left: (member_expression) @target right: [(arrow_function) (function_expression)] @exported)
  (#match? @target \"^(module\\\\.)?exports\\\\.[A-Za-z_$][A-Za-z0-9_$]*$\"))
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(ternary_expression condition: (_) @condition)
(switch_case value: (_) @condition)";

const TYPESCRIPT: &str = "(abstract_class_declaration name: (_) @name) @around
(interface_declaration name: (_) @name) @type
(type_alias_declaration name: (_) @name value: (object_type)) @type";

const JAVA: &str = "[(class_declaration name: (_) @name) (record_declaration name: (_) @name)] @type
[(interface_declaration name: (_) @name) (enum_declaration name: (_) @name)] @around
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(ternary_expression condition: (_) @condition)
(switch_label (_) @condition)
(catch_clause (catch_formal_parameter) @condition)";

const KOTLIN: &str = "(class_declaration name: (_) @name) @type
(object_declaration name: (_) @name) @around
(if_expression condition: (_) @condition)
(while_statement condition: (_) @condition)
(when_entry condition: (_) @condition)";

const GO: &str = "(type_declaration (type_spec name: (type_identifier) @name type: (struct_type))) @type
(if_statement condition: (_) @condition)
(for_statement (for_clause condition: (_) @condition))
(expression_case value: (_) @condition)
(type_case type: (_) @condition)";

const C: &str = "(struct_specifier name: (type_identifier) @name body: (_)) @type
(type_definition type: (struct_specifier body: (_)) declarator: (type_identifier) @name) @type
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(conditional_expression condition: (_) @condition)
(case_statement value: (_) @condition)";

const CPP: &str = "(class_specifier name: (type_identifier) @name body: (_)) @type
(catch_clause parameters: (_) @condition)";

fn queries(language: &str) -> Vec<String> {
    let queries: &[&str] = match language {
        "rust" => &[RUST],
        "python" => &[PYTHON],
        "javascript" => &[SCRIPT],
        "typescript" | "tsx" => &[SCRIPT, TYPESCRIPT],
        "java" => &[JAVA],
        "kotlin" => &[KOTLIN],
        "go" => &[GO],
        "c" => &[C],
        "cpp" => &[C, CPP],
        _ => &[],
    };
    queries.iter().map(|query| (*query).to_owned()).collect()
}

/// The spans of one match, by the name of the capture.
fn matches(captures: &Captures) -> Vec<BTreeMap<&str, Range<usize>>> {
    let mut found: BTreeMap<usize, BTreeMap<&str, Range<usize>>> = BTreeMap::new();
    for item in &captures.items {
        let name = captures.names.get(item.name as usize).map_or("", String::as_str);
        found.entry(item.group as usize).or_default().insert(name, item.span.range());
    }
    found.into_values().collect()
}

impl Found {
    fn read(call: &Call<'_>) -> Result<Self, String> {
        let text = |span: &Range<usize>| call.unit.text.get(span.clone()).unwrap_or("").to_owned();
        let captures = call.host.search_syntax(&queries(&call.unit.language))?;
        let mut found = Self::default();
        for parts in matches(&captures) {
            if let Some(name) = parts.get("name") {
                let named = |span: &Range<usize>| Type { name: text(name), span: span.clone() };
                found.types.extend(parts.get("type").map(named));
                found.around.extend(parts.get("around").map(named));
            }
            found.exported.extend(parts.get("exported").map(|span| span.start));
            found.exported_names.extend(parts.get("exported_name").map(text));
            found.conditions.extend(parts.get("condition").cloned());
        }
        found.conditions.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        found.conditions.dedup();
        Ok(found)
    }

    /// The innermost type around a place.
    fn parent(&self, place: &Range<usize>) -> Option<&Type> {
        let around = |kind: &&Type| kind.span.start < place.start && place.end <= kind.span.end;
        self.types.iter().chain(&self.around).filter(around).min_by_key(|kind| kind.span.len())
    }

    /// Whether others see an item of a script.
    fn is_exported(&self, name: &str, start: usize) -> bool {
        self.exported.contains(&start) || self.exported_names.contains(name)
    }

    /// What a function decides by.
    fn conditions(&self, call: &Call<'_>, function: &Range<usize>) -> Vec<String> {
        let first = self.conditions.partition_point(|span| span.start < function.start);
        let inside = self.conditions.iter().skip(first).take_while(|span| span.start < function.end);
        inside.take(MAX_CONDITIONS).map(|span| shown(call.unit.text.get(span.clone()).unwrap_or(""))).collect()
    }
}

fn is_script(language: &str) -> bool {
    matches!(language, "javascript" | "typescript" | "tsx")
}

/// A condition on one line, without the parentheses around it.
fn shown(condition: &str) -> String {
    let line = one_line(condition);
    let line = line.strip_prefix('(').and_then(|line| line.strip_suffix(')')).unwrap_or(&line);
    match line.char_indices().nth(MAX_CONDITION_CHARS) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or("").trim_end()),
        None => line.to_owned(),
    }
}

/// The public functions of the unit, those of tests, of other functions and of hidden types left out, in the order of the file.
///
/// # Errors
/// A query that the host refuses.
pub fn subjects(call: &Call<'_>) -> Result<Vec<Subject>, String> {
    let language = call.unit.language.as_str();
    let found = Found::read(call)?;
    let measures = call.host.measure();
    let mut subjects: Vec<Subject> = Vec::new();
    let mut end = 0;
    for function in call.host.functions() {
        let is_inner = function.span.start < end;
        let is_test = function.is_test || measures.is_test(function.span.range().start);
        let parent = found.parent(&function.span.range());
        let name = own_name(&function.name);
        // A lambda without a name may hold others that have one.
        if !name.is_empty() {
            end = end.max(function.span.end);
        }
        if is_inner || is_test || !is_name(name) || !is_public(language, &found, &function, parent) || is_given(name, parent) {
            continue;
        }
        let parent = parent.map_or("", |parent| parent.name.as_str());
        // Overloads are asked about once.
        if subjects.iter().any(|known| known.name == name && known.parent == parent) {
            continue;
        }
        subjects.push(Subject {
            name: name.to_owned(),
            parent: parent.to_owned(),
            parameters: function.parameters.clone(),
            cyclomatic: function.cyclomatic.max(1),
            conditions: found.conditions(call, &function.span.range()),
        });
        if subjects.len() >= MAX_ITEMS {
            break;
        }
    }
    Ok(subjects)
}

/// `exports.open` and `Box::open` are called `open`.
fn own_name(name: &str) -> &str {
    name.rsplit(['.', ':']).next().unwrap_or(name)
}

fn is_public(language: &str, found: &Found, function: &Function, parent: Option<&Type>) -> bool {
    let name = own_name(&function.name);
    match language {
        _ if is_script(language) => match parent {
            Some(parent) => function.is_public && is_open_script_type(found, parent),
            None => found.is_exported(name, function.span.range().start),
        },
        "python" => function.is_public && parent.is_none_or(|parent| !parent.name.starts_with('_')),
        _ => function.is_public,
    }
}

/// A class that nobody exports by name may still be exported in a way that the queries do not know.
fn is_open_script_type(found: &Found, parent: &Type) -> bool {
    found.is_exported(&parent.name, parent.span.start) || (found.exported.is_empty() && found.exported_names.is_empty())
}

/// Whether a function is run without being named: entry points and constructors.
fn is_given(name: &str, parent: Option<&Type>) -> bool {
    matches!(name, "main" | "constructor") || parent.is_some_and(|parent| parent.name == name)
}

/// The types of the unit that tests can make values of, in the order of the file.
///
/// # Errors
/// A query that the host refuses.
pub fn types(call: &Call<'_>) -> Result<Vec<Type>, String> {
    let language = call.unit.language.as_str();
    let found = Found::read(call)?;
    let measures = call.host.measure();
    let is_open = |kind: &Type| {
        let head = call.unit.text.get(kind.span.clone()).unwrap_or("").split('{').next().unwrap_or("");
        let before_name = head.split(kind.name.as_str()).next().unwrap_or("");
        let has = |word: &str| has_word(before_name, word);
        match language {
            "rust" => has("pub") && !before_name.contains("pub("),
            "python" => !kind.name.starts_with('_'),
            "java" | "kotlin" => !has("private") && !has("abstract") && !has("sealed") && !has("annotation") && !has("interface"),
            _ if is_script(language) => is_open_script_type(&found, kind),
            _ => true,
        }
    };
    let mut types: Vec<Type> = Vec::new();
    for kind in &found.types {
        let is_test = measures.is_test(kind.span.start);
        if is_name(&kind.name) && !is_test && is_open(kind) && types.iter().all(|known| known.name != kind.name) {
            types.push(kind.clone());
        }
    }
    types.sort_by_key(|kind| kind.span.start);
    types.truncate(MAX_ITEMS);
    Ok(types)
}
