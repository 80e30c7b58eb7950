//! From a CVSS score or vector to a severity. All versions are computed by their specification.

use std::str::FromStr as _;

use cvss::Cvss;
use devflow_plugin::Severity;

/// The severity of a number such as `7.5`, or of a vector. Nothing for anything else.
pub(super) fn severity(score: &str) -> Option<Severity> {
    let score = score.trim();
    let number = score.parse().ok().or_else(|| Some(Cvss::from_str(score).ok()?.score()))?;
    (0.0..=10.0).contains(&number).then(|| of_number(number))
}

/// Source: the qualitative scale of CVSS 3.1, section 5, and of CVSS 4.0, section 6.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_the_severity_that_their_publishers_state() {
        for (score, expected) in [
            ("9.8", Some(Severity::Critical)),
            ("0", Some(Severity::Info)),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(Severity::Critical)),
            ("CVSS:3.0/AV:L/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N", Some(Severity::Low)),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", Some(Severity::High)),
            // Those of version 4 are published with 9.3, 5.1, 8.7 and 7.3.
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some(Severity::Critical)),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", Some(Severity::Medium)),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", Some(Severity::High)),
            ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some(Severity::High)),
            ("CVSS:9.0/AV:N", None),
            ("high", None),
            ("nan", None),
            ("11", None),
        ] {
            assert_eq!(severity(score), expected, "{score}");
        }
    }
}
