//! How a file is used in its project, and how its path decides that. What a text adds is in `marks`, the names are in `paths`.
//!
//! The path is read from the project's root down. A folder's name alone decides little: `com.example.demo` is a package, `src/testing` is code
//! of the project, and `packages/testing` is a package called so.

mod marks;
mod paths;
mod phrases;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::language::Language;
pub use paths::{Custom, Files, Kind, Place};

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

/// What is known of the folders of a project.
pub trait Folders {
    /// Whether `folder` (from the project's root, "" for the root itself, forward slashes) holds a file called `name`.
    fn holds(&self, folder: &str, name: &str) -> bool;
}

/// Knows nothing: the path has to do.
#[derive(Clone, Copy, Debug)]
pub struct NoFolders;

impl Folders for NoFolders {
    fn holds(&self, _folder: &str, _name: &str) -> bool {
        false
    }
}

/// All customs with their roles, in the order in which they are asked where several fit.
pub fn customs() -> impl Iterator<Item = (Role, &'static Custom)> {
    BY_PATH.iter().chain(BY_TEXT).flat_map(|(role, customs)| customs.iter().map(|custom| (*role, custom)))
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

    /// Decides by the path, which is relative to the project's root and has forward slashes.
    ///
    /// `folders` is asked only where a name does not suffice: for manifests, for `__init__.py`, for the `package.json` beside `dist`.
    pub fn of(path: &str, folders: &dyn Folders) -> Self {
        let trail = Trail::new(path, folders);
        let found = trail.by_folders();
        let is_input = found.is_some_and(|found| !found.is_sure);
        match trail.by_name(is_input) {
            Some(Self::Test) if is_input => Self::Test,
            by_name => found.map(|found| found.role).into_iter().chain(by_name).min_by_key(|role| role.rank()).unwrap_or(Self::Source),
        }
    }

    /// Decides by the text, for a file whose path says `role_by_path`.
    ///
    /// Looks at the first 8 KiB. Code of others and inputs of tests stay what they are, whatever stands in them.
    pub fn of_text(role_by_path: Self, path: &str, text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        match role_by_path {
            Self::Vendored | Self::Generated | Self::Bundle | Self::Fixture => return role_by_path,
            _ => {}
        }
        let language = Language::of(Path::new(path));
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        if marks::is_of_library(name, text) {
            Self::Vendored
        } else if marks::is_generated(language, text) {
            Self::Generated
        } else if language == Some(Language::JavaScript) && marks::is_bundle(text) {
            Self::Bundle
        } else if role_by_path == Self::Source && marks::has_interpreter(text) && !is_module(language, path) {
            Self::Script
        } else {
            role_by_path
        }
    }

    /// The lower of two that fit wins.
    fn rank(self) -> usize {
        BY_PATH.iter().position(|(role, _)| *role == self).unwrap_or(BY_PATH.len())
    }
}

/// Customs of paths. Where several fit, the first wins.
const BY_PATH: &[(Role, &[Custom])] = &[
    (Role::Vendored, paths::VENDORED),
    (Role::Generated, paths::GENERATED),
    (Role::Bundle, paths::BUNDLE),
    (Role::Fixture, paths::FIXTURE),
    (Role::Fixture, paths::FIXTURE_BELOW_TESTS),
    (Role::Story, paths::STORY),
    (Role::Test, paths::TEST),
    (Role::Example, paths::EXAMPLE),
    (Role::Script, paths::SCRIPT),
];

/// Customs of texts. Where several fit, the first wins.
const BY_TEXT: &[(Role, &[Custom])] =
    &[(Role::Vendored, marks::VENDORED), (Role::Generated, marks::GENERATED), (Role::Bundle, marks::BUNDLE), (Role::Script, marks::SCRIPT)];

/// Folders whose children are packages, each called as its author likes.
const COLLECTIONS: &[&str] = &["crates", "packages", "libs", "modules", "plugins"];

/// Folders of a package in which its sources stand.
const SOURCES: &[&str] = &["src", "lib"];

/// The same for an application of JavaScript or TypeScript: folders below them are routes and components.
const WEB_SOURCES: &[&str] = &["src", "lib", "app", "pages", "components"];

/// Files that make a folder the root of a package.
const MANIFESTS: &[&str] =
    &["Cargo.toml", "package.json", "pyproject.toml", "setup.py", "setup.cfg", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts"];

/// First segments of names of packages. Below them stands the rest of the name: `com.example.demo` is not an example.
const DOMAINS: &[&str] = &["com", "org", "net", "io", "de", "dev", "edu", "gov", "uk", "fr", "eu", "co", "app", "me"];

/// What the folders above a file say.
#[derive(Clone, Copy)]
struct Found {
    role: Role,
    /// Whether the name of the file has nothing to add.
    is_sure: bool,
}

/// A path, taken apart.
struct Trail<'a> {
    path: &'a str,
    parts: Vec<&'a str>,
    name: &'a str,
    language: Option<Language>,
    /// Where in `parts` the source set of Maven or Gradle stands.
    set: Option<usize>,
    /// How many of `parts` may say something; below them stand names of packages.
    n_telling: usize,
    folders: &'a dyn Folders,
}

impl<'a> Trail<'a> {
    fn new(path: &'a str, folders: &'a dyn Folders) -> Self {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parts: Vec<&str> = if above.is_empty() { Vec::new() } else { above.split('/').collect() };
        let language = Language::of(Path::new(name));
        let is_jvm = matches!(language, Some(Language::Java | Language::Kotlin));
        let set = if is_jvm { source_set(&parts) } else { None };
        let n_telling = match (set, is_jvm) {
            // The folder below the set is that of a language, or `generated`, or `resources`.
            (Some(set), _) => parts.len().min(set + 2),
            (None, true) => package(&parts).unwrap_or(parts.len()),
            (None, false) => parts.len(),
        };
        Self { path, parts, name, language, set, n_telling, folders }
    }

    /// The first `n` folders as a path.
    fn above(&self, n: usize) -> &'a str {
        let n_bytes: usize = self.parts[..n].iter().map(|part| part.len() + 1).sum();
        &self.path[..n_bytes.saturating_sub(1)]
    }

    /// The outermost folder that says something decides, but for what is never code of the project.
    fn by_folders(&self) -> Option<Found> {
        let mut found: Option<Found> = None;
        for at in 0..self.n_telling {
            let is_below_tests = found.is_some_and(|found| found.role == Role::Test || !found.is_sure);
            let Some(next) = self.folder(at, is_below_tests) else { continue };
            let is_stronger = match found {
                None => true,
                Some(found) if next.role == Role::Fixture => found.role == Role::Test || (!found.is_sure && next.is_sure),
                Some(found) => matches!(next.role, Role::Vendored | Role::Generated | Role::Bundle) && next.role.rank() < found.role.rank(),
            };
            if is_stronger {
                found = Some(next);
            }
        }
        found
    }

    /// What one folder says.
    fn folder(&self, at: usize, is_below_tests: bool) -> Option<Found> {
        let mut all = BY_PATH.iter().flat_map(|(role, customs)| customs.iter().map(|custom| (*role, custom)));
        let (role, custom) = all.find(|(_, custom)| {
            custom.kind == Kind::Folder
                && custom.files.contain(self.language)
                && custom.patterns.iter().any(|pattern| self.is_called(pattern, at))
                && (self.counts(custom.place, at) || (custom.place == Place::BelowTests && is_below_tests))
        })?;
        Some(Found { role, is_sure: custom.place != Place::BelowTests })
    }

    /// Whether the folder, with those below it if the pattern has several segments, is called so. C and C++ have no custom as to case.
    fn is_called(&self, pattern: &str, at: usize) -> bool {
        if let Some((first, rest)) = pattern.split_once('/') {
            return self.parts[at] == first && rest.split('/').enumerate().all(|(n, part)| self.parts.get(at + 1 + n) == Some(&part));
        }
        let part = self.parts[at];
        paths::fits(pattern, part) || (matches!(self.language, Some(Language::C | Language::Cpp)) && part.eq_ignore_ascii_case(pattern))
    }

    /// What the file's own name says, be it among input of tests.
    fn by_name(&self, is_input: bool) -> Option<Role> {
        let is_called = |pattern: &&str| match pattern.contains('/') {
            true => self.path.strip_suffix(*pattern).is_some_and(|above| above.is_empty() || above.ends_with('/')),
            false => paths::fits(pattern, self.name),
        };
        let mut all = BY_PATH.iter().flat_map(|(role, customs)| customs.iter().map(|custom| (*role, custom)));
        let found = all.find(|(_, custom)| {
            custom.kind == Kind::Name
                && custom.files.contain(self.language)
                && custom.patterns.iter().any(is_called)
                && (self.counts(custom.place, self.parts.len()) || (custom.place == Place::OutsideInput && !is_input && !self.is_main()))
        });
        found.map(|(role, _)| role)
    }

    /// Whether a name counts that stands below the first `at` folders.
    fn counts(&self, place: Place, at: usize) -> bool {
        match place {
            Place::Everywhere => true,
            Place::Anywhere => !self.is_package_name(at),
            Place::OutsidePackages => !self.is_package_name(at) && !self.is_imported(at),
            Place::OutsideSource => !self.is_below_sources(at) && !self.is_package_name(at) && !self.is_imported(at),
            Place::AtRoot => self.is_root(at) && !self.is_imported(at),
            Place::NearRoot => self.is_root(at) || (at > 0 && self.parts[at - 1] == "src" && self.is_root(at - 1)),
            Place::BesidePackageJson => self.folders.holds(self.above(at), "package.json"),
            Place::SourceSet => self.set == Some(at),
            Place::OutsideMain => !self.is_main(),
            Place::BelowTests
            | Place::OutsideInput
            | Place::BeginsComment
            | Place::InComment
            | Place::Generator
            | Place::Warning
            | Place::BeginsLine
            | Place::BeginsText => false,
        }
    }

    fn has_manifest(&self, n: usize) -> bool {
        MANIFESTS.iter().any(|name| self.folders.holds(self.above(n), name))
    }

    /// Whether the first `n` folders lead to the root of a package.
    fn is_root(&self, n: usize) -> bool {
        n == 0 || self.is_package_name(n - 1) || self.has_manifest(n)
    }

    /// Whether the folder is called as the package that it holds.
    fn is_package_name(&self, at: usize) -> bool {
        at > 0
            && at < self.parts.len()
            && COLLECTIONS.contains(&self.parts[at - 1])
            && (self.parts.get(at + 1).is_some_and(|below| SOURCES.contains(below))
                || self.has_manifest(at + 1)
                || self.folders.holds(self.above(at + 1), "CMakeLists.txt"))
    }

    /// Whether one of the first `at` folders is a package of Python.
    fn is_imported(&self, at: usize) -> bool {
        (1..=at).any(|n| self.folders.holds(self.above(n), "__init__.py"))
    }

    /// Whether one of the first `at` folders is that of a package's sources, and no other package begins below it.
    fn is_below_sources(&self, at: usize) -> bool {
        let is_web = matches!(self.language, Some(Language::JavaScript | Language::TypeScript | Language::Tsx));
        let sources = if is_web { WEB_SOURCES } else { SOURCES };
        let last = self.parts[..at].iter().rposition(|part| sources.contains(part));
        last.is_some_and(|last| !(last + 1..=at).any(|n| self.has_manifest(n)))
    }

    /// Whether the file belongs to a source set that is shipped. Where `src` holds packages without a set, as in some projects of Kotlin,
    /// tests stand beside it.
    fn is_main(&self) -> bool {
        match self.set {
            Some(set) => self.folder(set, false).is_none(),
            None => self.language == Some(Language::Kotlin) && self.parts[..self.n_telling].last() == Some(&"src"),
        }
    }
}

/// Whether the file is a module of Python below `src`: many bear the name of an interpreter out of habit.
fn is_module(language: Option<Language>, path: &str) -> bool {
    language == Some(Language::Python) && path.split('/').any(|part| SOURCES.contains(&part))
}

/// Where the source set stands: the folder below `src`, if it has the name of one or holds the folder of a language.
fn source_set(parts: &[&str]) -> Option<usize> {
    let is_set = |set: &str| set == "main" || set == "test" || set.ends_with("Main") || set.ends_with("Test");
    let is_language = |name: &str| name.starts_with("java") || matches!(name, "kotlin" | "groovy" | "scala" | "resources");
    (1..parts.len()).find(|at| parts[at - 1] == "src" && (is_set(parts[*at]) || parts.get(at + 1).is_some_and(|below| is_language(below))))
}

/// Where the name of a package begins, by its first segment.
fn package(parts: &[&str]) -> Option<usize> {
    parts.windows(2).position(|pair| DOMAINS.contains(&pair[0]) && !SOURCES.contains(&pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths of files that are there.
    struct Disk(&'static [&'static str]);

    impl Folders for Disk {
        fn holds(&self, folder: &str, name: &str) -> bool {
            self.0.iter().any(|path| path.rsplit_once('/').unwrap_or(("", path)) == (folder, name))
        }
    }

    #[track_caller]
    fn check(role: Role, paths: &[&str]) {
        check_on(role, &[], paths);
    }

    #[track_caller]
    fn check_on(role: Role, disk: &'static [&'static str], paths: &[&str]) {
        for path in paths {
            assert_eq!(Role::of(path, &Disk(disk)), role, "{path}");
        }
    }

    #[test]
    fn names_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
    }

    #[test]
    fn folders_below_a_source_set_are_names_of_packages() {
        check(
            Role::Source,
            &[
                "src/main/java/com/example/demo/Dao.java",
                "src/main/java/org/acme/samples/petclinic/Dao.java",
                "src/main/java/com/acme/testing/Dao.java",
                "src/main/java/com/acme/test/LoadTest.java",
                "src/main/java/com/acme/vendor/Vendor.java",
                "src/main/java/com/acme/fixtures/Fixtures.java",
                "src/main/java16/com/squareup/moshi/RecordJsonAdapter.java",
                "src/main/kotlin/org/acme/samples/A.kt",
                "src/commonMain/kotlin/testing/A.kt",
                "app/src/main/java/com/acme/bench/Run.kt",
                "com/example/demo/A.java",
                "com/acme/testing/Clock.java",
                "ktor-network/jvm/src/io/ktor/network/testing/LoadTest.kt",
                "ktor-network/jvmAndPosix/src/io/ktor/samples/A.kt",
            ],
        );
        check(
            Role::Test,
            &[
                "src/test/java/com/example/demo/Helper.java",
                "app/src/androidTest/java/com/acme/Rule.kt",
                "src/jvmTest/kotlin/A.kt",
                "src/testFixtures/java/com/acme/Given.java",
                "src/test-jdk17/java/com/acme/A.java",
                "src/it/java/org/owasp/A.java",
                "core/jvmTest/A.kt",
                "ktor-http/common/test/io/ktor/tests/http/Helper.kt",
                "moshi-kotlin-tests/extra-moshi-test-module/src/main/kotlin/A.kt",
                "com/acme/UserTest.java",
                "UserTests.java",
                "OrderIT.java",
                "OrderSpec.kt",
            ],
        );
        check(Role::Example, &["src/jmh/java/com/acme/Run.java", "demo/src/main/java/com/acme/A.java", "samples/app/src/main/kotlin/A.kt"]);
        check(Role::Script, &["buildSrc/src/main/kotlin/Versions.kt", "build-logic/src/main/kotlin/com/acme/A.kt", "app/build.gradle.kts"]);
        check(Role::Generated, &["src/generated/java/com/acme/A.java", "build/generated/source/kapt/com/acme/A.java"]);
        check(Role::Fixture, &["src/test/resources/com/acme/A.java", "jvm/test-resources/A.kt"]);
        check(Role::Source, &["src/Fastest.kt", "com/acme/TypeSpec.java"]);
    }

    #[test]
    fn the_folder_of_a_package_is_called_as_the_package() {
        check(Role::Source, &["packages/testing/src/index.ts", "crates/test/src/lib.rs", "packages/test-utils/src/render.tsx"]);
        check_on(Role::Source, &["plugins/examples/go.mod", "libs/vendor/CMakeLists.txt"], &["plugins/examples/a.go", "libs/vendor/a.c"]);
        check(Role::Example, &["plugins/examples/a.go"]);
        check(Role::Test, &["crates/foo/tests/a.rs", "packages/foo/test/a.js", "packages/tests/server/zod.ts", "packages/e2e/src/run.ts"]);
        check(Role::Script, &["packages/foo/scripts/a.ts"]);
        check_on(Role::Script, &["packages/foo/package.json"], &["packages/foo/build/a.js", "packages/foo/bin/a.js"]);
    }

    #[test]
    fn in_a_package_of_python_weak_words_are_subpackages() {
        const DJANGO: &[&str] = &["django/__init__.py", "django/test/__init__.py", "setup.py", "scripts/__init__.py", "tests/__init__.py"];
        check_on(
            Role::Source,
            DJANGO,
            &[
                "django/test/client.py",
                "django/testing/a.py",
                "django/core/examples/a.py",
                "django/build/a.py",
                "django/bin/a.py",
                "django/generated/a.py",
                "django/vendor/models.py",
                "django/setup.py",
            ],
        );
        check_on(
            Role::Test,
            DJANGO,
            &["tests/view_tests/views.py", "django/tests/a.py", "django/test_a.py", "django/a_test.py", "django/conftest.py"],
        );
        check_on(Role::Script, DJANGO, &["scripts/release.py", "scripts/tools/a.py", "setup.py", "docs/conf.py", "noxfile.py"]);
        check_on(Role::Fixture, DJANGO, &["django/testdata/a.py", "tests/data/a.py"]);
        check_on(Role::Vendored, DJANGO, &["django/_vendor/six.py", "django/third_party/a.py"]);
        check(Role::Source, &["src/pkg/testing/helpers.py"]);
        check(Role::Test, &["test/client.py", "testing/a.py"]);
    }

    #[test]
    fn below_sources_weak_words_say_nothing() {
        check(
            Role::Source,
            &[
                "src/latest.rs",
                "axum-macros/src/axum_test.rs",
                "src/bin/x.rs",
                "src/tools/mod.rs",
                "src/components/demo/page.tsx",
                "app/examples/page.tsx",
                "lib/build/index.js",
                "lib/release/a.js",
                "src/script/interpreter.cpp",
                "src/setup/a.ts",
                "src/spec/parse.rs",
                "src/build.rs",
                "src/app/app.config.ts",
                "src/pages/stories/index.tsx",
                "src/vendor/list.tsx",
                "src/benchmarks/a.go",
                "cmd/prometheus/main.go",
                "attest.py",
                "contest/a.go",
                "jq.spec",
                "hot/dev-server.js",
                "tokio-test/src/io.rs",
                "lib/axios.js",
                "index.js",
                "bootstrap.js",
            ],
        );
        check(
            Role::Test,
            &[
                "src/test/a.ts",
                "src/routing/tests/mod.rs",
                "src/__tests__/a.ts",
                "src/fs/file/tests.rs",
                "src/e2e/a.ts",
                "src/__mocks__/fs.js",
                "lib/tests/a.c",
                "src/locale/de/test.ts",
            ],
        );
        check_on(Role::Script, &["app/web/package.json"], &["app/web/scripts/a.js", "app/web/build/a.js"]);
    }

    #[test]
    fn tests_have_folders_and_names() {
        check(
            Role::Test,
            &[
                "tests/a.rs",
                "tests-integration/src/lib.rs",
                "stress-tests/a.go",
                "testing/a.go",
                "re2/testing/dfa_test.cc",
                "util/testutil/a.go",
                "util/testutil.cc",
                "testhelpers/a.js",
                "cypress/support/a.js",
                "fuzz/fuzz_targets/a.rs",
                "pkg/x_test.go",
                "test_a.py",
                "a.spec.ts",
                "a.cy.ts",
                "a.test-d.ts",
                "app.e2e-spec.ts",
                "a_unittest.cc",
                "conftest.py",
                "Tests/a.cpp",
                "scripts/tests/conftest.py",
                "examples/next/a.test.ts",
            ],
        );
        check(Role::Source, &["a.spec/b.ts", "src/testify.go", "testimony.py", "a_tester.cc"]);
    }

    #[test]
    fn what_stands_below_tests_may_be_their_input() {
        check(
            Role::Fixture,
            &[
                "tests/highlight/source/TOML/Cargo.toml",
                "tests/highlight/expected/Go/go.mod",
                "tests/data/cases/comments.py",
                "caddyfile/testdata/a.go",
                "test/configCases/a/index.js",
                "tests/ui/a.rs",
                "tests/debug_handler/fail/a.rs",
                "codemods/__testfixtures__/a.input.tsx",
                "src/test/resources/data.json",
                "tests/fixtures/a/setup.py",
                "testdata/x_test.go",
                "tests/data/testdata/test_a.py",
                "discovery/file/fixtures/a.go",
                "tests/fixtures/scripts/build.js",
            ],
        );
        check(
            Role::Test,
            &["tests/data/test_loader.py", "test/cases/a.test.ts", "tests/data/conftest.py", "tests/ui/a.tsx", "tests/server/sws.c"],
        );
        check(Role::Fixture, &["tests/syntax-tests/source/C/test.c", "tests/highlighted/Java/test.java"]);
        check(Role::Source, &["app/data/user-dao.js", "data/cases.py", "source/a.c", "expected/a.go"]);
    }

    #[test]
    fn examples_and_benchmarks_are_recognized() {
        check(
            Role::Example,
            &[
                "examples/a.rs",
                "examples/src/bin/a.rs",
                "samples/src/a.ts",
                "axum/benches/b.rs",
                "benchmarks/db_bench.cc",
                "docs/examples/simple.c",
                "docs_src/a.py",
                "playgrounds/ts/a.ts",
                "sandbox/server.js",
                "examples/foo/tests/a.rs",
                "examples/setup.py",
                "stress-test/examples/a.rs",
            ],
        );
        check(Role::Source, &["exemplar/a.go", "model/exemplar/a.go", "example.py", "demo.ts", "src/sandbox/a.ts"]);
    }

    #[test]
    fn scripts_stand_at_the_root_of_a_package() {
        check(
            Role::Script,
            &[
                "scripts/release/version.ts",
                "build/bin/link.js",
                "build/main.rs",
                "build.rs",
                "tokio/build.rs",
                "bin/webpack.js",
                "tooling/a.js",
                "setup/setup.js",
                ".github/scripts/a.py",
                "gulpfile.js",
                "rollup.config.mjs",
                "karma.conf.cjs",
                "webpack.prod.js",
                ".eslintrc.cjs",
                "esbuild.js",
                "magefile.go",
                "scripts/test/a.sh",
            ],
        );
        check(Role::Source, &["server/build/a.js", "client/setup/a.ts", "bin/a.go", "kernel/tools/a.c", "webpack.js", "src/esbuild.js"]);
    }

    #[test]
    fn stories_are_recognized() {
        check(
            Role::Story,
            &[
                "src/Button.stories.tsx",
                "src/button/index.story.js",
                ".storybook/main.ts",
                "stories/a.tsx",
                "src/stories/a.jsx",
                "tests/a.stories.ts",
            ],
        );
        check(Role::Source, &["stories/models.py", "src/history.ts", "src/stories.ts"]);
    }

    #[test]
    fn generated_files_are_recognized_by_name() {
        check(
            Role::Generated,
            &[
                "api.gen.ts",
                "src/client.generated.ts",
                "foo_generated.h",
                "a_pb2.py",
                "a_pb2_grpc.py",
                "a.pb.go",
                "a.pb.cc",
                "zz_generated.deepcopy.go",
                "a_grpc_pb.js",
                "src/__generated__/a.ts",
                "src/generated/a.ts",
                ".next/server/a.js",
                "moc_window.cpp",
                "testdata/a.pb.go",
            ],
        );
        check(Role::Source, &["src/gen.ts", "src/generate.rs", "generated.py", "src/pb.go", "src/ui_local.h", "gen/a.go"]);
    }

    #[test]
    fn code_of_others_is_recognized() {
        check(
            Role::Vendored,
            &[
                "node_modules/a/index.js",
                "vendor/decNumber/decNumber.c",
                "src/vendor/miniz.c",
                "third_party/a/test/b.cc",
                "ios/Pods/a.m",
                "app/assets/vendor/chart/raphael.js",
                "public/js/jquery.min.js",
                "static/js/modernizr-custom.js",
                "static/chart-2.9.4.js",
                "tests/fixtures/node_modules/a/index.js",
                "vendor/github.com/a/b_test.go",
            ],
        );
        check(Role::Source, &["src/components/vendor/Card.tsx", "internal/vendors/a.go", "src/jquery.ts", "src/utf-8.js"]);
    }

    #[test]
    fn bundles_stand_beside_a_manifest() {
        const DISK: &[&str] = &["package.json", "packages/a/package.json"];
        check_on(Role::Bundle, DISK, &["dist/browser/all.cjs", "out/a.js", "packages/a/dist/a.js", "build/static/js/a.js", "bundles/a.js"]);
        check_on(Role::Source, DISK, &["src/dist/a.js", "packages/b/dist/a.js", "client/app/bundles/Hello.jsx"]);
        check(Role::Source, &["dist/a.js", "out/a.py"]);
        check(Role::Bundle, &["a.min.js", "a.bundle.js", "a.umd.cjs", "tests/a.chunk.js"]);
    }

    #[test]
    fn a_text_adds_to_the_path() {
        let check = |by_path: Role, path: &str, text: &str, role: Role| assert_eq!(Role::of_text(by_path, path, text), role, "{path}");
        check(Role::Source, "cli.js", "#!/usr/bin/env node\nrun();\n", Role::Script);
        check(Role::Source, "cli.py", "\u{feff}#!/usr/bin/python\n", Role::Script);
        check(Role::Test, "run.py", "#!/usr/bin/python\n", Role::Test);
        check(Role::Source, "src/requests/certs.py", "#!/usr/bin/env python\n", Role::Source);
        check(Role::Source, "lib.rs", "#![forbid(unsafe_code)]\n", Role::Source);
        check(Role::Test, "mock.go", "// Code generated by MockGen. DO NOT EDIT.\n", Role::Generated);
        check(Role::Fixture, "a.go", "// Code generated by MockGen. DO NOT EDIT.\n", Role::Fixture);
        check(Role::Source, "bootstrap.js", "/*!\n * Bootstrap v3.4.1 (https://getbootstrap.com/)\n */\n", Role::Vendored);
        check(Role::Source, "bootstrap.js", "import './app.js';\n", Role::Source);
        check(Role::Source, "a.js", "/******/ (() => { // webpackBootstrap\n", Role::Bundle);
        check(Role::Source, "a.ts", "/******/ (() => { // webpackBootstrap\n", Role::Source);
    }
}
