//! Owns the tree-sitter queries that find what a unit declares. Never reads their results.
//!
//! Captures: `type`, `interface`, `impl`, `module`, `constant` and `function` are items with their `name`; `exported` is the place of an item
//! that others see, `exported_name` a name that they see; `body` stands in a `holder`; `decorator` stands before a `decorated` item.

const RUST: &str =
    "[(struct_item name: (_) @name) (enum_item name: (_) @name) (union_item name: (_) @name) (type_item name: (_) @name)] @type
(trait_item name: (_) @name) @interface
(impl_item type: (_) @name) @impl
(mod_item name: (_) @name body: (_)) @module
[(const_item name: (_) @name) (static_item name: (_) @name)] @constant";

const PYTHON: &str = r#"(class_definition name: (_) @name) @type
(class_definition body: (_) @body) @holder
(function_definition body: (_) @body) @holder
(decorated_definition (decorator) @decorator definition: (_) @decorated)
(module (expression_statement (assignment left: (identifier) @name) @constant) (#match? @name "^[A-Z][A-Z0-9_]+$"))
((assignment left: (identifier) @all right: [(list (string (string_content) @exported_name)) (tuple (string (string_content) @exported_name))])
  (#eq? @all "__all__"))"#;

const JAVASCRIPT: &str = r#"(class_declaration name: (_) @name) @type
(export_statement declaration: (_) @exported)
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)] @exported)))
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name value: [(number) (string) (object) (array) (new_expression) (call_expression)]) @constant))
(export_specifier name: (identifier) @exported_name)
(export_statement value: (identifier) @exported_name)
((assignment_expression left: (member_expression) @target right: (identifier) @exported_name) (#eq? @target "module.exports"))
((assignment_expression left: (member_expression) @target right: (object (shorthand_property_identifier) @exported_name))
  (#eq? @target "module.exports"))
((assignment_expression left: (member_expression) @target right: [(arrow_function) (function_expression)] @exported)
  (#match? @target "^(module\\.)?exports\\.[A-Za-z_$][A-Za-z0-9_$]*$"))"#;

const TYPESCRIPT: &str = "(abstract_class_declaration name: (_) @name) @type
(interface_declaration name: (_) @name) @interface
(enum_declaration name: (_) @name) @type
(type_alias_declaration name: (_) @name) @type
(internal_module name: (_) @name) @module";

const JAVA: &str = "[(class_declaration name: (_) @name) (enum_declaration name: (_) @name) (record_declaration name: (_) @name)] @type
[(interface_declaration name: (_) @name) (annotation_type_declaration name: (_) @name)] @interface
(field_declaration (variable_declarator name: (_) @name)) @constant";

const KOTLIN: &str = "(class_declaration name: (_) @name) @type
(object_declaration name: (_) @name) @type";

const GO: &str = "(type_declaration [(type_spec name: (_) @name) (type_alias name: (_) @name)]) @type
(source_file (const_declaration (const_spec name: (_) @name)) @constant)
(source_file (var_declaration (var_spec name: (_) @name)) @constant)";

const C: &str = "(struct_specifier name: (_) @name body: (_)) @type
(union_specifier name: (_) @name body: (_)) @type
(enum_specifier name: (_) @name body: (_)) @type
(type_definition type: [(struct_specifier body: (_)) (enum_specifier body: (_)) (union_specifier body: (_))] declarator: (type_identifier) @name) @type
(declaration declarator: (function_declarator declarator: (identifier) @name)) @function
(declaration declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))) @function";

const CPP: &str = "(class_specifier name: (_) @name body: (_)) @type
(declaration declarator: (reference_declarator (function_declarator declarator: (identifier) @name))) @function
(namespace_definition name: (_) @name body: (_)) @module";

/// The queries for a language; none for a language that has none.
pub(super) fn of(language: &str) -> Vec<String> {
    let queries: &[&str] = match language {
        "rust" => &[RUST],
        "python" => &[PYTHON],
        "javascript" => &[JAVASCRIPT],
        "typescript" | "tsx" => &[JAVASCRIPT, TYPESCRIPT],
        "java" => &[JAVA],
        "kotlin" => &[KOTLIN],
        "go" => &[GO],
        "c" => &[C],
        "cpp" => &[C, CPP],
        _ => &[],
    };
    queries.iter().map(|query| (*query).to_owned()).collect()
}
