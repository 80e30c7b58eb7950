//! Smells of what stands in functions and types: what fires, and what looks alike and does not.

use devflow_plugin::testing::File;
use devflow_plugin_refactor::Refactor;

use super::support::{fires, lines, silent};

#[test]
fn duplicated_code_names_both_functions() {
    let block = lines(12, |n| format!("    let value_{n} = compute_{n}(order);"));
    let rust = format!("fn print(order: &O) {{\n{block}    show();\n}}\n\nfn mail(order: &O) {{\n{block}    send();\n}}\n");
    let found = fires("duplicated-code", "rust", &rust);
    assert!(found.suggestion.unwrap_or_default().contains("call it from `print` and `mail`"));
    let block = lines(12, |n| format!("    value_{n} = compute_{n}(order)"));
    fires("duplicated-code", "python", &format!("def show(order):\n{block}    draw()\n\ndef mail(order):\n{block}    send()\n"));
    let block = lines(12, |n| format!("\tvalue{n} := compute{n}(order)"));
    fires(
        "duplicated-code",
        "go",
        &format!("package a\nfunc show(order O) {{\n{block}\tdraw()\n}}\n\nfunc mail(order O) {{\n{block}\tsend()\n}}\n"),
    );
    let short = lines(6, |n| format!("    let value_{n} = compute_{n}(order);"));
    silent("duplicated-code", "rust", &format!("fn print(order: &O) {{\n{short}}}\nfn mail(order: &O) {{\n{short}}}\n"));
    let table = lines(12, |n| format!("    entry_{n}: [{n}, {n}],"));
    silent("duplicated-code", "javascript", &format!("const a = {{\n{table}}};\nconst b = {{\n{table}}};\n"));
}

#[test]
fn magic_numbers_decide_without_a_name() {
    fires("magic-number", "rust", "fn fee(amount: f64) -> f64 {\n    if amount > 437.5 { amount } else { 0.0 }\n}\n");
    fires("magic-number", "java", "class A { double fee(double amount) { if (amount > 437) { return amount; } return 0; } }\n");
    fires("magic-number", "python", "def fee(amount):\n    return amount * 1.19 + rest * 1.19\n");
    fires("magic-number", "go", "package a\nfunc fee(amount int) bool {\n\treturn amount > 437\n}\n");
    fires("magic-number", "kotlin", "fun fee(amount: Int): Boolean {\n    return amount > 437\n}\n");
    fires("magic-number", "c", "int fee(int amount) { return amount > 437; }\n");
    let found = fires("magic-number", "typescript", "function fee(a: number) {\n  if (a > 437) { x(); }\n  return a - 437;\n}\n");
    assert!(found.suggestion.unwrap_or_default().contains("lines 2, 3"));
}

#[test]
fn numbers_with_a_name_or_a_meaning_are_not_magic() {
    silent("magic-number", "rust", "const LIMIT: i32 = 400 * 37 + 11;\nfn f(ms: u64) -> u64 { ms / 1000 * 60 % 24 + (1 << 20) + 2 - 1 }\n");
    silent("magic-number", "rust", "#[cfg(test)]\nmod tests {\n    fn f(a: i32) -> bool { a > 437 }\n}\n");
    silent(
        "magic-number",
        "python",
        "TIMEOUT = 437\n\ndef f(items):\n    a = items[437]\n    g(437, retries=19)\n    return len(items) > 17\n",
    );
    silent("magic-number", "java", "class A { static final int MAX = 17 * 19; boolean f(int statusCode) { return statusCode == 404; } }\n");
    silent("magic-number", "javascript", "function f(a) {\n  // The scale of the old printers.\n  return a > 437;\n}\n");
    silent("magic-number", "c", "int f(int a) { return a > 437; /* dots of the printer */ }\n");
    silent("magic-number", "go", "package a\nfunc f(a int) int {\n\tlimit := base * 37\n\treturn a * 1024 + limit\n}\n");
}

#[test]
fn dead_private_code() {
    fires("dead-code", "rust", "pub fn a() {}\n\nfn forgotten() {\n    a();\n}\n");
    fires("dead-code", "rust", "const FORGOTTEN: u8 = 3;\npub fn a() {}\n");
    fires("dead-code", "java", "public class A {\n  private void forgotten() { run(); }\n  public void run() {}\n}\n");
    fires("dead-code", "java", "public class A {\n  private static final int FORGOTTEN = 3;\n  public void run() {}\n}\n");
    fires("dead-code", "kotlin", "class A {\n    private fun forgotten() {}\n    fun run() {}\n}\n");
    fires("dead-code", "javascript", "import x from 'x';\nfunction forgotten() { return x; }\nexport function run() {}\n");
    fires("dead-code", "typescript", "export class A {\n  private forgotten(): void { this.run(); }\n  run(): void {}\n}\n");
    fires("dead-code", "python", "class A:\n    def __forgotten(self):\n        return 1\n\n    def run(self):\n        return 2\n");
    fires("dead-code", "c", "static int forgotten(int a) { return a > 1 ? forgotten(a - 1) : 0; }\nint run(void) { return 1; }\n");
}

#[test]
fn names_in_texts_are_uses() {
    let kotlin = |text: &str| format!("private const val PREFIX = \"a\"\n\nfun setting(key: String) = get({text})\n");
    silent("dead-code", "kotlin", &kotlin("\"$PREFIX.$key\""));
    silent("dead-code", "kotlin", &kotlin("\"${PREFIX}.$key\""));
    silent("dead-code", "kotlin", &kotlin("\"sample$PREFIX$key\\n\""));
    fires("dead-code", "kotlin", &kotlin("\"$PREFIXES.$key\""));
    silent("dead-code", "rust", "const WIDTH: usize = 8;\npub fn a(b: &str) -> String { format!(\"{b:>WIDTH$}\") }\n");
    silent("dead-code", "rust", "const NAME: u8 = 8;\npub fn a() -> String { format!(\"x{NAME:?}\") }\n");
    fires("dead-code", "rust", "const NAME: u8 = 8;\npub fn a() -> String { format!(\"x{NAMES:?}\") }\n");
    silent("dead-code", "javascript", "import x from 'x';\nconst NAME = 'a';\nexport const run = (k) => x(`a${NAME}.${k}`);\n");
    silent("dead-code", "python", "def run(a):\n    def inner():\n        return a\n    return f\"{inner()}\"\n");
}

#[test]
fn code_that_does_not_parse_is_not_called_dead() {
    let broken = "static void show(int a) {\n  if (a) {\n#ifdef EXACT\n    if (exact(a)) {\n#endif\n      run(a);\n#ifdef EXACT\n    }\n#endif\n  }\n}\n";
    let users = "void one(void) {\n  show(1);\n}\n\nvoid two(void) {\n  show(2);\n}\n";
    silent("dead-code", "c", &format!("{broken}\n{users}"));
    let forgotten = "static int forgotten(int a) { return a; }\n";
    silent("dead-code", "c", &format!("{broken}\n{users}\n{forgotten}"));
    fires("dead-code", "c", &format!("{forgotten}\n{broken}\n{users}"));
    silent("dead-code", "java", "public class A {\n  public void run() { int = ; }\n  private void forgotten() { run(); }\n}\n");
    fires("dead-code", "java", "public class A {\n  private void forgotten() { run(); }\n  public void run() { int = ; }\n}\n");
}

#[test]
fn what_somebody_else_may_reach_is_not_dead() {
    silent("dead-code", "rust", "mod child;\nfn used_by_the_child() {}\n");
    silent(
        "dead-code",
        "rust",
        "#[no_mangle]\nextern \"C\" fn called() {}\nimpl Drop for A { fn drop(&mut self) {} }\ntrait T { fn promised(&self); }\nfn main() {}\npub fn open() {}\n",
    );
    silent("dead-code", "rust", "macro_rules! m { () => { helper() } }\nfn helper() {}\n#[test]\nfn tested() {}\n");
    silent(
        "dead-code",
        "java",
        "public class A {\n  @Inject private void wired() {}\n  private void readObject(ObjectInputStream in) {}\n  private A() {}\n  void open() {}\n}\n",
    );
    silent("dead-code", "kotlin", "class A {\n    private operator fun plus(b: A) = b\n    fun open() {}\n}\n");
    silent("dead-code", "javascript", "function global() {}\n");
    silent("dead-code", "javascript", "export function open() {}\nfunction a() {}\nexport default { a };\n");
    silent(
        "dead-code",
        "python",
        "def _imported_elsewhere():\n    pass\n\nclass A:\n    def __init__(self):\n        pass\n    def _hook(self):\n        pass\n    @property\n    def __x(self):\n        pass\n",
    );
    silent("dead-code", "c", "#ifndef A_H\n#define A_H\nstatic int helper(int a) { return a; }\nint run(void) { return 1; }\n#endif\n");
    silent("dead-code", "go", "package a\nfunc usedInThePackage() {}\n");
}

fn java_class(n_methods: usize, n_fields: usize) -> String {
    let fields = lines(n_fields, |n| format!("  private int field{n};"));
    let body = lines(16, |n| format!("    step{n}();"));
    let methods = lines(n_methods, |n| format!("  void method{n}() {{\n    field{} = 1;\n{body}  }}", n % n_fields.max(1)));
    format!("class Big {{\n{fields}{methods}}}\n")
}

#[test]
fn god_object_has_many_of_everything() {
    fires("god-object", "java", &java_class(24, 12));
    silent("god-object", "java", &java_class(12, 12));
    silent("god-object", "java", &java_class(24, 4));
    let body = lines(16, |n| format!("        step{n}();"));
    let fields = lines(12, |n| format!("    field_{n}: u8,"));
    let methods = lines(24, |n| format!("    fn method_{n}(&mut self) {{\n        self.field_{} = 1;\n{body}    }}", n % 12));
    fires("god-object", "rust", &format!("struct Big {{\n{fields}}}\nimpl Big {{\n{methods}}}\n"));
    let body = lines(16, |n| format!("        step{n}()"));
    let methods = lines(24, |n| format!("    def method_{n}(self):\n        self.field_{} = 1\n{body}", n % 12));
    fires("god-object", "python", &format!("class Big:\n{methods}"));
    let body = lines(16, |n| format!("\tstep{n}()"));
    let fields = lines(12, |n| format!("\tfield{n} int"));
    let methods = lines(24, |n| format!("func (b *Big) method{n}() {{\n\tb.field{} = 1\n{body}}}", n % 12));
    fires("god-object", "go", &format!("package a\ntype Big struct {{\n{fields}}}\n{methods}"));
}

#[test]
fn temporary_field_serves_one_method() {
    fires(
        "temporary-field",
        "java",
        "class A {\n  private int total;\n\n  int sum(int[] all) {\n    total = 0;\n    for (int n : all) { total += n; }\n    return total;\n  }\n}\n",
    );
    fires(
        "temporary-field",
        "kotlin",
        "class A {\n    private var total = 0\n\n    fun sum(all: List<Int>): Int {\n        total = 0\n        for (n in all) { total += n }\n        return total\n    }\n}\n",
    );
    fires(
        "temporary-field",
        "typescript",
        "class A {\n  private total = 0;\n\n  sum(all: number[]): number {\n    this.total = 0;\n    for (const n of all) { this.total += n; }\n    return this.total;\n  }\n}\n",
    );
    fires(
        "temporary-field",
        "python",
        "class A:\n    def sum(self, all):\n        self.__total = 0\n        for n in all:\n            self.__total += n\n        return self.__total\n",
    );
    silent("temporary-field", "java", "class A {\n  private int total;\n  int sum(int n) {\n    total += n;\n    return total;\n  }\n}\n");
    silent(
        "temporary-field",
        "java",
        "class A {\n  private int total;\n  void sum(int n) {\n    total = n;\n  }\n  int get() { return total; }\n}\n",
    );
    silent(
        "temporary-field",
        "typescript",
        "class A {\n  private total = 0;\n  sum(n: number) {\n    if (n > 0) {\n      this.total = n;\n    }\n    return this.total;\n  }\n}\n",
    );
    let kept = "class A {\n  private Run all;\n  Run add(Run one) {\n    all = all.then(one);\n    return all;\n  }\n}\n";
    silent("temporary-field", "java", kept);
}

#[test]
fn refused_bequest_only_refuses() {
    let java = "class A extends B {\n  @Override public void add() { throw new UnsupportedOperationException(); }\n  @Override public void put() {\n    throw new UnsupportedOperationException(\"read only\");\n  }\n}\n";
    let found = fires("refused-bequest", "java", java);
    assert!(found.message.contains("`add`, `put`"));
    fires(
        "refused-bequest",
        "kotlin",
        "class A : B() {\n    override fun add() = throw UnsupportedOperationException()\n    override fun put() { throw UnsupportedOperationException() }\n}\n",
    );
    fires(
        "refused-bequest",
        "typescript",
        "class A extends B {\n  add() { throw new Error(\"add is not supported\"); }\n  put() { throw new Error(\"Unsupported\"); }\n}\n",
    );
    fires(
        "refused-bequest",
        "python",
        "class A(B):\n    def add(self):\n        \"\"\"No.\"\"\"\n        raise NotImplementedError(\"add is not supported\")\n",
    );
    fires("refused-bequest", "rust", "impl B for A {\n    fn add(&self) {\n        unimplemented!(\"A does not support add\")\n    }\n}\n");
    fires("refused-bequest", "cpp", "class A : public B {\n  void add() override { throw std::logic_error(\"not supported\"); }\n};\n");
    silent("refused-bequest", "java", "abstract class A {\n  public void add() { throw new UnsupportedOperationException(); }\n}\n");
    silent("refused-bequest", "python", "class A(B):\n    def add(self):\n        raise NotImplementedError\n");
    silent(
        "refused-bequest",
        "java",
        "class A extends B {\n  @Override public void add(int n) { if (n < 0) throw new UnsupportedOperationException(); go(); }\n}\n",
    );
}

#[test]
fn repeated_switch_over_the_same_cases() {
    let java: String = ["area", "name", "cost"].iter().map(|name| format!(" int {name}(Shape s) {{ switch (s.kind) {{ case CIRCLE: return 1; case SQUARE: return 2; case TRIANGLE: return 3; }} return 0; }}\n")).collect();
    fires("repeated-switch", "java", &format!("class A {{\n{java}}}\n"));
    let python: String = ["area", "name", "cost"].iter().map(|name| format!("def {name}(s):\n    if s.kind == 'circle':\n        return 1\n    elif s.kind == 'square':\n        return 2\n    elif s.kind == 'triangle':\n        return 3\n")).collect();
    fires("repeated-switch", "python", &python);
    let script: String = ["area", "name", "cost"].iter().map(|name| format!("function {name}(s) {{ switch (s.kind) {{ case 'circle': return 1; case 'square': return 2; case 'triangle': return 3; }} }}\n")).collect();
    fires("repeated-switch", "javascript", &script);
    let go: String = ["area", "name", "cost"].iter().map(|name| format!("func {name}(s Shape) int {{\n\tswitch s.kind {{\n\tcase Circle:\n\t\treturn 1\n\tcase Square:\n\t\treturn 2\n\tcase Triangle:\n\t\treturn 3\n\t}}\n\treturn 0\n}}\n")).collect();
    fires("repeated-switch", "go", &format!("package a\n{go}"));
    let c: String = ["area", "name", "cost"].iter().map(|name| format!("int {name}(int k) {{ switch (k) {{ case CIRCLE: return 1; case SQUARE: return 2; case TRIANGLE: return 3; }} return 0; }}\n")).collect();
    fires("repeated-switch", "c", &c);
    let two: String = ["area", "name"].iter().map(|name| format!("function {name}(s) {{ switch (s.kind) {{ case 'circle': return 1; case 'square': return 2; case 'triangle': return 3; }} }}\n")).collect();
    silent("repeated-switch", "javascript", &two);
    let rust: String = ["area", "name", "cost"]
        .iter()
        .map(|name| format!("fn {name}(s: S) -> u8 {{ match s {{ S::Circle => 1, S::Square => 2, S::Triangle => 3 }} }}\n"))
        .collect();
    silent("repeated-switch", "rust", &rust);
    let numbers: String = ["area", "name", "cost"]
        .iter()
        .map(|name| format!("int {name}(int k) {{ switch (k) {{ case 1: return 1; case 2: return 2; case 3: return 3; }} return 0; }}\n"))
        .collect();
    silent("repeated-switch", "c", &numbers);
}

#[test]
fn message_chain_walks_over_getters() {
    fires("message-chain", "java", "class A { String f() { return order.getCustomer().getAddress().getCountry().getName(); } }\n");
    fires("message-chain", "cpp", "void f() { use(order->getCustomer()->getAddress()->getCountry()->getName()); }\n");
    fires("message-chain", "python", "def f(order):\n    return order.get_customer().get_address().get_country().get_name()\n");
    fires("message-chain", "go", "package a\nfunc f(o *O) string {\n\treturn o.GetCustomer().GetAddress().GetCountry().GetName()\n}\n");
    silent(
        "message-chain",
        "java",
        "class A { void f() { list.stream().filter(a).map(b).collect(c); new B().setA(1).setB(2).setC(3).build(); x.getA().getB(); } }\n",
    );
    silent("message-chain", "java", "class A { void f() { getClass().getClassLoader().getParent().getName().length(); } }\n");
    silent("message-chain", "kotlin", "// order.getCustomer().getAddress().getCountry().getName()\nfun f() {}\n");
}

#[test]
fn feature_envy_uses_another_type_alone() {
    let java = "class Order { int a; int b; int c; int d; }\nclass Printer {\n  int total(Order order) {\n    int sum = order.a + order.b;\n    sum += order.c * order.d;\n    return sum - order.a;\n  }\n}\n";
    let found = fires("feature-envy", "java", java);
    assert!(found.suggestion.unwrap_or_default().contains("Move `total` to `Order`"));
    let rust = "struct Order { a: u8, b: u8, c: u8, d: u8 }\nstruct Printer;\nimpl Printer {\n    fn total(&self, order: &Order) -> u8 {\n        let sum = order.a + order.b;\n        sum + order.c * order.d - order.a\n    }\n}\n";
    fires("feature-envy", "rust", rust);
    let typescript = "class Order { a = 1; b = 2; c = 3; d = 4; }\nclass Printer {\n  total(order: Order): number {\n    const sum = order.a + order.b;\n    return sum + order.c * order.d - order.a;\n  }\n}\n";
    fires("feature-envy", "typescript", typescript);
    silent("feature-envy", "java", &java.replace("return sum", "return this.scale * sum"));
    silent("feature-envy", "java", &java.replace("int total", "int writeTotal"));
    silent("feature-envy", "rust", &rust.replace("sum + order.c", "self.scale() + order.c"));
}

#[test]
fn mixed_naming_tells_the_odd_ones() {
    let python = lines(8, |n| format!("def load_file_{n}():\n    pass\n")) + "def saveFile():\n    pass\n\ndef dropFile():\n    pass\n";
    let found = fires("mixed-naming", "python", &python);
    assert!(found.suggestion.unwrap_or_default().contains("`saveFile`, `dropFile`"));
    let javascript = lines(8, |n| format!("function loadFile{n}() {{}}")) + "function save_file() {}\nfunction drop_file() {}\n";
    fires("mixed-naming", "javascript", &javascript);
    let c = lines(8, |n| format!("void load_file_{n}(void) {{}}")) + "void saveFile(void) {}\nvoid dropFile(void) {}\n";
    fires("mixed-naming", "c", &c);
    silent("mixed-naming", "python", &python.replace("def dropFile():\n    pass\n", ""));
    silent("mixed-naming", "python", &python.replace("saveFile", "setUpFile").replace("dropFile", "mouseMoveEvent"));
    silent("mixed-naming", "javascript", &lines(5, |n| format!("function loadFile{n}() {{}}\nfunction save_file_{n}() {{}}")));
}

#[test]
fn tests_are_free_and_examples_are_mild() {
    let text = "public class A { public void copy(String path, boolean overwrite, boolean follow) {} }\n";
    assert!(File::new("java", text).test().inspect::<Refactor>("smells", "{}").unwrap().findings.is_empty());
}
