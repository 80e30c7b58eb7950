//! What holds of scores, whatever the numbers in the table are.

use super::curve::Curve;
use super::*;
use crate::types::{Category, FileResult, FunctionMetrics, LineCounts, Origin, RelPath, Severity};
use proptest::prelude::*;

fn finding(severity: Severity, category: Category, confidence: u8) -> Finding {
    Finding {
        rule: "r".to_owned(),
        analyzer: "a".to_owned(),
        severity,
        category,
        message: String::new(),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
        quote: String::new(),
        suggestion: None,
        reasons: Vec::new(),
        related: Vec::new(),
        edits: Vec::new(),
        confidence,
        origin: Origin::Static,
        fingerprint: String::new(),
    }
}

fn metrics(code: u32, cognitive: u32) -> FileMetrics {
    let function = FunctionMetrics {
        name: "f".to_owned(),
        line: 1,
        end_line: 2,
        code_lines: 60,
        parameters: 0,
        nesting: 4,
        cyclomatic: 1,
        cognitive,
        has_doc: false,
        is_test: false,
    };
    FileMetrics { lines: LineCounts { code, comment: 0, blank: 0 }, functions: vec![function], ..FileMetrics::default() }
}

#[test]
fn the_table_has_every_language_and_each_curve_runs_through_the_middle_and_the_worst_twentieth() {
    assert!(include_str!("reference.tsv").len() < 64 << 10);
    for language in Language::ALL.into_iter().map(Some).chain([None]) {
        let reference = Reference::of(language);
        for curve in [reference.overall, reference.complexity] {
            assert!(0.0 < curve.median && curve.median < curve.worst, "{language:?}");
            assert_eq!([rounded(curve.score(curve.median)), rounded(curve.score(curve.worst))], [88.0, 68.0], "{language:?}");
        }
        assert!(reference.files >= 500 && reference.lines >= 100_000, "{language:?}");
        assert_eq!([reference.percentile(0.0), reference.percentile(68.0)], [0, 5], "{language:?}");
        assert!((48..=51).contains(&reference.percentile(88.0)), "{language:?}");
    }
}

#[test]
fn nothing_found_is_a_hundred() {
    let scores = scores(Language::Rust, &[], &FileMetrics::default());
    assert_eq!(scores.to_array(), [100.0; 5]);
}

#[test]
fn one_certain_critical_finding_needs_attention_in_every_language() {
    let findings = [finding(Severity::Critical, Category::Security, 100)];
    for language in Language::ALL {
        let scores = scores(language, &findings, &FileMetrics::default());
        assert!(scores.overall < 60.0 && scores.security < 30.0, "{language:?}: {scores:?}");
    }
}

#[test]
fn one_tangled_function_shows_however_large_its_file_is() {
    let finding = [finding(Severity::Medium, Category::Complexity, 90)];
    for language in Language::ALL {
        let complexity = |cognitive| scores(language, &finding, &metrics(20_000, cognitive)).complexity;
        assert!(complexity(4001) < 82.0, "{language:?}: {}", complexity(4001));
        assert!(complexity(4001) + 8.0 < complexity(20), "{language:?}: {}", complexity(20));
    }
}

#[test]
fn what_one_rule_repeats_weighs_less_than_what_two_rules_say() {
    let one = finding(Severity::Medium, Category::Security, 90);
    let other = Finding { rule: "s".to_owned(), ..one.clone() };
    let security = |findings: &[Finding]| scores(Language::Go, findings, &FileMetrics::default()).security;
    let [once, twice, both] = [security(std::slice::from_ref(&one)), security(&[one.clone(), one.clone()]), security(&[one, other])];
    assert!(both < twice && twice < once, "{both} {twice} {once}");
}

#[test]
fn a_hole_does_not_go_under_among_clean_files() {
    let scores = |security| Scores { overall: 60.0 + 0.4 * security, security, quality: 100.0, complexity: 100.0, maintainability: 100.0 };
    let file = |security| ScoredFile { code_lines: 100, scores: scores(security) };
    let few: Vec<ScoredFile> = [file(30.0)].into_iter().chain(std::iter::repeat_n(file(100.0), 5)).collect();
    let many: Vec<ScoredFile> = [file(30.0)].into_iter().chain(std::iter::repeat_n(file(100.0), 5000)).collect();
    let two: Vec<ScoredFile> = [file(30.0), file(30.0)].into_iter().chain(std::iter::repeat_n(file(100.0), 5000)).collect();
    let [few, many, two] = [few, many, two].map(|files| of_run(&files).unwrap());
    assert_eq!([few.security, many.security], [30.0, 30.0]);
    assert!(two.security < 20.0 && many.overall < 75.0, "{two:?} {many:?}");
    assert_eq!(of_run(&[]), None);
}

/// Results of files with findings in the given lines, of the given rules.
fn file(rules: &[(&str, u32, Severity, Origin)]) -> FileResult {
    let function = |line: u32| FunctionMetrics { line, end_line: line + 9, ..metrics(50, 1).functions[0].clone() };
    let finding = |(rule, line, severity, origin): &(&str, u32, Severity, Origin)| Finding {
        rule: (*rule).to_owned(),
        line: *line,
        origin: *origin,
        ..finding(*severity, Category::Security, 90)
    };
    let metrics = FileMetrics { functions: vec![function(10), function(20)], ..metrics(50, 1) };
    FileResult { findings: rules.iter().map(finding).collect(), metrics, ..FileResult::default() }
}

#[test]
fn what_comes_first_is_of_several_kinds_and_places() {
    use Origin::{Model, Static};
    use Severity::{High, Low, Medium};
    let files: Vec<(RelPath, FileResult)> = vec![
        ("a".into(), file(&[("x", 11, High, Static), ("y", 12, Medium, Static), ("z", 21, Medium, Static), ("w", 1, Low, Static)])),
        ("b".into(), file(&[("x", 1, High, Static), ("m", 30, Medium, Model)])),
        ("c".into(), file(&[("x", 1, High, Static), ("m2", 30, Medium, Model), ("m3", 40, Medium, Model)])),
        ("d".into(), file(&[("m", 30, Medium, Model), ("v", 50, Low, Static)])),
    ];
    let all = || files.iter().flat_map(|(path, result)| ranked(path, result)).collect::<Vec<_>>();
    let names = |shown: Vec<Ranked<'_>>| shown.iter().map(|one| format!("{}/{}", one.path, one.finding.rule)).collect::<Vec<_>>().join(" ");
    // Of `x` two; `y` stands in the function of the first `x`; of the model's claims three; of `a` three.
    let shown = |room: usize| in_order(all(), room);
    assert_eq!(names(shown(8).0), "a/x b/x a/z b/m c/m2 c/m3 d/v c/x", "with less room, fewer are of one file");
    assert_eq!(names(shown(3).0), "a/x b/x a/z");
    // What room is left is given to what was passed over.
    assert_eq!((names(shown(10).0).as_str(), names(shown(10).1).as_str()), ("a/x b/x a/z b/m c/m2 c/m3 a/w d/v c/x a/y", "d/m"));
    assert_eq!(shown(11).0.len(), 11, "what has room is not left out");
    assert_eq!(names(shown(11).0).split(' ').next_back(), Some("d/v"), "then there is nothing to choose");
}

fn any_finding() -> impl Strategy<Value = Finding> {
    (0usize..5, 0usize..7, 0u8..=100, 0usize..3).prop_map(|(s, c, confidence, rule)| Finding {
        rule: ["r", "s", "t"][rule].to_owned(),
        ..finding(Severity::ALL[s], Category::ALL[c], confidence)
    })
}

fn any_language() -> impl Strategy<Value = Language> {
    (0..Language::ALL.len()).prop_map(|at| Language::ALL[at])
}

fn any_file() -> impl Strategy<Value = ScoredFile> {
    let score = || (0u32..=1000).prop_map(|tenths| f64::from(tenths) / 10.0);
    (0u32..2000, [score(), score(), score(), score(), score()])
        .prop_map(|(code_lines, scores)| ScoredFile { code_lines, scores: Scores::from_array(scores) })
}

proptest! {
    #[test]
    fn scores_are_bounded_and_a_finding_never_raises_one(
        language in any_language(),
        findings in prop::collection::vec(any_finding(), 0..40), more in any_finding(), code in 0u32..100_000, cognitive in 0u32..300,
    ) {
        let metrics = metrics(code, cognitive);
        let before = scores(language, &findings, &metrics);
        let after = scores(language, &[findings.as_slice(), &[more]].concat(), &metrics);
        for (before, after) in before.to_array().into_iter().zip(after.to_array()) {
            prop_assert!((0.0..=100.0).contains(&before) && after <= before);
        }
    }

    #[test]
    fn a_more_tangled_function_never_scores_more(language in any_language(), code in 0u32..5000, cognitive in 0u32..300, more in 0u32..50) {
        let complexity = |cognitive| scores(language, &[], &metrics(code, cognitive)).complexity;
        prop_assert!(complexity(cognitive + more) <= complexity(cognitive));
    }

    #[test]
    fn lost_points_add_up(
        language in any_language(), findings in prop::collection::vec(any_finding(), 0..20), code in 0u32..5000, cognitive in 0u32..30,
    ) {
        let metrics = metrics(code, cognitive);
        let explained = explain(language, &findings, &metrics);
        let scores = scores(language, &findings, &metrics);
        let overall: f64 = explained.iter().map(|lost| lost.lost_overall).sum();
        prop_assert!((overall - (100.0 - scores.overall)).abs() < 0.06);
        for dimension in Dimension::ALL {
            let lost: f64 = explained.iter().filter(|lost| lost.dimension == dimension).map(|lost| lost.lost).sum();
            prop_assert!((lost - (100.0 - scores.get(dimension))).abs() < 0.06);
        }
    }

    #[test]
    fn points_read_off_a_score_are_those_it_was_made_of(median in 0.1..3.0, factor in 2.0..20.0, points in 0.0..300.0) {
        let curve = Curve { median, worst: median * factor };
        let read = curve.points(curve.score(points));
        prop_assert!((read - points).abs() < 1e-6 * (1.0 + points));
    }

    #[test]
    fn a_run_of_one_file_has_its_scores(file in any_file()) {
        let of_run = of_run(&[file]).unwrap();
        for (run, file) in of_run.to_array().into_iter().zip(file.scores.to_array()) {
            prop_assert!((run - file).abs() < 0.1001, "{run} {file}");
        }
    }

    #[test]
    fn a_file_more_never_raises_the_security_of_a_run(files in prop::collection::vec(any_file(), 1..20), more in any_file()) {
        let before = of_run(&files).unwrap();
        let after = of_run(&[files.as_slice(), &[more]].concat()).unwrap();
        prop_assert!(after.security <= before.security + 0.1001, "{} {}", before.security, after.security);
        prop_assert!(after.to_array().into_iter().all(|score| (0.0..=100.0).contains(&score)));
    }
}
