//! Where names get their values: assignments, parameters, loops, by the function around.

use super::tree::{Binding, Facts, Node};
use crate::FormKind;

/// Reads all places where names get values.
pub(super) fn read_bindings(facts: &mut Facts<'_>) {
    for owner in facts.nodes() {
        match facts.kind(owner) {
            FormKind::Assign | FormKind::Append | FormKind::Each => {
                let (target, value) = (facts.child(owner, 0), facts.child(owner, 1));
                if let Some(target) = target {
                    bind(facts, owner, target, value, None);
                    let base =
                        facts.child(target, 0).filter(|base| facts.kind(target) == FormKind::Index && facts.kind(*base) == FormKind::Name);
                    facts.filled.extend(base.map(|base| facts.text_of(base)));
                }
            }
            FormKind::Parameter => {
                let children: Vec<Node> = facts.children(owner).filter(|child| facts.kind(*child) != FormKind::Annotation).collect();
                // A default value is what a caller may leave out, not what is there.
                let is_value =
                    |child: &Node| !matches!(facts.kind(*child), FormKind::Name | FormKind::Map | FormKind::List | FormKind::Assign);
                let names: Vec<Node> = children.into_iter().take_while(|child| !is_value(child)).collect();
                for name in names {
                    let target = if facts.kind(name) == FormKind::Assign { facts.child(name, 0).unwrap_or(name) } else { name };
                    bind(facts, owner, target, None, None);
                }
            }
            FormKind::Catch => {
                if let Some(name) = facts.child(owner, 0).filter(|name| facts.kind(*name) == FormKind::Name) {
                    bind(facts, owner, name, None, None);
                }
            }
            _ => {}
        }
    }
    // Those of one function stand together, in the order of the text.
    facts.bindings.values_mut().for_each(|all| all.sort_by_key(|binding| binding.scope));
}

fn bind(facts: &mut Facts<'_>, owner: Node, target: Node, value: Option<Node>, part: Option<String>) {
    match facts.kind(target) {
        FormKind::Name => {
            let scope = facts.function_around(owner);
            let binding = Binding { target, owner, value, part, scope };
            facts.bindings.entry(facts.text_of(target)).or_default().push(binding);
        }
        FormKind::List => {
            let parts: Vec<Node> = facts.children(target).collect();
            let values: Vec<Node> =
                value.filter(|value| facts.kind(*value) == FormKind::List).map(|v| facts.children(v).collect()).unwrap_or_default();
            let is_pairwise = values.len() == parts.len();
            for (at, part) in parts.into_iter().enumerate() {
                // Of several results, the first is the one that matters: the others say whether it is there.
                let value = if is_pairwise { Some(values[at]) } else { value.filter(|_| at == 0 || facts.kind(owner) == FormKind::Each) };
                bind(facts, owner, part, value, None);
            }
        }
        FormKind::Map => {
            let parts: Vec<Node> = facts.children(target).collect();
            for part in parts {
                match facts.kind(part) {
                    FormKind::Pair => {
                        let key = facts.name_of(part).to_owned();
                        if let Some(inner) = facts.children(part).last() {
                            bind(facts, owner, inner, value, Some(key));
                        }
                    }
                    FormKind::Name => {
                        let key = facts.text_of(part).to_owned();
                        bind(facts, owner, part, value, Some(key));
                    }
                    FormKind::Assign => {
                        if let Some(inner) = facts.child(part, 0) {
                            let key = facts.text_of(inner).to_owned();
                            bind(facts, owner, inner, value, Some(key));
                        }
                    }
                    _ => {}
                }
            }
        }
        FormKind::Unary => {
            if let Some(inner) = facts.child(target, 0) {
                bind(facts, owner, inner, value, part);
            }
        }
        _ => {}
    }
}

/// Most places that are looked at where one name gets its value: the last before its use, and the first behind it. A function that sets a name
/// hundreds of times must not cost the square of that.
const MAX_BINDINGS: usize = 12;

impl Facts<'_> {
    /// The places where the name that is used at `node` gets its value: those of the innermost function that has any, else those at the top
    /// of the file; at most a dozen, around `node`. Empty for a name that comes from elsewhere.
    pub fn bindings(&self, node: Node, name: &str) -> impl Iterator<Item = &Binding> {
        let all = self.bindings.get(name).map_or(&[][..], Vec::as_slice);
        let of = |scope: Option<Node>| {
            let start = all.partition_point(|binding| binding.scope < scope);
            let n = all[start..].partition_point(|binding| binding.scope == scope);
            &all[start..start + n]
        };
        let functions = self.around(node).filter(|around| self.kind(*around) == FormKind::Function);
        let scopes = functions.map(Some).chain([None]);
        let known = if all.is_empty() { None } else { scopes.map(of).find(|known| !known.is_empty()) };
        let known = known.unwrap_or(&[]);
        let n_before = known.partition_point(|binding| binding.owner < node);
        known[n_before.saturating_sub(MAX_BINDINGS)..].iter().take(MAX_BINDINGS)
    }

    /// The place that gave a name its value last before `node`; the first one where none stands before.
    pub fn binding(&self, node: Node, name: &str) -> Option<&Binding> {
        let mut first = None;
        let mut last = None;
        for binding in self.bindings(node, name) {
            // The right side of an assignment still sees the old value.
            if binding.owner < node && !self.within(binding.owner).contains(&node) {
                last = Some(binding);
            }
            first = first.or(Some(binding));
        }
        last.or(first.filter(|binding| !self.within(binding.owner).contains(&node)))
    }
}
