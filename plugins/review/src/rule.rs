//! Owns the form of a static rule and the facts a rule may look at. Never runs a query itself.

use crate::removal::Removal;
pub use crate::source::{ALL, C_LIKE, JS};
use crate::source::{Function, Match, Source};
use devflow_plugin::Role;
pub use devflow_plugin::{Category, Severity};

/// What becomes of a rule in test code and examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTests {
    /// The rule is not applied.
    Off,
    /// The rule is applied with this severity.
    As(Severity),
    /// The rule is applied as it is.
    Same,
}

/// One static rule: data, and now and then a small function.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Kebab-case, unique; the page is `docs/rules/<id>.md`.
    pub id: &'static str,
    /// In ordinary code.
    pub severity: Severity,
    /// Decides which score it lowers.
    pub category: Category,
    /// In percent: how sure the rule is when it speaks.
    pub confidence: u8,
    /// One sentence: what it finds.
    pub summary: &'static str,
    /// What to do instead; one sentence, imperative.
    pub suggestion: &'static str,
    /// In test code and examples.
    pub in_tests: InTests,
    /// Where it looks. The finders of one rule cover different languages or different shapes of the same fault.
    pub finders: &'static [Finder],
}

/// A rule on security that the tables speak for. In tests and examples it stays where it is serious, one step lower.
pub(crate) const fn table(
    id: &'static str,
    severity: Severity,
    confidence: u8,
    summary: &'static str,
    suggestion: &'static str,
    finders: &'static [Finder],
) -> Rule {
    Rule { id, severity, category: Category::Security, confidence, summary, suggestion, in_tests: InTests::Off, finders }
}

/// Rules on what a program does to whoever calls it: a script is called by nobody, and an example shows how.
const NOT_IN_SCRIPTS: &[&str] = &[
    "print-debugging",
    "process-exit-in-library",
    "unwrap-in-library",
    "expect-without-reason",
    "panic-in-fallible-function",
    "explicit-any",
    "blocking-in-async",
    "insecure-temp-file",
    "bind-all-interfaces",
    "http-without-timeout",
    "global-mutable-state",
    "print-stack-trace",
];

/// Rules on credentials that stand in the text.
const CREDENTIALS: &[&str] = &["hard-coded-secret", "password-in-url", "private-key", "secret-token"];

impl Rule {
    /// The severity in code of a role; `None` where the rule does not apply. What is serious for security stays on everywhere, one step
    /// lower in tests and examples; a credential in what a program wrote was made for it, as those of tests are.
    pub fn severity_in(&self, role: Role) -> Option<Severity> {
        let is_credential = CREDENTIALS.contains(&self.id);
        match role {
            Role::Source | Role::Vendored | Role::Bundle => Some(self.severity),
            Role::Generated if !is_credential => Some(self.severity),
            Role::Script => (!NOT_IN_SCRIPTS.contains(&self.id)).then_some(self.severity),
            Role::Test | Role::Example | Role::Story | Role::Fixture | Role::Generated => match self.in_tests {
                InTests::Same => Some(self.severity),
                InTests::As(severity) => Some(severity),
                InTests::Off => (self.category == Category::Security).then(|| step_lower(self.severity)).flatten(),
            },
        }
    }
}

/// The next lower severity of what is high or critical.
fn step_lower(severity: Severity) -> Option<Severity> {
    match severity {
        Severity::Critical => Some(Severity::High),
        Severity::High => Some(Severity::Medium),
        _ => None,
    }
}

/// One way to find a fault.
#[derive(Clone, Copy, Debug)]
pub enum Finder {
    /// A tree-sitter query. The capture `@here` is the place of the finding.
    Syntax {
        /// Names of languages, as the unit has them.
        languages: &'static [&'static str],
        /// May hold several patterns and the predicates `#eq?`, `#not-eq?`, `#any-of?`, `#match?`, `#not-match?`. `(leaf)` is an operand that
        /// begins with a name, whatever the language calls one.
        query: &'static str,
        /// `{name}` stands for the text of the capture `@name`.
        message: &'static str,
        /// The last word, for what a query cannot say.
        accept: fn(&Match<'_>, &Source<'_>) -> bool,
    },
    /// A regular expression over the raw text. Group 1, or the whole match, is the place of the finding.
    Text {
        /// Names of languages, as the unit has them.
        languages: &'static [&'static str],
        /// Syntax of Rust's `regex` crate, multi-line mode on.
        pattern: &'static str,
        /// Shown as it is.
        message: &'static str,
        /// The last word; it gets the text of the place and its byte offset.
        accept: fn(&str, usize, &Source<'_>) -> bool,
    },
    /// What the table of secrets says of this rule, in every language. The place of the finding is the secret, or the whole assignment.
    Secret {
        /// `{what}` is what the table calls the form, `{name}` the name that gives the secret away.
        message: &'static str,
        /// The last word, for what a form cannot say.
        accept: fn(&SecretHit<'_>, &Source<'_>) -> bool,
    },
    /// What the tables say of this rule; see `tables/`.
    Table {
        /// `{path}` is the path of what is called, set or named. A row may have a message of its own.
        message: &'static str,
    },
    /// A look at each function; the answer is the message.
    Function {
        /// Names of languages, as the unit has them.
        languages: &'static [&'static str],
        /// `None` when there is nothing to say.
        check: fn(&Function, &Source<'_>) -> Option<String>,
    },
    /// A look at the measures of each function.
    Measure {
        /// Names of languages, as the unit has them.
        languages: &'static [&'static str],
        /// `None` when there is nothing to say.
        check: fn(&Function, &Source<'_>) -> Option<Measured>,
    },
    /// A look at the whole file; the answer is places and messages.
    File {
        /// Names of languages, as the unit has them.
        languages: &'static [&'static str],
        /// Byte spans and messages.
        check: fn(&Source<'_>) -> Vec<(usize, usize, String)>,
    },
    /// A look at each place where a change took lines away; the answer is the message. Only a change has such places.
    Removed {
        /// Names of languages, as the unit has them.
        languages: &'static [&'static str],
        /// `None` when there is nothing to say.
        check: fn(&Removal<'_>, &Source<'_>) -> Option<String>,
    },
}

/// What measures say of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// One sentence.
    pub message: String,
    /// By the distance from the limits.
    pub severity: Severity,
    /// Each measure with its number, the weightiest first.
    pub reasons: Vec<(&'static str, u32)>,
}

/// A text with the form of a secret.
#[derive(Clone, Debug)]
pub struct SecretHit<'a> {
    /// The secret.
    pub value: &'a str,
    /// The name before it; empty where there is none.
    pub name: &'a str,
    /// What the pattern matched, in bytes.
    pub span: std::ops::Range<usize>,
    /// Whether it is an entry of a table: a colon stands between name and value.
    pub is_entry: bool,
}

/// Takes every match.
pub fn always(_: &Match<'_>, _: &Source<'_>) -> bool {
    true
}

/// Takes every hit of a regular expression.
pub fn any_text(_: &str, _: usize, _: &Source<'_>) -> bool {
    true
}
