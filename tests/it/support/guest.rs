//! Owns making components from text, for tests of plugins that no compiler makes.

use std::path::Path;

use devflow::types::{Exchange, Question};

/// Makes a component of a module that keeps the contract.
pub(crate) fn component(module: &str) -> Vec<u8> {
    wit_component::ComponentEncoder::default().module(&core(module)).unwrap().validate(true).encode().unwrap()
}

/// A core module that bears the contract as its type, as compilers make it.
pub(crate) fn core(module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/sdk/wit/v0.2");
    let (package, _) = resolve.push_path(wit).unwrap();
    let world = resolve.select_world(&[package], Some("analyzer")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8).unwrap();
    module
}

/// An answer to a question without words.
pub(crate) fn exchange(answer: &str) -> Exchange<'_> {
    static NOTHING: Question = Question { instructions: String::new(), schema: String::new(), content: String::new() };
    Exchange { round: 1, question: &NOTHING, answer }
}

/// A hostile guest: the frame with `body` in every export but the manifest.
pub(crate) fn hostile(body: &str) -> Vec<u8> {
    component(&frame("", body))
}

/// The frame as text, with more imports.
pub(crate) fn frame(imports: &str, body: &str) -> String {
    let frame = include_str!("../guests/frame.wat").split_once("(module").unwrap().1;
    format!("(module{imports}{}", frame.replace("BODY", body))
}

/// A good plugin by somebody else, called `id`: rule `hello` at the first byte of every file, and a question.
pub(crate) fn third(id: &str) -> Vec<u8> {
    third_with(id, &[])
}

/// The same with other words in its text.
pub(crate) fn third_with(id: &str, edits: &[(&str, &str)]) -> Vec<u8> {
    let mut text = include_str!("../guests/third.wat").to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "`{from}` is not in the guest");
        text = text.replace(from, to);
    }
    component(&text.replace("ID_LENGTH", &id.len().to_string()).replace("\"ID\"", &format!("\"{id}\"")))
}
