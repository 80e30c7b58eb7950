//! How much a finding weighs depends on where its value comes from, what it stands in, and whose code it is.

use devflow_plugin::testing::File;
use devflow_plugin::{Finding, Role, Severity};
use devflow_plugin_review::Review;

fn findings(language: &str, role: Role, text: &str) -> Vec<Finding> {
    let report = File::new(language, text).role(role).inspect::<Review>("file", "{}");
    report.unwrap_or_else(|error| panic!("{language}: {error}")).findings
}

/// The severity of all that a rule says of a text; `None` where it says nothing.
#[track_caller]
fn check(rule: &str, language: &str, role: Role, text: &str, expected: Option<Severity>) {
    let found: Vec<Severity> =
        findings(language, role, text).into_iter().filter(|found| found.rule == rule).map(|found| found.severity).collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{rule}, {role:?}:\n{text}");
}

#[test]
fn a_value_in_a_statement_weighs_more_than_a_name() {
    let query = |text: &str| format!("def find(cursor, name):\n    cursor.execute({text})\n");
    let sql = |text: &str, expected| check("sql-injection", "python", Role::Source, &query(text), expected);
    sql("\"SELECT id FROM users WHERE name = '%s'\" % name", Some(Severity::Critical));
    sql("f\"SELECT id FROM users WHERE name = {name}\"", Some(Severity::Critical));
    sql("\"SELECT id FROM users ORDER BY \" + name", Some(Severity::Medium));
    sql("\"DROP DATABASE %s\" % name", Some(Severity::Low));
    sql("\"SELECT id FROM users WHERE name = %s\", (name,)", None);
}

#[test]
fn what_a_client_sends_weighs_more_than_what_the_program_has() {
    let sent = "from flask import request\nimport subprocess\n\ndef run():\n    subprocess.call(request.args['c'], shell=True)\n";
    let given = "import subprocess\n\ndef run(command):\n    subprocess.call(command, shell=True)\n";
    check("command-injection", "python", Role::Source, sent, Some(Severity::Critical));
    check("command-injection", "python", Role::Source, given, Some(Severity::Medium));
    check("command-injection", "python", Role::Script, given, Some(Severity::Low));
    let read = |given: &str, from: &str| {
        format!(
            "import java.io.*;\n\nclass Reader {{\n    Object read({given}) throws Exception {{\n        \
             ObjectInputStream in = new ObjectInputStream({from});\n        return in.readObject();\n    }}\n}}\n"
        )
    };
    let own = read("", "new FileInputStream(cache())");
    let bytes = read("byte[] data", "new ByteArrayInputStream(data)");
    check("unsafe-deserialization", "java", Role::Source, &own, Some(Severity::Medium));
    check("unsafe-deserialization", "java", Role::Source, &bytes, Some(Severity::High));
    check("eval", "python", Role::Source, "def run(text):\n    return eval(text)\n", Some(Severity::High));
    check("eval", "python", Role::Source, "def run(text, names):\n    return eval(text, names)\n", Some(Severity::Medium));
}

#[test]
fn one_tried_statement_weighs_less_than_many() {
    let tried = |body: &str| format!("export function read(path) {{\n  try {{\n{body}  }} catch {{}}\n}}\n");
    check("swallowed-error", "javascript", Role::Source, &tried("    drop(path);\n"), Some(Severity::Low));
    check("swallowed-error", "javascript", Role::Source, &tried("    drop(path);\n    make(path);\n"), Some(Severity::Medium));
}

#[test]
fn certificates_that_nobody_checks_weigh_less_where_nobody_else_listens() {
    let asks = |host: &str| format!("async function asks() {{\n  await ask('https://{host}/', {{ rejectUnauthorized: false }});\n}}\n");
    let rule = "tls-verification-disabled";
    check(rule, "javascript", Role::Source, &asks("localhost"), Some(Severity::High));
    check(rule, "javascript", Role::Test, &asks("localhost"), Some(Severity::Low));
    check(rule, "javascript", Role::Test, &asks("example.com"), Some(Severity::Medium));
    let explained = "// The device has a self-signed certificate.\nask({ rejectUnauthorized: false });\n";
    check(rule, "javascript", Role::Source, explained, Some(Severity::Low));
}

#[test]
fn passwords_of_this_machine_weigh_less() {
    let connect = |host: &str| format!("connect(host=\"{host}\", password=\"correct-horse-7\")\n");
    check("hard-coded-secret", "python", Role::Source, &connect("db.example.org"), Some(Severity::High));
    check("hard-coded-secret", "python", Role::Source, &connect("localhost"), Some(Severity::Low));
    let compose = "version: '3'\nservices:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: \"Correct_horse_7\"\n";
    check("hard-coded-secret", "", Role::Source, compose, Some(Severity::Low));
}

#[test]
fn a_credential_in_what_a_program_wrote_weighs_less_and_its_code_does_not() {
    let token = "const TOKEN = \"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3NzEyMyJ9.Qm9vN3hZcTlLd1Z0UjJsTTV6U2dIMWZEOHBKNGNB\";\n";
    check("secret-token", "javascript", Role::Source, token, Some(Severity::Critical));
    check("secret-token", "javascript", Role::Generated, token, Some(Severity::Medium));
    check("secret-token", "javascript", Role::Test, token, Some(Severity::Medium));
    let code = "export const isSame = (row) => row.a === row.a;\n";
    check("identical-operands", "javascript", Role::Generated, code, Some(Severity::High));
}

#[test]
fn options_on_neighbouring_lines_and_equal_secrets_of_a_file_of_data_are_one_finding() {
    let options =
        "void f(CURL *c) {\n  curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);\n  curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);\n}\n";
    check("tls-verification-disabled", "c", Role::Source, options, Some(Severity::High));
    let apart = options
        .replace("0L);\n  curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST", "0L);\n  use(c);\n  curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST");
    let n = |text: &str| findings("c", Role::Source, text).iter().filter(|found| found.rule == "tls-verification-disabled").count();
    assert_eq!(n(&apart), 2);
    let data = "[\n {\"password\": \"Correct_horse_7\"},\n {\"password\": \"Correct_horse_8\"}\n]\n";
    check("hard-coded-secret", "", Role::Source, data, Some(Severity::High));
}
