//! Owns what the tests of a project name, and which names its headers declare. Never decides what deserves a test.

use std::collections::BTreeSet;

use devflow_plugin::words::words;
use devflow_plugin::{Host, Role, Source, Symbol};

use super::subjects::is_foreign;
use crate::framework::Family;

/// What the tests name.
pub(crate) struct Evidence {
    /// Whether each source holds tests.
    tests: Vec<bool>,
    families: BTreeSet<Family>,
    words: BTreeSet<String>,
    /// What headers name, where there are any.
    declared: BTreeSet<String>,
    /// Families with tests of which nothing is known but the path.
    blind: BTreeSet<Family>,
}

impl Evidence {
    /// Reads the words of everything that holds tests.
    pub(crate) fn read(host: &dyn Host, sources: &[Source]) -> Self {
        let mut evidence = Self {
            tests: Vec::new(),
            families: BTreeSet::new(),
            words: BTreeSet::new(),
            declared: BTreeSet::new(),
            blind: BTreeSet::new(),
        };
        for (at, source) in sources.iter().enumerate() {
            let symbols = host.symbols(at);
            let has_tests = symbols.iter().any(|symbol| symbol.is_test);
            let is_test = source.role == Role::Test || has_tests;
            evidence.tests.push(is_test);
            // A folder of fixtures alone is no test.
            if !is_foreign(&source.path) && (has_tests || (is_test && is_run(source))) {
                evidence.families.extend(Family::of(&source.language));
            }
            if is_test {
                evidence.words.extend(host.words(at));
            } else {
                evidence.read_documentation(source, &symbols);
            }
            if is_header(&source.path) && source.role == Role::Source {
                evidence.declared.extend(host.words(at));
            }
        }
        evidence.read_unread(host);
        evidence
    }

    /// Tests that were not handed over are tests all the same.
    fn read_unread(&mut self, host: &dyn Host) {
        for (at, file) in host.unread().iter().enumerate().filter(|(_, file)| file.role == Role::Test && !is_foreign(&file.path)) {
            let Some(family) = Family::of(&file.language) else { continue };
            let words = host.unread_words(at);
            self.families.insert(family);
            if words.is_empty() {
                self.blind.insert(family);
            }
            self.words.extend(words);
        }
    }

    /// Examples in documentation are run as tests.
    fn read_documentation(&mut self, source: &Source, symbols: &[Symbol]) {
        for symbol in symbols.iter().filter(|symbol| !symbol.doc.is_empty()) {
            match source.language.as_str() {
                "rust" => {
                    let blocks = symbol.doc.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
                    for (_, code) in blocks.filter(|(label, _)| matches!(label.trim(), "" | "rust" | "should_panic" | "no_run")) {
                        self.families.insert(Family::Rust);
                        self.words.extend(words(code).map(|(_, word)| word.to_owned()));
                    }
                }
                "python" => {
                    let lines = symbol.doc.lines().filter(|line| line.starts_with(">>>") || line.starts_with("..."));
                    self.words.extend(lines.flat_map(words).map(|(_, word)| word.to_owned()));
                }
                _ => {}
            }
        }
    }

    /// Whether the project has no test in any language.
    pub(crate) fn is_empty(&self) -> bool {
        self.families.is_empty()
    }

    /// Whether a source holds tests.
    pub(crate) fn is_test(&self, source: usize) -> bool {
        self.tests.get(source).copied().unwrap_or(false)
    }

    /// Whether tests of a family are there, or of one that calls it directly.
    pub(crate) fn has(&self, family: Family) -> bool {
        self.families.iter().any(|known| known.runs(family))
    }

    /// Whether a test of a family exists and nobody knows what it names.
    pub(crate) fn is_blind(&self, family: Family) -> bool {
        self.blind.iter().any(|known| known.runs(family))
    }

    /// Whether others can call a function: in C and C++ a header must name it.
    pub(crate) fn is_callable(&self, family: Family, name: &str) -> bool {
        !matches!(family, Family::C | Family::Cpp) || self.declared.contains(name)
    }

    /// Whether a test names a function.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.words.contains(name)
    }
}

/// Whether a test runner finds a source by its name, or the source imports one.
fn is_run(source: &Source) -> bool {
    let name = source.path.rsplit('/').next().unwrap_or("").to_lowercase();
    let stem = name.split('.').next().unwrap_or("");
    let parts = stem.split(['_', '-']).any(|part| matches!(part, "test" | "tests" | "spec" | "specs"));
    let has_imports = source.imports.iter().any(|import| {
        let import = import.name.to_lowercase();
        ["test", "jest", "junit", "mocha", "chai", "assert", "catch"].iter().any(|known| import.contains(known))
    });
    parts || name.contains(".test.") || name.contains(".spec.") || stem.ends_with("test") || stem.ends_with("tests") || has_imports
}

fn is_header(path: &str) -> bool {
    [".h", ".hpp", ".hh", ".hxx", ".H"].iter().any(|ending| path.ends_with(ending))
}
