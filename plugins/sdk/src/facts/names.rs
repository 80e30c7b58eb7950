//! What a name stands for: the path of an import, the type of a variable, or itself.

use super::tree::{Facts, Node};
use crate::FormKind;
use crate::words::words_of_name;

/// How many names are looked through, one behind the other.
const MAX_STEPS: u32 = 4;

/// Reads the imports of a file.
pub(super) fn read_imports(facts: &mut Facts<'_>) {
    let required: Vec<String> = facts.all(FormKind::Call).filter_map(|call| facts.required(call)).collect();
    facts.modules.extend(required);
    let imports: Vec<Node> = facts.all(FormKind::Import).collect();
    for import in imports {
        let module = module(facts, import);
        facts.modules.push(module.clone());
        let parts: Vec<Node> = facts.children(import).filter(|part| facts.kind(*part) == FormKind::Imported).collect();
        for part in parts {
            let what = facts.name_of(part).trim_matches(['"', '\'']);
            if what == "*" {
                facts.wildcards.push(module.clone());
                continue;
            }
            let Some(here) = facts.child(part, 0).map(|name| facts.text_of(name)) else { continue };
            let path = if what.is_empty() || what == "default" { module.clone() } else { format!("{module}.{}", dotted(what)) };
            // `import a.b` of Python makes `a` known, and `a.b` by itself.
            // `use a::b::{self}` brings `b`.
            let outer = facts.parent(import).filter(|outer| here == "self" && facts.kind(*outer) == FormKind::Import);
            let here = outer.map_or(here, |outer| facts.name_of(outer).rsplit(':').next().unwrap_or(here));
            if !here.contains('.') && here != "_" {
                facts.imports.insert(here, path);
            }
        }
    }
}

/// The module of an import, with those of the imports around it in front.
fn module(facts: &Facts<'_>, import: Node) -> String {
    let outer = facts.around(import).take_while(|around| facts.kind(*around) == FormKind::Import);
    let mut parts: Vec<String> = outer.map(|around| dotted(facts.name_of(around))).filter(|name| !name.is_empty()).collect();
    parts.reverse();
    let own = dotted(facts.name_of(import));
    // `use a::{self}` is `a`.
    if !own.is_empty() && own != "self" {
        parts.push(own);
    }
    let module = parts.join(".");
    module.strip_prefix("node:").map_or(module.clone(), str::to_owned)
}

/// A path with dots between its segments.
pub(super) fn dotted(path: &str) -> String {
    path.replace("::", ".").replace("->", ".").replace("?.", ".").split_whitespace().collect()
}

/// A type without arguments, marks and everything that is no name: `Vec` of `&mut Vec<String>`.
fn plain_type(written: &str) -> &str {
    let written = written.trim_start_matches(['&', '*', ' ', '[', ']', '?']).trim_start_matches("mut ").trim_start_matches("const ");
    let end = written.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | ':' | '$')).unwrap_or(written.len());
    written[..end].trim_end_matches(':')
}

impl Facts<'_> {
    /// The path that an expression stands for, segments separated by dots: `subprocess.run` for `run` after `from subprocess import run`,
    /// `java.io.PrintWriter.println` for `out.println` of a `PrintWriter out`. A call in it shows as `()`. Empty for what has no name.
    pub fn path(&self, node: Node) -> String {
        self.path_in(node, MAX_STEPS)
    }

    fn path_in(&self, node: Node, steps: u32) -> String {
        let Some(fewer) = steps.checked_sub(1) else { return String::new() };
        match self.kind(node) {
            FormKind::Name => self.path_of_name(node, fewer),
            FormKind::Member => {
                let object = self.child(node, 0).map_or(String::new(), |object| self.path_in(object, steps));
                if object.is_empty() { format!("?.{}", self.name_of(node)) } else { format!("{object}.{}", self.name_of(node)) }
            }
            FormKind::Call => {
                let Some(callee) = self.child(node, 0) else { return String::new() };
                if let Some(module) = self.required(node) {
                    return module;
                }
                let path = self.path_in(callee, steps);
                // What is only wrapped is called in the end.
                if let Some(inner) = self.child(node, 1).filter(|_| path.ends_with("promisify")) {
                    return self.path_in(inner, steps);
                }
                if path.is_empty() { path } else { path + "()" }
            }
            FormKind::New => self.child(node, 0).map_or(String::new(), |made| self.path_in(made, steps)),
            FormKind::Unary => self.child(node, 0).map_or(String::new(), |operand| self.path_in(operand, steps)),
            FormKind::Index => {
                let object = self.child(node, 0).map_or(String::new(), |object| self.path_in(object, steps));
                if object.is_empty() { object } else { object + "[]" }
            }
            _ => String::new(),
        }
    }

    /// Whether the file declares a function of this name.
    fn is_declared(&self, name: &str) -> bool {
        self.all(FormKind::Function).any(|function| self.name_of(function) == name)
    }

    /// Whether a name is an imported one.
    pub fn is_imported(&self, name: Node) -> bool {
        self.imports.contains_key(self.text_of(name))
    }

    /// Whether a name is imported, or gets a value in this file.
    pub fn is_known(&self, name: Node) -> bool {
        self.is_imported(name) || self.bindings.contains_key(self.text_of(name))
    }

    /// The module of `require("…")`.
    fn required(&self, call: Node) -> Option<String> {
        let is_required = matches!(self.child(call, 0).map(|callee| self.text_of(callee)), Some("require" | "import"));
        let module = self.child(call, 1).filter(|module| is_required && self.kind(*module) == FormKind::Text)?;
        let module = self.text_of(module).trim_matches(['"', '\'', '`']);
        Some(module.strip_prefix("node:").unwrap_or(module).to_owned())
    }

    fn path_of_name(&self, node: Node, steps: u32) -> String {
        let written = dotted(self.text_of(node));
        let (first, rest) = written.split_once('.').map_or((written.as_str(), ""), |(first, rest)| (first, rest));
        let join = |path: String| if rest.is_empty() { path } else { format!("{path}.{rest}") };
        // What a function sets itself hides an import of the same name.
        let is_own = self.bindings(node, first).next().is_some_and(|binding| binding.scope.is_some());
        if let Some(path) = self.imported(first, steps).filter(|_| !is_own) {
            return join(path);
        }
        if let Some(path) = self.path_of_variable(node, first, steps) {
            return join(path);
        }
        written
    }

    /// What an imported name stands for; a path that begins with another imported name is looked through.
    fn imported(&self, name: &str, steps: u32) -> Option<String> {
        let path = self.imports.get(name)?;
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let outer = if first == name || steps == 0 { None } else { self.imports.get(first) };
        Some(match outer {
            // `use a::b; use b::c;`
            Some(outer) if self.language == "rust" => format!("{outer}.{rest}"),
            _ => path.clone(),
        })
    }

    /// The path of what a variable holds, or of its type.
    fn path_of_variable(&self, node: Node, name: &str, steps: u32) -> Option<String> {
        let binding = self.binding(node, name)?;
        if let Some(declared) =
            Some(plain_type(self.name_of(binding.owner))).filter(|kind| !kind.is_empty() && self.is_typed(binding.owner))
        {
            let says_nothing = declared.starts_with(|c: char| c.is_lowercase()) && !declared.contains(['.', ':']) || declared == "String";
            if !says_nothing {
                let written = dotted(declared);
                let (first, rest) = written.split_once('.').map_or((written.as_str(), ""), |(first, rest)| (first, rest));
                let path = self.imported(first, steps).unwrap_or_else(|| first.to_owned());
                return Some(if rest.is_empty() { path } else { format!("{path}.{rest}") });
            }
        }
        let value = binding.value?;
        let path = self.path_in(value, steps);
        let path = if path.is_empty() { return None } else { path };
        Some(match &binding.part {
            Some(part) => format!("{path}.{part}"),
            None => path,
        })
    }

    /// Whether the name of this node is a type.
    fn is_typed(&self, owner: Node) -> bool {
        matches!(self.kind(owner), FormKind::Assign | FormKind::Parameter)
    }

    /// Whether a path is the one that `pattern` names. `*.x` is `x` of anything. A path whose first segment nobody has explained fits the
    /// end of a pattern that a wildcard import, or the absence of one, allows.
    pub fn is_path(&self, path: &str, pattern: &str) -> bool {
        if let Some(end) = pattern.strip_prefix('*') {
            return path.ends_with(end);
        }
        if path == pattern {
            return true;
        }
        let Some(front) = pattern.strip_suffix(path).and_then(|front| front.strip_suffix(['.', '/'])) else { return false };
        let first = path.split('.').next().unwrap_or(path);
        let is_explained = self.imports.contains_key(first) || self.bindings.contains_key(first);
        let is_type = first.starts_with(|c: char| c.is_uppercase());
        let is_wildcard = self.wildcards.iter().any(|module| module == front);
        // The imports of a part of a file are not there; a name of one word is too common to say where it comes from.
        let is_open = is_wildcard
            || path.contains('.')
            || self.modules.is_empty()
                && words_of_name(path).nth(1).is_some()
                && !self.is_declared(first)
                && matches!(self.language, "python" | "javascript" | "typescript" | "tsx")
            || match self.language {
                "java" | "kotlin" => is_type,
                "rust" => is_type || front.starts_with("std"),
                "c" | "cpp" => front == "std",
                _ => false,
            };
        is_open && !is_explained
    }
}
