//! Owns the one walk over a tree that gives functions, items, comments, errors and line counts.
//!
//! The walk keeps its own stack: a file of nothing but brackets is as deep as it is long.

use std::ops::Range;

use tree_sitter::{Node, Tree, TreeCursor};

use super::kinds::{Class, classes};
use super::lines::LineIndex;
use super::names::beginning;
use super::parsed::{Function, Item, Parsed};
use super::{duplicates, names};
use crate::types::{Language, LineCounts};

/// Kinds of a line; a line with both is a line of code.
const COMMENT: u8 = 1;
const CODE: u8 = 2;

/// Longest head of a type that is kept for outlines, in bytes; a longer one is cut at its first line.
const MAX_HEAD_BYTES: usize = 300;

/// Functions of test frameworks that take a text and a body.
const SUITES: &[&str] = &["describe", "it", "test", "suite", "specify", "context", "fdescribe", "xdescribe", "fit", "xit", "bench"];

/// Functions of test frameworks that take a body alone.
const HOOKS: &[&str] = &["beforeEach", "afterEach", "beforeAll", "afterAll"];

/// What stands right before an item.
#[derive(Clone, Copy, Default)]
struct Leading {
    /// A doc comment, and the row it ends on.
    doc_end_row: Option<usize>,
    /// An attribute that marks test code.
    is_test: bool,
}

/// One node on the way down.
struct Frame<'t> {
    /// Asking a node for its parent would search the tree from its root.
    node: Node<'t>,
    class: Class,
    /// Index of the function that begins here.
    function: Option<usize>,
    /// Added to the nesting of everything below.
    nesting: u32,
    /// What stands before the next child.
    leading: Leading,
    /// Last operator so far of the sequence of logical operators that the node is a part of.
    operator: Class,
    /// The last word was `else`.
    saw_else: bool,
}

impl<'t> Frame<'t> {
    fn new(node: Node<'t>, class: Class) -> Self {
        Self { node, class, function: None, nesting: 0, leading: Leading::default(), operator: Class::Other, saw_else: false }
    }
}

struct Walk<'a> {
    text: &'a str,
    language: Language,
    classes: &'static [Class],
    rows: Vec<u8>,
    frames: Vec<Frame<'a>>,
    /// Open functions: index and nesting inside.
    open: Vec<(usize, u32)>,
    out: &'a mut Parsed,
    /// End of the last error, so that only outermost ones are told.
    error_end: usize,
}

/// Walks `tree` and fills everything of `out` but the tree itself.
pub(super) fn measure<'a>(tree: &'a Tree, text: &'a str, out: &'a mut Parsed) {
    let n_rows = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let mut walk = Walk {
        text,
        language: out.language,
        classes: classes(out.language),
        rows: vec![0; n_rows],
        frames: Vec::with_capacity(64),
        open: Vec::new(),
        out,
        error_end: 0,
    };
    walk.run(&mut tree.walk());
    let Walk { rows, out, .. } = walk;
    finish(text, &rows, out);
}

fn finish(text: &str, rows: &[u8], out: &mut Parsed) {
    let n_lines = text.lines().count();
    let count = |wanted: fn(u8) -> bool| rows[..n_lines].iter().filter(|row| wanted(**row)).count() as u32;
    out.lines = LineCounts { code: count(|row| row & CODE != 0), comment: count(|row| row == COMMENT), blank: count(|row| row == 0) };
    let lines = LineIndex::new(text);
    let mut code_before = vec![0];
    code_before.extend(rows.iter().scan(0, |code, row| {
        *code += u32::from(row & CODE != 0);
        Some(*code)
    }));
    for function in &mut out.functions {
        let first = lines.line(function.span.start);
        let last = lines.line(function.span.end.saturating_sub(1).max(function.span.start));
        function.lines = last - first + 1;
        function.code_lines = code_before[last as usize] - code_before[first as usize - 1];
        function.is_test |= covers(&out.tests, function.span.start);
    }
    out.duplicates = duplicates::duplicates(text, rows.iter().map(|row| row & CODE != 0));
}

/// Whether one of `places`, which are in order and do not overlap, holds an offset.
pub(super) fn covers(places: &[Range<usize>], offset: usize) -> bool {
    let after = places.partition_point(|place| place.start <= offset);
    after.checked_sub(1).is_some_and(|at| places[at].contains(&offset))
}

impl<'a> Walk<'a> {
    fn run(&mut self, cursor: &mut TreeCursor<'a>) {
        loop {
            let node = cursor.node();
            self.enter(node);
            // More than half of all nodes are leaves, and asking a node is cheaper than trying to go down.
            if node.child_count() > 0 && cursor.goto_first_child() {
                continue;
            }
            loop {
                self.leave();
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    fn enter(&mut self, node: Node<'a>) {
        let class = self.class(node);
        if (node.is_error() || node.is_missing()) && node.start_byte() >= self.error_end {
            self.error_end = node.end_byte().max(node.start_byte() + 1);
            self.out.errors.push(node.byte_range());
        }
        if class == Class::Comment {
            self.enter_comment(node);
            return;
        }
        // The marks of a comment are tokens in some grammars.
        if self.frames.last().is_some_and(|parent| parent.class == Class::Comment) {
            self.frames.push(Frame::new(node, Class::Comment));
            return;
        }
        if node.child_count() == 0 && node.start_byte() < node.end_byte() {
            self.mark(node, CODE);
        }
        self.enter_behind_else(class, node);
        let leading = self.take_leading(class, node);
        let mut frame = Frame::new(node, class);
        if class == Class::Wrapper {
            frame.leading = leading;
        }
        match class {
            Class::Other => {}
            Class::Function => frame.function = Some(self.open_function(node, leading)),
            Class::Lambda => self.enter_lambda(node, leading, &mut frame),
            Class::Type | Class::Module => self.enter_item(node, class, leading),
            Class::Attribute => self.enter_attribute(node),
            Class::Wrapper => {}
            _ => self.enter_flow(node, class, &mut frame),
        }
        if frame.nesting > 0
            && let Some((_, nesting)) = self.open.last_mut()
        {
            *nesting += frame.nesting;
        }
        self.frames.push(frame);
    }

    fn leave(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if frame.function.is_some() {
            self.open.pop();
        }
        if frame.nesting > 0
            && let Some((_, nesting)) = self.open.last_mut()
        {
            *nesting -= frame.nesting;
        }
        if continues_sequence(frame.class)
            && let Some(parent) = self.frames.last_mut()
            && continues_sequence(parent.class)
        {
            parent.operator = frame.operator;
        }
    }

    /// The class of a node in its place: the kind alone does not tell a logical operator or `let … else`.
    fn class(&self, node: Node<'a>) -> Class {
        match class_of(self.classes, node) {
            Class::Binary if !self.is_logical(node) => Class::Other,
            Class::Other if self.is_let_else(node) => Class::Decision,
            class => class,
        }
    }

    /// Whether a token is the `else` of `let … else`, which is a branch without a node of its own.
    fn is_let_else(&self, node: Node<'a>) -> bool {
        let is_let = |parent: &Frame<'_>| parent.node.kind() == "let_declaration";
        self.language == Language::Rust && !node.is_named() && node.kind() == "else" && self.frames.last().is_some_and(is_let)
    }

    /// Whether an expression with two operands joins them with a logical operator.
    fn is_logical(&self, node: Node<'a>) -> bool {
        let mut cursor = node.walk();
        node.children(&mut cursor).any(|child| matches!(class_of(self.classes, child), Class::And | Class::Or))
    }

    fn mark(&mut self, node: Node<'_>, kind: u8) {
        let (start, end) = (node.start_position(), node.end_position());
        // A node that ends at the beginning of a row does not stand on it.
        let last = if end.column == 0 && end.row > start.row { end.row - 1 } else { end.row };
        if let Some(rows) = self.rows.get_mut(start.row..=last) {
            rows.iter_mut().for_each(|row| *row |= kind);
        }
    }

    fn enter_comment(&mut self, node: Node<'a>) {
        self.mark(node, COMMENT);
        let span = node.byte_range();
        let text = &self.text[span.clone()];
        let is_doc = match self.language {
            Language::Rust => (text.starts_with("///") && !text.starts_with("////")) || text.starts_with("/**"),
            Language::Python => false,
            Language::Go | Language::C => true,
            Language::Cpp => text.starts_with("///") || text.starts_with("/*"),
            _ => text.starts_with("/**"),
        };
        let end = node.end_position();
        let end_row = if end.column == 0 { end.row.saturating_sub(1) } else { end.row };
        if let Some(parent) = self.frames.last_mut() {
            parent.leading.doc_end_row = if is_doc { Some(end_row) } else { parent.leading.doc_end_row };
        }
        self.out.comments.push(span);
        self.frames.push(Frame::new(node, Class::Comment));
    }

    /// Takes what stands before a named child; attributes and the tokens between leave it for the next one.
    fn take_leading(&mut self, class: Class, node: Node<'_>) -> Leading {
        let Some(parent) = self.frames.last_mut() else { return Leading::default() };
        if class == Class::Attribute || !node.is_named() {
            return Leading::default();
        }
        // The name of an export or a decorator must not use up what belongs to the item behind it.
        if parent.class == Class::Wrapper && !matches!(class, Class::Function | Class::Type | Class::Lambda) {
            return parent.leading;
        }
        let mut leading = std::mem::take(&mut parent.leading);
        let row = node.start_position().row;
        leading.doc_end_row =
            leading.doc_end_row.filter(|end| self.language == Language::Rust || parent.class == Class::Wrapper || end + 1 >= row);
        leading
    }

    fn enter_attribute(&mut self, node: Node<'_>) {
        let text = beginning(&self.text[node.byte_range()], MAX_HEAD_BYTES);
        let is_test = marks_test(text);
        let is_doc = text.starts_with("#[doc");
        let end_row = node.end_position().row;
        if let Some(parent) = self.frames.last_mut() {
            parent.leading.is_test |= is_test;
            if is_doc {
                parent.leading.doc_end_row = Some(end_row);
            }
        }
    }

    fn enter_item(&mut self, node: Node<'_>, class: Class, leading: Leading) {
        let span = node.byte_range();
        if leading.is_test {
            self.push_test(span.clone());
        }
        if class == Class::Type && self.open.is_empty() {
            let name = names::name(node, self.text);
            let mut head = names::head(node, self.text);
            if span.len() <= MAX_HEAD_BYTES {
                head = span.clone();
            } else if head.len() > MAX_HEAD_BYTES {
                let first_line = beginning(&self.text[span.start..], MAX_HEAD_BYTES + 1).lines().next().unwrap_or("").trim_end();
                head = span.start..span.start + first_line.len();
            }
            if !name.is_empty() && head.len() <= MAX_HEAD_BYTES {
                self.out.items.push(Item { name, span, head });
            }
        }
    }

    fn push_test(&mut self, span: Range<usize>) {
        if self.out.tests.last().is_none_or(|last| last.end <= span.start) {
            self.out.tests.push(span);
        }
    }

    fn open_function(&mut self, node: Node<'_>, leading: Leading) -> usize {
        let name = names::name(node, self.text);
        self.push_function(node, name, leading)
    }

    fn push_function(&mut self, node: Node<'_>, name: String, leading: Leading) -> usize {
        let span = node.byte_range();
        let parent = self.frames.last().map(|frame| frame.node);
        let signature = names::signature(node, self.text);
        let is_public = names::is_public(self.language, node, parent, &name, &self.text[signature.clone()]);
        let is_test = leading.is_test || self.is_named_test(&name, &self.text[signature.clone()]);
        if leading.is_test {
            self.push_test(span.clone());
        }
        let has_doc = leading.doc_end_row.is_some() || (self.language == Language::Python && names::has_docstring(node));
        let parameters = names::parameters(self.language, node, self.text);
        self.out.functions.push(Function {
            name,
            span,
            signature,
            parameters,
            lines: 0,
            code_lines: 0,
            nesting: 0,
            cyclomatic: 1,
            cognitive: 0,
            is_public,
            is_test,
            has_doc,
        });
        let index = self.out.functions.len() - 1;
        self.open.push((index, 0));
        index
    }

    fn is_named_test(&self, name: &str, signature: &str) -> bool {
        match self.language {
            Language::Python => name.starts_with("test_"),
            Language::Go => {
                (name.starts_with("Test") || name.starts_with("Benchmark") || name.starts_with("Fuzz")) && signature.contains("testing.")
            }
            Language::Java | Language::Kotlin => signature.contains("@Test") || signature.contains("@ParameterizedTest"),
            _ => false,
        }
    }

    /// A lambda inside a named function belongs to it and nests; elsewhere one with a block is a function of its own.
    fn enter_lambda(&mut self, node: Node<'_>, leading: Leading, frame: &mut Frame<'a>) {
        let is_inside_named = self.open.last().is_some_and(|(index, _)| !self.out.functions[*index].name.is_empty());
        if is_inside_named {
            frame.nesting = 1;
            return;
        }
        let Some(holder) = self.frames.last().map(|parent| parent.node) else { return };
        let is_named = matches!(
            holder.kind(),
            "variable_declarator" | "pair" | "assignment_expression" | "public_field_definition" | "field_definition"
        );
        let has_block = node.child_by_field_name("body").is_some_and(|body| body.kind().ends_with("block") || body.kind() == "block");
        if is_named || has_block || self.language == Language::Kotlin {
            let leading = Leading { is_test: leading.is_test || self.is_given_to_test(), ..leading };
            let name = if is_named { names::name_of_holder(holder, self.text) } else { String::new() };
            frame.function = Some(self.push_function(node, name, leading));
        }
    }

    /// Whether what comes now is the body that `describe("…", …)` and its like are given.
    fn is_given_to_test(&self) -> bool {
        if !matches!(self.language, Language::JavaScript | Language::TypeScript | Language::Tsx) {
            return false;
        }
        let [.., call, arguments] = self.frames.as_slice() else { return false };
        let is_argument = arguments.node.kind() == "arguments" && call.node.kind() == "call_expression";
        let callee = call.node.child(0).filter(|_| is_argument).map_or("", |callee| &self.text[callee.byte_range()]);
        let begins_with_text = arguments.node.named_child(0).is_some_and(|first| matches!(first.kind(), "string" | "template_string"));
        let name = callee.split(['.', '(', '`']).next().unwrap_or("");
        HOOKS.contains(&name) || begins_with_text && SUITES.contains(&name)
    }

    fn enter_flow(&mut self, node: Node<'_>, class: Class, frame: &mut Frame<'a>) {
        let follows_else = self.follows_else(class);
        let (parent_class, operator) = self.frames.last().map_or((Class::Other, Class::Other), |parent| (parent.class, parent.operator));
        // Brackets do not break a sequence of logical operators; everything else does.
        if continues_sequence(class) && continues_sequence(parent_class) {
            frame.operator = operator;
        }
        let Some(&(index, nesting)) = self.open.last() else { return };
        let is_expression_switch = matches!(self.language, Language::Rust | Language::Kotlin);
        let function = &mut self.out.functions[index];
        match class {
            Class::If if follows_else => {
                function.cyclomatic += 1;
                function.cognitive += 1;
            }
            Class::ElseIf => {
                function.cyclomatic += 1;
                function.cognitive += 1;
            }
            Class::If | Class::Loop | Class::Catch | Class::Ternary | Class::Switch => {
                match class {
                    // An exhaustive match has one arm more than it has decisions.
                    Class::Switch => function.cyclomatic = function.cyclomatic.saturating_sub(u32::from(is_expression_switch)),
                    _ => function.cyclomatic += 1,
                }
                function.cognitive += 1 + nesting;
                function.nesting = function.nesting.max(nesting + 1);
                frame.nesting = 1;
            }
            Class::Case => function.cyclomatic += decisions(self.language, node, self.text),
            Class::Decision | Class::Coalesce => function.cyclomatic += 1,
            Class::ElseClause => {
                let next = node.named_child(0).map(|child| class_of(self.classes, child));
                function.cognitive += u32::from(next != Some(Class::If));
                // The `else` of a `try` has no branch or loop around it that would nest its body.
                if !matches!(parent_class, Class::If | Class::Loop) {
                    function.nesting = function.nesting.max(nesting + 1);
                    frame.nesting = 1;
                }
            }
            Class::And | Class::Or if parent_class == Class::Binary => {
                function.cyclomatic += 1;
                if let Some(parent) = self.frames.last_mut() {
                    function.cognitive += u32::from(parent.operator != class);
                    parent.operator = class;
                }
            }
            Class::Label if parent_class == Class::Jump => function.cognitive += 1,
            _ => {}
        }
    }

    /// Whether an `if` is the continuation of an `else`; notes the word itself for grammars without an else clause.
    fn follows_else(&mut self, class: Class) -> bool {
        let Some(parent) = self.frames.last_mut() else { return false };
        if class == Class::ElseWord {
            parent.saw_else = true;
            return false;
        }
        parent.class == Class::ElseClause || (parent.class == Class::If && std::mem::take(&mut parent.saw_else))
    }

    /// What comes after an `else` in grammars without an else clause: another `if` counts itself, a block counts here.
    fn enter_behind_else(&mut self, class: Class, node: Node<'_>) {
        let Some(parent) = self.frames.last_mut() else { return };
        if !parent.saw_else || !node.is_named() || class == Class::If {
            return;
        }
        parent.saw_else = false;
        if parent.class == Class::If
            && let Some((index, _)) = self.open.last()
        {
            self.out.functions[*index].cognitive += 1;
        }
    }
}

/// Whether a node passes a sequence of logical operators on to the nodes in it.
fn continues_sequence(class: Class) -> bool {
    matches!(class, Class::Binary | Class::Brackets)
}

/// How many decisions an arm of a switch stands for. The rest that no other arm takes is none; a guard is one more.
fn decisions(language: Language, case: Node<'_>, text: &str) -> u32 {
    let is_word = |child: Option<Node<'_>>, word: &str| child.is_some_and(|child| &text[child.byte_range()] == word);
    match language {
        Language::Java | Language::C | Language::Cpp => u32::from(!is_word(case.child(0), "default")),
        Language::Python => u32::from(!is_word(case.named_child(0), "_")),
        Language::Rust => {
            let guard = case.child_by_field_name("pattern").and_then(|pattern| pattern.child_by_field_name("condition"));
            1 + u32::from(guard.is_some())
        }
        _ => 1,
    }
}

/// Nodes of code that does not parse have a kind that no grammar lists.
fn class_of(classes: &[Class], node: Node<'_>) -> Class {
    classes.get(node.kind_id() as usize).copied().unwrap_or(Class::Other)
}

/// Whether a Rust attribute marks test code: `#[test]`, `#[tokio::test]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`.
fn marks_test(attribute: &str) -> bool {
    let inner = attribute.trim_start_matches("#[").trim_end_matches(']').trim();
    let path = inner.split(['(', '=']).next().unwrap_or("").trim();
    if path == "cfg" {
        let is_negated = inner.contains("not(test)");
        return !is_negated && inner.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "test");
    }
    path == "test" || path.ends_with("::test") || path == "rstest" || path == "bench"
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[track_caller]
    fn check(language: Language, text: &str, expected: &[(&str, u32, u32, u32, usize)]) {
        let parsed = parse(language, text);
        let found: Vec<_> =
            parsed.functions.iter().map(|f| (f.name.as_str(), f.cyclomatic, f.cognitive, f.nesting, f.parameters.len())).collect();
        assert_eq!(found, expected, "(name, cyclomatic, cognitive, nesting, parameters)");
        assert!(parsed.errors.is_empty(), "{text}");
    }

    #[test]
    fn rust_measures() {
        check(
            Language::Rust,
            "fn a(x: u8, (y, z): (u8, u8)) -> u8 { if x > 1 && y > 1 && z > 1 { 1 } else if x == 0 || y == 0 { 2 } else { 3 } }
             impl T { fn b(&self) { for i in 0..3 { while true { if i == 1 { continue 'x; } } } } }
             fn c(v: u8) { match v { 1 => 2, 2 => 3, _ => 4 }; v.map(|x| if x { 1 } else { 2 }); }",
            &[("a", 6, 5, 1, 2), ("b", 4, 7, 3, 0), ("c", 4, 4, 2, 1)],
        );
    }

    #[test]
    fn python_measures() {
        check(
            Language::Python,
            "def a(self, x, y=1, *z):
    if x and y or z:
        pass
    elif y:
        pass
    else:
        for i in z:
            try:
                pass
            except ValueError:
                return 1 if x else 2
",
            &[("a", 8, 14, 4, 3)],
        );
    }

    #[test]
    fn javascript_measures() {
        check(
            Language::JavaScript,
            "function a(x, {y}) { if (x) { } else if (y) { } else { } switch (x) { case 1: break; case 2: break; default: } }
             const b = (q) => { return q ? 1 : q ?? 2; };
             describe('x', () => { it('y', () => { if (1) {} }); });",
            &[("a", 5, 4, 1, 2), ("b", 3, 1, 1, 1), ("", 1, 0, 0, 0), ("", 2, 1, 1, 0)],
        );
    }

    #[test]
    fn java_measures() {
        check(
            Language::Java,
            "class A { int f(int a, String... b) { if (a > 1) { return 1; } else if (a < 0) { return 2; } else { return 3; } }
              @Test void g() { outer: for (int i : x) { try { } catch (E e) { continue outer; } } } }",
            &[("f", 3, 3, 1, 2), ("g", 3, 4, 2, 0)],
        );
    }

    #[test]
    fn kotlin_measures() {
        check(
            Language::Kotlin,
            "class A { fun f(a: Int, b: String = \"x\"): Int { if (a > 1 && b == \"\") { return 1 } else if (a == 2) { } else { }
              when (a) { 1 -> 2
               else -> 3 }
              return 0 } }",
            &[("f", 5, 5, 1, 2)],
        );
    }

    #[test]
    fn go_measures() {
        check(
            Language::Go,
            "package p\nfunc (r *T) F(a, b int) error { if a > b { return nil } else if a == b { } else { }\n for { switch a { case 1: default: } }\n return nil }",
            &[("F", 5, 6, 2, 2)],
        );
    }

    #[test]
    fn c_and_cpp_measures() {
        check(
            Language::C,
            "static int *f(int a, char *b) { if (a) { goto out; } else { a = b ? 1 : 2; } out: return 0; }\nint g(void) { return 1; }",
            &[("f", 3, 5, 2, 2), ("g", 1, 0, 0, 0)],
        );
        check(Language::Cpp, "int A::f(int a) const { for (auto x : v) { try { } catch (...) { } } return 0; }", &[("A::f", 3, 3, 2, 1)]);
    }

    #[test]
    fn logical_operators_are_counted_in_the_order_of_the_text() {
        check(
            Language::JavaScript,
            "function a(p, q, r) { if (p || (q || r)) { } }
             function b(p, q, r, s, t) { if ((p && q) || (r && s) || t) { } }
             function c(p, q) { return p ?? q; }
             function d(p, q, r) { return p && !(q && r); }
             function e(p, q, r, s) { return (p && q) === (r && s); }
             function f(p, q, r) { return p && g(q && r); }",
            &[("a", 4, 2, 1, 3), ("b", 6, 5, 1, 5), ("c", 2, 0, 0, 2), ("d", 3, 2, 0, 3), ("e", 3, 2, 0, 4), ("f", 3, 2, 0, 3)],
        );
        check(Language::Java, "class A { void f(boolean p, boolean q) { if (p && q || p && q || p) { } } }", &[("f", 6, 5, 1, 2)]);
        check(Language::Python, "def f(p, q, r):\n    return p and (q and r) or p\n", &[("f", 4, 2, 0, 3)]);
        check(Language::Rust, "fn f(p: Option<u8>, q: bool) { if let Some(1) = p && q && (q || q) { } }", &[("f", 5, 3, 1, 2)]);
    }

    #[test]
    fn branches_without_a_node_of_their_own_count() {
        check(Language::Rust, "fn f(a: Option<u8>) -> u8 { let Some(b) = a else { return 0 }; b }", &[("f", 2, 0, 0, 1)]);
        check(Language::Kotlin, "fun f(a: Int?): Int { val b = a ?: return 3\n return b }", &[("f", 2, 0, 0, 1)]);
        check(Language::TypeScript, "function f(a, b) { a ||= b; a &&= b; a ??= b; return a; }", &[("f", 4, 0, 0, 2)]);
    }

    #[test]
    fn the_rest_of_a_switch_is_no_decision() {
        check(
            Language::Java,
            "class A { int f(int a) { switch (a) { case 1: return 1; case 2: return 2; default: return 0; } }
              int g(Object a) { return switch (a) { case B b when b.c() -> 1; default -> 0; }; } }",
            &[("f", 3, 1, 1, 1), ("g", 3, 1, 1, 1)],
        );
        let text = "int f(int a) { switch (a) { case 1: return 1; case 2: return 2; default: return 0; } }";
        check(Language::C, text, &[("f", 3, 1, 1, 1)]);
        check(Language::Cpp, text, &[("f", 3, 1, 1, 1)]);
        let text = "def f(a):\n    match a:\n        case 1:\n            return 1\n        case _:\n            return 2\n";
        check(Language::Python, text, &[("f", 2, 1, 1, 1)]);
        check(Language::Rust, "fn f(a: u8, b: bool) -> u8 { match a { 1 if b => 1, 2 => 2, _ => 3 } }", &[("f", 4, 1, 1, 2)]);
    }

    #[test]
    fn comprehensions_decide_and_the_else_of_a_try_nests() {
        let text = "def f(rows):\n    return [row for row in rows if row.open and row.due]\n";
        check(Language::Python, text, &[("f", 4, 1, 0, 1)]);
        let text = "def f(x, y):\n    try:\n        x()\n    except ValueError:\n        return 1\n    else:\n        if y:\n            return 2\n    for a in y:\n        x()\n    else:\n        if y:\n            return 3\n";
        check(Language::Python, text, &[("f", 5, 8, 2, 2)]);
    }

    #[test]
    fn lines_are_of_one_kind_each() {
        let parsed = parse(Language::Rust, "// a\n\nfn a() {} // b\n/* c\n\n d */\nlet s = \"x\n\ny\";\n");
        assert_eq!(parsed.lines, LineCounts { code: 4, comment: 4, blank: 1 });
    }

    #[test]
    fn documentation_is_seen_through_attributes_and_exports() {
        let docs = |language, text| parse(language, text).functions.iter().map(|f| f.has_doc).collect::<Vec<_>>();
        assert_eq!(docs(Language::Rust, "/// A.\n#[inline]\npub fn a() {}\n// no\nfn b() {}"), [true, false]);
        assert_eq!(docs(Language::Python, "@x\ndef a():\n    \"\"\"A.\"\"\"\n\ndef b():\n    pass\n"), [true, false]);
        assert_eq!(docs(Language::TypeScript, "/** A. */\nexport function a() {}\nfunction b() {}"), [true, false]);
        assert_eq!(docs(Language::Go, "package p\n// A a.\nfunc A() {}\n\n// far\n\nfunc B() {}\n"), [true, false]);
    }

    #[test]
    fn rust_test_modules_are_test_code() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() {}\n    fn c() {}\n}\n#[cfg(not(test))]\nfn d() {}\n";
        let parsed = parse(Language::Rust, text);
        assert_eq!(parsed.functions.iter().map(|f| f.is_test).collect::<Vec<_>>(), [false, true, true, false]);
        assert_eq!(parsed.tests.len(), 1);
    }

    #[test]
    fn bodies_given_to_test_frameworks_are_test_code() {
        let text = "describe.only('a', () => {\n  const b = () => { c() }\n  it(`d`, function () { e() })\n})\nbeforeEach(() => { f() })\n\
                    test.each([1])('g', (x) => { h(x) })\nrun('i', () => { j() })\ntest(() => { k() })\n";
        for language in [Language::JavaScript, Language::TypeScript, Language::Tsx] {
            let parsed = parse(language, text);
            let tests: Vec<_> = parsed.functions.iter().map(|f| f.is_test).collect();
            assert_eq!(tests, [true, true, true, true, true, false, false], "{language:?}");
        }
    }

    #[test]
    fn broken_code_after_else_is_measured_as_far_as_it_goes() {
        for text in ["void f() { if (a) { } else @ # $ }", "void f() { if (a) {} else } }", "int f() { if (a) else ) ( {} }"] {
            for language in
                [Language::C, Language::Cpp, Language::Java, Language::JavaScript, Language::Rust, Language::Go, Language::Kotlin]
            {
                assert!(!parse(language, text).errors.is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn a_file_of_brackets_does_not_overflow_the_stack() {
        let text = format!("fn a() {{ {} }}", "(".repeat(60_000));
        assert!(!parse(Language::Rust, &text).errors.is_empty());
    }
}
