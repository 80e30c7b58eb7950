//! Calls: who is called, and with what.

use super::tree::{Facts, Node};
use crate::FormKind;

impl<'a> Facts<'a> {
    /// The last segment of what is called or made: `run` of `subprocess.run(…)`. Empty where that is no name.
    pub fn callee_name(&self, call: Node) -> &'a str {
        let Some(callee) = self.child(call, 0) else { return "" };
        match self.kind(callee) {
            FormKind::Member => self.name_of(callee),
            FormKind::Name => {
                let text = self.text_of(callee);
                text.rsplit(['.', ':']).next().unwrap_or(text)
            }
            // `vec![…]`, `f::<T>(…)`, a call of what a call gives.
            _ => "",
        }
    }

    /// The arguments of a call, pairs and spread ones included.
    pub fn arguments(&self, call: Node) -> impl Iterator<Item = Node> {
        self.children(call).skip(1)
    }

    /// The argument at a position, among those without a name.
    pub fn positional(&self, call: Node, position: usize) -> Option<Node> {
        let is_spread = |node: Node| self.kind(node) == FormKind::Unary && self.name_of(node).starts_with(['*', '.']);
        let arguments: Vec<Node> = self.arguments(call).filter(|argument| self.kind(*argument) != FormKind::Pair).collect();
        let n_known = arguments.iter().position(|argument| is_spread(*argument)).unwrap_or(arguments.len());
        arguments.get(position).copied().filter(|_| position < n_known)
    }

    /// The value under a name: a named argument, or an entry of a map or of a struct that is made.
    pub fn entry(&self, holder: Node, name: &str) -> Option<Node> {
        let pair = self.children(holder).find(|child| self.kind(*child) == FormKind::Pair && self.key(*child) == name)?;
        self.children(pair).last()
    }

    /// The key of a pair, without quotes.
    pub fn key(&self, pair: Node) -> &'a str {
        self.name_of(pair).trim_matches(['"', '\'', '`', '.'])
    }

    /// The call, or the making of something, that a node is an argument of; entries of maps in it count.
    pub fn call_around(&self, node: Node) -> Option<Node> {
        let mut inner = node;
        for around in self.around(node) {
            match self.kind(around) {
                FormKind::Call | FormKind::New if self.child(around, 0) != Some(inner) => return Some(around),
                FormKind::Pair | FormKind::Map | FormKind::List | FormKind::Conditional | FormKind::Unary => inner = around,
                _ => return None,
            }
        }
        None
    }

    /// Whether a node is a statement, so that nothing takes its value.
    pub fn is_statement(&self, node: Node) -> bool {
        self.parent(node).is_some_and(|parent| matches!(self.kind(parent), FormKind::Statement | FormKind::Block))
    }
}
