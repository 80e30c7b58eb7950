//! Reads checks: which lines are checks, what they ask, and whether other lines ask it again in another form. Never knows a rule.

use devflow_plugin::words::{has_word, word_places};

use crate::literals::{among, group_end};

/// Words by which code checks what it is given.
const CHECKS: &[&str] = &[
    "assert",
    "require",
    "check",
    "ensure",
    "validate",
    "verify",
    "authorize",
    "permission",
    "authenticate",
    "csrf",
    "sanitize",
    "escape",
    "is_admin",
    "isAdmin",
];

/// Whether a line calls what checks.
pub(crate) fn is_check(line: &str, language: &str) -> bool {
    let is_assert = language == "python" && line.trim_start().starts_with("assert ");
    is_assert || calls(line).any(|(name, _)| CHECKS.iter().any(|word| name.contains(word)))
}

/// Whether a line begins a branch.
pub(crate) fn is_guard(line: &str) -> bool {
    line.trim_start().starts_with("if ") || line.trim_start().starts_with("if(")
}

/// Names that a line calls, and where the brackets open; those inside of texts left out.
fn calls(line: &str) -> impl Iterator<Item = (&str, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices('(').filter_map(move |(at, _)| {
        let head = line[..at].trim_end_matches('!');
        let start = head.rfind(|c| !is_word(c)).map_or(0, |before| before + head[before..].chars().next().map_or(1, char::len_utf8));
        let is_text = head.matches('"').count() % 2 == 1;
        Some((&head[start..], at)).filter(|(name, _)| !name.is_empty() && !is_text)
    })
}

/// Whether the lines of `now`, which stand in the place of `before`, make the check of a line of `before` again: joined with another one,
/// turned round, as an operator, as a branch of a `match`, as a call, or by the answer of the call itself.
pub(crate) fn is_made_again(line: &str, before: &str, now: &str, language: &str) -> bool {
    let Some(condition) = condition(line, language).or_else(|| checked(line, language)) else { return false };
    let subject = subject(condition);
    let was_called = !is_guard(line);
    let mut lines = now.lines().map(str::trim);
    let is_asked = is_asked(condition, now) || inverse(condition).is_some_and(|inverse| is_asked(&inverse, now));
    let is_told_by_form = |line: &str| {
        let is_called = is_check(line, language) && has_word(line, subject.split(['.', '-']).next().unwrap_or(subject));
        let is_branched = was_called && is_guard(line) && has_word(line, subject);
        is_called || is_branched || has_other_form(line, subject, is_about_nothing(condition))
    };
    is_asked || is_passed_on(condition, subject, before, now) || !subject.is_empty() && lines.any(is_told_by_form)
}

/// What an `if` asks.
fn condition<'a>(line: &'a str, language: &str) -> Option<&'a str> {
    let rest = line.trim().strip_prefix("if").filter(|_| is_guard(line))?.trim();
    let condition = match language {
        "python" => rest.strip_suffix(':').or_else(|| rest.split_once(": ").map(|(condition, _)| condition)).unwrap_or(rest),
        "go" | "rust" => {
            let head = rest.strip_suffix('{').or_else(|| rest.split_once(" {").map(|(head, _)| head)).unwrap_or(rest);
            head.rsplit(';').next().unwrap_or(head)
        }
        _ if rest.starts_with('(') => inside(rest, 0),
        _ => rest,
    };
    Some(condition.trim()).filter(|condition| !condition.is_empty())
}

/// What a call that checks is given first, or what an `assert` of Python asks.
fn checked<'a>(line: &'a str, language: &str) -> Option<&'a str> {
    let asserted = line.trim().strip_prefix("assert ").filter(|_| language == "python");
    let given = || calls(line).find(|(name, _)| CHECKS.iter().any(|word| name.contains(word))).map(|(_, open)| inside(line, open));
    let first = asserted.or_else(given)?.split(',').next().unwrap_or("").trim();
    Some(first).filter(|first| !first.is_empty())
}

/// What stands in the bracket that opens at `open`, as far as it is on the line.
fn inside(line: &str, open: usize) -> &str {
    let group = &line[open..group_end(line, open)];
    let rest = group.strip_prefix('(').unwrap_or(group);
    rest.strip_suffix(')').unwrap_or(rest)
}

/// Names for a value that is not there.
const NOTHING: &str = "null nil None NULL nullptr undefined";

/// Whether a condition asks only whether something is there.
fn is_about_nothing(condition: &str) -> bool {
    const METHODS: &[&str] = &["is_none()", "is_some()", "is_err()", "is_ok()", "isPresent()", "isEmpty()", "is_empty()", "let "];
    let is_plain = !condition.contains(['<', '>', '=', '+', '%']);
    is_plain || words(condition).any(|word| among(NOTHING, word)) || METHODS.iter().any(|method| condition.contains(method))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// What a condition is about: the first path in it that is neither a literal nor the method or function that is asked.
fn subject(condition: &str) -> &str {
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
    let condition = condition.rsplit_once(" = ").filter(|_| condition.starts_with("let ")).map_or(condition, |(_, value)| value);
    let mut rest = condition;
    while let Some(start) = rest.find(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$')) {
        let path = &rest[start..];
        let (path, behind) = path.split_at(path.find(|c: char| !is_path(c)).unwrap_or(path.len()));
        let path = path.trim_end_matches('.');
        let is_literal =
            path.starts_with(|c: char| c.is_ascii_digit()) || among(NOTHING, path) || among("not is in and or true false True False", path);
        match path.rsplit_once('.') {
            _ if is_literal => {}
            Some((object, _)) if behind.starts_with('(') => return object,
            None if behind.starts_with('(') => {}
            _ => return path,
        }
        rest = behind;
    }
    ""
}

/// The words and signs of a text, one blank around each.
fn spread(text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
    let mut spread = String::from(" ");
    for c in text.chars() {
        let follows = is_word(c) && spread.ends_with(is_word);
        if !follows && !spread.ends_with(' ') {
            spread.push(' ');
        }
        if !c.is_whitespace() {
            spread.push(c);
        }
    }
    spread.push(' ');
    spread
}

/// Whether the lines hold the condition as a whole. A plain name counts only in a branch; elsewhere it is used, not asked.
fn is_asked(condition: &str, now: &str) -> bool {
    let wanted = spread(condition);
    let is_plain = !condition.contains(['<', '>', '=', '!', '&', '|']) && !words(condition).any(|word| among("is in not and or", word));
    let is_branch = |line: &str| ["if", "elif", "} else if", "else if", "while"].iter().any(|word| line.starts_with(word));
    match is_plain {
        true => now.lines().map(str::trim).any(|line| is_branch(line) && spread(line).contains(&wanted)),
        false => spread(now).contains(&wanted),
    }
}

/// The condition that holds when this one does not; `None` when it is more than one comparison.
fn inverse(condition: &str) -> Option<String> {
    const INVERSES: &[(&str, &str)] = &[
        ("!==", "==="),
        ("===", "!=="),
        ("!=", "=="),
        ("==", "!="),
        ("<=", ">"),
        (">=", "<"),
        ("<", ">="),
        (">", "<="),
        (" is not ", " is "),
        (" is ", " is not "),
        (" not in ", " in "),
        (" in ", " not in "),
    ];
    let is_joined = condition.contains("&&") || condition.contains("||") || words(condition).any(|word| among("and or", word));
    let &(sign, other) = INVERSES.iter().find(|(sign, _)| condition.contains(sign)).filter(|_| !is_joined)?;
    let (left, right) = condition.rsplit_once(sign)?;
    Some(format!("{left}{other}{right}"))
}

/// Whether a line handles what the condition was about without an `if`.
fn has_other_form(line: &str, subject: &str, is_about_nothing: bool) -> bool {
    const BRANCHES: &[&str] = &["match ", "match (", "when (", "when(", "switch (", "switch(", "switch "];
    const LIMITS_BEFORE: &[&str] = &["max(", "min(", "clamp("];
    const LIMITS_BEHIND: &[&str] = &[".max(", ".min(", ".clamp(", ".coerce", ".checked_", ".saturating_"];
    const NOTHING_BEFORE: &[&str] = &["ofNullable(", "NonNullElse(", "Optional("];
    const NOTHING_BEHIND: &[&str] = &[
        "?",
        " ?",
        " ||",
        " &&",
        " or ",
        " and ",
        ".map",
        ".unwrap_or",
        ".ok_or",
        ".and_then",
        ".filter",
        ".orElse",
        ".or_else",
        ".getOrElse",
        ".ifPresent",
        ".takeIf",
        ".let",
    ];
    let (before, behind) = match is_about_nothing {
        true => (NOTHING_BEFORE, NOTHING_BEHIND),
        false => (LIMITS_BEFORE, LIMITS_BEHIND),
    };
    let is_let = is_about_nothing && ["let Some(", "let Ok(", "let Err("].iter().any(|pattern| line.contains(pattern));
    word_places(line, subject).any(|at| {
        let (head, rest) = (&line[..at], &line[at + subject.len()..]);
        is_let || BRANCHES.iter().chain(before).any(|form| head.ends_with(form)) || behind.iter().any(|form| rest.starts_with(form))
    })
}

/// Whether the answer of a call is handed on as it is: `return f()` for `err := f()` and `if err != nil { return err }`, or `f()?`.
fn is_passed_on(condition: &str, subject: &str, before: &str, now: &str) -> bool {
    let is_asked_of = |call: &str| before.lines().any(|line| has_word(line, subject) && line.contains(&format!("= {call}")));
    let is_returned = || before.lines().map(str::trim).any(|line| line.starts_with("return ") && has_word(line, subject));
    let mut returned = now.lines().filter_map(|line| line.trim().strip_prefix("return ")).map(|call| call.trim_end_matches(';'));
    let tried = condition.rsplit_once(" = ").map(|(_, call)| format!("{}?", call.trim()));
    tried.is_some_and(|tried| now.contains(&tried)) || returned.any(|call| call.contains('(') && is_asked_of(call)) && is_returned()
}

#[cfg(test)]
mod tests {
    use super::is_made_again;

    #[track_caller]
    fn check(language: &str, before: &str, now: &str, expected: bool) {
        let line = before.lines().next().unwrap();
        assert_eq!(is_made_again(line, before, now, language), expected, "{before}\n=>\n{now}");
    }

    #[test]
    fn a_condition_that_is_joined_or_turned_round_is_asked_again() {
        check("python", "if x < 0:", "if x < 0 or y < 0:", true);
        check("python", "if x is None:", "if y is None or x is None:", true);
        check("java", "if (s == null) {", "if (s != null) send(s);", true);
        check("typescript", "if (x < 0) {", "return x < 0 ? 0 : x;", true);
        check("go", "if ok {", "if ok && n > 0 {", true);
    }

    #[test]
    fn another_condition_or_the_use_of_a_name_asks_nothing_again() {
        check("python", "if x < 0:", "send(max_x < 0.5)", false);
        check("python", "if x < 0:", "send(x)", false);
        check("go", "if ok {", "send(ok)", false);
        check("java", "if (s == null) {", "log(s);", false);
        check("java", "if (n < 0) {", "if (n > limit) {", false);
    }

    #[test]
    fn calls_operators_and_branches_are_other_forms_of_a_check() {
        check("java", "if (s == null) {", "Objects.requireNonNull(s);", true);
        check("java", "Objects.requireNonNull(s);", "if (s == null) throw new MissingName();", true);
        check("kotlin", "if (s == null) {", "val t = s ?: return", true);
        check("rust", "if x.is_none() {", "match x {", true);
        check("rust", "if x.is_none() {", "let Some(x) = x else {", true);
        check("rust", "if n > LIMIT {", "let n = n.min(LIMIT);", true);
        check("javascript", "if (!user) {", "return user?.name;", true);
    }

    #[test]
    fn an_answer_that_is_handed_on_is_still_checked_by_the_caller() {
        check("go", "if err != nil {\nreturn err\n}\nerr := f()", "return f()", true);
        check("go", "if err != nil {\nreturn err\n}\nerr := f()", "f()", false);
        check("rust", "if let Err(error) = f() {", "f()?;", true);
        check("rust", "if let Err(error) = f() {", "f();", false);
    }
}
