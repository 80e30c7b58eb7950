//! Asking the model: kept answers first, then requests within budget, tries and limits. Every answer is kept before it is used, and no
//! answer's claims are trusted here.

pub(super) mod answers;
pub(super) mod budget;
mod health;
mod ledger;
mod locked;
mod request;
pub(super) mod session;
pub(super) mod units;

use std::collections::BTreeSet;

use super::inspection::{Inspection, InspectionOutcome, UnitWork};
use super::parts::Parts;
use super::plan::{Inquiry, ModelPart, Tools};
use crate::analyzer::Conclusion;
use crate::provider::ChatModel;
use crate::types::{AnswersUsed, Failure, Stage};
use session::Session;
use units::{UnitAnswers, UnitQuestion, ask_units};

/// A file on its way to verification.
pub(super) enum AskOutcome {
    File(Box<AnsweredFile>),
    Other(InspectionOutcome),
}

/// A file with what the analyzers concluded from the answers about it.
pub(super) struct AnsweredFile {
    pub(super) inspection: Inspection,
    /// By unit.
    pub(super) conclusions: Vec<(usize, Conclusion)>,
    pub(super) failures: Vec<Failure>,
    /// When the earliest answer expires, in seconds since 1970.
    pub(super) expires_at: i64,
    pub(super) answers: AnswersUsed,
}

impl AnsweredFile {
    fn new(inspection: Inspection) -> Self {
        let (conclusions, failures) = (Vec::new(), Vec::new());
        Self { inspection, conclusions, failures, expires_at: i64::MAX, answers: AnswersUsed::default() }
    }

    /// Adds what became of one of its units.
    fn take(&mut self, tools: &Tools, unit: usize, of_unit: UnitAnswers) {
        let UnitAnswers { conclusions, failure, expires_at, answers } = of_unit;
        self.conclusions.extend(conclusions.into_iter().map(|conclusion| (unit, conclusion)));
        self.expires_at = self.expires_at.min(expires_at);
        self.answers.count += answers.count;
        self.answers.cost += answers.cost;
        if let Some((stage, error)) = failure {
            let work = &self.inspection.units[unit];
            let path = self.inspection.read.file.path.clone();
            self.failures.push(tools.operations[work.operation].failure(path, stage, &work.label, error));
        }
    }
}

/// Gets the answers of all units and lets the analyzers conclude. Whatever concerns one unit becomes a failure of its file.
pub(super) fn ask(
    tools: &Tools,
    inquiry: &Inquiry,
    parts: &Parts<'_>,
    session: &mut Session,
    looked: Vec<InspectionOutcome>,
) -> Vec<AskOutcome> {
    let answered = |looked| match looked {
        InspectionOutcome::File(inspection) => AskOutcome::File(Box::new(AnsweredFile::new(*inspection))),
        other => AskOutcome::Other(other),
    };
    let mut files: Vec<AskOutcome> = looked.into_iter().map(answered).collect();
    match &inquiry.model {
        ModelPart::Off => {}
        ModelPart::Missing(reason) => {
            for file in &mut files {
                if let AskOutcome::File(file) = file {
                    let path = file.inspection.read.file.path.clone();
                    file.failures.push(Failure::of_file(path, Stage::Ask, reason.as_str()));
                }
            }
        }
        ModelPart::On(model) => ask_of_files(tools, inquiry, parts, session, model.as_ref(), &mut files),
    }
    files
}

fn ask_of_files(
    tools: &Tools,
    inquiry: &Inquiry,
    parts: &Parts<'_>,
    session: &mut Session,
    model: &dyn ChatModel,
    files: &mut [AskOutcome],
) {
    let (mut places, mut questions) = (Vec::new(), Vec::new());
    for (file, answered) in files.iter().enumerate() {
        let AskOutcome::File(answered) = answered else { continue };
        session.redacted += n_replaced(&answered.inspection.units);
        for (unit, work) in answered.inspection.units.iter().enumerate() {
            let Some(question) = &work.question else { continue };
            let operation = &tools.operations[work.operation];
            let options = answered.inspection.read.in_force.options(operation);
            places.push((file, unit));
            questions.push(UnitQuestion { operation, options, subject: &work.subject, question });
        }
    }
    let answers = ask_units(inquiry, parts, session, model, &questions);
    for ((file, unit), of_unit) in places.into_iter().zip(answers) {
        if let AskOutcome::File(file) = &mut files[file] {
            file.take(tools, unit, of_unit);
        }
    }
}

/// Texts of a file that were replaced in its questions. Two operations that ask about one file send its placeholders twice; it is one text
/// that was replaced.
fn n_replaced(units: &[UnitWork]) -> u32 {
    let (mut replaced, mut removed) = (BTreeSet::new(), BTreeSet::new());
    for work in units.iter().filter(|work| work.question.is_some()) {
        replaced.extend(work.redacted.places().map(|(span, _)| (work.start + span.start, work.start + span.end)));
        let hunks = work.subject.unit.hunks.iter().enumerate();
        removed.extend(hunks.flat_map(|(hunk, one)| one.removed.match_indices("REDACTED_").map(move |(at, _)| (work.start, hunk, at))));
    }
    (replaced.len() + removed.len()) as u32
}
