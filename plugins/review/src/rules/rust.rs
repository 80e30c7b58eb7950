//! Owns the rules that concern Rust only. Never speaks about style.

use crate::around::in_code;
use crate::rule::{Category, Finder, InTests, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::{has_word, holds_any};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "unwrap-in-library",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 55,
        summary: "`unwrap` panics where an error could be returned, or where the world outside decides whether it fails.",
        suggestion: "Return the error with `?`, or say with `expect` why it cannot happen.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["rust"],
            query: r#"(call_expression function: (field_expression value: (_) @value field: (field_identifier) @here) arguments: (arguments . ")") (#eq? @here "unwrap"))"#,
            message: "`{value}` may fail, and this panics then without a reason",
            accept: may_fail,
        }],
    },
    Rule {
        id: "expect-without-reason",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 65,
        summary: "`expect` gives no reason why the value must be there.",
        suggestion: "Say what makes it impossible to fail, as a statement: `expect(\"the list is never empty\")`.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["rust"],
            query: r#"(call_expression function: (field_expression field: (field_identifier) @method) arguments: (arguments . (string_literal) @reason .) @here (#eq? @method "expect"))"#,
            message: "{reason} does not say why this cannot fail",
            accept: |m, _| m.text("reason").trim_matches('"').split_whitespace().count() < 2,
        }],
    },
    Rule {
        id: "lock-across-await",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "A blocking lock is held while the task waits, which can stop every other task.",
        suggestion: "Drop the guard before `.await`, or use the lock of the asynchronous runtime.",
        in_tests: InTests::Same,
        finders: &[Finder::Syntax {
            languages: &["rust"],
            query: r#"(let_declaration pattern: (identifier) @guard value: (call_expression function: (field_expression
                value: (call_expression function: (field_expression field: (field_identifier) @lock) arguments: (arguments . ")"))
                field: (field_identifier) @unwrap) (#any-of? @lock "lock" "read" "write") (#any-of? @unwrap "unwrap" "expect"))) @here"#,
            message: "`{guard}` is still locked at the `.await` below",
            accept: held_at_an_await,
        }],
    },
    Rule {
        id: "lock-held-in-loop-head",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "A guard that is made in the head of `while let` lives until the end of the body.",
        suggestion: "Use `loop` and take the value in a `let` statement of its own.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["rust"],
            query: r#"(while_expression condition: (let_condition value: (call_expression function: (field_expression
                value: (call_expression function: (field_expression
                    value: (call_expression function: (field_expression field: (field_identifier) @lock) arguments: (arguments . ")"))
                    field: (field_identifier) @unwrap))
                field: (field_identifier) @method)) @here) (#eq? @lock "lock") (#any-of? @unwrap "unwrap" "expect"))"#,
            message: "the lock is held during the whole body, not only for `{method}`",
            accept: always,
        }],
    },
    Rule {
        id: "mem-forget",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 60,
        summary: "`mem::forget` keeps a destructor from running, and what it would have freed stays.",
        suggestion: "Wrap the value in `ManuallyDrop` where it is made, or give it back with `into_raw`.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["rust"],
            query: r#"(call_expression function: (scoped_identifier) @callee (#any-of? @callee "mem::forget" "std::mem::forget" "core::mem::forget")) @here"#,
            message: "the destructor never runs after `{callee}`",
            accept: forgets_a_value,
        }],
    },
    Rule {
        id: "lossy-length-cast",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 70,
        summary: "A length is cut down to eight or sixteen bits, and a longer one wraps round.",
        suggestion: "Use `try_from` and decide what happens when it does not fit.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["rust"],
            query: r#"(type_cast_expression
                value: (call_expression function: (field_expression field: (field_identifier) @len) arguments: (arguments . ")"))
                type: (primitive_type) @type (#any-of? @len "len" "count") (#any-of? @type "u8" "i8" "u16" "i16")) @here"#,
            message: "a length that does not fit into `{type}` is cut off in silence",
            accept: is_unchecked,
        }],
    },
    Rule {
        id: "panic-in-drop",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 75,
        summary: "A destructor can panic; during another panic that ends the process.",
        suggestion: "Log the failure in `drop`, and offer a method such as `close` that returns it.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["rust"],
            query: r#"
                (impl_item trait: (type_identifier) @trait body: (declaration_list (function_item body: (block (expression_statement
                    (call_expression function: (field_expression field: (field_identifier) @here))))))
                    (#eq? @trait "Drop") (#any-of? @here "unwrap" "expect"))
                (impl_item trait: (type_identifier) @trait body: (declaration_list (function_item body: (block (expression_statement
                    (macro_invocation macro: (identifier) @here)))))
                    (#eq? @trait "Drop") (#any-of? @here "panic" "unreachable" "todo"))"#,
            message: "`{here}` in `drop` ends the process when another panic is under way",
            accept: |m, source| !source.line_at(m.start()).contains("lock()"),
        }],
    },
    Rule {
        id: "unsafe-without-reason",
        severity: Severity::Low,
        category: Category::Security,
        confidence: 80,
        summary: "An `unsafe` block does not say why it is sound.",
        suggestion: "Write a `// SAFETY:` comment above it that names what holds here.",
        in_tests: InTests::As(Severity::Info),
        finders: &[Finder::Syntax {
            languages: &["rust"],
            query: r#"(unsafe_block "unsafe" @here) @block"#,
            message: "nothing says why this `unsafe` block is sound",
            accept: has_no_safety_comment,
        }],
    },
    Rule {
        id: "uninitialized-memory",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "Memory that was never written is read as a value.",
        suggestion: "Keep it in `MaybeUninit` until it is written, or fill it first (`vec![0; n]`).",
        in_tests: InTests::Same,
        finders: &[Finder::Text {
            languages: &["rust"],
            pattern: r#"(?x)\b(
  mem::uninitialized(?:::<[^;()]*>)?\(\) | MaybeUninit(?:::<[^;()]*>)?::uninit\(\)\s*\.assume_init\(\)
  | mem::zeroed::<(?:&|Box<|NonNull<|fn\b)[^;()]*>\(\) | with_capacity\([^;]*\);\s*(?:unsafe\s*\{\s*)?\w+\.set_len\()"#,
            message: "this is undefined behaviour, even when the value is not used",
            accept: is_read_too_early,
        }],
    },
];

/// Takes what depends on input, files or other processes, and everything in functions that return a `Result` anyway. Leaves out
/// programs, locks (a poisoned one is a panic already), and values that are known when the program is written.
fn may_fail(m: &Match<'_>, source: &Source<'_>) -> bool {
    const SURE: &str = ".lock() .read() .write() .join() .try_lock() .into_inner() .wait( Regex::new( NonZero Layout:: write!( writeln!( try_into() \
        from_u32( to_digit( CString::new(\" Selector::parse( Url::parse(\" available_parallelism duration_since( \
        .take() .last() .last_mut() .pop() .as_mut() .as_ref() write_fmt( NonNull";
    const OUTSIDE: &str = ".parse() .parse::< ::from_str( fs:: File:: env:: stdin() read_to read_line serde_json:: toml:: from_utf8( .recv() .send( \
        connect( bind( .to_str() .output() .spawn() .status() metadata( canonicalize( .await Url::parse( reqwest:: .execute( .query(";
    let value = m.text("value");
    let is_literal = value.starts_with('"') || value.contains("::from_str(\"") || value.contains("(\"") && value.contains("parse");
    let from_outside = holds_any(value, OUTSIDE);
    let returns_result = || {
        let function = source.function_at(m.start());
        function.and_then(|f| source.text.get(f.signature.range())).is_some_and(|signature| has_word(signature, "Result"))
    };
    (from_outside || returns_result()) && !is_literal && !holds_any(value, SURE) && !source.functions.iter().any(|f| f.name == "main")
}

/// Leaves out guards that take themselves out of action, and `unsafe` code, where a raw pointer has usually taken over.
fn forgets_a_value(m: &Match<'_>, source: &Source<'_>) -> bool {
    let around = source.function_at(m.start()).and_then(|f| source.text.get(f.span.range())).unwrap_or("unsafe");
    !holds_any(around, "unsafe raw ptr guard Guard bomb") && !m.text("here").ends_with("(self)")
}

/// Whether the block goes on to an `.await` before the guard is dropped.
fn held_at_an_await(m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some(rest) = m.span("here").and_then(|here| source.text.get(here.end..)) else { return false };
    let mut depth = 0_i32;
    let block_end = rest.char_indices().find_map(|(at, c)| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        (depth < 0).then_some(at)
    });
    let block = &rest[..block_end.unwrap_or(rest.len())];
    let Some(wait) = block.find(".await") else { return false };
    let until = &block[..wait];
    let is_dropped = until.contains(&format!("drop({})", m.text("guard")));
    // A block or a closure of its own may wait without this function waiting.
    !is_dropped && !until.contains("async ") && !until.contains("spawn(")
}

/// Whether the length is known beforehand: of a constant, of a literal, or of an array with its size in its type.
fn is_fixed(m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some((counted, _)) = m.text("here").split_once(".len()") else { return false };
    let last = counted.rsplit(['.', ':']).next().unwrap_or(counted);
    let is_constant = last.len() > 1 && !last.contains(|c: char| c.is_lowercase()) && last.starts_with(|c: char| c.is_ascii_uppercase());
    let is_literal = counted.starts_with(['"', '[']) || counted.starts_with("b\"");
    let text = source.function_at(m.start()).and_then(|f| source.text.get(f.span.range())).unwrap_or("");
    let is_array = ["", "&", "&mut "].iter().any(|by| {
        text.split_once(&format!("{last}: {by}["))
            .is_some_and(|(_, kind)| kind.split([']', ',', ')']).next().is_some_and(|kind| kind.contains(';')))
    });
    is_constant || is_literal || is_array
}

/// Whether nothing near the cast looks at how long the thing is.
fn is_unchecked(m: &Match<'_>, source: &Source<'_>) -> bool {
    if is_fixed(m, source) {
        return false;
    }
    const CHECKS: &str = "MAX MIN 255 256 65535 65536 0xff 0xFF try_from assert";
    let Some(text) = source.function_at(m.start()).and_then(|f| source.text.get(f.span.range())) else { return false };
    !holds_any(text, CHECKS)
}

/// Whether no comment stands in the block, above its statement, or above the function as a contract; asked for the first block only.
fn has_no_safety_comment(m: &Match<'_>, source: &Source<'_>) -> bool {
    let function = source.function_at(m.start());
    let before = function.and_then(|f| source.text.get(f.signature.range().start..m.start())).unwrap_or("");
    let is_remark = |line: &str| line.trim_start().starts_with("//") || line.trim_end().ends_with("*/");
    let has_comment = |line: &str| line.contains("//") || line.contains("/*");
    let in_block = m.span("block").and_then(|block| source.text.get(block)).is_some_and(|block| block.lines().take(40).any(has_comment));
    let is_explained = source.lines_above(m.start(), 3).any(is_remark) || in_block || has_comment(source.line_at(m.start()));
    let is_first = !before.contains("unsafe {") && !before.contains("unsafe fn");
    let speaks = |line: &str| line.to_lowercase().contains("safety");
    let has_contract =
        function.is_some_and(|f| source.lines_above(f.signature.range().start, 20).take_while(|line| is_remark(line)).any(speaks));
    let is_generated = || source.text.lines().take(3).any(|line| line.contains("generated"));
    is_first && !is_explained && !has_contract && !is_generated() && !source.lines_above(m.start(), 6).any(speaks)
}

fn is_read_too_early(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let line = source.line_at(offset);
    let is_typed = found.contains("::<") || line.split_once('=').is_some_and(|(head, _)| head.contains("let ") && head.contains(':'));
    let is_maybe = found.starts_with("Maybe") && (!is_typed || line.matches("MaybeUninit").count() > 1);
    in_code(found, offset, source) && !is_maybe
}
