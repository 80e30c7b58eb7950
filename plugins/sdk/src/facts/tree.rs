//! The form as a tree: nodes, what is around and below them, and what names get their values from.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::known::Known;
use crate::{FormKind, FormNode};

/// A node of the form, by its index.
pub type Node = usize;

/// One place where a name gets a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name that is bound.
    pub target: Node,
    /// The assignment, parameter or loop.
    pub owner: Node,
    /// What it gets, if that stands there.
    pub value: Option<Node>,
    /// The part of the value that it gets: the key of a pattern that takes a map apart.
    pub part: Option<String>,
    /// The function around; `None` at the top of the file.
    pub scope: Option<Node>,
}

/// The form of a unit with what is known about its names.
#[derive(Debug)]
pub struct Facts<'a> {
    /// As in `Unit::language`.
    pub language: &'a str,
    /// Text of the unit.
    pub text: &'a str,
    nodes: Vec<FormNode>,
    /// Index behind the last node below each node.
    ends: Vec<u32>,
    /// What the names that are imported stand for.
    pub(super) imports: HashMap<&'a str, String>,
    /// Modules of which everything is imported, and all modules that are imported.
    pub(super) wildcards: Vec<String>,
    pub(super) modules: Vec<String>,
    /// Where each name gets a value.
    pub(super) bindings: HashMap<&'a str, Vec<Binding>>,
    /// Names into which something is put by an index: `name[0] = x`.
    pub(super) filled: HashSet<&'a str>,
    /// How many more nodes the running question may visit.
    pub(super) visits: Cell<u32>,
    pub(super) known: Known,
}

impl<'a> Facts<'a> {
    /// The tree alone: nothing is known of its names.
    pub(super) fn unread(language: &'a str, text: &'a str, nodes: Vec<FormNode>) -> Self {
        let mut ends: Vec<u32> = (1..=nodes.len() as u32).collect();
        for at in (1..nodes.len()).rev() {
            let parent = nodes[at].parent as usize;
            ends[parent] = ends[parent].max(ends[at]);
        }
        let (imports, bindings) = (HashMap::new(), HashMap::new());
        Self {
            language,
            text,
            nodes,
            ends,
            imports,
            wildcards: vec![],
            modules: vec![],
            bindings,
            filled: HashSet::new(),
            visits: Cell::new(0),
            known: Known::default(),
        }
    }

    /// All nodes of a kind, in the order of the text.
    pub fn all(&self, kind: FormKind) -> impl Iterator<Item = Node> {
        (0..self.nodes.len()).filter(move |node| self.nodes[*node].kind == kind)
    }

    /// All nodes, in the order of the text.
    pub fn nodes(&self) -> Range<Node> {
        0..self.nodes.len()
    }

    /// What a node is.
    pub fn kind(&self, node: Node) -> FormKind {
        self.nodes[node].kind
    }

    /// Where a node stands, in bytes.
    pub fn span(&self, node: Node) -> Range<usize> {
        self.nodes[node].span.range()
    }

    /// The text of a node.
    pub fn text_of(&self, node: Node) -> &'a str {
        self.text.get(self.span(node)).unwrap_or("")
    }

    /// The name of a node; empty for none.
    pub fn name_of(&self, node: Node) -> &'a str {
        self.text.get(self.nodes[node].name.range()).unwrap_or("")
    }

    /// The node around a node; `None` for the first.
    pub fn parent(&self, node: Node) -> Option<Node> {
        (node > 0).then(|| self.nodes[node].parent as usize)
    }

    /// The nodes around a node, the nearest first.
    pub fn around(&self, node: Node) -> impl Iterator<Item = Node> {
        std::iter::successors(self.parent(node), |node| self.parent(*node))
    }

    /// The nodes directly below a node.
    pub fn children(&self, node: Node) -> impl Iterator<Item = Node> {
        let end = self.ends[node] as usize;
        let first = (node + 1 < end).then_some(node + 1);
        std::iter::successors(first, move |at| Some(self.ends[*at] as usize).filter(|next| *next < end))
    }

    /// The child of a node with this number, from 0.
    pub fn child(&self, node: Node, number: usize) -> Option<Node> {
        self.children(node).nth(number)
    }

    /// All nodes below a node, and the node itself.
    pub fn within(&self, node: Node) -> Range<Node> {
        node..self.ends[node] as usize
    }

    /// The node behind a node, below the same parent.
    pub fn next(&self, node: Node) -> Option<Node> {
        let parent = self.parent(node)?;
        Some(self.ends[node] as usize).filter(|next| self.within(parent).contains(next))
    }

    /// The first node of a kind that begins at an offset.
    pub fn starting_at(&self, offset: usize, kind: FormKind) -> Option<Node> {
        let first = self.nodes.partition_point(|node| (node.span.start as usize) < offset);
        let here = (first..self.nodes.len()).take_while(|node| self.nodes[*node].span.start as usize == offset);
        here.into_iter().find(|node| self.kind(*node) == kind)
    }

    /// The innermost node that holds an offset.
    pub fn innermost(&self, offset: usize) -> Option<Node> {
        let holds = |node: &Node| self.span(*node).contains(&offset);
        let mut node = Some(0).filter(holds)?;
        while let Some(inner) = self.children(node).find(holds) {
            node = inner;
        }
        Some(node)
    }

    /// The function around a node; `None` at the top of the file.
    pub fn function_around(&self, node: Node) -> Option<Node> {
        self.around(node).find(|around| self.kind(*around) == FormKind::Function)
    }

    /// Whether `module`, or something in it, is imported. Segments are separated by dots, or by slashes where the language does so.
    pub fn imports(&self, module: &str) -> bool {
        let is_in = |known: &String| {
            let rest = known.strip_prefix(module);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
        };
        self.modules.iter().any(is_in)
    }
}
