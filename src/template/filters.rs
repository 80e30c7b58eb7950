//! Owns the filters of templates: how a value is written in Markdown, or for people.

use minijinja::Value;

/// Text as one line of Markdown: what is between back-ticks stays, outside of them nothing is left that Markdown or HTML
/// would take for itself. Messages may repeat code, and code may hold anything.
pub fn inline(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = line.split('`').collect();
    // An odd back-tick out would swallow the rest of the page, and a run of several pairs with another run only.
    if parts.len().is_multiple_of(2) || line.contains("``") {
        return escape(&line.replace('`', "'"));
    }
    let shown = parts.iter().enumerate().map(|(at, part)| if at % 2 == 0 { escape(part) } else { format!("`{part}`") });
    shown.collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_inside = before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '[' | ']' | '*' | '\\' | '#' | '~' => escaped.extend(['\\', c]),
            // Inside of a word it is only itself.
            '_' if !is_inside => escaped.extend(['\\', c]),
            // A mention would call somebody.
            '@' => escaped.push_str("&#64;"),
            c => escaped.push(c),
        }
        before = c;
    }
    escaped
}

/// A span of code, whatever back-ticks are in it.
pub fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// A fenced block whose fence is longer than any run of back-ticks in it.
pub(super) fn code_block(text: &str, language: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", dedent(text.trim_end()))
}

/// Code without the indentation that all its lines share.
pub fn dedent(code: &str) -> String {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let shared = code.lines().filter(|line| !line.trim().is_empty()).map(indentation).min().unwrap_or(0);
    code.lines().map(|line| line.get(shared..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}

pub(super) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if number < 0 { format!("-{shown}") } else { shown }
}

/// The same for a cell of a table.
pub(super) fn cell(text: &str) -> String {
    inline(text).replace('|', "\\|")
}

/// Milliseconds for people: `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 7 min`.
pub(super) fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{:.1} s", ms as f64 / 1000.0),
        60_000..3_600_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A sign that can be told from the others without colours.
pub(super) fn severity_badge(severity: &str) -> String {
    let mark = match severity {
        "critical" => "⛔",
        "high" => "🔴",
        "medium" => "🟠",
        "low" => "🟡",
        _ => "⚪",
    };
    format!("{mark} {severity}")
}

/// Most lines on each side of an excerpt: each of them gets a number and a mark.
const MOST_AROUND: usize = 10_000;

/// The lines around `line`, with their numbers, and a mark before the line itself.
pub(super) fn excerpt(text: &str, line: usize, around: usize) -> String {
    let around = around.min(MOST_AROUND);
    let first = line.saturating_sub(around).max(1);
    let last = line.saturating_add(around);
    let width = last.to_string().len();
    let shown = text.lines().enumerate().map(|(at, code)| (at + 1, code)).filter(|(at, _)| (first..=last).contains(at));
    let shown = shown.map(|(at, code)| format!("{} {at:>width$} | {code}", if at == line { '>' } else { ' ' }).trim_end().to_owned());
    shown.collect::<Vec<_>>().join("\n")
}

/// A path as it is written in a page that stands in `folder`.
pub(super) fn relative(path: &str, folder: &str) -> String {
    let folder: Vec<&str> = folder.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let path: Vec<&str> = path.split('/').collect();
    let shared = folder.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", folder.len() - shared);
    up.chain(path[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// A Markdown table. Numbers stand at the right.
pub(super) fn table(rows: &[Vec<Value>], head: &[String]) -> String {
    let is_number = |column: usize| !rows.is_empty() && rows.iter().all(|row| row.get(column).is_some_and(|value| value.is_number()));
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(head.iter().map(|name| cell(name)).collect());
    let marks: Vec<&str> = (0..head.len()).map(|column| if is_number(column) { "--:" } else { "---" }).collect();
    out.push_str(&format!("|{}|\n", marks.join("|")));
    for row in rows {
        out.push_str(&line(row.iter().map(|value| cell(&value.to_string())).collect()));
    }
    out
}

/// Numbers as a line of small bars, from the least to the most of them.
pub(super) fn sparkline(numbers: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let (least, most) = numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), n| (least.min(*n), most.max(*n)));
    let bar = |n: &f64| {
        let part = if most > least { (n - least) / (most - least) } else { 0.5 };
        BARS[((part * 7.0).round() as usize).min(7)]
    };
    numbers.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_messages_cannot_break_a_page() {
        assert_eq!(inline("a `b<c>` <img src=x> @me [x](y)"), "a `b<c>` &lt;img src=x&gt; &#64;me \\[x\\](y)");
        assert_eq!(inline("odd ` tick"), "odd ' tick");
        assert_eq!(inline("`a <img src=x> ```"), "'a &lt;img src=x&gt; '''");
        assert_eq!(inline("``a`` <b> `c`"), "''a'' &lt;b&gt; 'c'");
        assert_eq!(inline("snake_case and __proto__"), "snake_case and \\_\\_proto\\_\\_");
        assert_eq!(code_block("a ```` b", "rust"), "`````rust\na ```` b\n`````");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(dedent("    if a:\n\n        b\n"), "if a:\n\n    b");
        assert_eq!(thousands(-1234567), "-1,234,567");
        assert_eq!(cell("a|b"), "a\\|b");
    }

    #[test]
    fn values_are_written_for_people() {
        assert_eq!([850, 12_340, 245_000, 7_620_000].map(duration), ["850 ms", "12.3 s", "4 min 5 s", "2 h 7 min"]);
        assert_eq!(excerpt("a\nb\nc\nd\n", 2, 1), "  1 | a\n> 2 | b\n  3 | c");
        assert_eq!(relative("docs/a/b.md", "docs/c"), "../a/b.md");
        assert_eq!(relative("src/a.rs", "."), "src/a.rs");
        assert_eq!(sparkline(&[1.0, 2.0, 8.0]), "▁▂█");
        assert_eq!(sparkline(&[3.0, 3.0]), "▅▅");
        let rows = vec![vec![Value::from("a|b"), Value::from(3)]];
        assert_eq!(table(&rows, &["name".to_owned(), "n".to_owned()]), "| name | n |\n|---|--:|\n| a\\|b | 3 |\n");
    }
}
