//! Owns which imports of a source take effect when it is loaded. Those inside of functions are late, those for types or for documentation alone
//! leave no trace.

use std::collections::HashSet;
use std::ops::Range;

use tree_sitter::Node;

use super::Parsed;
use crate::types::Language;

/// Places whose imports are not needed to load the source, in the order of the text, none inside of another.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    places: Vec<Range<usize>>,
}

/// An import that has an effect only where the code uses one of its names.
struct Candidate<'t> {
    place: Range<usize>,
    names: Vec<&'t str>,
}

struct Walk<'t> {
    language: Language,
    text: &'t str,
    places: Vec<Range<usize>>,
    candidates: Vec<Candidate<'t>>,
    /// Names that the code uses, in scripts as values alone.
    used: HashSet<&'t str>,
    has_decorators: bool,
    /// Kinds of the nodes around the current one, the outermost first.
    around: Vec<&'t str>,
}

impl Deferred {
    /// Looks at a whole source. Linear in its tree.
    pub(super) fn read<'t>(parsed: &'t Parsed, text: &'t str) -> Self {
        let has_loading = matches!(
            parsed.language,
            Language::Python | Language::JavaScript | Language::TypeScript | Language::Tsx | Language::Java | Language::Kotlin
        );
        let Some(tree) = parsed.tree.as_ref().filter(|_| has_loading) else { return Self::default() };
        let mut walk = Walk {
            language: parsed.language,
            text,
            places: Vec::new(),
            candidates: Vec::new(),
            used: HashSet::new(),
            has_decorators: false,
            around: Vec::new(),
        };
        let mut cursor = tree.walk();
        loop {
            let node = cursor.node();
            if walk.enter(node) && cursor.goto_first_child() {
                walk.around.push(node.kind());
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return walk.finish();
                }
                walk.around.pop();
            }
        }
    }

    /// Whether an import at this offset is deferred.
    pub(super) fn contains(&self, offset: usize) -> bool {
        let after = self.places.partition_point(|place| place.start <= offset);
        after.checked_sub(1).and_then(|at| self.places.get(at)).is_some_and(|place| place.contains(&offset))
    }
}

impl<'t> Walk<'t> {
    /// Takes note of a node; tells whether what is in it matters.
    fn enter(&mut self, node: Node<'_>) -> bool {
        match self.language {
            Language::Python => self.enter_python(node),
            Language::Java | Language::Kotlin => self.enter_jvm(node),
            _ => self.enter_script(node),
        }
    }

    fn slice(&self, node: Node<'_>) -> &'t str {
        &self.text[node.byte_range()]
    }

    fn is_in_deferred(&self, start: usize) -> bool {
        self.places.last().is_some_and(|last| start < last.end)
    }

    fn defer(&mut self, place: Range<usize>) {
        if !self.is_in_deferred(place.start) {
            self.places.push(place);
        }
    }

    fn enter_python(&mut self, node: Node<'_>) -> bool {
        match node.kind() {
            "function_definition" => {
                if let Some(body) = node.child_by_field_name("body") {
                    self.defer(body.byte_range());
                }
                false
            }
            "if_statement" => {
                let condition = node.child_by_field_name("condition").map_or("", |condition| self.slice(condition));
                let is_for_types =
                    condition == "TYPE_CHECKING" || (condition.ends_with(".TYPE_CHECKING") && !condition.contains(char::is_whitespace));
                let is_for_program = condition.replace(' ', "").starts_with("__name__==");
                if (is_for_types || is_for_program)
                    && let Some(body) = node.child_by_field_name("consequence")
                {
                    self.defer(body.byte_range());
                }
                true
            }
            // An import is a statement of its own.
            kind => kind != "expression_statement",
        }
    }

    fn enter_script(&mut self, node: Node<'_>) -> bool {
        match node.kind() {
            "function_declaration"
            | "function_expression"
            | "generator_function"
            | "generator_function_declaration"
            | "arrow_function"
            | "method_definition" => {
                if !self.is_called_at_once() {
                    self.defer(node.byte_range());
                }
                true
            }
            // What `import()` gives is there later, unless the module waits for it.
            "call_expression" => {
                let is_import = node.child_by_field_name("function").is_some_and(|function| function.kind() == "import");
                if is_import && self.around.last() != Some(&"await_expression") {
                    self.defer(node.byte_range());
                }
                true
            }
            "import_statement" => {
                if self.language != Language::JavaScript {
                    self.enter_import(node);
                }
                false
            }
            "export_statement" => self.enter_export(node),
            // Types, in which values are named.
            "type_query" | "nested_type_identifier" => false,
            "decorator" => {
                self.has_decorators = true;
                true
            }
            "identifier" | "shorthand_property_identifier" => {
                self.used.insert(self.slice(node));
                false
            }
            _ => true,
        }
    }

    /// Whether the function that is entered is called where it stands, as scripts without modules do.
    fn is_called_at_once(&self) -> bool {
        let mut around = self.around.iter().rev().copied().skip_while(|kind| *kind == "parenthesized_expression");
        match around.next() {
            Some("call_expression") => true,
            // `(function () {}).call(this)`
            Some("member_expression") => around.next() == Some("call_expression"),
            _ => false,
        }
    }

    /// The compiler leaves out an import of which only types are used.
    fn enter_import(&mut self, node: Node<'_>) {
        let place = node.byte_range();
        let mut cursor = node.walk();
        let has_names = node.named_children(&mut cursor).any(|child| matches!(child.kind(), "import_clause" | "import_require_clause"));
        let mut names = Vec::new();
        value_names(node, self.text, &mut names);
        if is_for_types(node, self.text) || (has_names && names.is_empty()) {
            self.defer(place);
        } else if has_names && !self.is_in_deferred(place.start) {
            self.candidates.push(Candidate { place, names });
        }
    }

    fn enter_export(&mut self, node: Node<'_>) -> bool {
        if node.child_by_field_name("source").is_none() {
            return true;
        }
        let mut cursor = node.walk();
        let clause = node.named_children(&mut cursor).find(|child| child.kind() == "export_clause");
        let are_types = clause.is_some_and(|clause| {
            let mut inner = clause.walk();
            let mut names = clause.named_children(&mut inner).filter(|child| child.kind() == "export_specifier").peekable();
            names.peek().is_some() && names.all(|name| is_for_types(name, self.text))
        });
        if are_types || is_for_types(node, self.text) {
            self.defer(node.byte_range());
        }
        false
    }

    /// Nothing is loaded by an import here, but one that only documentation needs ties no code.
    fn enter_jvm(&mut self, node: Node<'_>) -> bool {
        let kind = node.kind();
        if matches!(kind, "import_declaration" | "import") {
            let words = self.slice(node).trim_end().trim_end_matches(';').split_whitespace();
            let name = words.last().and_then(|word| word.rsplit('.').next()).unwrap_or("");
            // An operator or an extension of Kotlin may be used without its name.
            let is_named_in_use = self.language == Language::Java || name.starts_with(char::is_uppercase);
            if is_named_in_use && name != "*" && !name.is_empty() {
                self.candidates.push(Candidate { place: node.byte_range(), names: vec![name] });
            }
            return false;
        }
        if kind.ends_with("identifier") && node.child_count() == 0 {
            self.used.insert(self.slice(node));
        }
        true
    }

    fn finish(self) -> Deferred {
        let Walk { mut places, candidates, used, has_decorators, .. } = self;
        // With decorators, the types of parameters may be told to the program, which makes values of them.
        if !has_decorators {
            let is_unused = |candidate: &Candidate<'_>| !candidate.names.iter().any(|name| used.contains(*name));
            places.extend(candidates.into_iter().filter(is_unused).map(|candidate| candidate.place));
            places.sort_by_key(|place| place.start);
        }
        Deferred { places }
    }
}

/// Whether `type` or `typeof` stands in a statement of imports, or before one of its names.
fn is_for_types(node: Node<'_>, text: &str) -> bool {
    let mut cursor = node.walk();
    // The grammar does not know `export type * from`.
    let is_word = |child: Node<'_>| matches!(child.kind(), "type" | "typeof") || (child.is_error() && &text[child.byte_range()] == "type");
    node.children(&mut cursor).any(is_word)
}

/// The names that an import statement makes known as values.
fn value_names<'t>(node: Node<'_>, text: &'t str, names: &mut Vec<&'t str>) {
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        match child.kind() {
            "identifier" => names.push(&text[child.byte_range()]),
            "import_clause" | "named_imports" | "namespace_import" | "import_require_clause" => value_names(child, text, names),
            "import_specifier" if !is_for_types(child, text) => {
                let name = child.child_by_field_name("alias").or_else(|| child.child_by_field_name("name"));
                names.extend(name.map(|name| &text[name.byte_range()]));
            }
            _ => {}
        }
    }
}
