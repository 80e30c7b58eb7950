//! What a question found out about a file once, kept for those that ask the same: a file with thousands of sinks must not be read
//! thousands of times.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::tree::{Facts, Node};
use crate::FormKind;

/// Most nodes of one list that a question looks at: those that stand nearest to what it asks about.
pub(super) const MAX_NEAR: usize = 200;

/// No text is borrowed: cells would bind the lifetime of the facts to that of their text.
#[derive(Debug, Default)]
pub(super) struct Known {
    calls: OnceCell<HashMap<String, Vec<Node>>>,
    asked: RefCell<HashMap<Node, Rc<HashSet<String>>>>,
    /// By the name of a group of rows; for the table that is searched now.
    pub(super) fitting: RefCell<HashMap<String, Rc<Vec<Node>>>>,
}

impl Facts<'_> {
    /// The calls of a name below `area` and before `node`; of very many, the last ones.
    pub(super) fn calls_before(&self, name: &str, area: Node, node: Node) -> &[Node] {
        let calls = self.known.calls.get_or_init(|| {
            let mut calls: HashMap<String, Vec<Node>> = HashMap::new();
            self.all(FormKind::Call).for_each(|call| calls.entry(self.callee_name(call).to_owned()).or_default().push(call));
            calls
        });
        let calls = calls.get(name).map_or(&[][..], Vec::as_slice);
        let before = &calls[..calls.partition_point(|call| *call < node)];
        let inside = &before[before.partition_point(|call| *call < area)..];
        &inside[inside.len().saturating_sub(MAX_NEAR)..]
    }

    /// Names in what the conditions and the demands of a function ask of functions, lists and maps. What only looks whether something is
    /// there asks nothing.
    pub(super) fn asked_in(&self, function: Node) -> Rc<HashSet<String>> {
        if let Some(asked) = self.known.asked.borrow().get(&function) {
            return Rc::clone(asked);
        }
        let mut asked = HashSet::new();
        for node in self.within(function) {
            match self.kind(node) {
                FormKind::If | FormKind::Conditional | FormKind::Loop => {
                    self.child(node, 0).into_iter().for_each(|condition| self.add_asked(condition, &mut asked));
                }
                FormKind::Call if DEMANDS.contains(&self.callee_name(node)) => {
                    self.arguments(node).for_each(|argument| self.add_asked(argument, &mut asked));
                }
                _ => {}
            }
        }
        let asked = Rc::new(asked);
        self.known.asked.borrow_mut().insert(function, Rc::clone(&asked));
        asked
    }

    fn add_asked(&self, condition: Node, asked: &mut HashSet<String>) {
        let mut end = condition;
        for node in self.within(condition) {
            let asks = match self.kind(node) {
                FormKind::Call => !THERE.contains(&self.callee_name(node)),
                FormKind::Index => true,
                FormKind::Binary => self.name_of(node).contains("in"),
                _ => false,
            };
            if asks {
                end = end.max(self.within(node).end);
            }
            if node < end && matches!(self.kind(node), FormKind::Name | FormKind::Member) {
                asked.insert(self.text_of(node).to_owned());
            }
        }
    }
}

/// Calls that end the function where their argument does not hold.
const DEMANDS: &[&str] = &["require", "check", "assert", "checkArgument", "isTrue", "ensure"];

/// Calls that ask whether there is anything.
const THERE: &[&str] = &[
    "isEmpty",
    "isBlank",
    "isNotEmpty",
    "isNotBlank",
    "len",
    "length",
    "size",
    "isNull",
    "nonNull",
    "empty",
    "isset",
    "trim",
    "hasMoreElements",
    "hasNext",
    "next",
    "equals",
    "equalsIgnoreCase",
    "get",
];

/// Those of a sorted list that stand nearest to a node.
pub(super) fn nearest(sorted: &[Node], node: Node) -> &[Node] {
    let start = sorted.partition_point(|at| *at < node).saturating_sub(MAX_NEAR);
    &sorted[start..sorted.len().min(start + 2 * MAX_NEAR)]
}
