//! Owns the look at the lines that a change took away. Never judges what it added.

use std::ops::Range;

use devflow_plugin::Hunk;

use crate::around::near;
use crate::checks::{is_check, is_guard, is_made_again};
use crate::source::{C_LIKE, Source};

/// One place of a change: what stood there before, and what stands there now.
#[derive(Debug)]
pub struct Removal<'a> {
    /// The lines before, each with its end.
    pub before: &'a str,
    /// The lines in their place, perhaps none.
    pub now: &'a str,
    /// Bytes of `now` in the text.
    pub span: Range<usize>,
}

impl<'a> Removal<'a> {
    /// What a hunk took away; `None` when it only adds.
    pub fn of(hunk: &'a Hunk, source: &Source<'a>) -> Option<Self> {
        let is_something = !hunk.removed.trim().is_empty();
        is_something.then(|| Self { before: &hunk.removed, now: &source.text[hunk.span], span: hunk.span.range() })
    }

    /// Lines before that stand nowhere in the file any more: what was moved is not gone.
    fn gone<'s>(&'s self, source: &'s Source<'a>) -> impl Iterator<Item = &'a str> + 's {
        let is_kept = |line: &str| source.text.lines().any(|known| known.trim() == line);
        self.before.lines().map(str::trim).filter(move |line| !line.is_empty() && !is_kept(line))
    }

    /// Whether whole functions went away, so that nothing is left that the lines could have guarded.
    fn takes_functions(&self, source: &Source<'_>) -> bool {
        let heads = self.before.lines().filter_map(|line| function_name(line, source.language));
        heads.into_iter().any(|name| !source.functions.iter().any(|function| function.name == name))
    }
}

/// Name of the function that a line begins. Java, C and C++ have no word for it: there it is told by its form.
fn function_name<'a>(line: &'a str, language: &str) -> Option<&'a str> {
    const STATEMENTS: &[&str] = &["if", "for", "while", "switch", "else", "try", "catch", "do", "}", "return", "synchronized"];
    let line = line.trim();
    let word = match language {
        "rust" => "fn ",
        "python" => "def ",
        "go" => "func ",
        "kotlin" => "fun ",
        "javascript" | "typescript" | "tsx" => "function ",
        _ => "",
    };
    let name = if word.is_empty() {
        let head = line.strip_suffix('{')?.split_once('(')?.0;
        let is_statement = STATEMENTS.contains(&head.split_whitespace().next()?);
        head.split_whitespace().last().filter(|_| !is_statement)?.trim_start_matches(['*', '&'])
    } else {
        let (head, rest) = line.split_once(word)?;
        let is_code = !head.contains(['"', '\'', '/', '#']);
        // Go writes the receiver of a method before its name.
        let rest = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, name)| name.trim_start());
        rest.split(['(', '<', ':', ' ']).find(|part| !part.is_empty()).filter(|_| is_code)?
    };
    (!name.is_empty()).then_some(name)
}

/// A test that a change took away and put none in its place.
pub fn test(removal: &Removal<'_>, source: &Source<'_>) -> Option<String> {
    let before = tests(removal.before, source.language);
    let now = tests(removal.now, source.language);
    let gone: Vec<&String> = before.iter().filter(|name| !source.text.contains(name.as_str())).collect();
    let first = gone.first().filter(|_| before.len() > now.len())?;
    let others = gone.len().min(before.len() - now.len()) - 1;
    Some(match others {
        0 => format!("the test `{first}` was removed"),
        others => format!("the test `{first}` and {others} more were removed"),
    })
}

/// Names of the tests that begin in a text.
fn tests(text: &str, language: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_marked = false;
    for line in text.lines().map(str::trim) {
        let named = |head: &str| line.strip_prefix(head).map(|rest| rest.split('(').next().unwrap_or("").trim().to_owned());
        let name = match language {
            "python" => ["def test", "async def test"].iter().find_map(|head| Some(format!("test{}", named(head)?))),
            "go" => named("func Test").map(|rest| format!("Test{rest}")),
            "javascript" | "typescript" | "tsx" => title(line, &["it(", "test(", "it.each", "test.each"]),
            "c" | "cpp" => title(line, &["TEST_CASE(", "SCENARIO("]).or_else(|| {
                let inside = ["TEST(", "TEST_F(", "TEST_P("].iter().find_map(|head| line.strip_prefix(head))?;
                Some(inside.split([')', ',']).nth(1)?.trim().to_owned())
            }),
            _ => {
                let is_mark = (line.starts_with("#[") && line.contains("test"))
                    || line.starts_with("@Test")
                    || line.starts_with("@ParameterizedTest");
                let head = ["fn ", "fun ", "void "].iter().find_map(|word| line.split_once(word)).map(|(_, rest)| rest);
                let name = head
                    .filter(|_| is_marked && !is_mark)
                    .map(|rest| rest.split('(').next().unwrap_or("").trim_matches('`').trim().to_owned());
                // The mark and the head may share a line, and other attributes may stand between them.
                is_marked = is_mark || (is_marked && name.is_none());
                name
            }
        };
        names.extend(name.filter(|name| !name.is_empty()));
    }
    names
}

/// The first text in quotes behind one of these heads.
fn title(line: &str, heads: &[&str]) -> Option<String> {
    heads.iter().find(|head| line.starts_with(**head))?;
    let open = line.find(['"', '\'', '`'])?;
    let quote = line[open..].chars().next()?;
    line[open + 1..].split(quote).next().map(str::to_owned)
}

/// Words by which code handles or reports an error.
fn handlers(language: &str) -> &'static [&'static str] {
    match language {
        "python" => &["except", "finally:", "suppress("],
        "javascript" | "typescript" | "tsx" => &["catch", "finally"],
        "java" | "kotlin" => &["catch (", "catch(", "finally", "onFailure", "getOrElse", "runCatching"],
        "go" => &["err != nil", "errors.", "fmt.Errorf(", "recover()"],
        "rust" => &["map_err(", ".ok_or", "?;", "?)", "bail!", "ensure!"],
        "cpp" => &["catch (", "catch(", "errno", "perror("],
        _ => &["errno", "perror(", "goto fail", "goto err", "goto out"],
    }
}

/// What stands in Rust where an error is swallowed, or ends the program.
const SWALLOWED: &[&str] = &["unwrap", "expect(", ".ok()", "let _ =", "drop("];

/// The first of the lines that are gone and hold what is looked for, when fewer of such lines stand in their place and those do not do the
/// same in another form.
fn fewer<'a>(removal: &Removal<'a>, source: &Source<'a>, holds: impl Fn(&str) -> bool) -> Option<&'a str> {
    let is_code = |line: &&str| is_code(line, source.language);
    let count = |text: &str| text.lines().filter(is_code).filter(|line| holds(line)).count();
    let now: String = removal.now.lines().filter(is_code).flat_map(|line| [line, "\n"]).collect();
    let is_gone = |line: &&str| is_code(line) && holds(line) && !is_made_again(line, removal.before, &now, source.language);
    let gone = removal.gone(source).find(is_gone)?;
    (count(removal.before) > count(removal.now) && !removal.takes_functions(source)).then_some(gone)
}

fn is_code(line: &str, language: &str) -> bool {
    let line = line.trim_start();
    let is_hash_comment = language == "python" || (C_LIKE.contains(&language) && line.starts_with("#i"));
    let starts: &[&str] = if is_hash_comment { &["//", "*", "/*", "#"] } else { &["//", "*", "/*"] };
    !starts.iter().any(|start| line.starts_with(start))
}

fn is_declaration(line: &str) -> bool {
    ["use ", "import ", "from ", "fn ", "pub fn ", "def ", "func ", "function ", "fun ", "@", "#["]
        .iter()
        .any(|head| line.trim_start().starts_with(head))
}

fn short(line: &str) -> String {
    let mut text: String = line.chars().take(60).collect();
    if text.len() < line.len() {
        text.push('…');
    }
    text
}

/// Handling of an error that a change took away.
pub fn error_handling(removal: &Removal<'_>, source: &Source<'_>) -> Option<String> {
    let words = handlers(source.language);
    let holds = |line: &str| words.iter().any(|word| line.contains(word)) && !is_declaration(line);
    // A `?` that is gone is most often a call that can no longer fail; what counts is an error that is now swallowed.
    if source.language == "rust" && !SWALLOWED.iter().any(|word| removal.now.contains(word)) {
        return None;
    }
    let gone = fewer(removal, source, holds).filter(|line| !is_suppressed(line, removal, source))?;
    Some(format!("the change takes error handling away: `{}`", short(gone)))
}

/// Whether `contextlib.suppress` near the place takes the errors of an `except` that is gone.
fn is_suppressed(line: &str, removal: &Removal<'_>, source: &Source<'_>) -> bool {
    let taken = line.strip_prefix("except").unwrap_or("").split([':', ',']).next().unwrap_or("");
    let name = taken.split(" as ").next().unwrap_or("").trim_matches([' ', '(', ')']).to_lowercase();
    let near = near(removal.span.start, source);
    let mut suppressed = near.split("suppress(").skip(1).filter_map(|rest| rest.split(')').next());
    source.language == "python" && !name.is_empty() && suppressed.any(|names| names.contains(&name))
}

/// A check, or a guard that leaves early, that a change took away.
pub fn check(removal: &Removal<'_>, source: &Source<'_>) -> Option<String> {
    let checks = fewer(removal, source, |line| is_check(line, source.language) && !is_declaration(line));
    let line = checks.or_else(|| fewer(removal, source, is_guard).filter(|line| leaves_early(removal.before, line)))?;
    Some(format!("the change takes a check away: `{}`", short(line)))
}

/// Whether an `if` leaves the function or the turn of a loop, on its own line or on one of the two behind it.
fn leaves_early(text: &str, condition: &str) -> bool {
    const EXITS: &[&str] = &["return", "throw ", "raise ", "continue", "break", "panic", "abort(", "exit("];
    let mut lines = text.lines().map(str::trim).skip_while(|line| *line != condition);
    let on_line = lines.next().is_some_and(|line| EXITS.iter().any(|exit| line.contains(&format!(" {exit}"))));
    on_line || lines.take(2).any(|line| EXITS.iter().any(|exit| line.starts_with(exit)))
}
