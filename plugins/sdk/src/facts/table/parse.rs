//! The syntax of tables.

use super::condition::{Condition, Op, Place};
use super::row::{Looks, Row};
use crate::Severity;

/// Short names for several languages.
const GROUPS: &[(&str, &[&str])] = &[
    ("any", &["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go", "c", "cpp"]),
    ("js", &["javascript", "typescript", "tsx"]),
    ("jvm", &["java", "kotlin"]),
    ("c", &["c", "cpp"]),
    ("rust", &["rust"]),
    ("python", &["python"]),
    ("java", &["java"]),
    ("kotlin", &["kotlin"]),
    ("go", &["go"]),
    ("cpp", &["cpp"]),
];

/// Reads all rows. A row that ends in `\` goes on in the next line.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let (mut rule, mut common) = (String::new(), Vec::new());
    let mut pending = String::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(start) = line.strip_suffix('\\') {
            pending.push_str(start);
            continue;
        }
        let line = std::mem::take(&mut pending) + line;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let told = |error: String| format!("line {}: {error}", at + 1);
        if let Some(head) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let (name, conditions) = head.split_once('|').unwrap_or((head, ""));
            rule = if name.trim() == "*" { String::new() } else { name.trim().to_owned() };
            common = conditions_in(conditions).map_err(told)?;
            continue;
        }
        let mut row = row(&line, &rule).map_err(told)?;
        if matches!(row.looks, Looks::Call | Looks::Set | Looks::Use | Looks::Return) {
            row.conditions.extend(common.iter().cloned());
        }
        rows.push(row);
    }
    Ok(rows)
}

/// `LANGUAGES: [set|use|source|clean|safe GROUP] NAMES [| CONDITION ; …] [@SEVERITY] [@CONFIDENCE] [>> MESSAGE]`
fn row(line: &str, rule: &str) -> Result<Row, String> {
    let (line, message) = line.split_once(">>").map_or((line, None), |(line, message)| (line, Some(message.trim().to_owned())));
    let (languages, rest) = line.split_once(':').ok_or("a row begins with languages and a colon")?;
    let mut row = Row {
        rule: rule.to_owned(),
        languages: named_languages(languages)?,
        looks: Looks::Call,
        names: Vec::new(),
        conditions: Vec::new(),
        severity: None,
        confidence: None,
        message,
    };
    let (names, conditions) = rest.split_once(" | ").map_or((rest, ""), |(names, conditions)| (names, conditions));
    let mut names = marks(&mut row, names)?.into_iter().peekable();
    row.looks = match names.peek().map(String::as_str) {
        Some("set") => Looks::Set,
        Some("use") => Looks::Use,
        Some("source") => Looks::Source,
        Some("clean") => Looks::Clean,
        Some("into") => Looks::Into,
        Some("plain") => Looks::Plain,
        Some("return") => Looks::Return,
        Some("safe") => Looks::Safe(String::new()),
        _ => Looks::Call,
    };
    if row.looks != Looks::Call {
        names.next();
    }
    if let Looks::Safe(group) = &mut row.looks {
        *group = names.next().ok_or("a safe row names its group")?;
    }
    row.names = names.flat_map(|name| alternatives(&name)).collect();
    for text in conditions.split(" ; ").filter(|text| !text.trim().is_empty()) {
        let words = marks(&mut row, text)?;
        row.conditions.push(condition(&words)?);
    }
    if row.names.is_empty() { Err("a row names something".to_owned()) } else { Ok(row) }
}

/// Conditions that hold for all rows of a section.
fn conditions_in(text: &str) -> Result<Vec<Condition>, String> {
    let parts = text.split(" ; ").filter(|part| !part.trim().is_empty());
    parts.map(|part| condition(&part.split_whitespace().map(str::to_owned).collect::<Vec<_>>())).collect()
}

/// The words of a part, without the marks of severity and confidence.
fn marks(row: &mut Row, text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match word.strip_prefix("@@") {
            Some(mark) => match mark.parse::<u8>() {
                Ok(percent) => row.confidence = Some(percent),
                Err(_) => row.severity = Some(severity(mark)?),
            },
            None => words.push(word.to_owned()),
        }
    }
    Ok(words)
}

fn severity(word: &str) -> Result<Severity, String> {
    match word {
        "info" => Ok(Severity::Info),
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "critical" => Ok(Severity::Critical),
        _ => Err(format!("`{word}` is not a severity")),
    }
}

fn named_languages(words: &str) -> Result<Vec<&'static str>, String> {
    let mut languages = Vec::new();
    for word in words.split_whitespace() {
        let group = GROUPS.iter().find(|(name, _)| *name == word).ok_or_else(|| format!("`{word}` is not a language"))?;
        languages.extend(group.1);
    }
    if languages.is_empty() { Err("a row begins with languages".to_owned()) } else { Ok(languages) }
}

/// `a.{b,c}.d` is `a.b.d` and `a.c.d`.
fn alternatives(name: &str) -> Vec<String> {
    let parts = name.split_once('{').and_then(|(before, rest)| rest.split_once('}').map(|(inside, after)| (before, inside, after)));
    let Some((before, inside, after)) = parts else { return vec![name.to_owned()] };
    let ends = alternatives(after);
    inside.split(',').flat_map(|choice| ends.iter().map(move |end| format!("{before}{choice}{end}"))).collect()
}

fn condition(words: &[String]) -> Result<Condition, String> {
    let rest = |from: usize| words[from.min(words.len())..].iter().flat_map(|word| alternatives(word)).collect::<Vec<String>>();
    let first = words.first().map_or("", String::as_str);
    match first {
        "imports" => return Ok(Condition::Imports(rest(1))),
        "in" => return Ok(Condition::In(rest(1))),
        "nowhere" => return Ok(Condition::Nowhere(rest(1))),
        "somewhere" => return Ok(Condition::Somewhere(rest(1))),
        "unless" => return Ok(Condition::Unless(rest(1))),
        "used" | "unused" if words.len() == 1 => return Ok(Condition::Used(first == "used")),
        _ => {}
    }
    let places = first.split('/').map(place).collect();
    let number = || words.get(2).and_then(|word| integer(word)).ok_or_else(|| format!("`{}` needs a number", words.join(" ")));
    let op = match words.get(1).map_or("", String::as_str) {
        "=" => Op::Is(rest(2)),
        "!=" => Op::IsNot(rest(2)),
        "~" => Op::Fits(rest(2)),
        "!~" => Op::FitsNot(rest(2)),
        "<" => Op::Below(number()?),
        ">" => Op::Above(number()?),
        "&" => Op::Bits(number()?),
        "has" => Op::Has(rest(2)),
        "hasnt" => Op::HasNot(rest(2)),
        "fixed" => Op::Fixed,
        "literal" => Op::Literal,
        "open" => Op::Open,
        "glued" => Op::Glued,
        "sent" => Op::Sent,
        "leads" => Op::Leads,
        "whole" => Op::Whole,
        "missing" => Op::Missing,
        "given" => Op::Given,
        other => return Err(format!("`{other}` is not a condition")),
    };
    Ok(Condition::Of(places, op))
}

fn place(word: &str) -> Place {
    let mut parts = word.split('.');
    let first = parts.next().unwrap_or("");
    let keys: Vec<String> = parts.map(str::to_owned).collect();
    match first {
        "*" => Place::Any,
        "value" => Place::Value,
        "this" => keys.first().and_then(|key| key.parse().ok()).map_or(Place::Receiver, Place::ReceiverArgument),
        "target" => Place::Target,
        // By itself, it is the name of an option.
        "root" if !keys.is_empty() => keys.first().and_then(|key| key.parse().ok()).map_or(Place::Receiver, Place::RootArgument),
        "function" => Place::Function,
        "condition" => Place::Condition,
        "parameters" => Place::Parameters,
        "beside" => Place::Beside(keys.join(".")),
        _ => match first.parse() {
            Ok(position) => Place::Position(position, keys),
            Err(_) => Place::Key(word.to_owned()),
        },
    }
}

fn integer(word: &str) -> Option<i64> {
    match word.strip_prefix("0o") {
        Some(octal) => i64::from_str_radix(octal, 8).ok(),
        None => word.parse().ok(),
    }
}
