//! Places that can be changed, and the source as operators see it.

use std::ops::Range;

use crate::syntax::{FormKind, FormNode, Parsed, form};
use crate::types::{Language, Severity};

/// A change that makes a defect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Name of the operator.
    pub operator: &'static str,
    /// What is replaced, in bytes.
    pub span: Range<usize>,
    /// What a reader has to see to know that it is wrong.
    pub around: Range<usize>,
    /// What takes its place.
    pub with: String,
    /// What the defect is, as in a set.
    pub topic: &'static str,
    /// The least severity that a finding of it has.
    pub at_least: Severity,
}

/// A source with its form.
pub(super) struct Source<'a> {
    pub(super) language: Language,
    pub(super) text: &'a str,
    nodes: Vec<FormNode>,
    /// Index behind the last node below each node.
    ends: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(language: Language, parsed: &Parsed, text: &'a str) -> Self {
        let nodes = form(parsed, text);
        let mut ends: Vec<usize> = (1..=nodes.len()).collect();
        for at in (1..nodes.len()).rev() {
            let parent = nodes[at].parent as usize;
            ends[parent] = ends[parent].max(ends[at]);
        }
        Self { language, text, nodes, ends }
    }

    pub(super) fn all(&self, kind: FormKind) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(move |node| self.nodes[*node].kind == kind)
    }

    pub(super) fn kind(&self, node: usize) -> FormKind {
        self.nodes[node].kind
    }

    pub(super) fn span(&self, node: usize) -> Range<usize> {
        self.nodes[node].start as usize..self.nodes[node].end as usize
    }

    pub(super) fn text_of(&self, node: usize) -> &'a str {
        self.text.get(self.span(node)).unwrap_or("")
    }

    pub(super) fn name_span(&self, node: usize) -> Range<usize> {
        self.nodes[node].name_start as usize..self.nodes[node].name_end as usize
    }

    pub(super) fn name_of(&self, node: usize) -> &'a str {
        self.text.get(self.name_span(node)).unwrap_or("")
    }

    pub(super) fn children(&self, node: usize) -> Vec<usize> {
        let first = Some(node + 1).filter(|first| *first < self.ends[node]);
        std::iter::successors(first, |at| Some(self.ends[*at]).filter(|next| *next < self.ends[node])).collect()
    }

    pub(super) fn within(&self, node: usize) -> Range<usize> {
        node..self.ends[node]
    }

    pub(super) fn parent(&self, node: usize) -> usize {
        self.nodes[node].parent as usize
    }

    /// Whether something of one of these kinds stands in a node.
    pub(super) fn holds(&self, node: usize, kinds: &[FormKind]) -> bool {
        self.within(node).skip(1).any(|inner| kinds.contains(&self.kind(inner)))
    }
}
