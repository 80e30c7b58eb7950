//! Owns which type each function and field of a file belongs to. Never judges.

use std::collections::BTreeSet;
use std::ops::Range;

use devflow_plugin::Function;
use devflow_plugin::words::words;

use crate::code::Code;
use crate::grammar::Tag;

/// A type with what is in it.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// Its name without parameters.
    pub name: String,
    /// Its parts: one, but for Rust its `impl` blocks too.
    pub spans: Vec<Range<usize>>,
    /// The parts that fulfil somebody else's contract (`impl Trait for`).
    pub foreign: Vec<Range<usize>>,
    /// It inherits from something.
    pub has_base: bool,
    /// It only promises.
    pub is_interface: bool,
    /// Indices of its methods in [`Code::functions`].
    pub methods: Vec<usize>,
    /// Names and places of its fields, each name once.
    pub fields: Vec<(String, Range<usize>)>,
}

/// The types of a file, and the type of each function.
#[derive(Debug)]
pub struct Owners {
    /// The types, in the order of their place.
    pub all: Vec<Owner>,
    of_function: Vec<Option<usize>>,
}

impl Owners {
    /// Reads them off the matches.
    pub fn read(code: &Code<'_>) -> Self {
        let (mut all, spans) = types(code);
        let of_function: Vec<Option<usize>> =
            code.functions.iter().enumerate().map(|(at, function)| owner_of(code, &all, &spans, at, function)).collect();
        for (at, owner) in of_function.iter().enumerate() {
            if let Some(owner) = owner.and_then(|owner| all.get_mut(owner)) {
                owner.methods.push(at);
            }
        }
        let mut known: BTreeSet<(usize, &str)> = BTreeSet::new();
        for found in code.matches(Tag::Field) {
            let (Some(name), Some(field)) = (found.span("name"), found.span("field")) else { continue };
            let Some(at) = innermost(&spans, name.start) else { continue };
            let name = code.slice(&name).trim_start_matches('#');
            // A property of Kotlin's constructor is a field only with `val` or `var`.
            let text = code.slice(&field);
            let is_argument = code.language == "kotlin" && !text.contains("val ") && !text.contains("var ");
            if let Some(owner) = all.get_mut(at).filter(|_| !is_argument && known.insert((at, name))) {
                owner.fields.push((name.to_owned(), field));
            }
        }
        Self { all, of_function }
    }

    /// The type that a function is a method of.
    pub fn of(&self, function: usize) -> Option<&Owner> {
        self.of_function.get(function).copied().flatten().and_then(|owner| self.all.get(owner))
    }

    /// Whether somebody else may have fixed the form of a function: it overrides, or perhaps does.
    pub fn is_bound(&self, code: &Code<'_>, at: usize) -> bool {
        let Some(function) = code.functions.get(at) else { return false };
        let head = format!("{} {}", code.before(function.span.range().start), code.slice(&function.signature.range()));
        let says_so = words(&head).any(|(_, word)| matches!(word, "Override" | "override" | "virtual" | "native" | "external" | "actual"));
        let Some(owner) = self.of(at) else { return says_so || head.contains("extern \"C\"") };
        let is_foreign = owner.foreign.iter().any(|part| part.contains(&function.span.range().start));
        let may_override = owner.has_base && matches!(code.language, "python" | "javascript" | "typescript" | "tsx");
        says_so || is_foreign || may_override
    }
}

/// The types, and their parts by place with the index of the type.
fn types(code: &Code<'_>) -> (Vec<Owner>, Vec<(Range<usize>, usize)>) {
    let mut all: Vec<Owner> = Vec::new();
    let mut spans: Vec<(Range<usize>, usize)> = Vec::new();
    for found in code.matches(Tag::Type) {
        let (Some(name), Some(span)) = (found.span("name"), found.span("type")) else { continue };
        let name = bare_name(code.slice(&name));
        let base = found.span("base").is_some();
        let is_impl = code.slice(&span).starts_with("impl") || code.slice(&span).starts_with("unsafe impl");
        if let Some((_, known)) = spans.iter().find(|(known, _)| *known == span) {
            if let Some(owner) = all.get_mut(*known).filter(|_| base) {
                owner.has_base = true;
                if is_impl && !owner.foreign.contains(&span) {
                    owner.foreign.push(span);
                }
            }
            continue;
        }
        let known = all.iter().position(|owner| code.language == "rust" && owner.name == name);
        let at = known.unwrap_or(all.len());
        if known.is_none() {
            let head = code.slice(&span).lines().next().unwrap_or("");
            let is_interface = words(head).any(|(_, word)| matches!(word, "interface" | "trait"));
            all.push(Owner { name: name.to_owned(), is_interface, ..Owner::default() });
        }
        if let Some(owner) = all.get_mut(at) {
            owner.spans.push(span.clone());
            owner.has_base |= base;
            if is_impl && base {
                owner.foreign.push(span.clone());
            }
        }
        spans.push((span, at));
    }
    spans.sort_by_key(|(span, _)| (span.start, usize::MAX - span.end));
    (all, spans)
}

fn bare_name(text: &str) -> &str {
    let text = text.split(['<', '[']).next().unwrap_or(text).trim_start_matches(['&', '*']).trim();
    text.rsplit("::").next().unwrap_or(text)
}

fn innermost(spans: &[(Range<usize>, usize)], offset: usize) -> Option<usize> {
    let after = spans.partition_point(|(span, _)| span.start <= offset);
    // Types are nested a few deep at most; those that end before are passed over.
    spans.get(..after)?.iter().rev().find(|(span, _)| span.contains(&offset)).map(|(_, owner)| *owner)
}

fn owner_of(code: &Code<'_>, all: &[Owner], spans: &[(Range<usize>, usize)], at: usize, function: &Function) -> Option<usize> {
    let named = |name: &str| all.iter().position(|owner| owner.name == name);
    if code.language == "go" {
        let receiver = code.slice(&function.signature.range()).strip_prefix("func (")?.split(')').next()?;
        let kind = receiver.split_whitespace().last()?;
        return named(bare_name(kind));
    }
    if code.language == "cpp"
        && let Some((class, _)) = function.name.rsplit_once("::")
    {
        return named(bare_name(class));
    }
    let owner = innermost(spans, function.span.range().start)?;
    let holder = code.parent(at).and_then(|parent| code.functions.get(parent));
    // A function in a function is no method, unless a class stands between.
    let is_local = holder.is_some_and(|holder| innermost(spans, holder.span.range().start) == Some(owner));
    (!is_local).then_some(owner)
}
