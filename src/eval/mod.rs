//! Owns how findings are compared with what is known to be true of code: sets of marked places, the match, the figures. Nothing here reads a
//! file or runs anything. `docs/eval.md` explains it to users.

mod convert;
mod figures;
mod matching;
mod plant;
mod sarif;
mod set;
mod topic;

pub use convert::{Annotation, annotations, benchmark_cases, is_mark, rule_weaknesses, semgrep_cases};
pub use figures::{Figures, Row, Tally, figures};
pub use matching::{Found, Judged, Outcome, judge};
pub use plant::{Operator, Plantable, Planted, Site, operators, plant};
pub use sarif::found_in_sarif;
pub use set::{Case, Head, Mistake, Set, read_set, write_set};
pub use topic::{KnownRules, Topic};
