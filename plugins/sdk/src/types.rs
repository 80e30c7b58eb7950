//! Methods of the contract's types. The types themselves are made from the WIT file.

use std::ops::{Index, Range};

use crate::{
    Category, Elsewhere, Finding, Imported, Limit, Measures, Operation, Place, Quote, Reason, Related, RuleInfo, Scope, Severity, Source,
    Span, TextEdit,
};

impl Span {
    /// The same as a range, for slices and loops.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether an offset is inside.
    pub fn contains(self, offset: usize) -> bool {
        self.range().contains(&offset)
    }
}

impl From<Range<usize>> for Span {
    /// Texts of units have less than 4 GiB.
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start as u32, end: range.end as u32 }
    }
}

impl Index<Span> for str {
    type Output = Self;

    fn index(&self, span: Span) -> &Self {
        &self[span.range()]
    }
}

impl Severity {
    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Category {
    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Correctness => "correctness",
            Self::Performance => "performance",
            Self::Complexity => "complexity",
            Self::Maintainability => "maintainability",
            Self::Documentation => "documentation",
            Self::Testing => "testing",
        }
    }
}

impl Place {
    /// Code that the model quoted, and the line that it claimed: from 1, 0 for none. The host looks for it and drops the finding if it is not
    /// there.
    pub fn quote(text: &str, line: u32) -> Self {
        Self::Quote(Quote { text: text.to_owned(), line })
    }

    /// Bytes of the source with this index in [`Host::sources`](crate::Host::sources).
    pub fn source(index: usize, span: impl Into<Span>) -> Self {
        Self::Source(Elsewhere { index: index as u32, span: span.into() })
    }

    /// Bytes of the document with this index in [`Host::documents`](crate::Host::documents).
    pub fn document(index: usize, span: impl Into<Span>) -> Self {
        Self::Document(Elsewhere { index: index as u32, span: span.into() })
    }
}

impl Finding {
    /// A finding of a rule, with its severity, category and confidence (100 where the rule states none), a message and a place.
    pub fn new(rule: &RuleInfo, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule: rule.id.clone(),
            severity: rule.severity,
            category: rule.category,
            message: message.into(),
            place,
            suggestion: None,
            confidence: rule.confidence.unwrap_or(100),
            reasons: Vec::new(),
            related: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// Says what to do instead.
    ///
    /// ```
    /// use devflow_plugin::{Category, Finding, Place, RuleInfo, Severity};
    ///
    /// let rule = RuleInfo::new("long", Severity::Low, Category::Complexity, "A function is long.").confidence(80).cwe(1080);
    /// let finding = Finding::new(&rule, Place::Span((0..9).into()), "`f` is long")
    ///     .suggest("Split it.")
    ///     .reason("lines", 213)
    ///     .relate(Place::Span((20..29).into()), "its only caller")
    ///     .edit(0..1, "g", false);
    /// assert_eq!((finding.confidence, finding.reasons.len(), finding.edits.len()), (80, 1, 1));
    /// ```
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Adds a fact with a number that it rests on; the weightiest comes first.
    #[must_use]
    pub fn reason(mut self, text: &str, number: i64) -> Self {
        self.reasons.push(Reason { text: text.to_owned(), number: Some(number) });
        self
    }

    /// Adds another place that belongs to it, and what it has to do with it.
    #[must_use]
    pub fn relate(mut self, place: Place, message: &str) -> Self {
        self.related.push(Related { place, message: message.to_owned() });
        self
    }

    /// Adds a replacement to the one change that mends it. `is_certain`: the program keeps doing what it is meant to do.
    #[must_use]
    pub fn edit(mut self, span: impl Into<Span>, replacement: &str, is_certain: bool) -> Self {
        self.edits.push(TextEdit { span: span.into(), replacement: replacement.to_owned(), is_certain });
        self
    }
}

impl Operation {
    /// An operation without permissions and options.
    pub fn new(name: &str, scope: Scope, summary: &str) -> Self {
        Self {
            name: name.to_owned(),
            summary: summary.to_owned(),
            scope,
            asks_model: false,
            sees_project: false,
            needs_model: false,
            documents: Vec::new(),
            options_schema: r#"{"type":"object","additionalProperties":false,"properties":{}}"#.to_owned(),
        }
    }

    /// It may ask the model.
    #[must_use]
    pub fn asks_model(mut self) -> Self {
        self.asks_model = true;
        self
    }

    /// It may ask the model, and does nothing without it: a run without one says so, and gives no scores for it.
    #[must_use]
    pub fn needs_model(mut self) -> Self {
        self.asks_model = true;
        self.needs_model = true;
        self
    }

    /// It may see the outlines of other files, and the documents that match `globs` whole.
    #[must_use]
    pub fn sees_project(mut self, globs: &[&str]) -> Self {
        self.sees_project = true;
        self.documents = globs.iter().map(|glob| (*glob).to_owned()).collect();
        self
    }

    /// It looks at text files that match `globs`, too: each is a unit without a language, and has no syntax. For operations of the scopes
    /// `file` and `change`.
    #[must_use]
    pub fn texts(mut self, globs: &[&str]) -> Self {
        self.documents = globs.iter().map(|glob| (*glob).to_owned()).collect();
        self
    }

    /// It takes options that fit this JSON Schema; the host checks them and fills in nothing.
    #[must_use]
    pub fn options(mut self, schema: &str) -> Self {
        self.options_schema = schema.to_owned();
        self
    }
}

impl RuleInfo {
    /// A rule that states no confidence, limits, weaknesses, links and page.
    pub fn new(id: &str, severity: Severity, category: Category, summary: &str) -> Self {
        Self {
            id: id.to_owned(),
            severity,
            category,
            summary: summary.to_owned(),
            confidence: None,
            limits: Vec::new(),
            cwe: Vec::new(),
            links: Vec::new(),
            page: String::new(),
        }
    }

    /// Adds a number that a user may want to choose.
    #[must_use]
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Adds the number of a weakness in MITRE's list.
    #[must_use]
    pub fn cwe(mut self, number: u32) -> Self {
        self.cwe.push(number);
        self
    }

    /// Adds a page that explains the fault; its address begins with `https://`.
    #[must_use]
    pub fn link(mut self, address: &str) -> Self {
        self.links.push(address.to_owned());
        self
    }

    /// What is wrong and how to mend it, in Markdown.
    #[must_use]
    pub fn page(mut self, markdown: &str) -> Self {
        self.page = markdown.to_owned();
        self
    }

    /// All its findings have this confidence, in percent.
    #[must_use]
    pub fn confidence(mut self, percent: u8) -> Self {
        self.confidence = Some(percent);
        self
    }
}

impl Measures {
    /// Whether an offset is in a part that is test code.
    pub fn is_test(&self, offset: usize) -> bool {
        let at = self.tests.partition_point(|test| test.range().end <= offset);
        self.tests.get(at).is_some_and(|test| test.range().start <= offset)
    }
}

impl Source {
    /// One import for each place: the module, where names from it are listed as well. For counting.
    pub fn first_imports(&self) -> impl Iterator<Item = &Imported> {
        let is_first = |at: usize| at.checked_sub(1).is_none_or(|before| self.imports[before].span.start != self.imports[at].span.start);
        self.imports.iter().enumerate().filter(move |(at, _)| is_first(*at)).map(|(_, import)| import)
    }
}
