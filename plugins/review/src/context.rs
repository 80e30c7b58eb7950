//! What stands around a place, by the form of the file: facts that rules of several kinds ask for.

use devflow_plugin::FormKind;
use devflow_plugin::facts::{Facts, Node};

use crate::source::Source;

/// Whether the failure that a handler drops is handled by what stands behind its `try`: the body leaves the function or loop when it
/// succeeds, so that only a failure gets there, or what it would have set is tested next.
pub(crate) fn is_handled_behind(source: &Source<'_>, handler: usize) -> bool {
    let facts = &source.facts;
    let Some(catch) = facts.starting_at(handler, FormKind::Catch) else { return false };
    let Some(attempt) = facts.parent(catch).filter(|parent| facts.kind(*parent) == FormKind::Try) else { return false };
    let Some(body) = facts.child(attempt, 0) else { return false };
    let Some(next) = facts.next(attempt) else { return false };
    leaves(facts, body) || is_asked_for(facts, body, next)
}

/// Whether the last statement of a block leaves it.
fn leaves(facts: &Facts<'_>, block: Node) -> bool {
    facts.children(block).last().is_some_and(|last| matches!(facts.kind(last), FormKind::Return | FormKind::Throw | FormKind::Jump))
}

/// Whether something that a block sets is asked for by the statement behind.
fn is_asked_for(facts: &Facts<'_>, block: Node, next: Node) -> bool {
    let asked = match facts.kind(next) {
        FormKind::If => facts.child(next, 0),
        FormKind::Return | FormKind::Assign | FormKind::Statement => Some(next),
        _ => None,
    };
    let Some(asked) = asked else { return false };
    let set = facts.within(block).filter(|node| facts.kind(*node) == FormKind::Assign).filter_map(|node| facts.child(node, 0));
    let names: Vec<&str> = set.filter(|target| facts.kind(*target) == FormKind::Name).map(|target| facts.text_of(target)).collect();
    facts.within(asked).any(|node| facts.kind(node) == FormKind::Name && names.contains(&facts.text_of(node)))
}

/// Whether a place is inside of a `finally`: whatever fails there must not hide what failed before.
pub(crate) fn is_in_finally(source: &Source<'_>, offset: usize) -> bool {
    source
        .facts
        .innermost(offset)
        .is_some_and(|node| source.facts.around(node).any(|around| source.facts.kind(around) == FormKind::Finally))
}

/// Whether a condition around a place says of `text` that it holds: `text` stands in what an `if`, `&&` or `?:` asks before.
pub(crate) fn is_asked_around(source: &Source<'_>, offset: usize, is_answer: impl Fn(&str) -> bool) -> bool {
    let facts = &source.facts;
    let Some(node) = facts.innermost(offset) else { return false };
    let mut inner = node;
    for around in facts.around(node) {
        let condition = match facts.kind(around) {
            FormKind::If | FormKind::Conditional | FormKind::Loop => facts.child(around, 0),
            FormKind::Binary if matches!(facts.name_of(around), "&&" | "||" | "and" | "or") => facts.child(around, 0),
            FormKind::Function => return false,
            _ => None,
        };
        if condition.is_some_and(|condition| condition != inner && is_answer(facts.text_of(condition))) {
            return true;
        }
        inner = around;
    }
    false
}

/// Whether the function around a place has an annotation or a modifier called `name`.
pub(crate) fn is_in_function_marked(source: &Source<'_>, offset: usize, name: &str) -> bool {
    let facts = &source.facts;
    let Some(function) = facts.innermost(offset).and_then(|node| facts.function_around(node)) else { return false };
    facts.annotations(function).into_iter().any(|annotation| facts.annotation_name(annotation) == name)
        || source.text[facts.span(function)].split(['{', '(']).next().is_some_and(|head| head.split_whitespace().any(|word| word == name))
}
