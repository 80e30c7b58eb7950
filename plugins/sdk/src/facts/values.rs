//! What a value can be: fixed text, a number, or something that nobody knows here. A name is looked through to its assignments, and these
//! to theirs, a few steps far.

use super::tree::{Facts, Node};
use crate::FormKind;

/// How many names are looked through, one behind the other.
const MAX_STEPS: u32 = 4;

/// Most texts that one value is followed to.
const MAX_TEXTS: usize = 16;

/// Longest text that is put together, in bytes.
const MAX_TEXT_BYTES: usize = 1 << 16;

/// Most nodes that one question visits. Names that are made of names ten times each would be a million after six steps; what is not known by
/// then is not known.
pub(super) const MAX_VISITS: u32 = 2_000;

/// Calls that hand their receiver, or their only argument, through. They stand as the last segment of a path.
const CARRIERS: &[&str] = &[
    "getBytes",
    "toCharArray",
    "toByteArray",
    "encode",
    "encodeToByteArray",
    "trim",
    "strip",
    "toString",
    "to_string",
    "to_owned",
    "into",
    "as_bytes",
    "as_str",
    "clone",
    "lower",
    "upper",
    "toLowerCase",
    "toUpperCase",
    "lowercase",
    "bytes",
    "byte",
    "string",
    "str",
    "String",
    "from",
    "b",
    "bytearray",
    "trimIndent",
    "asList",
    "of",
    "listOf",
    "arrayOf",
    "to_vec",
    "unhexlify",
    "fromhex",
    "decodeHex",
    "c_str",
    "intern",
    "strdup",
    "singletonList",
    "singleton",
    "reinterpret_cast",
    "static_cast",
    "const_cast",
    "StringReader",
    "ByteArrayInputStream",
    "valueOf",
    "Number",
    "int",
    "Integer",
    "BigInteger",
    "parseInt",
    "as_ref",
    "as_slice",
    "into_bytes",
];

/// Types of numbers, and of what is no longer a text.
const NUMBER_TYPES: &str = "int Int Integer long Long short Short byte Byte float Float double Double number boolean Boolean bool char BigDecimal \
    BigInteger UUID Decimal i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 usize isize f32 f64 int8 int16 int32 int64 uint uint8 \
    uint16 uint32 uint64 float32 float64 size_t Date LocalDate Instant";

/// Calls that give a number, or something like it.
const NUMBER_CALLS: &str = "int float len Number parseInt parseFloat Atoi ParseInt ParseUint ParseFloat ParseBool Itoa FormatInt FormatUint toInt \
    toLong toIntOrNull toLongOrNull size count length hashCode intValue longValue UUID bool abs parseLong parseDouble \
    parseBoolean Len atoi strtol id";

impl<'a> Facts<'a> {
    /// The texts that a value can be, if all of them stand in the file; `None` when something else may come in.
    pub fn texts(&self, node: Node) -> Option<Vec<String>> {
        self.visits.set(MAX_VISITS);
        self.texts_in(node, MAX_STEPS).filter(|texts| texts.len() <= MAX_TEXTS)
    }

    /// Counts a visit; whether there was one left.
    pub(super) fn visit(&self) -> bool {
        let left = self.visits.get();
        self.visits.set(left.saturating_sub(1));
        left > 0
    }

    fn texts_in(&self, node: Node, steps: u32) -> Option<Vec<String>> {
        if !self.visit() {
            return None;
        }
        match self.kind(node) {
            FormKind::Text => Some(vec![self.literal(node).to_owned()]),
            FormKind::Number | FormKind::Constant => Some(vec![self.text_of(node).to_owned()]),
            FormKind::Template => self.joined(self.children(node), steps),
            FormKind::Binary if matches!(self.name_of(node), "+" | "<>" | "") => self.joined(self.children(node), steps),
            FormKind::Binary if matches!(self.name_of(node), "||" | "??" | "or" | "?:") => self.either(self.children(node), steps),
            FormKind::Conditional => self.either(self.children(node).skip(1), steps),
            FormKind::Name => {
                let fewer = steps.checked_sub(1)?;
                let values: Vec<Option<Node>> = self.values(node);
                if values.is_empty() || values.contains(&None) {
                    return None;
                }
                self.either(values.into_iter().flatten(), fewer)
            }
            FormKind::Call | FormKind::New => self.texts_in(self.carried(node)?, steps),
            _ => None,
        }
    }

    /// What each assignment of a name gives it; `None` for one whose value does not stand there.
    fn values(&self, name: Node) -> Vec<Option<Node>> {
        let is_other = |owner: Node| !self.within(owner).contains(&name);
        let bindings = self.bindings(name, self.text_of(name)).filter(|binding| is_other(binding.owner));
        let values = bindings.map(|binding| binding.value.filter(|_| self.is_whole(binding.owner, &binding.part)));
        values.chain(self.filled.contains(self.text_of(name)).then_some(None)).collect()
    }

    /// Whether a name gets its whole value there, and nothing is added to what it had.
    fn is_whole(&self, owner: Node, part: &Option<String>) -> bool {
        self.kind(owner) == FormKind::Assign && part.is_none()
    }

    fn joined(&self, parts: impl Iterator<Item = Node>, steps: u32) -> Option<Vec<String>> {
        let mut texts = vec![String::new()];
        for part in parts {
            let ends = self.texts_in(part, steps)?;
            texts = texts.iter().flat_map(|start| ends.iter().map(move |end| format!("{start}{end}"))).take(MAX_TEXTS).collect();
            if texts.iter().any(|text| text.len() > MAX_TEXT_BYTES) {
                return None;
            }
        }
        Some(texts)
    }

    fn either(&self, choices: impl Iterator<Item = Node>, steps: u32) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for choice in choices {
            texts.extend(self.texts_in(choice, steps)?);
            if texts.len() > MAX_TEXTS {
                return None;
            }
        }
        Some(texts)
    }

    /// What a call hands through: `"x"` of `"x".getBytes()`, `Buffer.from("x")` and `String::from("x")`.
    pub fn carried(&self, call: Node) -> Option<Node> {
        let callee = self.child(call, 0)?;
        let last = if self.kind(callee) == FormKind::Member { self.name_of(callee) } else { self.text_of(callee) };
        let last = last.rsplit(['.', ':']).next().unwrap_or(last);
        if !CARRIERS.contains(&last) || self.is_list(call) {
            return None;
        }
        let argument = self.child(call, 1);
        let receiver = self.child(callee, 0).filter(|_| self.kind(callee) == FormKind::Member);
        let is_type = |node: &Node| {
            self.kind(*node) == FormKind::Name && !self.bindings.contains_key(self.text_of(*node)) && self.text_of(*node) != "this"
        };
        // `Buffer.from(x)`: the receiver is a type or a module.
        receiver.filter(|receiver| !is_type(receiver)).or(argument)
    }

    /// Whether a call makes a list of its arguments: `listOf(a, b)`.
    pub fn is_list(&self, call: Node) -> bool {
        const LISTS: &[&str] = &["listOf", "arrayOf", "asList", "of", "mutableListOf", "arrayListOf", "vec", "setOf", "tuple"];
        LISTS.contains(&self.callee_name(call)) && self.arguments(call).nth(1).is_some()
    }

    /// The inside of a literal text, as it is written.
    pub fn literal(&self, node: Node) -> &'a str {
        let text = self.text_of(node);
        if self.parent(node).is_some_and(|parent| self.kind(parent) == FormKind::Template) && !text.ends_with(['"', '\'', '`']) {
            return text;
        }
        let quotes = ['"', '\'', '`', '#'];
        let is_mark = |c: char| c.is_ascii_alphabetic() || c == '@';
        let start = text.find(quotes).filter(|at| *at < 4 && text[..*at].chars().all(is_mark)).unwrap_or(0);
        let body = text[start..].trim_start_matches('#');
        let quote = body.chars().next().filter(|c| quotes.contains(c));
        let Some(quote) = quote else { return text };
        let n_quotes = if body.len() >= 6 && body.chars().take(3).all(|c| c == quote) { 3 } else { 1 };
        let body = body.trim_end_matches('#');
        body.get(n_quotes..body.len().saturating_sub(n_quotes)).unwrap_or("")
    }

    /// Whether a value stands in the file as a whole: a literal, something made of literals, or a name for such a thing. The name of a
    /// constant, by its spelling, counts.
    pub fn is_fixed(&self, node: Node) -> bool {
        self.visits.set(MAX_VISITS);
        self.is_fixed_in(node, MAX_STEPS)
    }

    fn is_fixed_in(&self, node: Node, steps: u32) -> bool {
        if !self.visit() {
            return false;
        }
        match self.kind(node) {
            FormKind::Text | FormKind::Number | FormKind::Constant | FormKind::Regex => true,
            FormKind::Conditional => self.children(node).skip(1).all(|choice| self.is_fixed_in(choice, steps)),
            FormKind::Template | FormKind::List | FormKind::Map | FormKind::Pair | FormKind::Binary => {
                self.children(node).all(|child| self.is_fixed_in(child, steps))
            }
            FormKind::Unary => self.child(node, 0).is_some_and(|operand| self.is_fixed_in(operand, steps)),
            // The spelling says it of a name from elsewhere; one from here says it by itself.
            FormKind::Name if is_constant_name(self.text_of(node)) && self.bindings(node, self.text_of(node)).next().is_none() => true,
            FormKind::Member => is_constant_name(self.name_of(node)) || self.is_package_constant(node),
            FormKind::Name => {
                // What is too far away is told by the spelling.
                let Some(fewer) = steps.checked_sub(1) else { return is_constant_name(self.text_of(node)) };
                let values = self.values(node);
                !values.is_empty() && values.iter().all(|value| value.is_some_and(|value| self.is_fixed_in(value, fewer)))
            }
            // A macro, by its spelling.
            FormKind::Call if matches!(self.language, "c" | "cpp") && is_constant_name(self.callee_name(node)) => true,
            FormKind::Call | FormKind::New => {
                let children = |at: usize| self.children(node).skip(at);
                match self.carried(node) {
                    _ if self.is_list(node) => children(1).all(|child| self.is_fixed_in(child, steps)),
                    Some(carried) => self.is_fixed_in(carried, steps) && children(1).all(|child| self.is_fixed_in(child, steps)),
                    // Joining and formatting of fixed texts gives a fixed text.
                    None => self.is_joining(node, steps) && children(1).all(|child| self.is_fixed_in(child, steps)),
                }
            }
            _ => false,
        }
    }

    /// A constant of another package of Go: `http.MethodGet`.
    fn is_package_constant(&self, member: Node) -> bool {
        let object = self.child(member, 0).filter(|object| self.language == "go" && self.kind(*object) == FormKind::Name);
        object.is_some_and(|object| self.imports.contains_key(self.text_of(object)))
            && self.parent(member).is_some_and(|parent| self.kind(parent) != FormKind::Call || self.child(parent, 0) != Some(member))
    }

    fn is_joining(&self, call: Node, steps: u32) -> bool {
        const JOINING: &[&str] = &["format", "Sprintf", "join", "concat", "Join", "formatted"];
        let callee = self.child(call, 0);
        let name =
            callee.map_or("", |callee| if self.kind(callee) == FormKind::Member { self.name_of(callee) } else { self.text_of(callee) });
        let receiver = callee.filter(|callee| self.kind(*callee) == FormKind::Member).and_then(|callee| self.child(callee, 0));
        let is_plain =
            receiver.is_none_or(|receiver| self.kind(receiver) == FormKind::Name && !self.bindings.contains_key(self.text_of(receiver)));
        JOINING.contains(&name.trim_end_matches('!')) && (is_plain || receiver.is_some_and(|receiver| self.is_fixed_in(receiver, steps)))
    }

    /// Whether a value is a number by its declared type, or by the call that makes it: nobody writes a command into it.
    pub fn is_number(&self, node: Node) -> bool {
        match self.kind(node) {
            FormKind::Number => true,
            FormKind::Call => NUMBER_CALLS.split_whitespace().any(|known| known == self.callee_name(node)),
            FormKind::Member => matches!(self.name_of(node), "length" | "size"),
            FormKind::Name => self.binding(node, self.text_of(node)).is_some_and(|binding| {
                let declared = self.name_of(binding.owner).trim_matches(['?', '*', '&', ' ']);
                let is_pointer = matches!(self.language, "c" | "cpp");
                let is_typed = matches!(self.kind(binding.owner), FormKind::Assign | FormKind::Parameter);
                is_typed && !is_pointer && NUMBER_TYPES.split_whitespace().any(|known| known == declared)
                    || binding
                        .value
                        .is_some_and(|value| binding.part.is_none() && self.kind(value) == FormKind::Call && self.is_number(value))
            }),
            _ => false,
        }
    }

    /// The number that a value is, if it stands in the file.
    pub fn number(&self, node: Node) -> Option<i64> {
        self.visits.set(MAX_VISITS);
        self.number_in(node, MAX_STEPS)
    }

    fn number_in(&self, node: Node, steps: u32) -> Option<i64> {
        if !self.visit() {
            return None;
        }
        match self.kind(node) {
            FormKind::Number => number(self.text_of(node), self.language),
            FormKind::Name => {
                let fewer = steps.checked_sub(1)?;
                let value = self.binding(node, self.text_of(node))?.value?;
                self.number_in(value, fewer)
            }
            FormKind::Binary => {
                let (left, right) = (self.number_in(self.child(node, 0)?, steps)?, self.number_in(self.child(node, 1)?, steps)?);
                match self.name_of(node) {
                    "+" => left.checked_add(right),
                    "-" => left.checked_sub(right),
                    "*" => left.checked_mul(right),
                    "<<" => u32::try_from(right).ok().and_then(|right| left.checked_shl(right)),
                    "|" => Some(left | right),
                    _ => None,
                }
            }
            FormKind::Unary if self.name_of(node) == "-" => self.number_in(self.child(node, 0)?, steps)?.checked_neg(),
            FormKind::Text => self.literal(node).parse().ok(),
            FormKind::Call | FormKind::New => self.number_in(self.carried(node)?, steps),
            _ => None,
        }
    }
}

/// Whether a name is spelled as a constant.
pub(super) fn is_constant_name(name: &str) -> bool {
    let name = name.rsplit(['.', ':']).next().unwrap_or(name);
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Reads a literal number: decimal, hexadecimal, octal in both spellings, binary.
fn number(written: &str, language: &str) -> Option<i64> {
    let plain: String = written.chars().filter(|c| *c != '_').collect();
    let low = plain.to_ascii_lowercase();
    let (radix, digits) = match low.as_bytes() {
        [b'0', b'x', ..] => (16, &low[2..]),
        [b'0', b'o', ..] => (8, &low[2..]),
        [b'0', b'b', ..] => (2, &low[2..]),
        [b'0', second, ..] if second.is_ascii_digit() && matches!(language, "c" | "cpp" | "go" | "java" | "javascript") => (8, &low[1..]),
        _ => (10, low.as_str()),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let is_suffix = digits[end..].bytes().all(|byte| byte.is_ascii_alphanumeric());
    i64::from_str_radix(&digits[..end], radix).ok().filter(|_| is_suffix)
}
