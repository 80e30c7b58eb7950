//! Owns the operation `gaps`: which public functions no test names. Never guesses at what a test reaches through other functions.

mod evidence;
mod names;
mod page;
mod subjects;

use std::collections::BTreeMap;

use devflow_plugin::{Finding, Host, Place, Related, Report, Role, Severity, Source};

use crate::framework::{Family, Framework};
use crate::rules::finding;
use evidence::Evidence;
use subjects::{Subject, subjects};

/// Manifests that name a test framework.
pub const GLOBS: [&str; 16] = [
    "**/package.json",
    "**/pyproject.toml",
    "**/setup.cfg",
    "**/tox.ini",
    "**/pytest.ini",
    "**/requirements*.txt",
    "**/pom.xml",
    "**/build.gradle",
    "**/build.gradle.kts",
    "**/*.versions.toml",
    "**/CMakeLists.txt",
    "**/meson.build",
    "**/conanfile.txt",
    "**/vcpkg.json",
    "**/Cargo.toml",
    "**/go.mod",
];

/// From so many branches on, a function that no test names will cost somebody an afternoon.
const MANY_BRANCHES: u32 = 10;

/// Most findings; the plan lists the rest.
const MAX_FINDINGS: usize = 500;

/// From so many functions on, of which three in four have no test that names them, the code is tested from outside or hardly at all: the
/// worst of them are told, the plan lists the rest.
const MANY_FUNCTIONS: usize = 100;

/// Most findings in such a family.
const MAX_WORST: usize = 20;

/// The functions of one source that no test names, the worst first.
pub(crate) struct Gap {
    /// Index of the source.
    source: usize,
    path: String,
    family: Family,
    subjects: Vec<Subject>,
    /// How many of the functions a test names.
    n_named: usize,
}

/// What the tests of one family look like.
pub(crate) struct Tested {
    family: Family,
    /// Nothing where nothing tells.
    framework: Option<Framework>,
    has_tests: bool,
}

/// Findings and the plan.
pub fn inspect(host: &dyn Host) -> Report {
    let sources = host.sources();
    let evidence = Evidence::read(host, &sources);
    let tested = tested(host, &sources, &evidence);
    let mut gaps = gaps(host, &sources, &evidence);
    let mut report = Report::default();
    if evidence.is_empty() {
        report.findings.extend(no_tests(&gaps, &tested));
    } else {
        report.findings = untested(&gaps);
    }
    gaps.retain(|gap| !gap.subjects.is_empty());
    report.artifacts.extend(page::page(&gaps, &tested));
    report
}

/// The families of the ordinary sources, with the framework of each.
fn tested(host: &dyn Host, sources: &[Source], evidence: &Evidence) -> Vec<Tested> {
    let documents = host.documents();
    let mut families: Vec<Family> =
        sources.iter().filter(|source| source.role == Role::Source).filter_map(|source| Family::of(&source.language)).collect();
    families.sort_unstable();
    families.dedup();
    let framework = |family: Family| {
        let tests = sources.iter().enumerate().filter(|(at, source)| evidence.is_test(*at) && Family::of(&source.language) == Some(family));
        let imports = tests.flat_map(|(_, source)| source.first_imports().map(|import| import.name.as_str()));
        Framework::recognised(family, imports, &documents)
    };
    let tested = |family: Family| Tested { family, framework: framework(family), has_tests: evidence.has(family) };
    families.into_iter().map(tested).collect()
}

fn gaps(host: &dyn Host, sources: &[Source], evidence: &Evidence) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let has_cpp = sources.iter().any(|source| source.language == "cpp");
    for (at, source) in sources.iter().enumerate() {
        let Some(family) = Family::of(&source.language) else { continue };
        // What stands in it is read as C, and may be C++.
        if has_cpp && family == Family::C && source.path.ends_with(".h") {
            continue;
        }
        // Tests in the file itself cannot be told from its code by their words.
        let has_answer = !evidence.is_blind(family) && (evidence.has(family) || evidence.is_empty());
        if !subjects::is_looked_at(source) || evidence.is_test(at) || !has_answer {
            continue;
        }
        let mut found = subjects(source, &host.symbols(at));
        found.retain(|subject| evidence.is_callable(family, &subject.name));
        let n_callable = found.len();
        found.retain(|subject| !evidence.names(&subject.name));
        found.sort_by(|a, b| b.cyclomatic.cmp(&a.cyclomatic).then(a.span.start.cmp(&b.span.start)));
        if n_callable > 0 {
            gaps.push(Gap { source: at, path: source.path.clone(), family, n_named: n_callable - found.len(), subjects: found });
        }
    }
    gaps
}

/// Whether most functions of a family are named by no test.
fn is_mostly_untested(gaps: &[Gap], family: Family) -> bool {
    let own = || gaps.iter().filter(|gap| gap.family == family);
    let n_untested: usize = own().map(|gap| gap.subjects.len()).sum();
    let n_named: usize = own().map(|gap| gap.n_named).sum();
    n_untested >= MANY_FUNCTIONS && n_untested > 3 * n_named
}

fn untested(gaps: &[Gap]) -> Vec<Finding> {
    let mut families: Vec<Family> = gaps.iter().map(|gap| gap.family).collect();
    families.sort_unstable();
    families.dedup();
    let mut all: Vec<(&Gap, &Subject)> = Vec::new();
    for family in families {
        let own = gaps.iter().filter(|gap| gap.family == family);
        let mut worst: Vec<(&Gap, &Subject)> = own.flat_map(|gap| gap.subjects.iter().map(move |subject| (gap, subject))).collect();
        worst.sort_by_key(|(_, subject)| std::cmp::Reverse(subject.cyclomatic));
        worst.truncate(if is_mostly_untested(gaps, family) { MAX_WORST } else { MAX_FINDINGS });
        all.extend(worst);
    }
    // Stable: equals stay in the order of the project.
    all.sort_by_key(|(gap, subject)| (std::cmp::Reverse(subject.cyclomatic), gap.source));
    all.truncate(MAX_FINDINGS);
    let mut findings: Vec<Finding> = Vec::new();
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    for (gap, subject) in all {
        match places.get(&gap.source) {
            Some(at) => add(&mut findings[*at], gap.source, subject),
            None => {
                places.insert(gap.source, findings.len());
                findings.push(untested_function(gap.source, subject));
            }
        }
    }
    findings
}

/// One more function of the same file.
fn add(found: &mut Finding, source: usize, subject: &Subject) {
    let message = format!("neither is `{}` named, which has {}", subject.full_name(), page::branches(subject.cyclomatic));
    found.related.push(Related { place: Place::source(source, subject.span.clone()), message });
}

fn untested_function(source: usize, subject: &Subject) -> Finding {
    let branches = page::branches(subject.cyclomatic);
    let message = format!("no test among the files looked at names `{}`, which has {branches}", subject.full_name());
    let suggestion = match subject.cyclomatic {
        1 => format!("Write a test that calls `{}` and checks what it gives.", subject.name),
        _ => format!("Write tests that call `{}`, one for each branch.", subject.name),
    };
    let mut found = finding("untested-function", source, subject.span.clone(), message, suggestion);
    if subject.cyclomatic < MANY_BRANCHES {
        found.severity = Severity::Info;
    }
    found
}

/// One finding instead of hundreds, at the first source that has something to test.
fn no_tests(gaps: &[Gap], tested: &[Tested]) -> Option<Finding> {
    let gap = gaps.iter().find(|gap| !gap.subjects.is_empty())?;
    let n_functions: usize = gaps.iter().map(|gap| gap.subjects.len()).sum();
    let worst = gaps.iter().flat_map(|gap| &gap.subjects).max_by_key(|subject| subject.cyclomatic)?;
    let message = match n_functions {
        1 => format!("there is no test among the files looked at, and `{}` is there to be tested", worst.full_name()),
        n => format!(
            "there is no test among the files looked at; of their {n} public functions, `{}` has the most branches",
            worst.full_name()
        ),
    };
    let framework =
        tested.first().map_or("a test framework", |tested| tested.framework.unwrap_or(tested.family.default_framework()).name());
    let suggestion = format!("Set up {framework} and begin with `{}`.", worst.name);
    let span = gap.subjects.iter().map(|subject| subject.span.clone()).min_by_key(|span| span.start)?;
    Some(finding("no-tests", gap.source, span, message, suggestion))
}
