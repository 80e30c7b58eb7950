//! Every query runs on every language.

use devflow_plugin::testing::File;
use devflow_plugin_refactor::Refactor;

#[test]
fn every_language_is_looked_at() {
    for language in ["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go", "c", "cpp"] {
        for text in ["", "x", "(((", "é { \"", "fn (", "class A { int f( ) { if (a &&"] {
            let report = File::new(language, text).inspect::<Refactor>("smells", "{}");
            assert_eq!(report.map(|report| report.findings.len()), Ok(0), "{language}: {text}");
        }
    }
}
