//! Owns the names of languages and roles, and how a path tells them. Never reads a file.

use std::path::Path;

use schemars::JsonSchema;
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

/// What a file is in its project; tests and examples are judged more mildly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Code that the project ships.
    Source,
    /// Test code.
    Test,
    /// An example or a benchmark.
    Example,
    /// Input of a test; not code of the project.
    Fixture,
    /// A script, or part of the build.
    Script,
    /// A story of a component library.
    Story,
    /// Written by a program.
    Generated,
    /// Somebody else's code, kept in the project.
    Vendored,
    /// Output of a bundler or minifier.
    Bundle,
}

impl Role {
    /// All of them; the store counts on their order.
    pub const ALL: [Self; 9] =
        [Self::Source, Self::Test, Self::Example, Self::Fixture, Self::Script, Self::Story, Self::Generated, Self::Vendored, Self::Bundle];

    /// The name in documents and plugins.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Test => "test",
            Self::Example => "example",
            Self::Fixture => "fixture",
            Self::Script => "script",
            Self::Story => "story",
            Self::Generated => "generated",
            Self::Vendored => "vendored",
            Self::Bundle => "bundle",
        }
    }

    /// The role called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Decides by the customs of the languages, from the root down: folders called `tests`, names such as `test_x.py`, `x_test.go`,
    /// `x.spec.ts`, `XTest.java`; folders called `examples` or `benches`. `path` has forward slashes.
    pub fn of(path: &str) -> Self {
        let (directories, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let folders: Vec<&str> = directories.split('/').collect();
        let is_jvm = name.ends_with(".java") || name.ends_with(".kt");
        for (at, folder) in folders[..if is_jvm { above_packages(&folders) } else { folders.len() }].iter().enumerate() {
            // Below a source root, most names are those of packages; the folders that hold nothing but tests are the same everywhere.
            let is_in_source = folders[..at].contains(&"src");
            match *folder {
                "test" | "tests" | "testdata" | "__tests__" | "__testfixtures__" | "e2e" => return Self::Test,
                "testing" | "spec" | "specs" if !is_in_source => return Self::Test,
                // `jvmTest`, `androidTest`: the source sets of Gradle.
                set if set.ends_with("Test") && set.starts_with(|c: char| c.is_ascii_lowercase()) => return Self::Test,
                "example" | "examples" | "samples" | "benches" | "bench" | "benchmarks" | "demo" | "demos" if !is_in_source => {
                    return Self::Example;
                }
                _ => {}
            }
        }
        let is_test = stem == "tests"
            || stem == "test"
            || stem == "conftest"
            || stem.starts_with("test_")
            || stem.ends_with("_test")
            || stem.ends_with("_tests")
            || stem.ends_with(".test")
            || stem.ends_with(".spec")
            || ((name.ends_with(".java") || name.ends_with(".kt"))
                && (stem.ends_with("Test") || stem.ends_with("Tests") || stem.ends_with("IT")));
        if is_test { Self::Test } else { Self::Source }
    }
}

/// Folders of a path in Java or Kotlin that can say how its files are used. Below them stands the name of the package: `com.example.demo`
/// is a name, and no example.
fn above_packages(folders: &[&str]) -> usize {
    const DOMAINS: &[&str] = &["com", "org", "net", "io", "de", "dev", "edu", "gov", "uk", "fr", "eu", "co", "app", "me"];
    let is_set = |set: &str| set == "main" || set == "test" || set.ends_with("Main") || set.ends_with("Test");
    let root = folders.windows(2).position(|pair| pair[0] == "src" && is_set(pair[1])).map(|at| at + 2);
    let package = folders.iter().position(|folder| DOMAINS.contains(folder)).filter(|at| folders.len() > at + 1).map(|at| at + 1);
    root.into_iter().chain(package).min().unwrap_or(folders.len())
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

    #[test]
    fn paths_tell_the_role() {
        for path in ["tests/a.rs", "pkg/x_test.go", "test_a.py", "a.spec.ts", "src/test/java/A.java", "UserTest.java", "core/jvmTest/A.kt"]
        {
            assert_eq!(Role::of(path), Role::Test, "{path}");
        }
        for path in ["examples/a.rs", "samples/src/a.ts", "demo/src/main/java/com/acme/A.java"] {
            assert_eq!(Role::of(path), Role::Example, "{path}");
        }
        for path in [
            "src/latest.rs",
            "src/attest.py",
            "contest/a.go",
            "src/Fastest.kt",
            "src/main/java/com/example/demo/A.java",
            "src/main/kotlin/org/acme/samples/A.kt",
            "src/commonMain/kotlin/testing/A.kt",
            "com/acme/testing/Clock.java",
            "src/pkg/testing/helpers.py",
            "src/components/demo/page.tsx",
        ] {
            assert_eq!(Role::of(path), Role::Source, "{path}");
        }
    }
}
