//! Owns the way from a CVSS score or vector to a severity. Versions 2 and 3 are computed by their formula, version 4 is estimated.

use std::collections::BTreeMap;

use devflow_plugin::Severity;

/// The severity of a number such as `7.5`, or of a vector. Nothing for anything else.
pub(super) fn severity(score: &str) -> Option<Severity> {
    if let Ok(number) = score.trim().parse::<f64>() {
        return Some(of_number(number));
    }
    let metrics: BTreeMap<&str, &str> = score.split('/').filter_map(|part| part.split_once(':')).collect();
    match metrics.get("CVSS") {
        Some(version) if version.starts_with('3') => version_3(&metrics).map(of_number),
        Some(version) if version.starts_with('4') => version_4(&metrics),
        None => version_2(&metrics).map(of_number),
        Some(_) => None,
    }
}

/// Source: the qualitative scale of CVSS 3.1, section 5.
fn of_number(score: f64) -> Severity {
    if score >= 9.0 {
        Severity::Critical
    } else if score >= 7.0 {
        Severity::High
    } else if score >= 4.0 {
        Severity::Medium
    } else if score > 0.0 {
        Severity::Low
    } else {
        Severity::Info
    }
}

fn weight(metrics: &BTreeMap<&str, &str>, name: &str, weights: &[(&str, f64)]) -> Option<f64> {
    let value = metrics.get(name)?;
    weights.iter().find(|(letter, _)| letter == value).map(|(_, weight)| *weight)
}

/// Source: CVSS 3.1 specification, section 7.1.
fn version_3(metrics: &BTreeMap<&str, &str>) -> Option<f64> {
    let is_changed = metrics.get("S") == Some(&"C");
    let harm = |name: &str| weight(metrics, name, &[("H", 0.56), ("L", 0.22), ("N", 0.0)]).map(|weight| 1.0 - weight);
    let base = 1.0 - harm("C")? * harm("I")? * harm("A")?;
    let impact = if is_changed { 7.52 * (base - 0.029) - 3.25 * (base - 0.02).powi(15) } else { 6.42 * base };
    let rights = if is_changed { [("N", 0.85), ("L", 0.68), ("H", 0.5)] } else { [("N", 0.85), ("L", 0.62), ("H", 0.27)] };
    let ease = 8.22
        * weight(metrics, "AV", &[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)])?
        * weight(metrics, "AC", &[("L", 0.77), ("H", 0.44)])?
        * weight(metrics, "PR", &rights)?
        * weight(metrics, "UI", &[("N", 0.85), ("R", 0.62)])?;
    if impact <= 0.0 {
        return Some(0.0);
    }
    let factor = if is_changed { 1.08 } else { 1.0 };
    Some(rounded_up((factor * (impact + ease)).min(10.0)))
}

/// To one digit, upwards; by whole numbers, so that no machine rounds differently.
fn rounded_up(score: f64) -> f64 {
    let whole = (score * 100_000.0).round();
    if whole % 10_000.0 == 0.0 { whole / 100_000.0 } else { ((whole / 10_000.0).floor() + 1.0) / 10.0 }
}

/// Source: CVSS 2.0 guide, section 3.2.1.
fn version_2(metrics: &BTreeMap<&str, &str>) -> Option<f64> {
    let harm = |name: &str| weight(metrics, name, &[("N", 0.0), ("P", 0.275), ("C", 0.66)]).map(|weight| 1.0 - weight);
    let impact = 10.41 * (1.0 - harm("C")? * harm("I")? * harm("A")?);
    let ease = 20.0
        * weight(metrics, "AV", &[("L", 0.395), ("A", 0.646), ("N", 1.0)])?
        * weight(metrics, "AC", &[("H", 0.35), ("M", 0.61), ("L", 0.71)])?
        * weight(metrics, "Au", &[("M", 0.45), ("S", 0.56), ("N", 0.704)])?;
    let factor = if impact == 0.0 { 0.0 } else { 1.176 };
    Some(((0.6 * impact + 0.4 * ease - 1.5) * factor * 10.0).round() / 10.0)
}

/// Version 4 has a table of 270 rows in place of a formula. This keeps to its extremes and errs by one step in between.
fn version_4(metrics: &BTreeMap<&str, &str>) -> Option<Severity> {
    let is = |name: &str, value: &str| metrics.get(name) == Some(&value);
    let harms = ["VC", "VI", "VA"];
    if !harms.iter().all(|name| metrics.contains_key(name)) {
        return None;
    }
    let high = harms.iter().filter(|name| is(name, "H")).count();
    let some = harms.iter().filter(|name| is(name, "L")).count();
    let is_open = is("AV", "N") && is("PR", "N");
    let is_easy = is_open && is("AC", "L") && is("AT", "N") && is("UI", "N");
    Some(match (high, some) {
        (2.., _) if is_easy => Severity::Critical,
        (2.., _) => Severity::High,
        (1, _) if is_open => Severity::High,
        (1, _) => Severity::Medium,
        (0, 1..) if is_open => Severity::Medium,
        _ => Severity::Low,
    })
}
