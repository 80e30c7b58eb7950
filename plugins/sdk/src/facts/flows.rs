//! What flows into a value, one assignment far.

use super::tree::{Facts, Node};
use super::values::MAX_VISITS;
use crate::FormKind;

impl Facts<'_> {
    /// The nodes below an expression, and below what its names were set to, one step far: what flows into it directly.
    ///
    /// Of a call, what it is given flows into it, too; `stops` tells a call that lets nothing through.
    pub fn flows(&self, node: Node, stops: &dyn Fn(Node) -> bool) -> Vec<Node> {
        let mut found = Vec::new();
        self.add_flows(node, stops, &mut found);
        for name in found.clone() {
            if self.kind(name) != FormKind::Name {
                continue;
            }
            let values: Vec<Node> = self.bindings(name, self.text_of(name)).filter_map(|binding| binding.value).collect();
            values
                .into_iter()
                .filter(|value| !self.within(*value).contains(&node))
                .for_each(|value| self.add_flows(value, stops, &mut found));
        }
        found
    }

    /// Whether a value is a parameter of a function with a name, as it is, as a part of another value, or two assignments later.
    pub fn is_given(&self, node: Node) -> bool {
        self.visits.set(MAX_VISITS);
        self.is_given_in(node, 2)
    }

    fn is_given_in(&self, node: Node, steps: u32) -> bool {
        if !self.visit() {
            return false;
        }
        match self.kind(node) {
            FormKind::Name => self.is_parameter(node) || self.is_set_to_given(node, steps),
            FormKind::Template | FormKind::Binary | FormKind::List | FormKind::Conditional | FormKind::Unary => {
                self.children(node).any(|part| self.is_given_in(part, steps))
            }
            FormKind::Call | FormKind::New => self.arguments(node).any(|argument| self.is_given_in(argument, steps)),
            _ => false,
        }
    }

    fn is_set_to_given(&self, name: Node, steps: u32) -> bool {
        let Some(fewer) = steps.checked_sub(1) else { return false };
        let values = self.bindings(name, self.text_of(name)).filter_map(|binding| binding.value);
        values.filter(|value| !self.within(*value).contains(&name)).any(|value| self.is_given_in(value, fewer))
    }

    fn is_parameter(&self, name: Node) -> bool {
        let binding = self.binding(name, self.text_of(name));
        let function = binding.filter(|binding| self.kind(binding.owner) == FormKind::Parameter).and_then(|binding| binding.scope);
        function.is_some_and(|function| !self.name_of(function).is_empty())
    }

    fn add_flows(&self, node: Node, stops: &dyn Fn(Node) -> bool, found: &mut Vec<Node>) {
        if stops(node) || matches!(self.kind(node), FormKind::Function | FormKind::Class) || found.len() > 500 {
            return;
        }
        found.push(node);
        // A condition decides; it does not flow.
        let skipped = usize::from(self.kind(node) == FormKind::Conditional);
        self.children(node).skip(skipped).for_each(|child| self.add_flows(child, stops, found));
    }
}
