//! Facts about the code of a unit, read off its form: what a name is, what a value can be, what stands around a place. They hold for all
//! languages alike, and a table of calls needs nothing else.

mod calls;
mod flows;
mod known;
mod names;
mod scopes;
mod table;
#[cfg(all(test, feature = "testing"))]
mod tests;
mod tree;
mod values;

pub use table::{Hit, Origin, Table};
pub use tree::{Binding, Facts, Node};

use crate::FormNode;

impl<'a> Facts<'a> {
    /// Reads a form.
    ///
    /// Linear in the form.
    pub fn new(language: &'a str, text: &'a str, nodes: Vec<FormNode>) -> Self {
        let mut facts = Self::unread(language, text, nodes);
        names::read_imports(&mut facts);
        scopes::read_bindings(&mut facts);
        facts
    }
}
