//! Owns what is left of a piece of code without its comments and texts, and the words in it. Never parses.

/// A code with white space in place of comments and of texts that hold no code themselves.
pub fn bare(language: &str, code: &str) -> String {
    let mut left = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let length = match skipped(language, rest) {
            Some(length) => {
                left.push(' ');
                length
            }
            None => {
                left.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or("");
    }
    left
}

/// How long the comment or text is that a code begins with.
fn skipped(language: &str, code: &str) -> Option<usize> {
    let is_python = language == "python";
    let line = |start: usize| code.find('\n').unwrap_or(code.len()).max(start);
    if (is_python && code.starts_with('#')) || (!is_python && code.starts_with("//")) {
        return Some(line(1));
    }
    if !is_python && code.starts_with("/*") {
        return Some(code.get(2..).and_then(|rest| rest.find("*/")).map_or(code.len(), |at| at + 4));
    }
    if is_python {
        for quotes in ["\"\"\"", "'''"] {
            if code.starts_with(quotes) {
                return Some(code.get(3..).and_then(|rest| rest.find(quotes)).map_or(code.len(), |at| at + 6));
            }
        }
    }
    let quote = code.chars().next()?;
    let is_quote = match quote {
        '"' => true,
        // A lifetime or a character in the other languages.
        '\'' => matches!(language, "python" | "javascript" | "typescript" | "tsx"),
        // The name of a test.
        '`' => language == "kotlin",
        _ => false,
    };
    let end = if is_quote { end_of_text(code, quote)? } else { return None };
    // `"${add(1)}"` and `f"{add(1)}"` hold code.
    let holds_code = match language {
        "kotlin" => code.get(..end)?.contains("${"),
        "python" => code.get(..end)?.contains('{'),
        _ => false,
    };
    (!holds_code).then_some(end)
}

/// Where a text ends that begins with a quote; nothing where it does not end on its line.
fn end_of_text(code: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if quote != '`' => is_escaped = true,
            '\n' => return None,
            c if c == quote => return Some(at + c.len_utf8()),
            _ => {}
        }
    }
    None
}

/// Whether every bracket of a bare code is closed by its own kind.
pub fn is_balanced(bare: &str) -> bool {
    let mut open = Vec::new();
    for c in bare.chars() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use devflow_plugin::words::has_word;

    #[test]
    fn comments_and_texts_name_nothing() {
        assert!(!has_word(&bare("javascript", "it('adds add', () => { /* add */ });// add"), "add"));
        assert!(has_word(&bare("javascript", "it('adds', () => { add(1); });"), "add"));
        assert!(!has_word(&bare("python", "def test_add():\n    \"\"\"add\"\"\"\n    x = 'add'  # add"), "add"));
        assert!(has_word(&bare("python", "assert f\"{add(1)}\" == '2'"), "add"));
        assert!(has_word(&bare("rust", "fn a<'a>() { add('\\'') }"), "add"));
        assert!(!has_word(&bare("kotlin", "@Test fun `add works`() {}"), "add"));
        assert!(!has_word(&bare("go", "t.Error(\"add \\\" add\")"), "add"));
        assert_eq!(bare("c", "a /* never closed"), "a  ");
        assert_eq!(bare("rust", "\"ä"), "\"ä");
    }
}
