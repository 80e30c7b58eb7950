//! Owns the syntax queries, by language. Never runs them.

/// What a query looks for, and the captures it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A type: `type`, `name`, perhaps `base`.
    Type,
    /// A field of the type around it: `name`, `field`.
    Field,
    /// A constant or variable outside functions: `name`, `constant`.
    Constant,
    /// A logical operator: `left`, `right`, `logic`.
    Logic,
    /// A number as an operand: `number`, `other`, `sum`.
    Number,
    /// A condition without `else` that ends a function or a loop: `guard`, perhaps `gap` (what must not hold an `else`), perhaps `loop`.
    Guard,
    /// A compound statement: `step`.
    Step,
    /// One case of a switch: `switch`, `subject`, `label`.
    Case,
    /// A comparison with a fixed value: `subject`, `label`, `equal`.
    Equal,
}

use Tag::{Case, Constant, Equal, Field, Guard, Logic, Number, Step, Type};

type Queries = &'static [(Tag, &'static str)];

/// The queries of a language; none for a language that is not known.
pub fn queries(language: &str) -> Queries {
    match language {
        "rust" => RUST,
        "python" => PYTHON,
        "javascript" => JAVASCRIPT,
        "typescript" | "tsx" => TYPESCRIPT,
        "java" => JAVA,
        "kotlin" => KOTLIN,
        "go" => GO,
        "c" => C,
        "cpp" => CPP,
        _ => &[],
    }
}

const RUST: Queries = &[
    (
        Type,
        "(struct_item name: (type_identifier) @name) @type
        (enum_item name: (type_identifier) @name) @type
        (trait_item name: (type_identifier) @name) @type
        (impl_item trait: (_)? @base type: (_) @name) @type",
    ),
    (Field, "(struct_item body: (field_declaration_list (field_declaration name: (field_identifier) @name) @field))"),
    (Constant, "(const_item name: (identifier) @name) @constant (static_item name: (identifier) @name) @constant"),
    (Logic, r#"(binary_expression left: (_) @left operator: ["&&" "||"] right: (_) @right) @logic"#),
    (
        Number,
        "(binary_expression left: (_) @other right: [(integer_literal) (float_literal)] @number) @sum
        (binary_expression left: [(integer_literal) (float_literal)] @number right: (_) @other) @sum",
    ),
    (
        Guard,
        "(function_item body: (block [(expression_statement (if_expression !alternative) @guard) (if_expression !alternative) @guard] .))
        (for_expression body: (block [(expression_statement (if_expression !alternative) @guard) (if_expression !alternative) @guard] .)) @loop
        (while_expression body: (block [(expression_statement (if_expression !alternative) @guard) (if_expression !alternative) @guard] .)) @loop",
    ),
    (
        Step,
        "[(for_expression) (while_expression) (loop_expression) (if_expression !alternative) (match_expression)] @step
        (match_arm value: (block) @step)",
    ),
    (Case, "(match_expression value: (_) @subject body: (match_block (match_arm pattern: (match_pattern) @label))) @switch"),
];

const PYTHON: Queries = &[
    (Type, "(class_definition name: (identifier) @name superclasses: (argument_list)? @base) @type"),
    (Field, r#"(assignment left: (attribute object: (identifier) @self attribute: (identifier) @name) (#eq? @self "self")) @field"#),
    (Logic, "(boolean_operator left: (_) @left right: (_) @right) @logic"),
    (
        Number,
        "(binary_operator left: (_) @other right: [(integer) (float)] @number) @sum
        (binary_operator left: [(integer) (float)] @number right: (_) @other) @sum
        (comparison_operator . (_) @other . [(integer) (float)] @number .) @sum",
    ),
    (
        Guard,
        "(function_definition body: (block (if_statement !alternative) @guard .))
        (for_statement body: (block (if_statement !alternative) @guard .)) @loop
        (while_statement body: (block (if_statement !alternative) @guard .)) @loop",
    ),
    (Step, "[(for_statement) (while_statement) (if_statement !alternative) (try_statement) (with_statement) (match_statement)] @step"),
    (Case, "(match_statement subject: (_) @subject body: (block (case_clause (case_pattern) @label))) @switch"),
    (
        Equal,
        r#"(comparison_operator . [(identifier) (attribute)] @subject . "==" . [(string) (attribute)] @label .) @equal
        (call function: (identifier) @f arguments: (argument_list . [(identifier) (attribute)] @subject . (identifier) @label .)
            (#eq? @f "isinstance")) @equal"#,
    ),
];

macro_rules! script {
    ($types:literal, $fields:literal) => {
        &[
            (Type, $types),
            (Field, $fields),
            (
                Constant,
                "(program (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
                (program (variable_declaration (variable_declarator name: (identifier) @name)) @constant)",
            ),
            (Logic, r#"(binary_expression left: (_) @left operator: ["&&" "||"] right: (_) @right) @logic"#),
            (
                Number,
                "(binary_expression left: (_) @other right: (number) @number) @sum
                (binary_expression left: (number) @number right: (_) @other) @sum",
            ),
            (
                Guard,
                "(function_declaration body: (statement_block (if_statement !alternative) @guard .))
                (method_definition body: (statement_block (if_statement !alternative) @guard .))
                (function_expression body: (statement_block (if_statement !alternative) @guard .))
                (arrow_function body: (statement_block (if_statement !alternative) @guard .))
                (for_statement body: (statement_block (if_statement !alternative) @guard .)) @loop
                (for_in_statement body: (statement_block (if_statement !alternative) @guard .)) @loop
                (while_statement body: (statement_block (if_statement !alternative) @guard .)) @loop",
            ),
            (
                Step,
                "[(for_statement) (for_in_statement) (while_statement) (do_statement) (if_statement !alternative) (try_statement)
                    (switch_statement)] @step",
            ),
            (
                Case,
                "(switch_statement value: (parenthesized_expression) @subject body: (switch_body (switch_case value: (_) @label))) @switch",
            ),
            (
                Equal,
                r#"(binary_expression left: [(identifier) (member_expression)] @subject operator: ["===" "=="]
                    right: [(string) (member_expression)] @label) @equal"#,
            ),
        ]
    };
}

const JAVASCRIPT: Queries = script!(
    "(class_declaration name: (_) @name (class_heritage)? @base) @type",
    "(field_definition property: (_) @name) @field
    (assignment_expression left: (member_expression object: (this) property: (property_identifier) @name)) @field"
);

const TYPESCRIPT: Queries = script!(
    "(class_declaration name: (_) @name (class_heritage)? @base) @type
    (abstract_class_declaration name: (_) @name (class_heritage)? @base) @type
    (interface_declaration name: (_) @name) @type",
    "(public_field_definition name: (_) @name) @field
    (required_parameter (accessibility_modifier) pattern: (identifier) @name) @field"
);

const JAVA: Queries = &[
    (
        Type,
        "(class_declaration name: (_) @name superclass: (superclass)? @base) @type
        (enum_declaration name: (_) @name) @type
        (record_declaration name: (_) @name) @type
        (interface_declaration name: (_) @name) @type",
    ),
    (Field, "(field_declaration declarator: (variable_declarator name: (identifier) @name)) @field"),
    (Logic, r#"(binary_expression left: (_) @left operator: ["&&" "||"] right: (_) @right) @logic"#),
    (
        Number,
        "(binary_expression left: (_) @other right: [(decimal_integer_literal) (decimal_floating_point_literal)] @number) @sum
        (binary_expression left: [(decimal_integer_literal) (decimal_floating_point_literal)] @number right: (_) @other) @sum",
    ),
    (
        Guard,
        "(method_declaration body: (block (if_statement !alternative) @guard .))
        (lambda_expression body: (block (if_statement !alternative) @guard .))
        (for_statement body: (block (if_statement !alternative) @guard .)) @loop
        (enhanced_for_statement body: (block (if_statement !alternative) @guard .)) @loop
        (while_statement body: (block (if_statement !alternative) @guard .)) @loop",
    ),
    (
        Step,
        "[(for_statement) (enhanced_for_statement) (while_statement) (do_statement) (if_statement !alternative) (try_statement)
            (try_with_resources_statement) (switch_expression)] @step",
    ),
    (
        Case,
        "(switch_expression condition: (parenthesized_expression) @subject
            body: (switch_block (switch_block_statement_group (switch_label (_) @label)))) @switch
        (switch_expression condition: (parenthesized_expression) @subject
            body: (switch_block (switch_rule (switch_label (_) @label)))) @switch",
    ),
    (
        Equal,
        r#"(instanceof_expression left: (identifier) @subject right: (_) @label) @equal
        (method_invocation object: (string_literal) @label name: (identifier) @f arguments: (argument_list . (identifier) @subject .)
            (#eq? @f "equals")) @equal
        (method_invocation object: (identifier) @subject name: (identifier) @f arguments: (argument_list . (string_literal) @label .)
            (#eq? @f "equals")) @equal"#,
    ),
];

const KOTLIN: Queries = &[
    (
        Type,
        "(class_declaration name: (_) @name (delegation_specifiers)? @base) @type
        (object_declaration name: (_) @name) @type",
    ),
    (
        Field,
        "(class_body (property_declaration (variable_declaration (identifier) @name)) @field)
        (class_parameter (identifier) @name) @field",
    ),
    (Constant, "(source_file (property_declaration (variable_declaration (identifier) @name)) @constant)"),
    (Logic, r#"(binary_expression left: (_) @left operator: ["&&" "||"] right: (_) @right) @logic"#),
    (
        Number,
        "(binary_expression left: (_) @other right: [(number_literal) (float_literal)] @number) @sum
        (binary_expression left: [(number_literal) (float_literal)] @number right: (_) @other) @sum",
    ),
    (
        Guard,
        "(function_declaration (function_body (block (if_expression condition: (_) (block) @gap .) @guard .)))
        (for_statement (block (if_expression condition: (_) (block) @gap .) @guard .)) @loop
        (while_statement (block (if_expression condition: (_) (block) @gap .) @guard .)) @loop",
    ),
    (Step, "[(for_statement) (while_statement) (do_while_statement) (try_expression) (when_expression)] @step"),
    (Case, "(when_expression (when_subject (_) @subject) (when_entry condition: (_) @label)) @switch"),
];

const GO: Queries = &[
    (Type, "(type_declaration (type_spec name: (type_identifier) @name type: (struct_type))) @type"),
    (
        Field,
        "(type_declaration (type_spec type: (struct_type (field_declaration_list (field_declaration name: (field_identifier) @name) @field))))",
    ),
    (
        Constant,
        "(source_file (const_declaration (const_spec name: (identifier) @name) @constant))
        (source_file (var_declaration (var_spec name: (identifier) @name) @constant))",
    ),
    (Logic, r#"(binary_expression left: (_) @left operator: ["&&" "||"] right: (_) @right) @logic"#),
    (
        Number,
        "(binary_expression left: (_) @other right: [(int_literal) (float_literal)] @number) @sum
        (binary_expression left: [(int_literal) (float_literal)] @number right: (_) @other) @sum",
    ),
    (
        Guard,
        "(function_declaration body: (block (statement_list (if_statement !alternative) @guard .)))
        (method_declaration body: (block (statement_list (if_statement !alternative) @guard .)))
        (func_literal body: (block (statement_list (if_statement !alternative) @guard .)))
        (for_statement body: (block (statement_list (if_statement !alternative) @guard .))) @loop",
    ),
    (
        Step,
        "[(for_statement) (if_statement !alternative) (expression_switch_statement) (type_switch_statement) (select_statement)] @step
        (expression_case (statement_list) @step)
        (type_case (statement_list) @step)",
    ),
    (
        Case,
        "(expression_switch_statement value: (_) @subject (expression_case value: (expression_list (_) @label))) @switch
        (type_switch_statement value: (_) @subject (type_case type: (_) @label)) @switch",
    ),
    (
        Equal,
        r#"(binary_expression left: [(identifier) (selector_expression)] @subject operator: "==" right: (interpreted_string_literal) @label) @equal"#,
    ),
];

macro_rules! c_like {
    ($($more:expr),*) => {
        &[
            (Constant, "(translation_unit (declaration declarator: (init_declarator declarator: (identifier) @name)) @constant)"),
            (Logic, r#"(binary_expression left: (_) @left operator: ["&&" "||"] right: (_) @right) @logic"#),
            (
                Number,
                "(binary_expression left: (_) @other right: (number_literal) @number) @sum
                (binary_expression left: (number_literal) @number right: (_) @other) @sum",
            ),
            (
                Guard,
                "(function_definition body: (compound_statement (if_statement !alternative) @guard .))
                (for_statement body: (compound_statement (if_statement !alternative) @guard .)) @loop
                (while_statement body: (compound_statement (if_statement !alternative) @guard .)) @loop",
            ),
            (Step, "[(for_statement) (while_statement) (do_statement) (if_statement !alternative) (switch_statement)] @step"),
            (Case, "(switch_statement condition: (_) @subject body: (compound_statement (case_statement value: (_) @label))) @switch"),
            $($more),*
        ]
    };
}

const C: Queries = c_like!();

const CPP: Queries = c_like!(
    (
        Type,
        "(class_specifier name: (_) @name (base_class_clause)? @base body: (_)) @type
        (struct_specifier name: (_) @name (base_class_clause)? @base body: (_)) @type"
    ),
    (Field, "(field_declaration declarator: (field_identifier) @name) @field")
);
