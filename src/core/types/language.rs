//! Owns the names of languages and roles, and how a path tells them. Never reads a file.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// A language that the engine parses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// `.rs`
    Rust,
    /// `.py`, `.pyi`
    Python,
    /// `.js`, `.mjs`, `.cjs`, `.jsx`
    JavaScript,
    /// `.ts`, `.mts`, `.cts`
    TypeScript,
    /// `.tsx`
    Tsx,
    /// `.java`
    Java,
    /// `.kt`, `.kts`
    Kotlin,
    /// `.go`
    Go,
    /// `.c`, and a `.h` without C++ in it
    C,
    /// `.cpp`, `.cc`, `.cxx`, `.hpp`, `.hh`, `.hxx` and rarer ones, such as `.C`, `.ixx` and `.cu`
    Cpp,
}

impl Language {
    /// All of them, in the order of their documentation.
    pub const ALL: [Self; 10] =
        [Self::Rust, Self::Python, Self::JavaScript, Self::TypeScript, Self::Tsx, Self::Java, Self::Kotlin, Self::Go, Self::C, Self::Cpp];

    /// The name in documents, queries and plugins.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Tsx => "tsx",
            Self::Java => "java",
            Self::Kotlin => "kotlin",
            Self::Go => "go",
            Self::C => "c",
            Self::Cpp => "cpp",
        }
    }

    /// The language called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// Decides by the extension, without regard to its case (but `.C` is C++ by custom).
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        if extension == "C" || extension == "H" {
            return Some(Self::Cpp);
        }
        let mut lower = [0; 4];
        let lower = lower.get_mut(..extension.len())?;
        lower.copy_from_slice(extension.as_bytes());
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"rs" => Self::Rust,
            b"py" | b"pyi" => Self::Python,
            b"js" | b"mjs" | b"cjs" | b"jsx" => Self::JavaScript,
            b"ts" | b"mts" | b"cts" => Self::TypeScript,
            b"tsx" => Self::Tsx,
            b"java" => Self::Java,
            b"kt" | b"kts" => Self::Kotlin,
            b"go" => Self::Go,
            b"c" | b"h" => Self::C,
            b"cpp" | b"cc" | b"cxx" | b"c++" | b"hpp" | b"hh" | b"hxx" | b"h++" => Self::Cpp,
            b"cppm" | b"ixx" | b"inl" | b"ipp" | b"tpp" | b"cu" | b"cuh" => Self::Cpp,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_tell_the_language() {
        assert_eq!(Language::of(Path::new("a/B.RS")), Some(Language::Rust));
        assert_eq!(Language::of(Path::new("x.d.ts")), Some(Language::TypeScript));
        assert_eq!(Language::of(Path::new("x.C")), Some(Language::Cpp));
        assert_eq!(Language::of(Path::new("Makefile")), None);
        assert_eq!(Language::of(Path::new("a.markdown")), None);
    }

    #[test]
    fn names_read_back() {
        for language in Language::ALL {
            assert_eq!(Language::from_name(language.name()), Some(language));
        }
    }
}
