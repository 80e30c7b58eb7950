//! The operation `check`: for every rule what fires, and what looks like it and does not.

use devflow_plugin::testing::File;
use devflow_plugin::{Place, Report};
use devflow_plugin_docs::Docs;

/// Line and rule of each finding, and the text it points at.
fn found(text: &str, report: &Report) -> Vec<String> {
    let mut found: Vec<(usize, String)> = report
        .findings
        .iter()
        .flat_map(|finding| {
            std::iter::once(&finding.place).chain(finding.related.iter().map(|related| &related.place)).map(move |place| (finding, place))
        })
        .map(|(finding, place)| {
            let Place::Span(span) = place else { panic!("`check` points into its unit") };
            let line = text[..span.range().start].matches('\n').count() + 1;
            (line, format!("{line} {} {}", finding.rule, text[*span].lines().next().unwrap_or("")))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, shown)| shown).collect()
}

#[track_caller]
fn check(language: &str, text: &str, expected: &[&str]) {
    let report = File::new(language, text).inspect::<Docs>("check", "{\"every-file\":true}").expect("the plugin takes it");
    assert_eq!(found(text, &report), expected, "{text}");
}

#[test]
fn a_file_without_any_documentation_is_left_alone_unless_asked_for() {
    let of = |options: &str| File::new("rust", "pub fn bare() {}\n").inspect::<Docs>("check", options).unwrap().findings.len();
    assert_eq!((of("{}"), of("{\"every-file\":true}")), (0, 1));
    let told = File::new("rust", "/// Says what happened yesterday.\npub fn told() {}\npub fn a() {}\npub fn b() {}\n")
        .inspect::<Docs>("check", "{}")
        .unwrap();
    assert_eq!(told.findings.len(), 1, "one thing to decide in one file");
    assert_eq!(told.findings[0].related.len(), 1);
}

#[test]
fn rust_public_items_want_documentation() {
    check(
        "rust",
        "pub struct Bare;\n\n/// Has one.\n#[derive(Debug)]\npub struct Told { a: u8 }\n\nstruct Hidden;\nimpl Hidden {\n    pub fn quiet(&self) {}\n}\nimpl Told {\n    pub fn open(&self) {}\n    pub fn new() -> Self { Self }\n    pub(crate) fn inner(&self) {}\n}\nmod private {\n    pub fn inside() {}\n}\npub trait Shape {\n    fn area(&self) -> f64;\n    /// Goes round.\n    fn perimeter(&self) -> f64;\n}\nimpl Shape for Told {\n    fn area(&self) -> f64 { 0.0 }\n    fn perimeter(&self) -> f64 { 0.0 }\n}\n#[doc(hidden)]\npub fn internal() {}\n#[cfg(test)]\nmod tests {\n    pub fn helper() {}\n}\n",
        &[
            "1 undocumented-public pub struct Bare",
            "12 undocumented-public pub fn open(&self)",
            "19 undocumented-public pub trait Shape",
            "20 undocumented-public fn area(&self) -> f64",
        ],
    );
}

#[test]
fn python_public_items_want_docstrings() {
    check(
        "python",
        "import abc\n\nclass Bare:\n    def run(self):\n        def inner():\n            pass\n        return inner\n\n    def _hidden(self):\n        pass\n\n    @property\n    def size(self):\n        \"\"\"How many.\"\"\"\n        return 1\n\n    @size.setter\n    def size(self, value):\n        pass\n\n\nclass View(Base):\n    \"\"\"Shows.\"\"\"\n\n    def get(self, request):\n        pass\n\n    class Meta:\n        pass\n\n\ndef told():\n    # A note.\n    r'''Does.'''\n",
        &["3 undocumented-public class Bare", "4 undocumented-public def run(self)"],
    );
    check("python", "__all__ = ['a']\n\ndef a():\n    pass\n\ndef b():\n    pass\n", &["3 undocumented-public def a()"]);
}

#[test]
fn exports_want_documentation() {
    check(
        "javascript",
        "export function bare() {}\n\n/** Has one. */\nexport const told = () => {};\n\nexport const arrow = (a) => a;\n\n// Explained.\nexport function explained() {}\n\nfunction inner() {}\n\nfunction later() {}\n\nclass A extends B { render2() {} }\nexport { later };\nexports.old = function () {};\n",
        &[
            "1 undocumented-public function bare()",
            "6 undocumented-public export const arrow = (a)",
            "13 undocumented-public function later()",
            "17 undocumented-public exports.old = function ()",
        ],
    );
    check(
        "typescript",
        "export interface Bare { a: string }\n/** Has one. */\n@Injectable({\n  a: 1,\n})\nexport class Told {\n  constructor(private a: string) {}\n  open(far: boolean): void {}\n  private close(): void {}\n  get size(): number { return 1; }\n}\ntype Inner = string;\n/** Adds one to it. */\nexport function add(a: string): void;\nexport function add(a: number): void;\nexport function add(a: any): void {}\n",
        &["1 undocumented-public interface Bare", "8 undocumented-public open(far: boolean): void"],
    );
}

#[test]
fn java_and_kotlin_public_items_want_documentation() {
    check(
        "java",
        "/** Has one. */\n@Service\npublic class Told {\n    public Told() {}\n    public void open() { a(); }\n    @Override\n    public String name() { return b; }\n    public int getSize() { return size; }\n    void inner() {}\n}\nclass Hidden {\n    public void quiet() {}\n}\n",
        &["5 undocumented-public public void open()"],
    );
    check(
        "java",
        "public interface Bare {\n    void run();\n}\n",
        &["1 undocumented-public public interface Bare", "2 undocumented-public void run()"],
    );
    check(
        "kotlin",
        "/** Has one. */\nclass Told {\n    fun open() { a() }\n    override fun close() { a() }\n    private fun inner() {}\n}\ninternal class Hidden {\n    fun quiet() {}\n}\nfun bare(): Int {\n    fun local() {}\n    return 1\n}\n",
        &["3 undocumented-public fun open()", "10 undocumented-public fun bare(): Int"],
    );
}

#[test]
fn go_and_headers_want_documentation() {
    check(
        "go",
        "package p\n\ntype Bare struct{}\n\n// Told has one.\ntype Told struct{}\n\nfunc (t *Told) Open() {}\n\n// Open is for another type.\nfunc (o *Other) Open() {}\n\nfunc (t *Told) String() string { return \"\" }\nfunc (h hidden) Quiet() {}\nfunc inner() {}\n\n//go:noinline\nfunc Run() {}\n",
        &["3 undocumented-public type Bare struct", "8 undocumented-public func (t *Told) Open()", "18 undocumented-public func Run()"],
    );
    check(
        "c",
        "#ifndef A_H\n#define A_H\n\nint bare(int a);\n\n/* Both of them. */\nint one(void);\nint two(void);\n\nint three(void); // behind\n\nstruct told;\nstruct bare_type {\n    int a;\n};\n#endif\n",
        &["4 undocumented-public int bare(int a)", "13 undocumented-public struct bare_type"],
    );
    check("c", "int bare(int a)\n{\n    return a;\n}\n", &[]);
    check(
        "cpp",
        "#pragma once\nnamespace n {\nclass Bare {\n public:\n  void run();\n};\n/// Has one.\nclass Told {};\n}\n",
        &["3 undocumented-public class Bare"],
    );
}

#[test]
fn stubs_want_no_documentation() {
    check("python", "def total(cart: list[int]) -> int: ...\n\nclass Cart:\n    def add(self, item: int) -> None: ...\n", &[]);
    check(
        "python",
        "def total(cart: list[int]) -> int: ...\n\ndef real(cart):\n    return 1\n",
        &["1 undocumented-public def total(cart: list[int]) -> int", "3 undocumented-public def real(cart)"],
    );
    check(
        "python",
        "class Cart(Protocol):\n    def add(self, item: int) -> None: ...\n",
        &["1 undocumented-public class Cart(Protocol)", "2 undocumented-public def add(self, item: int) -> None"],
    );
    check("typescript", "export declare function total(cart: number[]): number;\nexport interface Cart { add(item: number): void }\n", &[]);
    check("typescript", "export interface Cart { items: number[] }\n", &["1 undocumented-public interface Cart"]);
    check(
        "typescript",
        "declare const VERSION: string;\nexport function total(cart: number[]): number { return 1; }\n",
        &["2 undocumented-public function total(cart: number[]): number"],
    );
}

#[test]
fn notes_between_documentation_and_item_are_passed_over() {
    check("java", "/** Has one. */\n//@Immutable\n@Deprecated // since 2\n// because of it\npublic class A {}\n", &[]);
    check("java", "/** Has one. */\n\npublic class A {}\n", &["3 undocumented-public public class A"]);
    check("rust", "/// Has one.\n// A note.\n#[derive(Debug)] // more\npub struct A;\n", &[]);
    check("typescript", "/** Has one. */\n// eslint-disable-next-line a\nexport function b() {}\n", &[]);
}

#[test]
fn test_files_are_left_alone() {
    let text = "def bare(a):\n    \"\"\"Does.\n\n    Args:\n        b: gone\n    \"\"\"\n";
    let report = File::new("python", text).test().inspect::<Docs>("check", "{}").unwrap();
    assert!(report.findings.is_empty());
}

#[test]
fn parameters_that_are_gone_are_stale() {
    check(
        "rust",
        "/// Adds.\n///\n/// # Arguments\n///\n/// * `left` - one\n/// * `rigth` - other\n///\n/// # Errors\n/// * `none` - never\nfn add(left: u8, right: u8) -> u8 { 0 }\n",
        &["6 stale-parameter rigth"],
    );
    check(
        "python",
        "def google(a, b):\n    \"\"\"Does.\n\n    Args:\n        a (int): one\n            and more: of it\n        c: gone\n\n    Returns:\n        d: some\n    \"\"\"\n",
        &["7 stale-parameter c"],
    );
    check(
        "python",
        "def numpy(a, b):\n    \"\"\"Does.\n\n    Parameters\n    ----------\n    a : int\n        One: of it.\n    gone : int, optional\n\n    Returns\n    -------\n    d : int\n    \"\"\"\n",
        &["8 stale-parameter gone"],
    );
    check(
        "python",
        "class A:\n    \"\"\"Is.\"\"\"\n\n    def sphinx(self, a):\n        \"\"\"Does.\n\n        :param int a: one\n        :param gone: none\n        :returns: d\n        \"\"\"\n",
        &["8 stale-parameter gone"],
    );
    check(
        "java",
        "class A {\n    /**\n     * Adds.\n     * @param a one\n     * @param <T> type\n     * @param b gone\n     */\n    <T> void add(T a) {}\n}\n",
        &["6 stale-parameter b"],
    );
    check(
        "kotlin",
        "/**\n * Adds.\n * @param a one\n * @param T type\n * @param gone none\n */\nfun <T> add(a: T) {}\n",
        &["5 stale-parameter gone"],
    );
    check(
        "javascript",
        "/**\n * Adds.\n * @param {{a: number,\n *   b: string}} left one\n * @param {string} [gone=1] - none\n */\nfunction add(left) {}\n",
        &["5 stale-parameter gone"],
    );
    check(
        "typescript",
        "/**\n * Adds.\n * @param left - one\n * @param gone - none\n */\nexport function add(left: string) {}\n",
        &["4 stale-parameter gone"],
    );
    check(
        "cpp",
        "/**\n * Adds.\n * @param[in] left one\n * \\param gone none\n */\nint add(const int& left) { return 1; }\n",
        &["4 stale-parameter gone"],
    );
    check("c", "#pragma once\n/// Adds.\n/// \\param left, gone both\nint add(char *left);\n", &["3 stale-parameter gone"]);
}

#[test]
fn parameters_that_may_be_there_are_not_stale() {
    check("python", "def a(b, **kwargs):\n    \"\"\"Does.\n\n    Args:\n        b: one\n        c: by name\n    \"\"\"\n", &[]);
    check("python", "@inject(c=1)\ndef a(b):\n    \"\"\"Does.\n\n    :param b: one\n    :param c: given\n    \"\"\"\n", &[]);
    check("javascript", "/**\n * Does.\n * @param {Object} options\n * @param {string} options.name\n */\nfunction a({ name }) {}\n", &[]);
    check("javascript", "/**\n * Does.\n * @param {string} more\n */\nfunction a() { return arguments[0]; }\n", &[]);
    check("javascript", "/**\n * @callback Done\n * @param {Error} error\n */\n\n/** Does it all. */\nfunction a(done) {}\n", &[]);
    check("java", "class A {\n    /**\n     * Adds.\n     * @param names all\n     */\n    void add(String... names) {}\n}\n", &[]);
    check("c", "/**\n * Writes.\n * @param format how\n * @param ... what\n */\nvoid tell(const char *format, ...) {}\n", &[]);
}

#[test]
fn parameters_left_out_are_missing() {
    check("python", "def a(b, c):\n    \"\"\"Does.\n\n    Args:\n        b: one\n    \"\"\"\n", &["5 missing-parameter b"]);
    check(
        "java",
        "class A {\n    /**\n     * Adds.\n     * @param left one\n     */\n    void add(int left, int right) {}\n}\n",
        &["4 missing-parameter left"],
    );
    check("rust", "/// Adds.\n/// # Arguments\n/// * `left` - one\nfn add(left: u8, right: u8) {}\n", &["3 missing-parameter left"]);
    // Told in the prose, or not named at all.
    check(
        "java",
        "class A {\n    /**\n     * Adds to right.\n     * @param left one\n     */\n    void add(int left, int right) {}\n}\n",
        &[],
    );
    check("java", "class A {\n    /**\n     * Adds up.\n     */\n    void add(int left, int right) {}\n}\n", &[]);
    check("python", "def a(b, c):\n    \"\"\"Does.\n\n    Args:\n        b: one\n        as above\n    \"\"\"\n", &[]);
}

#[test]
fn documentation_that_says_nothing_is_empty() {
    check(
        "rust",
        "/// Opens the account.\npub fn open_account() {}\n/// Opens the account for good.\npub fn open_account2() {}\n",
        &["1 empty-documentation /// Opens the account."],
    );
    check("python", "def close_all():\n    \"\"\"Close all.\"\"\"\n", &["2 empty-documentation \"\"\"Close all.\"\"\""]);
    check(
        "java",
        "class A {\n    /** */\n    void a() {}\n    /** {@inheritDoc} */\n    void b() {}\n}\n",
        &["2 empty-documentation /** */"],
    );
    check(
        "go",
        "package p\n\n// Open opens.\nfunc Open() {}\n\n// Close ends it.\nfunc Close() {}\n",
        &["3 empty-documentation // Open opens."],
    );
    check("kotlin", "/** The account. */\nclass Account\n", &["1 empty-documentation /** The account. */"]);
    check("typescript", "/** User name */\nexport type UserName = string;\n", &["1 empty-documentation /** User name */"]);
}

#[test]
fn references_to_what_is_not_there_are_unknown() {
    check(
        "java",
        "/** See {@link #run} and {@link #gone()} and {@link #toString}. */\npublic class A {\n    /** Runs now. */\n    public void run() {}\n}\n",
        &["1 unknown-reference gone"],
    );
    check("java", "/** See {@link #gone()} here. */\npublic class A extends B {\n}\n", &[]);
    check(
        "rust",
        "/// Is it.\npub enum A {\n    /// One.\n    One,\n}\nimpl A {\n    /// Never [`Self::Two`], but [`Self::One`].\n    pub fn is(&self) {}\n}\n",
        &["7 unknown-reference Two"],
    );
    check("rust", "/// Is it.\npub struct A;\nimpl A {\n    /// Never [`Self::Two`].\n    pub fn is(&self) {}\n}\n", &[]);
}
