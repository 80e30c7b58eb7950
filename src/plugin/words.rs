//! What plugins say, made fit to be repeated: one line, of bounded length, that steers neither a terminal nor the log of a CI server.

/// Longest part of a plugin's own words that is repeated in an error, in characters.
const MAX_WORDS: usize = 300;

/// Longest page about a rule, in characters.
const MAX_PAGE: usize = 20_000;

/// Shortens and cleans what a guest said of itself.
pub(super) fn tame(words: &str) -> String {
    one_line(words, MAX_WORDS)
}

/// Makes one line of at most `max_chars` characters, without control characters and marks that turn the direction of the text. GitHub takes a
/// line that begins with `::` for a command, older runners and Azure one that has `##[` or `##vso[` anywhere.
pub(super) fn one_line(words: &str, max_chars: usize) -> String {
    let words = words.trim_start();
    // What is cut is not looked at: it can be as long as all that a plugin may hand over.
    let clean: String = words.chars().take(4 * max_chars).filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = clean.split_whitespace().collect::<Vec<_>>().join(" ").replace("##[", "# #[").replace("##vso[", "# #vso[");
    if line.starts_with("::") {
        line.insert(1, ' ');
    }
    if line.chars().count() > max_chars || words.chars().nth(4 * max_chars).is_some() {
        let end = line.char_indices().nth(max_chars - 1).map_or(line.len(), |(at, _)| at);
        line.truncate(end);
        line.push('…');
    }
    line
}

/// The same for a page of Markdown, whose lines and indents stay.
pub(super) fn page(words: &str) -> String {
    let clean = words.chars().take(MAX_PAGE).filter(|c| !turns(*c));
    let clean: String = clean.map(|c| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c }).collect();
    let line = |line: &str| {
        let line = line.trim_end().replace("##[", "# #[").replace("##vso[", "# #vso[");
        if line.trim_start().starts_with("::") { line.replacen("::", ": :", 1) } else { line }
    };
    clean.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_one_line_that_steers_nothing() {
        assert_eq!(tame("  a\n\nb\r\n\tc\u{1b}[31md\u{7}"), "a b c [31md");
        assert_eq!(tame("a\u{202e}b\u{2066}c\u{feff}\u{2028}d"), "abc d");
        assert_eq!(tame("\n::error file=a::b"), ": :error file=a::b");
        assert_eq!(tame("\u{202e}::error::b"), ": :error::b");
        assert_eq!(tame("a ##[error]b ##vso[task.complete]"), "a # #[error]b # #vso[task.complete]");
        assert_eq!(tame(""), "");
    }

    #[test]
    fn a_page_keeps_its_lines_and_steers_nothing() {
        assert_eq!(page("# A\r\n\n    code\u{1b}[2J\n  ::error::x\n##[group]\n"), "# A\n\n    code [2J\n  : :error::x\n# #[group]");
        assert_eq!(page(&"x".repeat(MAX_PAGE + 5)).len(), MAX_PAGE);
    }

    #[test]
    fn words_are_cut() {
        assert_eq!(tame(&"é".repeat(300)), "é".repeat(300));
        assert_eq!(tame(&"é".repeat(301)), format!("{}…", "é".repeat(299)));
        assert_eq!(tame(&"x ".repeat(1_000_000)).chars().count(), 300);
        assert_eq!(tame(&format!("a{}b", " ".repeat(1_000_000))), "a…");
    }
}
