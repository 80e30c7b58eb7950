//! Words in a text that say how it came about: written by a generator, put together by a bundler, meant to be run.
//!
//! Prose about generated code is not a mark. A mark begins its comment, names a known generator, or warns against editing.

use super::paths::{Custom, Files, Kind, Place};
use super::phrases::{ANNOTATIONS, GENERATORS, GRAMMARS, LIBRARIES, LINES, RUNTIMES, SIGNATURES, SUBJECTS, WARNINGS, WRAPPERS};
use crate::types::language::Language;

/// Bytes of the beginning in which a generator leaves its mark.
const HEAD_BYTES: usize = 4096;

/// Lines of the same: a licence of 27 lines may stand above the mark.
const HEAD_LINES: usize = 40;

/// Bytes of the beginning in which a bundler's own code stands, and the annotation of a type below its imports.
const CODE_BYTES: usize = 8192;

/// Fewest lines of a bundle that is known by its wrapper alone.
const MIN_WRAPPED_LINES: usize = 200;

const fn marks(place: Place, files: Files, patterns: &'static [&'static str]) -> Custom {
    Custom { kind: Kind::Mark, patterns, place, files }
}

pub(super) const VENDORED: &[Custom] = &[marks(Place::InComment, Files::Only(&[Language::JavaScript]), LIBRARIES)];

pub(super) const GENERATED: &[Custom] = &[
    marks(Place::BeginsComment, Files::All, SUBJECTS),
    marks(Place::Generator, Files::All, GENERATORS),
    marks(Place::Warning, Files::All, WARNINGS),
    marks(Place::InComment, Files::All, SIGNATURES),
    marks(Place::BeginsLine, Files::All, LINES),
    marks(Place::BeginsLine, Files::Only(&[Language::Java, Language::Kotlin]), ANNOTATIONS),
];

pub(super) const BUNDLE: &[Custom] = &[
    marks(Place::BeginsLine, Files::Only(&[Language::JavaScript]), RUNTIMES),
    marks(Place::BeginsLine, Files::Only(&[Language::JavaScript]), WRAPPERS),
];

pub(super) const SCRIPT: &[Custom] = &[marks(Place::BeginsText, Files::All, &["#!"])];

/// What esbuild puts first, and one of what follows.
const ESBUILD: (&str, &[&str]) = ("var __defProp = Object.defineProperty", &["var __commonJS =", "var __toESM =", "var __export ="]);

/// Whether the file bears the name of a library and its head names the same with a version.
pub(super) fn is_of_library(name: &str, text: &str) -> bool {
    let is_script = Files::Only(&[Language::JavaScript]).contain(Language::of(std::path::Path::new(name)));
    let mut named = LIBRARIES.iter().filter(|library| is_script && library.split(' ').next().is_some_and(|first| name.starts_with(first)));
    named.any(|library| {
        let first_lines = start(text, HEAD_BYTES).lines().take(3);
        first_lines.map(str::to_ascii_lowercase).any(|line| {
            let version = line.split_once(library).map(|(_, version)| version);
            version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        })
    })
}

/// Whether the text begins with the line that names its interpreter. An inner attribute of Rust looks alike.
pub(super) fn has_interpreter(text: &str) -> bool {
    text.starts_with("#!") && !text.starts_with("#![")
}

/// Whether a comment or a line near the beginning says that a program wrote the text.
pub(super) fn is_generated(language: Option<Language>, text: &str) -> bool {
    let is_jvm = matches!(language, Some(Language::Java | Language::Kotlin));
    (is_jvm && is_annotated(start(text, CODE_BYTES))) || is_marked(language, start(text, HEAD_BYTES))
}

/// Whether a line near the beginning is that of a bundler.
pub(super) fn is_bundle(text: &str) -> bool {
    let (mut is_wrapped, mut is_esbuild) = (false, false);
    for line in start(text, CODE_BYTES).lines().map(str::trim_start) {
        if RUNTIMES.iter().any(|runtime| line.starts_with(runtime)) {
            return true;
        }
        is_wrapped = is_wrapped || WRAPPERS.iter().any(|wrapper| line.starts_with(wrapper));
        is_esbuild = is_esbuild || line.starts_with(ESBUILD.0);
        if is_esbuild && ESBUILD.1.iter().any(|helper| line.starts_with(helper)) {
            return true;
        }
    }
    is_wrapped && text.lines().nth(MIN_WRAPPED_LINES).is_some()
}

/// The first bytes of a text, whole characters.
fn start(text: &str, n_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(n_bytes)]
}

fn is_annotated(head: &str) -> bool {
    let of_types = head.lines().filter(|line| line.starts_with('@')).map(str::to_ascii_lowercase);
    of_types.into_iter().any(|line| ANNOTATIONS.iter().any(|annotation| line.starts_with(annotation)))
}

fn is_marked(language: Option<Language>, head: &str) -> bool {
    let (mut says_generated, mut warns, mut is_below_item) = (false, false, false);
    let mut comments = Comments { syntax: Syntax::of(language), end: None, is_below_code: false, is_in_string: false };
    let mut last = "";
    for line in head.lines().take(HEAD_LINES) {
        let comment = comments.next(line.trim());
        is_below_item = is_below_item || comment.is_none() && !is_before_items(line.trim());
        let line = line.to_ascii_lowercase();
        if LINES.iter().any(|code| line.starts_with(code)) || is_line_of_grammar(&line) {
            return true;
        }
        let is_continued = comment.is_some_and(|comment| continues(last, comment));
        last = comment.unwrap_or("");
        let Some(comment) = comment.map(str::to_ascii_lowercase) else { continue };
        if SIGNATURES.iter().any(|signature| comment.contains(signature)) {
            return true;
        }
        let is_warning = has_warning(&comment);
        match claim(&comment) {
            Claim::Sure if !is_continued => return true,
            Claim::Mention if is_warning && names_a_file(&comment) => return true,
            // Below the first item, a comment is about what follows it.
            Claim::Opening if !is_below_item => says_generated = true,
            Claim::Sure | Claim::Mention | Claim::Opening | Claim::None => {}
        }
        warns = warns || is_warning;
        if says_generated && warns {
            return true;
        }
    }
    false
}

/// Whether a line stands above the items of a file, as its imports do.
fn is_before_items(line: &str) -> bool {
    const STARTS: &[&str] =
        &["#", "package ", "import ", "from ", "using ", "use ", "module ", "extern crate ", "\"use ", "'use ", "\"", ")", "}"];
    line.is_empty() || STARTS.iter().any(|start| line.starts_with(start)) || line.contains("require(")
}

/// Whether a sentence in lower case is about a file, or all of its code.
fn names_a_file(comment: &str) -> bool {
    const THINGS: &[&str] = &["file", "code", "source", "header", "module", "script", "class"];
    comment.split(|c: char| !c.is_alphanumeric()).any(|word| THINGS.contains(&word))
}

/// `#line 1 "scanner.rl"`.
fn is_line_of_grammar(line: &str) -> bool {
    line.starts_with("#line ") && GRAMMARS.iter().any(|ending| line.trim_end().ends_with(ending))
}

/// Whether a line of a comment goes on with the sentence of the line before: that one is prose, and this one begins small.
fn continues(last: &str, comment: &str) -> bool {
    let is_prose = last.split_whitespace().nth(3).is_some();
    is_prose && last.ends_with(|c: char| c.is_alphanumeric() || c == ',') && comment.starts_with(char::is_lowercase)
}

/// How comments are written.
struct Syntax {
    lines: &'static [&'static str],
    blocks: &'static [(&'static str, &'static str)],
    /// What begins the documentation of an item, which is prose.
    item: Option<&'static str>,
    /// Whether strings of several lines stand between backticks.
    has_backticks: bool,
}

impl Syntax {
    fn of(language: Option<Language>) -> Self {
        const PYTHON: &[(&str, &str)] = &[("\"\"\"", "\"\"\""), ("'''", "'''"), ("r\"\"\"", "\"\"\"")];
        const C: &[(&str, &str)] = &[("/*", "*/")];
        const ALL: &[(&str, &str)] = &[("/*", "*/"), ("<!--", "-->"), ("(*", "*)")];
        let has_backticks = matches!(language, Some(Language::Go | Language::JavaScript | Language::TypeScript | Language::Tsx));
        let (lines, blocks): (&[&str], _) = match language {
            Some(Language::Python) => (&["#"], PYTHON),
            Some(_) => (&["//"], C),
            None => (&["//", "#", "--", ";", "%", "*"], ALL),
        };
        Self { lines, blocks, item: (language == Some(Language::Rust)).then_some("///"), has_backticks }
    }
}

/// Follows comments from line to line.
struct Comments {
    syntax: Syntax,
    /// What ends the comment that is open.
    end: Option<&'static str>,
    /// Whether code was seen: below it, what looks like a docstring is the text of a string.
    is_below_code: bool,
    /// Whether a string between backticks is open.
    is_in_string: bool,
}

impl Comments {
    /// What a line says as a comment, without its marks.
    fn next<'a>(&mut self, line: &'a str) -> Option<&'a str> {
        if let Some(end) = self.end {
            if line.contains(end) {
                self.end = None;
            }
            return Some(without_marks(line));
        }
        if self.syntax.has_backticks && (self.is_in_string || !line.starts_with("//")) {
            let was_in_string = self.is_in_string;
            self.is_in_string ^= line.bytes().filter(|byte| *byte == b'`').count() % 2 == 1;
            if was_in_string {
                return None;
            }
        }
        let mut blocks = self.syntax.blocks.iter().filter(|(opening, _)| !(self.is_below_code && opening.ends_with(['"', '\''])));
        if let Some((opening, end)) = blocks.find(|(opening, _)| line.starts_with(opening)) {
            self.end = (!line[opening.len()..].contains(end)).then_some(*end);
            return Some(without_marks(line));
        }
        let is_of_item = self.syntax.item.is_some_and(|item| line.starts_with(item));
        let is_comment = !is_of_item && self.syntax.lines.iter().any(|start| line.starts_with(start));
        self.is_below_code = self.is_below_code || !(is_comment || line.is_empty());
        is_comment.then(|| without_marks(line))
    }
}

fn without_marks(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || "/*#-!<>;%|=[]()\"'~".contains(c))
}

/// What a comment says of being generated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// That this file is.
    Sure,
    /// Perhaps that this file is: it begins so.
    Opening,
    /// Something.
    Mention,
    None,
}

/// `comment` is in lower case.
fn claim(comment: &str) -> Claim {
    let Some((before, after)) = comment.split_once("generated") else { return Claim::None };
    let (before, is_automatic, after) = without_adverb(before, after);
    let before = without_notice(before);
    let is_followed = follows(after);
    let sentence = [before, "generated"].concat();
    let is_thing = [" code", " file"].iter().any(|thing| after.starts_with(thing));
    if before == "this is " && is_thing && is_followed {
        return Claim::Sure;
    }
    if SUBJECTS.contains(&sentence.as_str()) {
        return if is_automatic || is_followed { Claim::Sure } else { Claim::Mention };
    }
    let is_opening = matches!(before, "" | "this is " | "code " | "file " | "source " | "parser " | "class ");
    // Such a line opens a part of a file, and the rest is written by hand.
    if matches!(before, "begin " | "start of ") {
        return Claim::None;
    }
    if !is_opening || !is_followed {
        return Claim::Mention;
    }
    if is_automatic || (before.is_empty() && names_generator(after)) { Claim::Sure } else { Claim::Opening }
}

/// What stands before and after `generated` without `automatically` and the like, and whether there was one.
fn without_adverb<'a>(before: &'a str, after: &'a str) -> (&'a str, bool, &'a str) {
    const ADVERBS: &[&str] = &["automatically ", "automatically-", "auto-", "auto ", "auto", "machine-", "machine ", "programmatically "];
    let plain = before.trim_end_matches('@');
    if let Some(rest) = ADVERBS.iter().find_map(|adverb| plain.strip_suffix(adverb)) {
        return (rest, true, after);
    }
    match after.strip_prefix(" automatically") {
        Some(rest) => (before, true, rest),
        None => (before, false, after),
    }
}

/// Without a `warning:` or `note:` in front.
fn without_notice(text: &str) -> &str {
    const NOTICES: &[&str] = &["warning", "note", "attention", "notice", "caution", "important"];
    let rest = NOTICES.iter().find_map(|notice| text.strip_prefix(notice)).unwrap_or(text);
    rest.trim_start_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation() && c != '@')
}

/// Whether the words after `generated` go on as those of a mark do: with the end of the sentence, or with who did it from what.
fn follows(after: &str) -> bool {
    const WORDS: &[&str] = &["by", "from", "with", "using", "via", "on", "and", "do", "please", "signedsource", "date", "for"];
    const THINGS: &[&str] = &["file", "code", "source", "header", "parser", "class"];
    let end = |text: &str| text.is_empty() || text.starts_with(['.', ',', ':', ';', '!', '-', '>', ')', '/', '*', '(', '<', '\u{2014}']);
    if end(after) {
        return true;
    }
    let Some(after) = after.strip_prefix(' ') else { return false };
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric()).count();
    let first = &after[..after.floor_char_boundary(word(after))];
    let rest = &after[first.len()..];
    if THINGS.contains(&first) {
        let next = rest.trim_start();
        return end(next) || WORDS.iter().any(|word| next.strip_prefix(word).is_some_and(|rest| rest.starts_with(' ')));
    }
    end(after) || WORDS.contains(&first)
}

/// Whether the words after `generated` name a known generator, or a script.
fn names_generator(after: &str) -> bool {
    const PREPOSITIONS: &[&str] = &[" by", " with", " using"];
    PREPOSITIONS.iter().filter_map(|word| after.split_once(word)).any(|(_, name)| {
        let name = name.trim_start_matches([':', ' ', '`', '"', '\'']);
        let name = name.strip_prefix("the ").unwrap_or(name);
        let is_known = GENERATORS.iter().filter_map(|known| name.strip_prefix(known)).any(|rest| !rest.starts_with(char::is_alphanumeric));
        let first = name.split_whitespace().next().unwrap_or("").trim_end_matches(['.', ',', ';', ':', '`', '"', '\'']);
        is_known || [".py", ".pl", ".sh", ".js", ".mjs", ".ts", ".rb", ".awk"].iter().any(|ending| first.ends_with(ending))
    })
}

/// Whether a comment in lower case warns against editing. In the middle of a sentence, it speaks of such a warning.
fn has_warning(comment: &str) -> bool {
    WARNINGS.iter().filter_map(|warning| Some((warning, comment.find(warning)?))).any(|(warning, at)| {
        let before = comment[..at].trim_end();
        let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        let is_of_file = warning.starts_with("not ") || warning.starts_with("will ");
        let rest = &comment[at + warning.len()..];
        let is_about_others = rest.trim_start().starts_with("generated");
        !is_about_others
            && (is_of_file_itself(warning, rest))
            && (is_of_file || matches!(last, "" | "file" | "code" | "generated" | "please" | "and" | "so"))
    })
}

/// Whether a warning is about the file: `do not edit this`, and not `do not edit in the form`.
fn is_of_file_itself(warning: &str, rest: &str) -> bool {
    const OBJECTS: &[&str] =
        &["", "this", "it", "the", "manually", "by", "directly", "unless", "or", "any", "anything", "below", "if", "these", "under", "as"];
    let next = rest.strip_prefix(' ').unwrap_or("").split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    !warning.starts_with("do") || warning.ends_with("manually") || OBJECTS.contains(&next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: bool, texts: &[&str]) {
        for text in texts {
            let language = text.starts_with("\"\"\"").then_some(Language::Python);
            assert_eq!(is_generated(language, text), expected, "{text}");
        }
    }

    #[test]
    fn generators_leave_their_marks() {
        check(
            true,
            &[
                "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage p\n",
                "// Code generated by \"stringer -type=Pill\"; DO NOT EDIT.\n",
                "// Code generated by ent, DO NOT EDIT.\n",
                "# -*- coding: utf-8 -*-\n# Generated by the protocol buffer compiler.  DO NOT EDIT!\n",
                "// Generated by the gRPC C++ plugin.\n// If you make any local change, they will be lost.\n",
                "// GENERATED CODE -- DO NOT EDIT!\n",
                "/**\n * Autogenerated by Thrift Compiler (0.13.0)\n *\n * DO NOT EDIT UNLESS YOU ARE SURE\n */\n",
                "/* A Bison parser, made by GNU Bison 3.8.2.  */\n",
                "/* Generated by re2c 3.0 on Tue */\n",
                "#line 1 \"scanner.rl\"\n",
                "/* ANSI-C code produced by gperf version 3.1 */\n",
                "// Generated from Query.g4 by ANTLR 4.9.3\npackage q;\n",
                "/* Generated By:JavaCC: Do not edit this line. Token.java Version 7.0 */\n",
                "/* ----\n * This file was automatically generated by SWIG (http://www.swig.org).\n */\n",
                "/****\n** Meta object code from reading C++ file 'a.h'\n**\n** WARNING! All changes made in this file will be lost!\n",
                "/****\n** Form generated from reading UI file 'a.ui'\n",
                "# -*- coding: utf-8 -*-\n\n# Form implementation generated from reading ui file 'a.ui'\n",
                "/* Generated by Cython 0.29.21 */\n",
                "/**\n * NOTE: This class is auto generated by OpenAPI Generator (https://openapi-generator.tech).\n",
                "\"\"\"\n    Petstore\n\n    Generated by OpenAPI Generator (https://openapi-generator.tech)\n\n    Do not edit the class manually.\n\"\"\"\n",
                "// This file is auto-generated by @hey-api/openapi-ts\n",
                "/**\n * Generated by orval v6.10.3\n * Do not edit manually.\n */\n",
                "/**\n * @generated SignedSource<<abc>>\n */\n",
                "/* automatically generated by rust-bindgen 0.69.4 */\n",
                "/* Warning, this file is autogenerated by cbindgen. Don't modify this manually. */\n",
                "// <auto-generated>\n",
                "// Code generated by Microsoft (R) AutoRest Code Generator.\n// Changes may cause incorrect behavior and will be lost if the code is regenerated.\n",
                "//\n// This file was generated by the Eclipse Implementation of JAXB, v2.3.3\n",
                "/*\n * This file is generated by jOOQ.\n */\n",
                "/* Generated by wayland-scanner 1.18.0 */\n",
                "/*\n * This file is generated by gdbus-codegen, do not modify it.\n */\n",
                "// auto-generated: \"lalrpop 0.19.8\"\n",
                "/*\n * Generated by PEG.js 0.10.0.\n */\n",
                "// @generated by Peggy 4.0.2.\n",
                "/* parser generated by jison 0.4.18 */\n",
                "// Generated automatically by nearley, version 2.20.1\n",
                "/* Automatically @generated by tree-sitter v0.25.3 */\n",
                "#include \"tree_sitter/parser.h\"\n\n#define LANGUAGE_VERSION 14\n",
                "// Generated by CoffeeScript 2.5.1\n",
                "// @generated automatically by Diesel CLI.\n",
                "# This file is automatically @generated by Cargo.\n",
                "/* eslint-disable */\n/**\n * This file was automatically generated.\n * DO NOT MODIFY BY HAND.\n */\n",
                "// This file is generated automatically by `scripts/build/fp.ts`. Please, don't change it.\n",
                "|* Automatically generated file, do not edit! *|\n* Automatically generated file, do not edit!\n",
                "# Generated by make_width_table.py\n",
                "/* DO NOT EDIT THIS FILE - it is machine generated */\n",
                "/* !!! This is code generated by Prisma. Do not edit directly. !!! */\n",
                "/**\n * @generated by x\n */\n",
                "// AUTOGENERATED\n",
                "// THIS IS GENERATED CODE\n",
                "// This is a generated file.\n",
                "// This is an auto-generated file\n",
                "/*\n   This file was machine-generated\n*/\n",
            ],
        );
    }

    #[test]
    fn a_mark_may_stand_below_a_licence() {
        let licence = format!("/*\n{} */\n\n", " * Redistribution is permitted.\n".repeat(25));
        check(true, &[&format!("{licence}/* A lexical scanner generated by flex */\n")]);
        check(
            true,
            &[
                "#line 2 \"src/lexer.c\"\n\n#line 4 \"src/lexer.c\"\n\n#define  YY_INT_ALIGNED short int\n\n/* A lexical scanner generated by flex */\n",
            ],
        );
    }

    #[test]
    fn prose_about_generated_code_is_not_a_mark() {
        check(
            false,
            &[
                "// Skips generated files.\nfn a() {}\n",
                "let x = \"@generated\";\n",
                "// This module generates code.\n",
                "/// Reads code generated by protoc.\n",
                "// Generated names are unique.\n",
                "// Auto-generated keys are returned.\n",
                "// @generated files are left out.\n",
                "// `@generated` marks a file.\n",
                "//! Generated by hand from the standard.\n",
                "\"\"\"Checks that generated files say DO NOT EDIT.\"\"\"\n",
                "// Do not edit generated files.\n",
                "/* generated table with all easy options */\n",
                "/* Decodes the blocks generated by block_builder.cc */\n",
                "// This class is generated lazily.\n",
                "// This is generated in another place.\n",
                "// This is a generated name.\n",
                "fn a() {\n    let text = \"// Code generated by x. DO NOT EDIT.\";\n}\n",
                "// normally part of your generated schema.rs file\n",
                "# Generated by entering the data.\n",
                "// This code is not generated.\n",
                "// BEGIN GENERATED CODE. PLEASE DO NOT EDIT.\n",
                "import os\n\nclass Order:\n    # The number is generated by the database; don't change it.\n    number: str\n",
                "export class Order {\n  /** Generated by the server. Do not edit in the form. */\n  id = '';\n",
                "/** Generated by the server. Do not edit in the form. */\n",
                "// Auto-generated ids will be overwritten by the server.\n",
                "// Password generated for the user on sign-up; do not change its length.\n",
                "//! Ids. These were generated once with uuidgen: do not change them.\n",
                "/** Edits of a generated report will be lost when the user closes the tab. */\n",
                "# Note that not all possible values are present in this\n# autogenerated file.\n",
            ],
        );
    }

    #[test]
    fn comments_are_those_of_the_language() {
        let is_generated = |language, text| is_generated(Some(language), text);
        let template = "import sys\n\nHEAD = \"\"\"\n// GENERATED BY make_groups.py; DO NOT EDIT.\n\"\"\"\n";
        assert!(!is_generated(Language::Python, template));
        assert!(!is_generated(Language::Python, "a = 1\n\"\"\"\nThis file was generated by x.\n\"\"\"\n"));
        assert!(is_generated(Language::Python, "#!/usr/bin/python\n\n\"\"\"\nThis file was generated by x.\n\"\"\"\n"));
        assert!(!is_generated(Language::Rust, "#[doc = \"This file is generated.\"]\nfn a() {}\n"));
        assert!(!is_generated(Language::Rust, "/// // generated by bindgen!\n/// This is generated by `generate!`.\nfn a() {}\n"));
        assert!(!is_generated(Language::Go, "var text = `\n// DO NOT EDIT - generated by tool\n`\n"));
        assert!(is_generated(Language::Go, "package a\n\n// Code generated by x. DO NOT EDIT.\n"));
        assert!(is_generated(Language::C, "/*\n   This file is generated.\n*/\n"));
        assert!(is_generated(Language::C, "/* a */\n#define FLEX_SCANNER\n"));
        assert!(!is_generated(Language::TypeScript, "const text = `\n# This file is generated.\n`;\n"));
    }

    #[test]
    fn an_annotation_of_a_type_is_a_mark() {
        let imports = "import a.b.C;\n".repeat(60);
        let is_generated = |text: &str| is_generated(Some(Language::Java), text);
        assert!(is_generated(&format!(
            "package a;\n{imports}@Generated(\"com.google.auto.value.processor.AutoValueProcessor\")\nclass A {{}}\n"
        )));
        assert!(is_generated("package a;\n\n@javax.annotation.processing.Generated(value = \"x\")\nclass A {}\n"));
        assert!(!is_generated("package a;\n\nclass A {\n    @Generated(\"x\") int a;\n}\n"));
        assert!(!is_generated("package a;\n\n@GeneratedValue(1)\nclass A {}\n"));
    }

    #[test]
    fn bundlers_leave_their_code() {
        for text in [
            "/******/ (function(modules) { // webpackBootstrap\n",
            "\"use strict\";\n(self[\"webpackChunkapp\"] = self[\"webpackChunkapp\"] || []).push([[1],{\n",
            "(function webpackUniversalModuleDefinition(root, factory) {\n",
            "(function(){function r(e,n,t){function o(i,f){if(!n[i]){\n",
            "\"use strict\";\nvar __create = Object.create;\nvar __defProp = Object.defineProperty;\nvar __export = (target, all) => {\n",
            "// modules are defined as an array\n// [ module function, map of requires ]\n",
        ] {
            assert!(is_bundle(text), "{text}");
        }
        let wrapper =
            "(function (global, factory) {\n  typeof exports === 'object' && typeof module !== 'undefined' ? factory(exports) :\n";
        assert!(is_bundle(&format!("{wrapper}{}", "a();\n".repeat(200))));
        assert!(!is_bundle(wrapper));
        assert!(!is_bundle(&format!("(function (root, factory) {{\n{}", "a();\n".repeat(300))));
        assert!(!is_bundle("exports.require = \"__webpack_require__\";\n/* globals __webpack_require__ */\n"));
        assert!(!is_bundle("var __defProp = Object.defineProperty;\n"));
    }
}
