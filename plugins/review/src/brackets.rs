//! Tells whether the brackets of a file in C or C++ close, as a compiler sees it: without comments, literals and the branches that the
//! preprocessor leaves out. Never parses.

use crate::literals::literal_end;

/// Whether every bracket of the text is closed by its own kind. Of the branches of a condition for the preprocessor the first one counts,
/// and the next one where the first is `#if 0`.
pub(crate) fn are_closed(text: &str) -> bool {
    let mut open = Vec::new();
    let mut branches = Branches::default();
    let (mut at, mut is_line_start) = (0, true);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let len = match c {
            '#' if is_line_start => {
                let len = directive_len(rest);
                branches.take(&rest[1..len]);
                len
            }
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' | '\'' => quoted_len(text, at),
            _ => c.len_utf8(),
        };
        is_line_start = c == '\n' || is_line_start && c.is_whitespace();
        at += len;
        if branches.are_left_out() {
            continue;
        }
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop() != Some(c) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// Which branches of conditions for the preprocessor are left out at a place.
#[derive(Default)]
struct Branches {
    /// Conditions that are open inside of the branch that is left out; `None` outside of such a branch.
    depth: Option<u32>,
    /// Whether the branch that is left out is the first one.
    is_first: bool,
}

impl Branches {
    fn are_left_out(&self) -> bool {
        self.depth.is_some()
    }

    fn take(&mut self, directive: &str) {
        let directive = directive.trim_start();
        let is_never = directive.strip_prefix("if").and_then(|rest| rest.split_whitespace().next()) == Some("0");
        self.depth = match self.depth {
            None if is_never => {
                self.is_first = true;
                Some(0)
            }
            None if directive.starts_with("el") => Some(0),
            Some(0) if directive.starts_with("el") && self.is_first => {
                self.is_first = false;
                None
            }
            Some(0) if directive.starts_with("endif") => {
                self.is_first = false;
                None
            }
            Some(depth) if directive.starts_with("endif") => Some(depth - 1),
            Some(depth) if directive.starts_with("if") => Some(depth + 1),
            depth => depth,
        };
    }
}

/// Length of a line for the preprocessor, with the lines that a `\` adds to it.
fn directive_len(text: &str) -> usize {
    let mut len = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_end_matches(['\r', '\n']);
        if !code.ends_with('\\') {
            return len + code.len();
        }
        len += line.len();
    }
    len
}

/// Length of the literal that begins at `at`. A `'` behind a digit only groups digits, and a raw text ends as it says at its beginning.
fn quoted_len(text: &str, at: usize) -> usize {
    let (head, rest) = text.split_at(at);
    if rest.starts_with('"') && head.ends_with('R') {
        let close = rest[1..].split_once('(').map(|(name, _)| format!("){name}\""));
        return close.and_then(|close| rest.find(&close).map(|end| end + close.len())).unwrap_or(rest.len());
    }
    let is_group = rest.starts_with('\'') && head.ends_with(|c: char| c.is_ascii_hexdigit()) && !head.ends_with("u8");
    if is_group { 1 } else { literal_end(text, at, "c") - at }
}

#[cfg(test)]
mod tests {
    use super::are_closed;

    #[test]
    fn branches_of_the_preprocessor_close_as_the_first_of_them_does() {
        assert!(are_closed("#ifdef __cplusplus\nextern \"C\" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif\n"));
        assert!(are_closed("#ifdef A\nif (a) {\n#else\nif (b) {\n#endif\n}\n"));
        assert!(are_closed("#if 0\nif (a) {\n#else\nif (b) {\n#endif\n}\n"));
        assert!(are_closed("#if 0\n#if X\n{\n#endif\n{\n#endif\n"));
        assert!(!are_closed("#ifdef A\nif (a) {\n#endif\n"));
    }

    #[test]
    fn brackets_in_comments_literals_and_macros_do_not_count() {
        assert!(are_closed("// {\n/* ( */ char c = '{'; const char *s = \"[\\\"\"; int n = 1'000;\n#define OPEN \\\n  {\n"));
        assert!(are_closed("const char *s = R\"x({ )\" [)x\";"));
        assert!(!are_closed("int f(int a {\n  return a;\n}\n"));
    }
}
