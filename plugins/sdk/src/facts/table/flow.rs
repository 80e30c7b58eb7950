//! Where a value comes from, by the rows on sources and cleaners: one assignment far.

use std::cmp::Reverse;

use super::naming::{called, fits, last_segment, named, own_name};
use super::row::{Row, Table};
use crate::FormKind;
use crate::facts::tree::{Facts, Node};
use crate::words::words_of_name;

/// Calls that put values into a text.
pub(super) const FORMATS: &[&str] = &["format", "Sprintf", "formatted", "concat", "Fprintf", "sprintf", "Join", "join"];

/// How many names are looked through for a text that something is put into.
const MAX_STEPS: u32 = 2;

/// Most values that are looked at of all that is put into one text: the last ones.
const MAX_PUT: usize = 12;

impl Table {
    /// Whether a value comes from outside of the program, and nothing on its way makes it harmless for `rule`.
    pub(super) fn is_sent(&self, facts: &Facts<'_>, rule: &str, node: Node) -> bool {
        let stops = |inner: Node| self.is_clean(facts, rule, inner) || facts.is_number(inner);
        let mut flows = facts.flows(node, &stops);
        for put in self.put_into(facts, node) {
            flows.extend(facts.flows(put, &stops));
        }
        flows.iter().any(|inner| self.is_source(facts, rule, *inner)) && !is_checked(facts, node, &flows)
    }

    /// Whether something in a value neither stands in the file nor is cleaned.
    pub(super) fn is_open(&self, facts: &Facts<'_>, rule: &str, node: Node) -> bool {
        if facts.is_number(node) {
            return false;
        }
        if is_appending(facts, node) {
            // The list that is added to is looked at by its name.
            let list = facts.arguments(node).take(1).filter(|list| facts.kind(*list) != FormKind::Name);
            return list.chain(facts.arguments(node).skip(1)).any(|part| self.is_open(facts, rule, part));
        }
        if matches!(facts.kind(node), FormKind::Call | FormKind::New) && facts.is_list(node) {
            return facts.arguments(node).any(|part| self.is_open(facts, rule, part));
        }
        // What is put into a format is what is open in it.
        if facts.kind(node) == FormKind::Call && FORMATS.contains(&facts.callee_name(node)) && !self.is_clean(facts, rule, node) {
            let receiver = facts.child(node, 0).and_then(|callee| facts.child(callee, 0)).filter(|receiver| !is_module(facts, *receiver));
            return facts.arguments(node).chain(receiver).any(|part| self.is_open(facts, rule, part));
        }
        if is_sum(facts, node) {
            return operands(facts, node).into_iter().any(|part| self.is_open(facts, rule, part));
        }
        if facts.kind(node) == FormKind::Template {
            return facts.children(node).any(|part| self.is_open(facts, rule, part));
        }
        let is_call = matches!(facts.kind(node), FormKind::Call | FormKind::New) && !self.is_clean(facts, rule, node);
        if let Some(carried) = facts.carried(node).filter(|_| is_call) {
            return self.is_open(facts, rule, carried);
        }
        !facts.is_fixed(node) && !self.is_clean(facts, rule, node) && !self.is_cleaned_name(facts, rule, node)
    }

    /// Whether a name holds nothing but what was cleaned.
    fn is_cleaned_name(&self, facts: &Facts<'_>, rule: &str, node: Node) -> bool {
        if facts.kind(node) != FormKind::Name {
            return false;
        }
        let is_harmless = |value: Node| {
            facts.is_fixed(value) || self.is_clean(facts, rule, value) || is_appending(facts, value) && !self.is_open(facts, rule, value)
        };
        let mut values = facts.bindings(node, facts.text_of(node)).map(|binding| binding.value).peekable();
        values.peek().is_some() && values.all(|value| value.is_some_and(is_harmless))
    }

    /// Whether a value is a text with something open in it, here or where its name was set, or comes from outside.
    pub(super) fn is_glued(&self, facts: &Facts<'_>, rule: &str, node: Node) -> bool {
        self.is_glued_in(facts, rule, node, MAX_STEPS)
    }

    fn is_glued_in(&self, facts: &Facts<'_>, rule: &str, node: Node, steps: u32) -> bool {
        let put = self.put_into(facts, node);
        if facts.is_fixed(node) && put.is_empty() {
            return false;
        }
        let mut values = vec![node];
        let mut is_appended = put.iter().any(|part| self.is_open(facts, rule, *part));
        if facts.kind(node) == FormKind::Name {
            for binding in facts.bindings(node, facts.text_of(node)) {
                values.extend(binding.value);
                let is_append = facts.kind(binding.owner) == FormKind::Append;
                is_appended |= is_append && binding.value.is_some_and(|value| self.is_open(facts, rule, value));
            }
        }
        let has_text = || values.iter().chain(&put).any(|value| has_text(facts, *value));
        is_appended && has_text() || values.iter().any(|value| self.is_glue(facts, rule, *value, steps)) || self.is_sent(facts, rule, node)
    }

    /// What calls on a name put into it: `sb.append(x)`, `sprintf(buffer, …, x)`.
    fn put_into<'s>(&'s self, facts: &'s Facts<'_>, node: Node) -> Vec<Node> {
        let inner = match facts.kind(node) {
            FormKind::Call => facts.child(node, 0).and_then(|callee| facts.child(callee, 0)),
            _ => Some(node),
        };
        let Some(name) = inner.filter(|inner| facts.kind(*inner) == FormKind::Name && !self.intos.is_empty()) else { return Vec::new() };
        let written = facts.text_of(name);
        let area = facts.function_around(node).unwrap_or(0);
        let mut put = Vec::new();
        let of_name =
            |(name, rows): (&'s String, &'s Vec<usize>)| facts.calls_before(name, area, node).iter().map(move |call| (*call, rows));
        let mut calls: Vec<(Node, &Vec<usize>)> = self.intos.iter().flat_map(of_name).collect();
        calls.sort_unstable_by_key(|(call, _)| Reverse(*call));
        for (call, rows) in calls {
            if put.len() >= MAX_PUT {
                break;
            }
            let mut rows = rows.iter().map(|at| &self.rows[*at]).filter(|row| row.languages.contains(&facts.language));
            let Some(callee) = facts.child(call, 0) else { continue };
            let is_method = facts.kind(callee) == FormKind::Member;
            let target = if is_method { receiver(facts, callee) } else { facts.positional(call, 0) };
            if target.is_some_and(|target| facts.text_of(target) == written)
                && rows.any(|row| self.fits(facts, row, call, &facts.path(callee)))
            {
                put.extend(facts.arguments(call).skip(usize::from(!is_method)));
            }
        }
        put
    }

    /// Whether an expression puts something open into a text.
    fn is_glue(&self, facts: &Facts<'_>, rule: &str, node: Node, steps: u32) -> bool {
        let is_open = |part: Node| self.is_open(facts, rule, part);
        match facts.kind(node) {
            FormKind::Template => facts.children(node).any(is_open) && has_text(facts, node),
            FormKind::Binary if matches!(facts.name_of(node), "+" | "%") => {
                let is_glued =
                    |part: Node| is_open(part) && (facts.kind(part) != FormKind::Binary || self.is_glue(facts, rule, part, steps));
                has_text(facts, node) && facts.children(node).any(is_glued)
            }
            FormKind::Call => {
                let is_format = FORMATS.contains(&facts.callee_name(node));
                let callee = facts.child(node, 0).filter(|callee| facts.kind(*callee) == FormKind::Member);
                let receiver = callee.and_then(|callee| facts.child(callee, 0)).filter(|receiver| !is_module(facts, *receiver));
                let mut parts = facts.arguments(node).chain(receiver);
                match facts.carried(node).filter(|_| !is_format) {
                    // `text = text.strip()` leads to itself.
                    Some(carried) if facts.kind(carried) == FormKind::Name => {
                        steps > 0 && self.is_glued_in(facts, rule, carried, steps - 1)
                    }
                    Some(carried) => self.is_glue(facts, rule, carried, steps),
                    None => is_format && has_text(facts, node) && !takes_numbers(facts, node) && parts.any(is_open),
                }
            }
            FormKind::Conditional => facts.children(node).skip(1).any(|choice| self.is_glue(facts, rule, choice, steps)),
            _ => false,
        }
    }

    pub(super) fn is_clean(&self, facts: &Facts<'_>, rule: &str, node: Node) -> bool {
        if self.is_plain(facts, rule, node) {
            return true;
        }
        let by_glob = |name: &str| {
            let rows = self.globs.iter().filter(|at| self.is_row_for(**at, rule, facts));
            rows.flat_map(|at| &self.rows[*at].names).any(|glob| fits(glob, name))
        };
        let is_call = matches!(facts.kind(node), FormKind::Call | FormKind::New);
        let by_path = || {
            self.cleans.get(&*called(facts, node)).is_some_and(|rows| {
                let path = named(facts, node);
                rows.iter().any(|at| self.is_row_for(*at, rule, facts) && self.fits(facts, &self.rows[*at], node, &path))
            })
        };
        is_call && (by_glob(facts.callee_name(node)) && !undoes(facts.callee_name(node)) || by_path())
    }

    /// Whether the own name of a value has a word that says that it is no value: `column`, `placeholders`.
    fn is_plain(&self, facts: &Facts<'_>, rule: &str, node: Node) -> bool {
        let name = match facts.kind(node) {
            FormKind::Call => facts.callee_name(node),
            FormKind::Name | FormKind::Member => own_name(facts, node),
            _ => return false,
        };
        let mut rows = self.plains.iter().filter(|at| self.is_row_for(**at, rule, facts)).map(|at| &self.rows[*at]).peekable();
        rows.peek().is_some() && {
            let words: Vec<String> = words_of_name(name).collect();
            rows.any(|row| row.names.iter().any(|word| words.contains(word)))
        }
    }

    /// Whether a node is a value from outside: by its path, or as a parameter that is marked so.
    pub(super) fn is_source(&self, facts: &Facts<'_>, rule: &str, node: Node) -> bool {
        let written = match facts.kind(node) {
            FormKind::Call => facts.callee_name(node),
            FormKind::Name | FormKind::Member | FormKind::Index => own_name(facts, node),
            _ => return false,
        };
        // A value may be named by its type: its path ends in another name than the one that is written.
        let path = facts.path(node);
        let by_value = self.is_source_by_value(facts, rule, node);
        let ends = [written, last_segment(&path)];
        let rows = ends.into_iter().filter_map(|end| self.sources.get(end)).flatten();
        let mut names = rows.filter(|at| self.is_row_for(**at, rule, facts)).flat_map(|at| &self.rows[*at].names);
        let by_path = names.any(|name| !name.starts_with('@') && (facts.is_path(&path, name) || facts.text_of(node) == name));
        by_path || by_value || facts.kind(node) == FormKind::Name && self.is_sent_parameter(facts, rule, node)
    }

    /// Whether a variable of a declared type was set to what a source gives.
    fn is_source_by_value(&self, facts: &Facts<'_>, rule: &str, node: Node) -> bool {
        let binding = if facts.kind(node) == FormKind::Name { facts.binding(node, facts.text_of(node)) } else { None };
        let Some(value) = binding.filter(|binding| !facts.name_of(binding.owner).is_empty()).and_then(|binding| binding.value) else {
            return false;
        };
        facts.kind(value) != FormKind::Name && !self.is_clean(facts, rule, value) && self.is_source(facts, rule, value)
    }

    fn is_row_for(&self, at: usize, rule: &str, facts: &Facts<'_>) -> bool {
        let row: &Row = &self.rows[at];
        (row.rule.is_empty() || row.rule == rule) && row.languages.contains(&facts.language)
    }

    /// Whether a name is a parameter with an annotation of a source, or one of a function with such an annotation.
    fn is_sent_parameter(&self, facts: &Facts<'_>, rule: &str, node: Node) -> bool {
        let Some(binding) = facts.binding(node, facts.text_of(node)) else { return false };
        if facts.kind(binding.owner) != FormKind::Parameter {
            return false;
        }
        let of_parameter = facts.children(binding.owner).filter(|child| facts.kind(*child) == FormKind::Annotation);
        let of_function = binding.scope.map(|function| facts.annotations(function)).unwrap_or_default();
        let is_called_back = binding.scope.is_some_and(|function| self.is_called_back(facts, rule, function));
        is_called_back
            || of_parameter.into_iter().any(|annotation| self.is_marked(facts, rule, annotation, false))
            || may_hold_text(facts, binding.owner)
                && of_function.into_iter().any(|annotation| self.is_marked(facts, rule, annotation, true))
    }

    /// Whether a function is given to a call that hands it what comes from outside: `$.get(url, function (answer) { … })`.
    fn is_called_back(&self, facts: &Facts<'_>, rule: &str, function: Node) -> bool {
        let call = facts.parent(function).filter(|call| facts.kind(*call) == FormKind::Call);
        call.is_some_and(|call| {
            let rows = self.sources.get(facts.callee_name(call)).into_iter().flatten();
            let names = rows.filter(|at| self.is_row_for(**at, rule, facts)).flat_map(|at| &self.rows[*at].names);
            let mut callees = names.filter_map(|name| name.strip_suffix("(*)")).filter(|name| !name.starts_with('@')).peekable();
            // Names are cheaper to compare than paths.
            let path = callees.peek().and_then(|_| facts.child(call, 0)).map(|callee| facts.path(callee));
            path.is_some_and(|path| callees.any(|name| facts.is_path(&path, name)))
        })
    }

    /// Whether a source is named by an annotation: `@x` on a parameter, `@x(*)` on a function whose parameters all are sources.
    fn is_marked(&self, facts: &Facts<'_>, rule: &str, annotation: Node, is_function: bool) -> bool {
        let path = facts.annotation_name(annotation);
        self.sources.get(last_segment(&path)).is_some_and(|rows| {
            let names = rows.iter().filter(|at| self.is_row_for(**at, rule, facts)).flat_map(|at| &self.rows[*at].names);
            let marks = names.into_iter().filter_map(|name| name.strip_prefix('@'));
            let mut marks = marks.filter(|mark| mark.ends_with("(*)") == is_function).map(|mark| mark.trim_end_matches("(*)"));
            marks.any(|mark| mark == last_segment(&path) || facts.is_path(&path, mark))
        })
    }
}

fn is_sum(facts: &Facts<'_>, node: Node) -> bool {
    facts.kind(node) == FormKind::Binary && matches!(facts.name_of(node), "+" | "%")
}

/// What a sum of sums is made of. Hundreds of terms are hundreds of levels, too many for a call each.
pub(super) fn operands(facts: &Facts<'_>, sum: Node) -> Vec<Node> {
    let (mut open, mut found) = (vec![sum], Vec::new());
    while let Some(node) = open.pop() {
        if is_sum(facts, node) {
            open.extend(facts.children(node));
        } else {
            found.push(node);
        }
    }
    found
}

/// Whether the name of a call says the opposite of cleaning, or only makes bytes of a text.
fn undoes(name: &str) -> bool {
    const WORDS: &[&str] = &["unescape", "unquote", "decode", "rehash", "unsanit", "unencode"];
    let low = name.to_ascii_lowercase();
    low == "encode" || WORDS.iter().any(|word| low.contains(word))
}

/// Whether the text of a format has holes for numbers alone.
fn takes_numbers(facts: &Facts<'_>, call: Node) -> bool {
    let format = facts.arguments(call).find_map(|argument| facts.texts(argument)).and_then(|texts| texts.into_iter().next());
    format.is_some_and(|format| {
        format.contains("%d") && !["%s", "%v", "%q", "%x", "%S", "%+v", "%w"].iter().any(|verb| format.contains(verb))
    })
}

/// Whether a fixed text that is not blank is a part of a value, here or where a name in it was set.
fn has_text(facts: &Facts<'_>, node: Node) -> bool {
    let is_text = |inner: Node| facts.kind(inner) == FormKind::Text && !facts.literal(inner).trim().is_empty();
    facts.within(node).any(|inner| {
        let is_set_to_text = |name: Node| {
            let mut values = facts.bindings(name, facts.text_of(name)).filter_map(|binding| binding.value);
            values.any(|value| facts.within(value).any(is_text))
        };
        is_text(inner) || facts.kind(inner) == FormKind::Name && is_set_to_text(inner)
    })
}

/// Whether a condition of the same function asks a function, a list or a map about a value: it was looked at, whatever came of that. A
/// look at whether it is there does not count.
fn is_checked(facts: &Facts<'_>, node: Node, flows: &[Node]) -> bool {
    let Some(function) = facts.function_around(node) else { return false };
    // Of `f.name` it is the name that has to be asked about, not `f`.
    let is_receiver = |name: Node| facts.parent(name).is_some_and(|parent| facts.kind(parent) == FormKind::Member);
    let values = flows.iter().copied().filter(|flow| match facts.kind(*flow) {
        FormKind::Name => !is_receiver(*flow),
        FormKind::Member => !is_receiver(*flow) && facts.parent(*flow).is_some_and(|parent| facts.child(parent, 0) != Some(*flow)),
        _ => false,
    });
    let mut names: Vec<&str> = values.map(|value| facts.text_of(value)).collect();
    let holder = facts.around(node).find(|around| facts.kind(*around) == FormKind::Assign).and_then(|assign| facts.child(assign, 0));
    names.extend(holder.map(|holder| facts.text_of(holder)));
    // The request itself is asked about many things.
    names
        .retain(|name| !matches!(*name, "req" | "request" | "r" | "ctx" | "c" | "this" | "self" | "call" | "context" | "res" | "response"));
    if names.is_empty() {
        return false;
    }
    let asked = facts.asked_in(function);
    names.iter().any(|name| asked.contains(*name))
}

/// What the method of a callee is called on.
fn receiver(facts: &Facts<'_>, callee: Node) -> Option<Node> {
    facts.child(callee, 0)
}

/// Whether a name is a module or a type and no value.
fn is_module(facts: &Facts<'_>, node: Node) -> bool {
    facts.kind(node) == FormKind::Name && facts.bindings(node, facts.text_of(node)).next().is_none()
}

impl Facts<'_> {
    /// The annotations of a function: in it, or right before it.
    pub fn annotations(&self, function: Node) -> Vec<Node> {
        let inside = self.children(function).filter(|child| self.kind(*child) == FormKind::Annotation);
        let mut found: Vec<Node> = inside.collect();
        if let Some(parent) = self.parent(function) {
            let before: Vec<Node> = self.children(parent).take_while(|child| *child < function).collect();
            found.extend(before.into_iter().rev().take_while(|child| self.kind(*child) == FormKind::Annotation));
        }
        found
    }

    /// The name of an annotation, without what it is given.
    pub fn annotation_name(&self, annotation: Node) -> String {
        let name = self.name_of(annotation);
        if !name.is_empty() {
            return name.to_owned();
        }
        let Some(inner) = self.child(annotation, 0) else { return self.text_of(annotation).trim_start_matches('@').to_owned() };
        let callee = if matches!(self.kind(inner), FormKind::Call | FormKind::New) { self.child(inner, 0).unwrap_or(inner) } else { inner };
        self.path(callee)
    }
}

/// Whether a call adds to a list as Go does: `append(list, x)`.
fn is_appending(facts: &Facts<'_>, node: Node) -> bool {
    facts.language == "go" && facts.kind(node) == FormKind::Call && facts.callee_name(node) == "append"
}

/// Whether a parameter of a route can hold any text. A router of Rust fills parameters by their type, and a type of its own checks it.
fn may_hold_text(facts: &Facts<'_>, parameter: Node) -> bool {
    const HOLDERS: &[&str] =
        &["String", "str", "RawStr", "Path", "Query", "Form", "Json", "Bytes", "HttpRequest", "Multipart", "Payload", "Data"];
    let declared = facts.name_of(parameter);
    let mut words = declared.split(|c: char| !c.is_alphanumeric());
    facts.language != "rust" || declared.is_empty() || words.any(|word| HOLDERS.contains(&word))
}
