//! Owns the form of a static rule and the facts a rule may look at. Never runs a query itself.

use crate::removal::Removal;
pub use crate::source::{ALL, C_LIKE, JS};
use crate::source::{Function, Match, Source};
use devflow_plugin::Role;
use devflow_plugin::facts::{Hit, Origin};
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

impl Rule {
    /// The severity in code of a role; `None` where the rule does not apply. What is serious for security stays on everywhere, one step
    /// lower in tests, in examples, and in what a program wrote.
    pub fn severity_in(&self, role: Role) -> Option<Severity> {
        match role {
            Role::Source | Role::Vendored | Role::Bundle => Some(self.severity),
            Role::Script => (!NOT_IN_SCRIPTS.contains(&self.id)).then_some(self.severity),
            Role::Test | Role::Example | Role::Story | Role::Fixture | Role::Generated => match self.in_tests {
                InTests::Same => Some(self.severity),
                InTests::As(severity) => Some(severity),
                InTests::Off => (self.category == Category::Security).then(|| step_lower(self.severity)).flatten(),
            },
        }
    }
}

/// Rules on values that become code: how bad they are depends on where the value comes from.
const BY_ORIGIN: &[&str] = &[
    "command-injection",
    "eval",
    "expression-injection",
    "ldap-injection",
    "nosql-injection",
    "sql-injection",
    "template-injection",
    "unsafe-deserialization",
    "xpath-injection",
    "xss-sink",
];

impl Rule {
    /// The severity of a finding by where its value comes from. What nobody sends is decided by the program itself; in a script, by whoever
    /// runs it. What a function is given may come from anywhere: what becomes objects or code is hardly ever the program's own. A value in
    /// a statement breaks it even where nobody means harm, and the name of a table does not.
    pub(crate) fn severity_by_origin(&self, own: Severity, role: Role, hit: &Hit<'_>) -> Severity {
        let is_by_hand = matches!(role, Role::Script | Role::Test);
        match hit.origin {
            // What comes into a script or a test comes from whoever runs it.
            Origin::Sent if is_by_hand && self.id == "command-injection" => own.min(Severity::Medium),
            Origin::Sent => own,
            _ if !BY_ORIGIN.contains(&self.id) => own,
            _ if role == Role::Script => own.min(Severity::Low),
            Origin::Given if matches!(self.id, "unsafe-deserialization" | "eval") => own,
            _ if role == Role::Test => own.min(Severity::Medium),
            _ if self.id == "sql-injection" && has_value_hole(&hit.texts) => own,
            _ if self.id == "sql-injection" && has_only_names(&hit.texts) => own.min(Severity::Low),
            Origin::Given | Origin::Own => own.min(Severity::Medium),
        }
    }
}

/// Whether a text has a hole where a value stands, and not a name: `name = '{}'`, `LIKE '%{}%'`, `id = ` and something behind it.
fn has_value_hole(texts: &[String]) -> bool {
    let is_of_value = |before: &str| {
        let low = before.to_ascii_lowercase();
        let is_compared = ["where", " and ", "having"].iter().any(|word| low.contains(word));
        before.trim_end_matches(['%', '(', '^']).ends_with('\'') || is_compared && before.trim_end().ends_with(['=', '<', '>'])
    };
    texts.iter().any(|text| text.match_indices(HOLE).any(|(at, _)| is_of_value(&text[..at])))
}

/// What stands for a value that is not known, in the texts of a hit.
const HOLE: char = '\u{1}';

/// Words of SQL behind which a name stands that nobody can bind: of a table, a database, a user, a setting.
const BEFORE_NAMES: &str = "from into table database schema user role index view update join pragma names attach sequence column exists \
    describe truncate use cascade grant revoke synonym catalog to on type extension savepoint listen notify";

/// Whether all holes of a text stand where SQL wants a name.
fn has_only_names(texts: &[String]) -> bool {
    let holes = texts.iter().flat_map(|text| text.match_indices(HOLE).map(move |(at, _)| &text[..at]));
    let is_of_name = |before: &str| {
        let before = before.trim_end_matches(['"', '`', '[']).trim_end();
        let word = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("").to_ascii_lowercase();
        BEFORE_NAMES.split_ascii_whitespace().any(|known| known == word)
    };
    let mut holes = holes.peekable();
    holes.peek().is_some() && holes.all(is_of_name)
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
