//! Owns what the node kinds of each grammar mean to the measures.

use std::sync::OnceLock;

use crate::types::Language;

/// What a node means to the measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Other,
    /// A function or method with a name.
    Function,
    /// A closure, lambda or function expression.
    Lambda,
    /// A class, struct, trait, interface, enum, `impl` or the like.
    Type,
    /// A module or namespace.
    Module,
    /// `if`, in a statement or an expression.
    If,
    /// A node around `else` and what follows it.
    ElseClause,
    /// The word `else` where the grammar has no node around it.
    ElseWord,
    /// Python's `elif`.
    ElseIf,
    Loop,
    /// `switch`, `match`, `when`, `select`.
    Switch,
    /// One arm of a switch, or the label before it.
    Case,
    /// A part of a comprehension, or the guard of an arm: a decision that does not nest.
    Decision,
    /// A handler of exceptions.
    Catch,
    /// `a ? b : c`.
    Ternary,
    /// An expression with two operands, or a chain of conditions.
    Binary,
    /// An expression in brackets.
    Brackets,
    /// The tokens of logical and, or.
    And,
    /// See [`Class::And`].
    Or,
    /// Tokens such as `??`, `?:` and `||=`, which take the second operand in place of a missing or false first one.
    Coalesce,
    /// `break` or `continue`, perhaps with a label; `goto`.
    Jump,
    /// The label of a jump.
    Label,
    Comment,
    /// An attribute that stands before its item.
    Attribute,
    /// A node around an item and its decorators or its `export`.
    Wrapper,
}

const RUST: &[(Class, &[&str])] = &[
    (Class::Function, &["function_item", "function_signature_item"]),
    (Class::Lambda, &["closure_expression"]),
    (Class::Type, &["struct_item", "enum_item", "trait_item", "impl_item", "union_item", "type_item", "const_item", "static_item"]),
    (Class::Module, &["mod_item"]),
    (Class::If, &["if_expression"]),
    (Class::ElseClause, &["else_clause"]),
    (Class::Loop, &["for_expression", "while_expression", "loop_expression"]),
    (Class::Switch, &["match_expression"]),
    (Class::Case, &["match_arm"]),
    (Class::Binary, &["binary_expression", "let_chain"]),
    (Class::Brackets, &["parenthesized_expression"]),
    (Class::Jump, &["break_expression", "continue_expression"]),
    (Class::Label, &["label"]),
    (Class::Comment, &["line_comment", "block_comment"]),
    (Class::Attribute, &["attribute_item"]),
];

const PYTHON: &[(Class, &[&str])] = &[
    (Class::Function, &["function_definition"]),
    (Class::Lambda, &["lambda"]),
    (Class::Type, &["class_definition"]),
    (Class::If, &["if_statement"]),
    (Class::ElseClause, &["else_clause"]),
    (Class::ElseIf, &["elif_clause"]),
    (Class::Loop, &["for_statement", "while_statement"]),
    (Class::Switch, &["match_statement"]),
    (Class::Case, &["case_clause"]),
    (Class::Decision, &["for_in_clause", "if_clause"]),
    (Class::Catch, &["except_clause"]),
    (Class::Ternary, &["conditional_expression"]),
    (Class::Binary, &["boolean_operator"]),
    (Class::Brackets, &["parenthesized_expression"]),
    (Class::Comment, &["comment"]),
    (Class::Wrapper, &["decorated_definition"]),
];

const JAVASCRIPT: &[(Class, &[&str])] = &[
    (Class::Function, &["function_declaration", "generator_function_declaration", "method_definition", "function_signature"]),
    (Class::Lambda, &["arrow_function", "function_expression", "generator_function"]),
    (
        Class::Type,
        &["class_declaration", "abstract_class_declaration", "interface_declaration", "enum_declaration", "type_alias_declaration"],
    ),
    (Class::Module, &["internal_module", "module"]),
    (Class::If, &["if_statement"]),
    (Class::ElseClause, &["else_clause"]),
    (Class::Loop, &["for_statement", "for_in_statement", "while_statement", "do_statement"]),
    (Class::Switch, &["switch_statement"]),
    (Class::Case, &["switch_case"]),
    (Class::Catch, &["catch_clause"]),
    (Class::Ternary, &["ternary_expression"]),
    (Class::Binary, &["binary_expression"]),
    (Class::Brackets, &["parenthesized_expression"]),
    (Class::Jump, &["break_statement", "continue_statement"]),
    (Class::Label, &["statement_identifier"]),
    (Class::Comment, &["comment"]),
    (Class::Wrapper, &["export_statement"]),
];

const JAVA: &[(Class, &[&str])] = &[
    (Class::Function, &["method_declaration", "constructor_declaration", "compact_constructor_declaration"]),
    (Class::Lambda, &["lambda_expression"]),
    (Class::Type, &["class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "annotation_type_declaration"]),
    (Class::If, &["if_statement"]),
    (Class::ElseWord, &["else"]),
    (Class::Loop, &["for_statement", "enhanced_for_statement", "while_statement", "do_statement"]),
    (Class::Switch, &["switch_expression"]),
    (Class::Case, &["switch_label"]),
    (Class::Decision, &["guard"]),
    (Class::Catch, &["catch_clause"]),
    (Class::Ternary, &["ternary_expression"]),
    (Class::Binary, &["binary_expression"]),
    (Class::Brackets, &["parenthesized_expression"]),
    (Class::Jump, &["break_statement", "continue_statement"]),
    (Class::Label, &["identifier"]),
    (Class::Comment, &["line_comment", "block_comment"]),
];

const KOTLIN: &[(Class, &[&str])] = &[
    (Class::Function, &["function_declaration", "secondary_constructor"]),
    (Class::Lambda, &["lambda_literal", "anonymous_function"]),
    (Class::Type, &["class_declaration", "object_declaration", "companion_object"]),
    (Class::If, &["if_expression"]),
    (Class::ElseWord, &["else"]),
    (Class::Loop, &["for_statement", "while_statement", "do_while_statement"]),
    (Class::Switch, &["when_expression"]),
    (Class::Case, &["when_entry"]),
    (Class::Catch, &["catch_block"]),
    (Class::Binary, &["binary_expression"]),
    (Class::Brackets, &["parenthesized_expression"]),
    (Class::Comment, &["line_comment", "block_comment"]),
];

const GO: &[(Class, &[&str])] = &[
    (Class::Function, &["function_declaration", "method_declaration"]),
    (Class::Lambda, &["func_literal"]),
    (Class::Type, &["type_declaration"]),
    (Class::If, &["if_statement"]),
    (Class::ElseWord, &["else"]),
    (Class::Loop, &["for_statement"]),
    (Class::Switch, &["expression_switch_statement", "type_switch_statement", "select_statement"]),
    (Class::Case, &["expression_case", "type_case", "communication_case"]),
    (Class::Binary, &["binary_expression"]),
    (Class::Brackets, &["parenthesized_expression"]),
    (Class::Jump, &["break_statement", "continue_statement", "goto_statement"]),
    (Class::Label, &["label_name"]),
    (Class::Comment, &["comment"]),
];

const C: &[(Class, &[&str])] = &[
    (Class::Function, &["function_definition"]),
    (Class::Lambda, &["lambda_expression"]),
    (Class::Type, &["struct_specifier", "union_specifier", "enum_specifier", "class_specifier", "type_definition"]),
    (Class::Module, &["namespace_definition", "linkage_specification"]),
    (Class::If, &["if_statement"]),
    (Class::ElseClause, &["else_clause"]),
    (Class::Loop, &["for_statement", "while_statement", "do_statement", "for_range_loop"]),
    (Class::Switch, &["switch_statement"]),
    (Class::Case, &["case_statement"]),
    (Class::Catch, &["catch_clause"]),
    (Class::Ternary, &["conditional_expression"]),
    (Class::Binary, &["binary_expression"]),
    (Class::Brackets, &["parenthesized_expression"]),
    (Class::Jump, &["goto_statement"]),
    (Class::Label, &["statement_identifier"]),
    (Class::Comment, &["comment"]),
    (Class::Wrapper, &["template_declaration"]),
];

fn table(language: Language) -> &'static [(Class, &'static [&'static str])] {
    match language {
        Language::Rust => RUST,
        Language::Python => PYTHON,
        Language::JavaScript | Language::TypeScript | Language::Tsx => JAVASCRIPT,
        Language::Java => JAVA,
        Language::Kotlin => KOTLIN,
        Language::Go => GO,
        Language::C | Language::Cpp => C,
    }
}

/// The grammar of a language.
pub(super) fn grammar(language: Language) -> tree_sitter::Language {
    match language {
        Language::Rust => tree_sitter_rust::LANGUAGE.into(),
        Language::Python => tree_sitter_python::LANGUAGE.into(),
        Language::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        Language::Java => tree_sitter_java::LANGUAGE.into(),
        Language::Kotlin => tree_sitter_kotlin_ng::LANGUAGE.into(),
        Language::Go => tree_sitter_go::LANGUAGE.into(),
        Language::C => tree_sitter_c::LANGUAGE.into(),
        Language::Cpp => tree_sitter_cpp::LANGUAGE.into(),
    }
}

/// Classes by kind id, built once per language.
pub(super) fn classes(language: Language) -> &'static [Class] {
    static TABLES: [OnceLock<Vec<Class>>; 10] = [const { OnceLock::new() }; 10];
    TABLES[language as usize].get_or_init(|| {
        let grammar = grammar(language);
        let class_of = |id: u16| match grammar.node_kind_for_id(id) {
            Some("&&" | "and") => Class::And,
            Some("||" | "or") => Class::Or,
            Some("??" | "?:" | "??=" | "||=" | "&&=") => Class::Coalesce,
            Some(kind) => {
                let entry = table(language).iter().find(|(_, kinds)| kinds.contains(&kind));
                entry.map_or(Class::Other, |(class, _)| *class)
            }
            None => Class::Other,
        };
        (0..=u16::MAX).take(grammar.node_kind_count()).map(class_of).collect()
    })
}

/// Whether a kind id is that of an identifier, built once per language.
pub(super) fn identifiers(language: Language) -> &'static [bool] {
    static TABLES: [OnceLock<Vec<bool>>; 10] = [const { OnceLock::new() }; 10];
    TABLES[language as usize].get_or_init(|| {
        let grammar = grammar(language);
        let is_identifier =
            |id: u16| grammar.node_kind_is_named(id) && grammar.node_kind_for_id(id).is_some_and(|kind| kind.ends_with("identifier"));
        (0..=u16::MAX).take(grammar.node_kind_count()).map(is_identifier).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_is_named_exists_in_a_grammar() {
        for language in Language::ALL {
            let grammar = grammar(language);
            let known: Vec<_> = (0..grammar.node_kind_count()).filter_map(|id| grammar.node_kind_for_id(id as u16)).collect();
            for (_, kinds) in table(language) {
                for kind in *kinds {
                    // Tables shared by dialects name some kinds that only the richer dialect has.
                    let is_shared = matches!(language, Language::JavaScript | Language::TypeScript | Language::Tsx | Language::C);
                    assert!(is_shared || known.contains(kind), "{} has no `{kind}`", language.name());
                }
            }
        }
    }
}
