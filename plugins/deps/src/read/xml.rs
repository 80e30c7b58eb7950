//! Owns a reader of XML that keeps places: elements and their text. Attributes are passed over; entities other than the five are left as
//! they are; nothing is ever fetched.

use std::ops::Range;

use super::lines::place_of;

/// An element.
#[derive(Clone, Debug)]
pub struct Element {
    /// Without its prefix.
    pub name: String,
    /// Indices of the elements in it.
    pub children: Vec<usize>,
    /// The text that stands directly in it, without space around it.
    pub text: String,
    /// From the opening tag to the closing one.
    pub span: Range<usize>,
}

/// All elements; the first is the root.
#[derive(Clone, Debug)]
pub struct Tree {
    elements: Vec<Element>,
}

impl Tree {
    /// The element with this index.
    pub fn element(&self, index: usize) -> Option<&Element> {
        self.elements.get(index)
    }

    /// Indices of the elements of this name directly in another.
    pub fn children(&self, index: usize, name: &str) -> Vec<usize> {
        let Some(element) = self.element(index) else { return Vec::new() };
        element.children.iter().copied().filter(|child| self.element(*child).is_some_and(|child| child.name == name)).collect()
    }

    /// The first element of this name directly in another.
    pub fn child(&self, index: usize, name: &str) -> Option<usize> {
        self.children(index, name).first().copied()
    }

    /// Its text.
    pub fn text(&self, index: usize, name: &str) -> Option<&str> {
        let child = self.element(self.child(index, name)?)?;
        Some(child.text.as_str()).filter(|text| !text.is_empty())
    }
}

/// Reads a whole text. Nothing when tags do not match.
pub fn parse(text: &str) -> Option<Tree> {
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('<')) {
        add_text(&mut elements, &open, text.get(at..at + found)?);
        let start = at + found;
        let rest = text.get(start..)?;
        if let Some(end) = skipped(rest) {
            if let Some(inner) = rest.get(..end?).and_then(|part| part.strip_prefix("<![CDATA[")?.strip_suffix("]]>")) {
                add_plain(&mut elements, &open, inner);
            }
            at = start + end?;
            continue;
        }
        let length = tag_length(rest)?;
        let tag = rest.get(1..length - 1)?;
        at = start + length;
        if let Some(name) = tag.strip_prefix('/') {
            let index = open.pop()?;
            let element = elements.get_mut(index)?;
            (element.name == local(name)).then_some(())?;
            element.span.end = at;
            element.text = element.text.trim().to_owned();
        } else {
            let index = elements.len();
            if let Some(parent) = open.last() {
                elements.get_mut(*parent)?.children.push(index);
            }
            let span = place_of(text, rest.get(..length)?);
            elements.push(Element { name: local(tag).to_owned(), children: Vec::new(), text: String::new(), span });
            if !tag.ends_with('/') {
                open.push(index);
            }
        }
    }
    (open.is_empty() && !elements.is_empty()).then_some(Tree { elements })
}

/// The length of a comment, a CDATA part, an instruction or a declaration: the outer option says whether it is one, the inner whether
/// it ends.
fn skipped(rest: &str) -> Option<Option<usize>> {
    let end = if rest.starts_with("<!--") {
        "-->"
    } else if rest.starts_with("<![CDATA[") {
        "]]>"
    } else if rest.starts_with("<?") {
        "?>"
    } else if rest.starts_with("<!") {
        ">"
    } else {
        return None;
    };
    Some(rest.find(end).map(|found| found + end.len()))
}

/// The length of a tag; a `>` between quotes does not end it.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in rest.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == '>' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn local(tag: &str) -> &str {
    let name = tag.split([' ', '\t', '\n', '\r', '/']).next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

fn add_text(elements: &mut [Element], open: &[usize], text: &str) {
    if text.contains('&') {
        let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&");
        add_plain(elements, open, &plain);
    } else {
        add_plain(elements, open, text);
    }
}

fn add_plain(elements: &mut [Element], open: &[usize], text: &str) {
    if let Some(element) = open.last().and_then(|index| elements.get_mut(*index)) {
        element.text.push_str(text);
    }
}
