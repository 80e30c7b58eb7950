//! Owns how names, parameters and visibility are read off a node, language by language.

use std::ops::Range;

use tree_sitter::Node;

use crate::types::Language;

/// The beginning of a text, at most `most` bytes of it.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Longest name or parameter that is kept, in bytes. A name may be an expression, with functions in it.
const MAX_NAME_BYTES: usize = 200;

/// Longest signature, in bytes; a default value may hold functions.
const MAX_SIGNATURE_BYTES: usize = 2000;

fn kept(node: Node<'_>, text: &str) -> String {
    beginning(&text[node.byte_range()], MAX_NAME_BYTES).to_owned()
}

/// The name of a function or type; empty when it has none.
pub(super) fn name(node: Node<'_>, text: &str) -> String {
    for field in ["name", "declarator", "type"] {
        if let Some(child) = node.child_by_field_name(field) {
            return kept(innermost_declarator(child), text);
        }
    }
    let mut cursor = node.walk();
    let specs = node.named_children(&mut cursor).find_map(|child| child.child_by_field_name("name"));
    specs.map_or(String::new(), |name| kept(name, text))
}

/// The name that a variable, property or pair gives to the function expression in it.
pub(super) fn name_of_holder(holder: Node<'_>, text: &str) -> String {
    let field = ["name", "key", "left", "property"].into_iter().find_map(|field| holder.child_by_field_name(field));
    field.map_or(String::new(), |name| kept(name, text))
}

/// C and C++ wrap the name in pointers, parentheses and parameter lists.
fn innermost_declarator(mut node: Node<'_>) -> Node<'_> {
    while let Some(inner) = node.child_by_field_name("declarator") {
        node = inner;
    }
    node
}

/// The node that holds the parameters.
fn parameter_list<'tree>(function: Node<'tree>) -> Option<Node<'tree>> {
    if let Some(list) = function.child_by_field_name("parameters").or_else(|| function.child_by_field_name("parameter")) {
        return Some(list);
    }
    let mut declarator = function.child_by_field_name("declarator");
    while let Some(node) = declarator {
        if let Some(list) = node.child_by_field_name("parameters") {
            return Some(list);
        }
        declarator = node.child_by_field_name("declarator");
    }
    let mut cursor = function.walk();
    function.named_children(&mut cursor).find(|child| child.kind() == "function_value_parameters")
}

/// Names of the parameters; receivers such as `self` are left out, patterns are given as they are written.
pub(super) fn parameters(language: Language, function: Node<'_>, text: &str) -> Vec<String> {
    let Some(list) = parameter_list(function) else { return Vec::new() };
    if list.kind() == "identifier" {
        return vec![kept(list, text)];
    }
    let mut names = Vec::new();
    let mut cursor = list.walk();
    for child in list.named_children(&mut cursor) {
        match child.kind() {
            "self_parameter" | "attribute_item" | "line_comment" | "block_comment" | "comment" | "receiver_parameter" => continue,
            "string_literal" | "number_literal" | "parameter_modifiers" if language == Language::Kotlin => continue,
            "keyword_separator" | "positional_separator" => continue,
            _ if language == Language::Kotlin && child.kind() != "parameter" => continue,
            _ => {}
        }
        let mut inner = child.walk();
        let several: Vec<_> = child.children_by_field_name("name", &mut inner).collect();
        if several.len() > 1 {
            names.extend(several.iter().map(|name| kept(*name, text)));
            continue;
        }
        let name = parameter_name(child, text);
        let is_receiver = language == Language::Python && names.is_empty() && matches!(name.as_str(), "self" | "cls");
        let is_void = matches!(language, Language::C | Language::Cpp) && name == "void";
        if !is_receiver && !is_void {
            names.push(name);
        }
    }
    names
}

fn parameter_name(node: Node<'_>, text: &str) -> String {
    for field in ["name", "pattern", "declarator", "left"] {
        if let Some(child) = node.child_by_field_name(field) {
            return kept(innermost_declarator(child), text);
        }
    }
    // What takes an argument apart has no name of its own.
    if matches!(node.kind(), "array_pattern" | "object_pattern") {
        return kept(node, text);
    }
    let kinds = ["identifier", "simple_identifier"];
    if !kinds.contains(&node.kind()) {
        let mut cursor = node.walk();
        if let Some(child) = node.named_children(&mut cursor).find(|child| kinds.contains(&child.kind())) {
            return kept(child, text);
        }
    }
    kept(node, text)
}

/// From the first word to the opening of the body, white space at the end left out.
pub(super) fn head(node: Node<'_>, text: &str) -> Range<usize> {
    let body = node.child_by_field_name("body").or_else(|| {
        let mut cursor = node.walk();
        let is_body = |child: &Node<'_>| matches!(child.kind(), "function_body" | "class_body" | "enum_class_body");
        node.named_children(&mut cursor).find(is_body)
    });
    let end = body.map_or(node.end_byte(), |body| body.start_byte());
    let start = node.start_byte();
    start..start + text[start..end].trim_end().len()
}

/// The head of a function, cut where it is very long.
pub(super) fn signature(node: Node<'_>, text: &str) -> Range<usize> {
    let head = head(node, text);
    head.start..head.start + beginning(&text[head.clone()], MAX_SIGNATURE_BYTES).len()
}

/// Whether a function is visible outside, by the custom of its language. `head` is its signature.
pub(super) fn is_public(language: Language, node: Node<'_>, parent: Option<Node<'_>>, name: &str, head: &str) -> bool {
    let before_name = head.split(name).next().unwrap_or(head);
    let has = |word: &str| before_name.split(|c: char| !c.is_alphanumeric() && c != '_').any(|known| known == word);
    match language {
        Language::Rust => has("pub") && !before_name.contains("pub("),
        Language::Python => !name.starts_with('_'),
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            let is_exported = parent.is_some_and(|parent| parent.kind() == "export_statement");
            is_exported || (node.kind() == "method_definition" && !has("private") && !has("protected") && !name.starts_with('#'))
        }
        Language::Java => has("public"),
        Language::Kotlin => !has("private") && !has("internal") && !has("protected"),
        Language::Go => name.chars().next().is_some_and(char::is_uppercase),
        Language::C | Language::Cpp => !has("static"),
    }
}

/// Whether the first statement of a Python function is a docstring.
pub(super) fn has_docstring(function: Node<'_>) -> bool {
    let first = function.child_by_field_name("body").and_then(|body| body.named_child(0));
    first.is_some_and(|statement| {
        statement.kind() == "string"
            || (statement.kind() == "expression_statement" && statement.named_child(0).is_some_and(|child| child.kind() == "string"))
    })
}
