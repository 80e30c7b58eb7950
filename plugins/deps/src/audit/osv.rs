//! Owns advisories in the OSV format: reading them, and whether one holds for a version. A range that is not understood holds for nothing.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use devflow_plugin::{Document, Severity};
use serde_json::Value;

use super::cvss;
use crate::manifest::normalized;
use crate::model::Ecosystem;
use crate::version::{compare, is_same};

/// Advisories by ecosystem and name of the package.
pub(super) type Known = BTreeMap<(Ecosystem, String), Vec<Advisory>>;

/// What an advisory says about one package.
#[derive(Clone, Debug)]
pub(super) struct Advisory {
    /// Its own id.
    pub(super) id: String,
    /// Other ids of the same thing.
    pub(super) aliases: Vec<String>,
    /// One line.
    pub(super) summary: String,
    /// How bad it is, if it says so.
    pub(super) severity: Option<Severity>,
    /// `unmaintained`, `unsound` or `notice`: it is no vulnerability.
    pub(super) informational: Option<String>,
    ranges: Vec<Vec<Event>>,
    versions: BTreeSet<String>,
}

#[derive(Clone, Debug)]
enum Event {
    Introduced(String),
    Fixed(String),
    LastAffected(String),
}

/// That an advisory holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The first version after this one that is fixed.
    pub(super) fixed: Option<String>,
}

/// Reads all advisories.
pub(super) fn read<'d>(documents: impl Iterator<Item = &'d Document>) -> Known {
    let mut known = Known::new();
    for document in documents.filter(|document| document.text.contains("\"affected\"")) {
        let Ok(root) = serde_json::from_str::<Value>(document.text.trim_start_matches('\u{feff}')) else { continue };
        // Some hand out many advisories as one list.
        match &root {
            Value::Array(list) => list.iter().for_each(|advisory| add(&mut known, advisory)),
            _ => add(&mut known, &root),
        }
    }
    known
}

fn add(known: &mut Known, root: &Value) {
    let Some(id) = text(root, "id") else { return };
    if root.get("withdrawn").is_some_and(|date| !date.is_null()) {
        return;
    }
    let aliases: Vec<String> = items(root, "aliases").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    for affected in items(root, "affected") {
        let Some(key) = affected.get("package").and_then(package) else { continue };
        let informational = affected.get("database_specific").and_then(|specific| text(specific, "informational"));
        let advisory = Advisory {
            id: id.to_owned(),
            aliases: aliases.clone(),
            summary: summary(root),
            severity: if id.starts_with("MAL-") { Some(Severity::Critical) } else { severity(root, affected) },
            informational: informational.map(str::to_owned),
            ranges: items(affected, "ranges").iter().filter_map(events).collect(),
            versions: items(affected, "versions").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        };
        known.entry(key).or_default().push(advisory);
    }
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn package(package: &Value) -> Option<(Ecosystem, String)> {
    let name = text(package, "name")?;
    let word = text(package, "ecosystem")?.split(':').next()?;
    let all = [Ecosystem::Cargo, Ecosystem::Npm, Ecosystem::Python, Ecosystem::Go, Ecosystem::Maven];
    let ecosystem = all.into_iter().find(|ecosystem| ecosystem.osv_name() == word)?;
    let name = if ecosystem == Ecosystem::Python { normalized(name) } else { name.to_owned() };
    Some((ecosystem, name))
}

/// The summary, or the first line of the details, cut to one short line.
fn summary(root: &Value) -> String {
    let long = text(root, "summary").filter(|summary| !summary.trim().is_empty()).or_else(|| text(root, "details")).unwrap_or_default();
    let line = long.trim().lines().next().unwrap_or_default().trim_start_matches(['#', ' ']);
    let clean: String = line.chars().filter(|letter| !letter.is_control()).take(160).collect();
    clean.trim_end_matches(['.', ' ']).to_owned()
}

fn severity(root: &Value, affected: &Value) -> Option<Severity> {
    let scores = || items(affected, "severity").iter().chain(items(root, "severity"));
    let of = |kind: &str| {
        scores()
            .filter(|score| text(score, "type") == Some(kind))
            .find_map(|score| cvss::severity(text(score, "score").unwrap_or_default()))
    };
    let word = [root, affected].iter().find_map(|value| text(value.get("database_specific")?, "severity"));
    of("CVSS_V3").or_else(|| word.and_then(named)).or_else(|| of("CVSS_V4")).or_else(|| of("CVSS_V2"))
}

fn named(word: &str) -> Option<Severity> {
    Some(match word.to_ascii_lowercase().as_str() {
        "critical" => Severity::Critical,
        "high" | "important" => Severity::High,
        "medium" | "moderate" => Severity::Medium,
        "low" => Severity::Low,
        _ => return None,
    })
}

/// The events of a range of versions; nothing for commits.
fn events(range: &Value) -> Option<Vec<Event>> {
    if !matches!(text(range, "type"), Some("SEMVER" | "ECOSYSTEM")) {
        return None;
    }
    let event = |event: &Value| {
        let of = |key: &str| text(event, key).map(str::to_owned);
        of("introduced")
            .map(Event::Introduced)
            .or_else(|| of("fixed").map(Event::Fixed))
            .or_else(|| of("last_affected").map(Event::LastAffected))
    };
    Some(items(range, "events").iter().filter_map(event).collect())
}

impl Advisory {
    /// Whether it holds for a version.
    pub(super) fn holds(&self, ecosystem: Ecosystem, version: &str) -> Option<Match> {
        let in_ranges = self.ranges.iter().find_map(|events| within(ecosystem, events, version));
        let is_listed = || self.versions.iter().any(|listed| is_same(ecosystem, listed, version));
        in_ranges.or_else(|| is_listed().then_some(Match { fixed: None }))
    }

    /// All its ids.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// Walks through the events in the order of their versions.
fn within(ecosystem: Ecosystem, events: &[Event], version: &str) -> Option<Match> {
    let mut ordered: Vec<(&Event, Ordering)> = Vec::new();
    for event in events {
        // How the version at hand stands to the one of the event.
        let order = match event {
            Event::Introduced(first) if first == "0" => Ordering::Greater,
            Event::Introduced(other) | Event::Fixed(other) | Event::LastAffected(other) => compare(ecosystem, version, other)?,
        };
        ordered.push((event, order));
    }
    ordered.sort_by(|(left, _), (right, _)| by_version(ecosystem, left, right));
    let mut is_affected = false;
    for (event, order) in &ordered {
        match event {
            Event::Introduced(_) if order.is_ge() => is_affected = true,
            Event::Fixed(_) if order.is_ge() => is_affected = false,
            Event::LastAffected(_) if order.is_gt() => is_affected = false,
            _ => {}
        }
    }
    let fixed = ordered.iter().find_map(|(event, order)| match event {
        Event::Fixed(fixed) if order.is_lt() => Some(fixed.clone()),
        _ => None,
    });
    is_affected.then_some(Match { fixed })
}

fn by_version(ecosystem: Ecosystem, left: &Event, right: &Event) -> Ordering {
    let of = |event: &Event| match event {
        Event::Introduced(version) | Event::Fixed(version) | Event::LastAffected(version) => version.clone(),
    };
    let (left, right) = (of(left), of(right));
    match (left == "0", right == "0") {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => compare(ecosystem, &left, &right).unwrap_or(Ordering::Equal),
    }
}
