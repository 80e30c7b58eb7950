//! The answers to what rows ask of a call, a setting or a mention.

use std::rc::Rc;

use super::condition::{Condition, Op, Place};
use super::naming::{fits, named, own_name};
use super::row::{Looks, Origin, Row, Table};
use super::shape::shapes;
use crate::FormKind;
use crate::facts::known::nearest;
use crate::facts::tree::{Facts, Node};
use crate::words::words_of_name;

/// Most nodes before a call that are searched for a source.
const MAX_BESIDE: usize = 300;

/// Most texts of a hit that are kept.
const MAX_SHAPES: usize = 8;

impl Table {
    pub(super) fn holds(&self, facts: &Facts<'_>, condition: &Condition, row: &Row, node: Node) -> bool {
        match condition {
            Condition::Of(places, op) => self.holds_of(facts, places, op, row, node),
            Condition::Imports(modules) => modules.iter().any(|module| facts.imports(module)),
            Condition::In(names) => facts.call_around(node).and_then(|call| facts.child(call, 0)).is_some_and(|callee| {
                let path = facts.path(callee);
                names.iter().any(|name| facts.is_path(&path, name))
            }),
            Condition::Unless(groups) => !groups.iter().any(|group| self.is_safe(facts, group, node, receiver_of(facts, node))),
            Condition::Nowhere(groups) => !groups.iter().any(|group| self.is_safe(facts, group, node, None)),
            Condition::Used(is_used) => {
                let is_dropped =
                    facts.parent(node).is_none_or(|around| matches!(facts.kind(around), FormKind::Block | FormKind::Statement));
                is_dropped != *is_used
            }
            Condition::Somewhere(groups) => groups.iter().any(|group| self.is_safe(facts, group, node, None)),
        }
    }

    /// Where the values come from that a row asks about, of several the one that is worst; and the texts that they can be, with a
    /// `\u{1}` for each hole and a `\u{2}` for each constant from elsewhere.
    pub(super) fn origin(&self, facts: &Facts<'_>, row: &Row, node: Node) -> (Origin, Vec<String>) {
        let of_place = |place: &Place| match place {
            Place::Any => facts.arguments(node).collect(),
            place => at(facts, place, node).into_iter().collect::<Vec<Node>>(),
        };
        let asked = row.conditions.iter().filter_map(|condition| match condition {
            Condition::Of(places, Op::Sent | Op::Whole | Op::Leads | Op::Glued | Op::Open | Op::Literal) => Some(places),
            _ => None,
        });
        let mut values: Vec<Node> = asked.flatten().flat_map(of_place).collect();
        // A row that asks of no value speaks of whatever the call works on.
        let asks_nothing = values.is_empty();
        if asks_nothing && matches!(facts.kind(node), FormKind::Call | FormKind::New) {
            let receiver =
                facts.child(node, 0).filter(|callee| facts.kind(*callee) == FormKind::Member).and_then(|callee| facts.child(callee, 0));
            values.extend(facts.arguments(node).chain(receiver));
        }
        let origin = values.iter().map(|value| match self.is_sent(facts, &row.rule, *value) {
            true => Origin::Sent,
            false if facts.is_given(*value) => Origin::Given,
            false => Origin::Own,
        });
        let origin = origin.max().unwrap_or(Origin::Own);
        // What a file holds that the function has just got may be what was sent.
        let is_beside = || {
            let area = facts.function_around(node).unwrap_or(0);
            (area..node).rev().take(MAX_BESIDE).any(|before| self.is_source(facts, &row.rule, before))
        };
        let origin = if origin == Origin::Own && asks_nothing && !values.is_empty() && is_beside() { Origin::Given } else { origin };
        (origin, values.iter().flat_map(|value| shapes(facts, *value, 2)).take(MAX_SHAPES).collect())
    }

    fn holds_of(&self, facts: &Facts<'_>, places: &[Place], op: &Op, row: &Row, node: Node) -> bool {
        if let Op::Has(words) | Op::HasNot(words) = op {
            let names = places.iter().flat_map(|place| names_at(facts, place, node));
            let has = names.flat_map(|name| words_of_name(&name).collect::<Vec<_>>()).any(|word| words.contains(&word));
            return has == matches!(op, Op::Has(_));
        }
        if places == [Place::Function] || places == [Place::Target] {
            let names: Vec<String> = places.iter().flat_map(|place| names_at(facts, place, node)).collect();
            return match op {
                Op::Fits(globs) => names.iter().any(|name| globs.iter().any(|glob| fits(glob, name))),
                Op::FitsNot(globs) => !names.iter().any(|name| globs.iter().any(|glob| fits(glob, name))),
                _ => false,
            };
        }
        if places == [Place::Any] {
            return facts.arguments(node).any(|argument| self.holds_at(facts, op, row, argument));
        }
        match places.iter().find_map(|place| at(facts, place, node)) {
            Some(found) => self.holds_at(facts, op, row, found),
            // What is spread into the call may hold it.
            None => matches!(op, Op::Missing | Op::IsNot(_) | Op::FitsNot(_)) && !has_spread(facts, places, node),
        }
    }

    fn holds_at(&self, facts: &Facts<'_>, op: &Op, row: &Row, node: Node) -> bool {
        match op {
            Op::Is(words) => words.iter().any(|word| is(facts, node, word)),
            Op::IsNot(words) => !words.iter().any(|word| is(facts, node, word)),
            Op::Fits(globs) => texts(facts, node).iter().any(|text| globs.iter().any(|glob| fits(glob, text))),
            Op::FitsNot(globs) => {
                let texts = texts(facts, node);
                !texts.is_empty() && !texts.iter().any(|text| globs.iter().any(|glob| fits(glob, text)))
            }
            Op::Below(limit) => facts.number(node).is_some_and(|number| number < *limit),
            Op::Above(limit) => facts.number(node).is_some_and(|number| number > *limit),
            Op::Bits(mask) => facts.number(node).is_some_and(|number| number & mask != 0),
            Op::Fixed => facts.is_fixed(node),
            Op::Literal => {
                let is_nothing = |text: &String| matches!(text.as_str(), "" | "null" | "nil" | "None" | "NULL" | "nullptr" | "undefined");
                facts.texts(node).is_some_and(|texts| !texts.iter().any(is_nothing))
            }
            Op::Open => self.is_open(facts, &row.rule, node),
            Op::Glued => self.is_glued(facts, &row.rule, node),
            Op::Sent => self.is_sent(facts, &row.rule, node),
            Op::Whole => {
                let is_made =
                    matches!(facts.kind(node), FormKind::Map | FormKind::List | FormKind::Template | FormKind::Binary | FormKind::New);
                !is_made && self.is_sent(facts, &row.rule, node)
            }
            Op::Leads => self.is_sent(facts, &row.rule, node) && self.leads(facts, &row.rule, node, 2),
            Op::Missing => false,
            Op::Given => true,
            Op::Has(_) | Op::HasNot(_) => false,
        }
    }

    /// Whether what was sent stands at the beginning of a value, behind nothing but a scheme: then it chooses the host of an address.
    fn leads(&self, facts: &Facts<'_>, rule: &str, node: Node, steps: u32) -> bool {
        let is_scheme = |text: &str| matches!(text, "" | "http://" | "https://" | "//" | "http" | "https");
        match facts.kind(node) {
            FormKind::Template | FormKind::Binary => {
                // `"https://%s/x" % sent`
                let is_format = facts.kind(node) == FormKind::Binary && facts.name_of(node) == "%";
                let mut parts = facts.children(node).peekable();
                let Some(first) = parts.next() else { return false };
                let starts = facts.texts(first).is_some_and(|texts| {
                    texts.iter().any(|text| is_scheme(text) || is_format && is_scheme(text.split('%').next().unwrap_or("")))
                });
                if starts {
                    parts.next().is_some_and(|next| self.leads(facts, rule, next, steps))
                } else {
                    self.leads(facts, rule, first, steps)
                }
            }
            FormKind::Name if steps > 0 => {
                let values: Vec<Node> = facts.bindings(node, facts.text_of(node)).filter_map(|binding| binding.value).collect();
                let mut values = values.into_iter().filter(|value| !facts.within(*value).contains(&node)).peekable();
                if values.peek().is_none() {
                    self.is_sent(facts, rule, node)
                } else {
                    values.any(|value| self.leads(facts, rule, value, steps - 1))
                }
            }
            FormKind::Call if matches!(facts.callee_name(node), "format" | "Sprintf" | "formatted" | "join" | "concat") => {
                let receiver = facts.child(node, 0).and_then(|callee| facts.child(callee, 0));
                let mut parts = receiver.into_iter().chain(facts.arguments(node)).skip_while(|part| facts.texts(*part).is_none());
                let text = parts.next().and_then(|text| facts.texts(text)).and_then(|texts| texts.into_iter().next()).unwrap_or_default();
                is_scheme(text.split(['%', '{']).next().unwrap_or(""))
                    && parts.next().is_some_and(|next| self.leads(facts, rule, next, steps))
            }
            FormKind::Conditional => facts.children(node).skip(1).any(|choice| self.leads(facts, rule, choice, steps)),
            FormKind::List => facts.child(node, 0).is_some_and(|first| self.leads(facts, rule, first, steps)),
            FormKind::Map => false,
            _ => self.is_sent(facts, rule, node),
        }
    }

    /// Whether a row of a group speaks of `variable`, or of anything where there is none, in the function around.
    fn is_safe(&self, facts: &Facts<'_>, group: &str, node: Node, variable: Option<&str>) -> bool {
        let area = facts.function_around(node).unwrap_or(0);
        let is_same = |call: Node| {
            let callee = facts.child(call, 0).filter(|callee| facts.kind(*callee) == FormKind::Member);
            let receiver = callee.and_then(|callee| facts.child(callee, 0)).map(|receiver| facts.text_of(receiver));
            let mut given = facts.arguments(call).map(|argument| facts.text_of(argument));
            match variable {
                Some(variable) => receiver == Some(variable) || given.any(|given| given == variable),
                None => true,
            }
        };
        let calls = self.calls_of_group(facts, group);
        let inside = facts.within(area);
        let inside = calls.partition_point(|call| *call < inside.start)..calls.partition_point(|call| *call < inside.end);
        nearest(&calls[inside], node).iter().any(|call| facts.kind(*call) == FormKind::Assign || is_same(*call))
    }

    /// All calls and settings of the file that a row of a group speaks of.
    fn calls_of_group(&self, facts: &Facts<'_>, group: &str) -> Rc<Vec<Node>> {
        if let Some(calls) = facts.known.fitting.borrow().get(group) {
            return Rc::clone(calls);
        }
        let rows = self.rows.iter().filter(|row| matches!(&row.looks, Looks::Safe(known) if known == group));
        let rows: Vec<&Row> = rows.filter(|row| row.languages.contains(&facts.language)).collect();
        let calls = facts.nodes().filter(|call| matches!(facts.kind(*call), FormKind::Call | FormKind::New | FormKind::Assign));
        let fits = |call: &Node| {
            let path = named(facts, *call);
            rows.iter().any(|row| self.fits(facts, row, *call, &path))
        };
        let calls = Rc::new(if rows.is_empty() { Vec::new() } else { calls.filter(fits).collect() });
        facts.known.fitting.borrow_mut().insert(group.to_owned(), Rc::clone(&calls));
        calls
    }
}

/// Whether something is spread into a call, or into a map among its arguments, where a name could come from.
fn has_spread(facts: &Facts<'_>, places: &[Place], node: Node) -> bool {
    let is_spread = |child: Node| facts.kind(child) == FormKind::Unary && facts.name_of(child).starts_with(['*', '.']);
    let has = |holder: Node| facts.children(holder).any(is_spread);
    let is_by_name =
        places.iter().any(|place| matches!(place, Place::Key(_)) || matches!(place, Place::Position(_, keys) if !keys.is_empty()));
    is_by_name && (has(node) || facts.arguments(node).any(|argument| facts.kind(argument) == FormKind::Map && has(argument)))
}

/// The variable that holds what a call gives.
fn receiver_of<'a>(facts: &Facts<'a>, node: Node) -> Option<&'a str> {
    let mut inner = node;
    for around in facts.around(node) {
        match facts.kind(around) {
            FormKind::Assign => return facts.child(around, 0).filter(|target| *target != inner).map(|target| facts.text_of(target)),
            // `new T().with(…)` is still about what was made.
            FormKind::Member | FormKind::Call | FormKind::Unary => inner = around,
            _ => return None,
        }
    }
    None
}

/// What stands at a place of a call, or of something that is set.
fn at(facts: &Facts<'_>, place: &Place, node: Node) -> Option<Node> {
    match place {
        Place::Position(position, keys) => {
            let argument = facts.positional(node, *position)?;
            keys.iter().try_fold(argument, |holder, key| entry(facts, holder, key))
        }
        Place::Key(key) => {
            let keys: Vec<&str> = key.split('.').collect();
            let first = facts.entry(node, keys[0]).or_else(|| facts.arguments(node).find_map(|argument| entry(facts, argument, keys[0])));
            keys[1..].iter().try_fold(first?, |holder, key| entry(facts, holder, key))
        }
        Place::Value => {
            let has_target = matches!(facts.kind(node), FormKind::Assign | FormKind::Append);
            facts.children(node).last().filter(|value| !has_target || facts.child(node, 0) != Some(*value))
        }
        Place::Receiver => {
            let callee = facts.child(node, 0)?;
            facts.child(callee, 0).filter(|_| facts.kind(callee) == FormKind::Member)
        }
        Place::ReceiverArgument(position) => {
            let receiver = at(facts, &Place::Receiver, node)?;
            facts.positional(receiver, *position)
        }
        Place::RootArgument(position) => {
            let mut root = node;
            while let Some(receiver) = at(facts, &Place::Receiver, root).filter(|receiver| facts.kind(*receiver) == FormKind::Call) {
                root = receiver;
            }
            facts.positional(root, *position)
        }
        Place::Beside(key) => facts.parent(node).and_then(|holder| facts.entry(holder, key)),
        Place::Any | Place::Target | Place::Function | Place::Condition | Place::Parameters => None,
    }
}

/// An entry of a map that stands there, or that a name was set to.
fn entry(facts: &Facts<'_>, holder: Node, key: &str) -> Option<Node> {
    match facts.kind(holder) {
        FormKind::Map | FormKind::New | FormKind::Call => facts.entry(holder, key),
        FormKind::Name => {
            let value = facts.binding(holder, facts.text_of(holder))?.value?;
            matches!(facts.kind(value), FormKind::Map | FormKind::New).then(|| facts.entry(value, key)).flatten()
        }
        _ => None,
    }
}

/// Names that a place has: of the target of a value, of the function around, or of what stands there.
fn names_at(facts: &Facts<'_>, place: &Place, node: Node) -> Vec<String> {
    match place {
        Place::Function => {
            // A closure is a part of the function that has a name.
            let functions = facts.around(node).filter(|around| facts.kind(*around) == FormKind::Function);
            functions.map(|function| facts.name_of(function).to_owned()).find(|name| !name.is_empty()).into_iter().collect()
        }
        Place::Target => targets(facts, node),
        Place::Parameters => {
            let function = facts.function_around(node);
            let parameters = function
                .into_iter()
                .flat_map(|function| facts.children(function))
                .filter(|child| facts.kind(*child) == FormKind::Parameter);
            parameters.flat_map(|parameter| names_in(facts, parameter)).collect()
        }
        Place::Condition => {
            let conditions = conditions_around(facts, node);
            let names = conditions.into_iter().flat_map(|condition| names_in(facts, condition).into_iter().chain(texts(facts, condition)));
            names.chain(branches_around(facts, node)).collect()
        }
        Place::Any => facts.arguments(node).flat_map(|argument| names_in(facts, argument)).collect(),
        _ => at(facts, place, node).map(|found| names_in(facts, found)).unwrap_or_default(),
    }
}

/// Farthest look above a place for the branch of the preprocessor that it stands in, in bytes.
const MAX_BRANCH_BYTES: usize = 4_000;

/// What the branches of the preprocessor around a place ask for.
fn branches_around(facts: &Facts<'_>, node: Node) -> Vec<String> {
    if !matches!(facts.language, "c" | "cpp") {
        return Vec::new();
    }
    let (mut asked, mut depth) = (Vec::new(), 0_u32);
    let end = facts.span(node).start;
    let before = &facts.text[facts.text.ceil_char_boundary(end.saturating_sub(MAX_BRANCH_BYTES))..end];
    for line in before.rsplit('\n').map(str::trim_start) {
        match line.strip_prefix('#').map(str::trim_start) {
            Some(rest) if rest.starts_with("endif") => depth += 1,
            Some(rest) if rest.starts_with("if") && depth > 0 => depth -= 1,
            Some(rest) if rest.starts_with("if") => {
                asked.extend(
                    rest.split(|c: char| !c.is_alphanumeric() && c != '_').skip(1).filter(|word| !word.is_empty()).map(str::to_owned),
                );
            }
            _ => {}
        }
    }
    asked
}

fn names_in(facts: &Facts<'_>, node: Node) -> Vec<String> {
    let names = facts.within(node).filter(|inner| matches!(facts.kind(*inner), FormKind::Name | FormKind::Member));
    names.map(|inner| own_name(facts, inner).to_owned()).collect()
}

/// The names that a value goes to: what it is assigned to, the key it stands under, the function that gives it back.
fn targets(facts: &Facts<'_>, node: Node) -> Vec<String> {
    let mut names = Vec::new();
    let mut inner = node;
    for around in facts.around(node) {
        match facts.kind(around) {
            FormKind::Assign | FormKind::Append => {
                names.extend(facts.child(around, 0).filter(|target| *target != inner).map(|target| own_name(facts, target).to_owned()));
                break;
            }
            FormKind::Pair => {
                names.push(facts.key(around).to_owned());
                break;
            }
            FormKind::Return => {
                names.extend(facts.function_around(around).map(|function| facts.name_of(function).to_owned()));
                break;
            }
            FormKind::Call | FormKind::New => names.push(facts.callee_name(around).to_owned()),
            FormKind::Member
            | FormKind::Index
            | FormKind::Binary
            | FormKind::Template
            | FormKind::Unary
            | FormKind::Conditional
            | FormKind::List
            | FormKind::Each => {}
            FormKind::Function if facts.children(around).last() == Some(inner) => {}
            _ => break,
        }
        inner = around;
    }
    names
}

/// What is asked around a place, in the same function; for what follows `else`, too.
fn conditions_around(facts: &Facts<'_>, node: Node) -> Vec<Node> {
    let inside = facts.around(node).take_while(|around| facts.kind(*around) != FormKind::Function);
    let asks = |around: &Node| {
        matches!(facts.kind(*around), FormKind::If | FormKind::Conditional | FormKind::Loop | FormKind::Switch | FormKind::Case)
    };
    inside.filter(asks).filter_map(|around| facts.child(around, 0)).collect()
}

/// Whether a value is a constant, a name, a number or a text that is written as `word`.
fn is(facts: &Facts<'_>, node: Node, word: &str) -> bool {
    if facts.text_of(node) == word {
        return true;
    }
    match facts.kind(node) {
        FormKind::Function => answer(facts, node).is_some_and(|answer| facts.text_of(answer) == word),
        FormKind::Text => facts.literal(node) == word,
        FormKind::Number => word.parse().ok().is_some_and(|number: i64| facts.number(node) == Some(number)),
        FormKind::List => facts.children(node).any(|item| is(facts, item, word)),
        FormKind::Binary if facts.name_of(node) == "|" => facts.children(node).any(|item| is(facts, item, word)),
        FormKind::Name | FormKind::Member => {
            let path = facts.path(node);
            // `*` as a word is the text, not a pattern of names.
            let is_named = word != "*" && facts.is_path(&path, word)
                || path.strip_suffix(word).is_some_and(|front| front.ends_with('.') && !word.contains('.'));
            is_named || facts.texts(node).is_some_and(|texts| texts.iter().any(|text| text == word))
        }
        FormKind::Call | FormKind::New => {
            let is_called = word != "*" && facts.child(node, 0).is_some_and(|callee| facts.is_path(&facts.path(callee), word));
            // A list by a call: `List.of("*")`.
            is_called || facts.carried(node).is_some_and(|carried| facts.kind(carried) == FormKind::Text && facts.literal(carried) == word)
        }
        _ => false,
    }
}

/// What a function gives back that does nothing else: `() => true`, `func(…) bool { return true }`.
fn answer(facts: &Facts<'_>, function: Node) -> Option<Node> {
    let body = facts.children(function).last().filter(|body| facts.kind(*body) != FormKind::Parameter)?;
    let mut only = body;
    while matches!(facts.kind(only), FormKind::Block | FormKind::Return | FormKind::Statement) {
        let mut children = facts.children(only);
        only = children.next().filter(|_| children.next().is_none())?;
    }
    Some(only)
}

/// The texts that a value can be; what is not known in them shows as a sign that only `*` fits.
fn texts(facts: &Facts<'_>, node: Node) -> Vec<String> {
    texts_in(facts, node, 2)
}

fn texts_in(facts: &Facts<'_>, node: Node, steps: u32) -> Vec<String> {
    if facts.kind(node) == FormKind::List {
        return facts.children(node).flat_map(|item| texts_in(facts, item, steps)).collect();
    }
    if matches!(facts.kind(node), FormKind::Call | FormKind::New) && facts.is_list(node) {
        return facts.arguments(node).flat_map(|item| texts_in(facts, item, steps)).collect();
    }
    if let Some(texts) = facts.texts(node) {
        return texts;
    }
    match facts.kind(node) {
        FormKind::Template | FormKind::Binary => {
            let part = |child: Node| texts_in(facts, child, steps).into_iter().next().unwrap_or_else(|| "\u{1}".to_owned());
            vec![facts.children(node).map(part).collect()]
        }
        FormKind::Conditional => facts.children(node).skip(1).flat_map(|choice| texts_in(facts, choice, steps)).collect(),
        FormKind::Name if steps > 0 => {
            let values: Vec<Node> = facts.bindings(node, facts.text_of(node)).filter_map(|binding| binding.value).collect();
            let values = values.into_iter().filter(|value| !facts.within(*value).contains(&node));
            values.flat_map(|value| texts_in(facts, value, steps - 1)).collect()
        }
        // Of a format, the text that is filled.
        FormKind::Call | FormKind::New => {
            let receiver = facts.child(node, 0).and_then(|callee| facts.child(callee, 0));
            let parts = receiver.into_iter().chain(facts.arguments(node).take(2));
            parts.map(|part| texts_in(facts, part, steps.saturating_sub(1))).find(|texts| !texts.is_empty()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
