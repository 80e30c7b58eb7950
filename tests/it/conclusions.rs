//! What comes of an answer, for every operation that asks: of one answer with something true and something invented, the true part is
//! taken, the invented part is not, and the same question is not paid for again.

use serde_json::{Value, json};

use crate::support::fake_grok::{FakeGrok, Reply};
use crate::support::{Project, failed, findings};

const SHOP: &str = "\"\"\"Orders.\"\"\"\n\n\nclass Order:\n    \"\"\"One order.\"\"\"\n\n    def __init__(self, lines):\n        self.lines = lines\n\n\n\
                    def total(order, tax):\n    \"\"\"Sums up.\"\"\"\n    if tax < 0:\n        raise ValueError(\"tax\")\n    return sum(order.lines) * (1 + tax)\n";

/// The document of one run of an operation whose every question is answered so. A second run asks nothing.
#[track_caller]
fn concluded(operation: &[&str], answer: &Value) -> Value {
    let said = answer.clone();
    let fake = FakeGrok::start(move |_| Reply::findings(&said));
    let project = Project::new().with_model(&fake);
    project.write("shop/orders.py", SHOP);
    project.write("tests/test_other.py", "import pytest\n\n\ndef test_nothing():\n    assert not []\n");
    let args = [&["run"], operation, &["shop", "--format", "json"]].concat();
    let document = project.run(&args).json(0);
    assert!(failed(&document).is_empty() && fake.count() == 1, "{} questions: {document}", fake.count());
    let again = project.run(&args).json(0);
    assert_eq!(fake.count(), 1, "the answer is kept");
    assert_eq!((again["artifacts"].clone(), artifacts(&again)), (document["artifacts"].clone(), artifacts(&document)));
    document
}

/// Name and text of everything that was made, of files and of the project.
fn artifacts(document: &Value) -> Vec<(String, String)> {
    let files = document["files"].as_array().unwrap().iter().flat_map(|file| file["artifacts"].as_array().into_iter().flatten());
    let all = document["artifacts"].as_array().into_iter().flatten().chain(files);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.map(|made| (text(&made["name"]), text(&made["body"]))).collect()
}

fn only_artifact(document: &Value) -> (String, String) {
    let made = artifacts(document);
    assert_eq!(made.len(), 1, "{document}");
    made[0].clone()
}

#[test]
fn tests_name_the_function_and_parse() {
    let tests = json!([
        { "function": "total", "code": "def test_total():\n    assert total(Order([1, 2]), 0) == 3", "covers": "no tax" },
        { "function": "total", "code": "def test_total(:\n", "covers": "nothing" },
        { "function": "invented", "code": "def test_invented():\n    assert invented()", "covers": "nothing" },
    ]);
    let preamble = "from shop.orders import Order, total";
    let (name, body) = only_artifact(&concluded(&["test-gen:generate"], &json!({ "preamble": preamble, "tests": tests })));
    assert!(name.contains("orders") && body.contains(preamble) && body.contains("total(Order([1, 2]), 0) == 3"), "{name}: {body}");
    assert!(!body.contains("invented") && !body.contains("def test_total(:"), "{body}");
}

#[test]
fn fixtures_make_types_that_are_there() {
    let fixtures = json!([
        { "type": "Order", "code": "def sample_order():\n    return Order([1, 2])" },
        { "type": "Invoice", "code": "def sample_invoice():\n    return Invoice()" },
    ]);
    let answer = json!({ "preamble": "from shop.orders import Order", "fixtures": fixtures });
    let (_, body) = only_artifact(&concluded(&["test-gen:fixtures"], &answer));
    assert!(body.contains("sample_order") && !body.contains("sample_invoice"), "{body}");
}

#[test]
fn a_page_says_only_what_the_file_offers() {
    let answer = json!({
        "purpose": "It sums up an `Order`. It also calls `Warehouse`.",
        "example": "print(total(Order([1]), 0.2))",
        "pitfalls": ["`total` refuses a negative `tax`.", "`Basket` is slow."],
    });
    let (_, body) = only_artifact(&concluded(&["docs:module"], &answer));
    assert!(body.contains("sums up an `Order`") && body.contains("print(total(") && body.contains("negative `tax`"), "{body}");
    assert!(!body.contains("Warehouse") && !body.contains("Basket"), "{body}");
}

#[test]
fn an_introduction_names_what_is_in_the_project() {
    let answer = json!({ "introduction": "It keeps orders: `Order` has lines. `Warehouse` keeps them cold." });
    let (name, body) = only_artifact(&concluded(&["docs:readme"], &answer));
    assert!(name.ends_with("README.md") && body.contains("`Order` has lines") && !body.contains("Warehouse"), "{name}: {body}");
}

#[test]
fn a_suggestion_quotes_the_code_and_its_edit_fits_once() {
    let suggestion = |quote: &str, search: &str| {
        json!({ "smell": "complex-condition", "reason": "It can be said shorter.", "quote": quote, "line": 13, "refactoring": "rename",
                "edits": [{ "search": search, "replace": "    if 0 > tax:" }] })
    };
    let answer = json!({ "suggestions": [
        suggestion("    if tax < 0:", "    if tax < 0:"),
        suggestion("    if tax > 10:", "    if tax > 10:"),
    ]});
    let document = concluded(&["refactor:suggest"], &answer);
    let found = findings(&document);
    assert_eq!((found.len(), &found[0]["line"], &found[0]["origin"]), (1, &13.into(), &"model".into()), "{document}");
    assert!(document["summary"]["dropped"].as_u64().unwrap() >= 1, "{document}");
    let patches: Vec<&Value> =
        document["files"].as_array().unwrap().iter().flat_map(|file| file["patches"].as_array().into_iter().flatten()).collect();
    assert!(patches.len() == 1 && patches[0]["diff"].as_str().unwrap().contains("+    if 0 > tax:"), "{document}");
}

#[test]
fn a_plan_has_steps_about_code_that_is_there_in_their_order() {
    let step = |title: &str, depends_on: &[u8], quote: &str| json!({ "title": title, "why": "It is easier to read.", "depends_on": depends_on, "quote": quote, "risk": "low" });
    let answer = json!({ "steps": [
        step("Use the check", &[2], "raise ValueError(\"tax\")"),
        step("Make a check of its own", &[], "    if tax < 0:"),
        step("Split the warehouse", &[], "class Warehouse:"),
    ]});
    let document = concluded(&["refactor:plan"], &answer);
    let (_, body) = only_artifact(&document);
    let at = |text: &str| body.find(text).unwrap_or_else(|| panic!("`{text}` is not in {body}"));
    assert!(at("Make a check of its own") < at("Use the check") && !body.contains("Split the warehouse"), "{body}");
}
