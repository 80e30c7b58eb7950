"""Sets of marked places out of the tests of bandit, gosec and find-sec-bugs, in the form that `devflow eval score` takes.

Each suite says in its own way where something has to be found. `bandit`, `gosec` and `find_sec_bugs` turn that into places: the file, the
lines, the topic, and whether a finding must be there. Nothing is written into a checkout.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

# Which rule of devflow is about what a test of bandit, a rule of gosec or a type of find-sec-bugs is about. What is not named here is no
# weakness (`assert`), or one that no rule of devflow knows.
BANDIT = """
bind-all-interfaces B104
cleartext-transport B312 B321 B401 B402 B508 B509
command-injection B601 B602 B604 B605 B609
debug-mode-enabled B201
eval B102 B307
hard-coded-secret B105 B106 B107
http-without-timeout B113
insecure-random B311
insecure-temp-file B108 B306
request-forgery B310
sql-injection B608 B610 B611
ssh-host-key B507
swallowed-error B110 B112
tls-verification-disabled B323 B501
unsafe-deserialization B301 B302 B506 B614
weak-cipher B304 B305
weak-hash B303 B324
weak-key-size B505
weak-tls-version B502 B503 B504
world-writable B103
xss-sink B308 B701 B702 B703 B704
xxe B313 B314 B315 B316 B317 B318 B319 B320
zip-slip B202
"""
GOSEC = """
bind-all-interfaces G102
command-injection G204 G702
csrf-disabled G121
debug-mode-enabled G108
decompression-bomb G110
fixed-iv G407
hard-coded-secret G101
http-without-timeout G112 G114
insecure-random G404
insecure-temp-file G303
log-injection G706
open-redirect G710
path-traversal G304 G703
request-forgery G107 G704
sql-injection G201 G202 G701
ssh-host-key G106
template-injection G708
tls-verification-disabled G402
unsafe-deserialization G709
weak-cipher G405 G502 G503
weak-hash G401 G406 G501 G505 G506 G507
weak-key-size G403
world-writable G301 G302 G306
xss-sink G203 G705
zip-slip G305
"""
FIND_SEC_BUGS = """
cleartext-transport UNENCRYPTED_.*
command-injection COMMAND_INJECTION
cors-wildcard PERMISSIVE_CORS
csrf-disabled SPRING_CSRF.*
eval SCRIPT_ENGINE_INJECTION GROOVY_SHELL
expression-injection OGNL_INJECTION SPEL_INJECTION EL_INJECTION SEAM_LOG_INJECTION
fixed-iv STATIC_IV
hard-coded-secret HARD_CODE_PASSWORD HARD_CODE_KEY
insecure-cookie INSECURE_COOKIE HTTPONLY_COOKIE
insecure-random PREDICTABLE_RANDOM
ldap-injection LDAP_INJECTION LDAP_ENTRY_POISONING
log-injection CRLF_INJECTION_LOGS
mass-assignment ENTITY_MASS_ASSIGNMENT BEAN_PROPERTY_INJECTION
open-redirect .*UNVALIDATED_REDIRECT
path-traversal PATH_TRAVERSAL_IN PATH_TRAVERSAL_OUT FILE_UPLOAD_FILENAME WEAK_FILENAMEUTILS (STRUTS|SPRING|REQUESTDISPATCHER)_FILE_DISCLOSURE
regex-denial-of-service REDOS
request-forgery URLCONNECTION_SSRF_FD
response-splitting HTTP_RESPONSE_SPLITTING
sql-injection SQL_INJECTION.* AWS_QUERY_INJECTION
template-injection TEMPLATE_INJECTION.*
timing-unsafe-compare UNSAFE_HASH_EQUALS
tls-verification-disabled WEAK_TRUST_MANAGER WEAK_HOSTNAME_VERIFIER INSECURE_SMTP_SSL
trust-boundary TRUST_BOUNDARY_VIOLATION
unsafe-deserialization OBJECT_DESERIALIZATION JACKSON_UNSAFE_DESERIALIZATION XML_DECODER
weak-cipher DES_USAGE TDES_USAGE ECB_MODE NULL_CIPHER
weak-hash WEAK_MESSAGE_DIGEST_.*
weak-key-size RSA_KEY_SIZE BLOWFISH_KEY_SIZE
weak-tls-version SSL_CONTEXT DEFAULT_HTTP_CLIENT
world-writable ANDROID_WORLD_WRITABLE OVERLY_PERMISSIVE_FILE_PERMISSION
xpath-injection XPATH_INJECTION
xss-sink XSS_SERVLET
xxe XXE_.*
"""
# Rules that say the same as the rule of the topic, by another sign.
ALSO = {
    "eval": ["expression-injection"],
    "expression-injection": ["eval"],
    "hard-coded-secret": ["secret-token", "private-key", "password-in-url"],
    "ssh-host-key": ["tls-verification-disabled"],
    "swallowed-error": ["bare-except"],
    "weak-hash": ["weak-password-hash"],
}
# Here find-sec-bugs reports a value that was made safe, only with a low priority: nobody has to find that.
OF_VALUES = {"command-injection", "path-traversal", "response-splitting", "sql-injection", "trust-boundary", "xss-sink"}


def topic_of(table, name):
    """The topic of a name in a table, or nothing."""
    for line in table.split("\n"):
        topic, *patterns = line.split() or [None]
        if any(re.fullmatch(pattern, name) for pattern in patterns):
            return topic
    return None


def place(path, lines, topic, must, note):
    """A line of a set."""
    return {"path": str(path), "start": lines[0], "end": lines[1], "topic": topic, "must": must, "note": note}


def text_of(path):
    """A file, whatever bytes it holds."""
    return Path(path).read_text(encoding="utf-8", errors="replace")


def n_lines(text):
    """How many lines a text has, at least one."""
    return max(1, len(text.splitlines()))


def write_set(path, root, places):
    """Writes a set. A place that is marked twice, as where a rule speaks two times of one line, is one place."""
    head = {"schema": "devflow.truth/1", "root": str(root), "role": "source", "slack": 0, "at-least": "medium"}
    seen = {}
    for entry in sorted(places, key=lambda entry: not entry["must"]):
        topic = ",".join([entry["topic"], *ALSO.get(entry["topic"], [])])
        seen.setdefault((entry["path"], entry["start"], entry["end"], topic), {**entry, "topic": topic})
    rows = [head, *sorted(seen.values(), key=lambda entry: (entry["path"], entry["start"], entry["end"]))]
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


# What bandit finds in its own examples is what its tests count. The program runs from its checkout; what it takes from other packages (a list
# of its entry points, a bar of progress) is a few lines here, so that nothing has to be installed.
RUN_BANDIT = """
import configparser, importlib, importlib.metadata, json, sys, types
setup = configparser.ConfigParser()
setup.read("setup.cfg")
class Extension:
    def __init__(self, line):
        self.name, target = (part.strip() for part in line.split("=", 1))
        module, _, function = target.partition(":")
        self.plugin = getattr(importlib.import_module(module), function)
class Extensions(list):
    def __init__(self, namespace, **_):
        lines = "" if "formatters" in namespace else setup["entry_points"][namespace]
        super().__init__(Extension(line) for line in lines.splitlines() if "=" in line and not line.startswith("#"))
    def names(self):
        return [extension.name for extension in self]
def stub(name, **content):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(content)
    return sys.modules[name]
importlib.metadata.metadata = importlib.metadata.version = lambda name: {"Author": ""}
stub("stevedore", extension=stub("stevedore.extension", ExtensionManager=Extensions))
stub("rich", progress=stub("rich.progress", track=lambda items, **_: items))
stub("yaml")
sys.path.insert(0, ".")
from bandit.core import config, manager
run = manager.BanditManager(config.BanditConfig(), "file")
run.discover_files(["examples"], True)
run.run_tests()
for issue in run.results:
    lines = [*(issue.linerange or []), issue.lineno]
    print(json.dumps([issue.fname, min(lines), max(lines), issue.test_id]))
"""


def bandit(checkout):
    """Places of bandit's examples, and how many issues there are that no rule of devflow is about."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", RUN_BANDIT]
    run = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    if run.returncode != 0 or not run.stdout:
        raise RuntimeError("bandit does not run: " + (run.stderr.strip().splitlines() or ["it says nothing"])[-1])
    issues = [json.loads(line) for line in run.stdout.splitlines()]
    known = [(issue, topic) for issue in issues if (topic := topic_of(BANDIT, issue[3]))]
    places = [place(path, (start, end), topic, True, test) for (path, start, end, test), topic in known]
    return places, len(issues) - len(known)


GO_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|(?P<list>\[\]string\s*\{)|(?P<raw>`[^`]*`)|(?P<quoted>\"(?:\\.|[^\"\\\n])*\")|(?P<number>\b\d+\b)|(?P<sign>[},])|\w+|.", re.DOTALL
)


def go_samples(text):
    """The samples of a file of gosec: a list of sources, and how many findings gosec has to have."""
    sources, is_open, current = None, False, ""
    for token in GO_TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "list":
            sources, is_open, current = [], True, ""
        elif sources is None:
            continue
        elif is_open and kind == "raw":
            current += token["raw"][1:-1]
        elif is_open and kind == "quoted":
            current += json.loads(re.sub(r"\\x(..)", r"\\u00\1", token["quoted"]))
        elif is_open and kind == "sign":
            sources += [current] if current else []
            current, is_open = "", token["sign"] == ","
        elif not is_open and kind == "number":
            yield sources, int(token["number"])
            sources = None


def gosec(checkout, into):
    """Writes the samples of gosec into a folder; places are whole samples. A sample of several files has its place in the first."""
    places, n_other = [], 0
    for file in sorted(Path(checkout, "testutils").glob("g*_samples.go")):
        rule = file.name.split("_")[0].upper()
        for number, (sources, n_findings) in enumerate(go_samples(text_of(file))):
            text = "".join(sources)
            topic = topic_of(GOSEC, rule)
            if rule == "G402" and re.search("MinVersion|MaxVersion|CipherSuites", text) and "InsecureSkipVerify" not in text:
                topic = "weak-tls-version"
            # A sample that is only let off by a comment for gosec is no safe one.
            if not topic or not sources or (not n_findings and "#nosec" in text):
                n_other += 1
                continue
            paths = [f"{rule}/{number:03}{chr(97 + at) if at else ''}.go" for at in range(len(sources))]
            Path(into, rule).mkdir(parents=True, exist_ok=True)
            for path, source in zip(paths, sources):
                Path(into, path).write_text(source.lstrip("\n") + "\n", encoding="utf-8")
            places.append(place(paths[0], (1, n_lines(text_of(Path(into, paths[0])))), topic, n_findings > 0, rule))
    return places, n_other


class Samples:
    """The samples of find-sec-bugs, by the names of their classes."""

    def __init__(self, checkout):
        self.root = Path(checkout)
        self.by_class = defaultdict(list)
        self.lines = {}
        for path in sorted(path for path in self.root.rglob("*") if path.suffix in (".java", ".kt")):
            name = path.relative_to(self.root).as_posix()
            if "samples" in name:
                text = text_of(path)
                self.lines[name] = text.splitlines()
                classes = re.findall(r"^(?:\w+ )*(?:class|interface|object|enum)\s+(\w+)", text, re.MULTILINE)
                for known in {path.stem, *classes}:
                    self.by_class[known].append(name)

    def named(self, name):
        """The files that hold a class of a name; functions of Kotlin without a class are in one that ends in `Kt`."""
        return self.by_class.get(name) or self.by_class.get(name.removesuffix("Kt"), [])

    def find(self, class_path):
        """The file of a class such as `testcode/xss/Servlet$Inner`."""
        package, _, name = class_path.replace(".", "/").split("$")[0].rpartition("/")
        known = self.named(name)
        fitting = [path for path in known if package in path] if package else known
        return fitting[0] if fitting else known[0] if len(known) == 1 else None

    def statement(self, path, line):
        """The lines of the statement around a line: a finding is mostly at its beginning, a mark at the call in it."""
        lines, ends = self.lines[path], re.compile(r"[;{}]\s*(//.*)?$")
        first = last = line - 1
        while first > line - 9 and first > 0 and lines[first - 1].strip() and not ends.search(lines[first - 1].rstrip()):
            if lines[first - 1].strip().startswith(("@", "//", "*")):
                break
            first -= 1
        while last < line + 11 and last < len(lines) - 1 and not ends.search(lines[last].rstrip()):
            last += 1
        return first + 1, last + 1

    def method(self, path, name):
        """The lines of the first method of a name, or nothing."""
        lines, word = self.lines[path], re.escape(name)
        for at, line in enumerate(lines):
            if not re.search(rf"\b{word}\s*\(", line) or re.search(rf"[.=]\s*{word}|new\s+{word}|\breturn\b", line):
                continue
            depth, is_open = 0, False
            for end in range(at, len(lines)):
                code = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|//.*', "", lines[end])
                if not is_open and ";" in code and "{" not in code:
                    break
                depth += code.count("{") - code.count("}")
                is_open = is_open or "{" in code
                if is_open and depth <= 0:
                    return at + 1, end + 1
        return None


def listed(text):
    """The values that an expression such as `Arrays.asList(1, 2)` or `range(3, 7)` lists."""
    if ends := re.match(r"range\(\s*(\d+)\s*,\s*(\d+)\s*\)", text.strip()):
        return list(range(int(ends[1]), int(ends[2]) + 1))
    return re.findall(r'"([^"]*)"', text) or [int(number) for number in re.findall(r"\b\d+\b", text)]


def closing(text, at, pair):
    """Where the bracket that opens at a place is closed."""
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] == pair[0]) - (text[end] == pair[1])
        if depth == 0:
            return end
    return len(text)


class JavaTest:
    """A test method of find-sec-bugs: classes that are looked at, and what has to be reported of them."""

    def __init__(self, body, constants):
        self.body = body
        self.values = {name: [value] for name, value in constants.items()}
        for name, value in re.findall(r"(?:List<\w+>|int\[\]|Integer\[\]|String\[\]|String|int)\s+(\w+)\s*=\s*([^;]+);", body):
            self.values[name] = listed(value)
        for name, value in re.findall(r"(\w+)\.removeAll\((.*?)\);", body):
            self.values[name] = [kept for kept in self.values.get(name, []) if kept not in listed(value)]
        self.classes = re.findall(r'getClassFilePath\(\s*"([^"]+)"', body)
        self.loops = list(self._loops())

    def _loops(self):
        for loop in re.finditer(r"for\s*\(", self.body):
            end = closing(self.body, loop.end() - 1, "()")
            start = self.body.find("{", end)
            head = self.body[loop.end() : end]
            if counted := re.match(r"\s*int\s+(\w+)\s*=\s*(\d+)\s*;\s*\w+\s*(<=?)\s*(\d+)\s*;", head):
                values = list(range(int(counted[2]), int(counted[4]) + (counted[3] == "<=")))
                yield start, closing(self.body, start, "{}"), counted[1], values
            elif each := re.match(r"\s*[\w.<>, ]+?\s+(\w+)\s*:\s*(.+)$", head, re.DOTALL):
                # A counter that grows inside of the list is not followed: no value is better than a wrong one.
                values = self.values.get(each[2].strip()) or ([] if "++" in each[2] else listed(each[2]))
                yield start, closing(self.body, start, "{}"), each[1], values

    def _bound(self, at):
        """What the variables of the loops around a place are, in each of their turns."""
        turns = [{}]
        for start, end, name, values in self.loops:
            if start < at < end:
                turns = [{**turn, name: value} for turn in turns for value in values]
        return turns

    def expectations(self):
        """What has to be reported, or must not be: type, class, method, line, priority, and how often."""
        report = re.compile(r"verify\(\s*reporter\s*(?:,\s*([^;]*?))?\)\s*\.doReportBug\(\s*bugDefinition\(\)(.*?)\.build\(\)", re.DOTALL)
        for call in report.finditer(self.body):
            often = (call[1] or "").strip()
            words = dict(re.findall(r"\.(\w+)\(\s*(.*?)\s*\)\s*(?=\.|$)", call[2].strip(), re.DOTALL))
            for turn in self._bound(call.start()):
                found = {key: self._value(word, turn) for key, word in words.items()}
                if all(value is not None for value in found.values()):
                    yield found, not re.search(r"never|times\(0\)", often)

    def _value(self, word, turn):
        if word in turn:
            return turn[word]
        if re.fullmatch(r'"[^"]*"|\d+', word):
            return listed(word)[0]
        return (self.values.get(word) or [word if word.isupper() else None])[0]


def expected_place(found, must, paths, samples):
    """The place of one expectation, and how exactly it is known: 0 for a line, 1 for a method, 2 for a file."""
    topic = topic_of(FIND_SEC_BUGS, found["bugType"])
    name = str(found.get("inClass", "")).split("$")[0]
    own = [path for path in paths if path in samples.named(name)] or ([samples.find(name)] if samples.find(name) else paths)
    line, method = found.get("atLine"), found.get("inMethod")
    # Without a class it is about all that the test looks at: with several files nobody knows which must hold it.
    if not own or (not name and not line and not method and must and len(paths) > 1):
        return []
    path, whole = own[0], lambda path: (1, max(1, len(samples.lines[path])))
    if found["bugType"] == "WEAK_TRUST_MANAGER" and must:
        chosen, exact = [(path, whole(path))], 2
    elif isinstance(line, int) and line <= len(samples.lines[path]):
        chosen, exact = [(path, samples.statement(path, line))], 0
    elif method and samples.method(path, str(method)):
        chosen, exact = [(path, samples.method(path, str(method)))], 1
    else:
        chosen, exact = [(each, whole(each)) for each in ([path] if must or name else own)], 2
    return [(exact, place(each, lines, topic, must, found["bugType"])) for each, lines in chosen]


def without_repetition(known, safe):
    """Leaves out what a more exact expectation says, too: a whole file counts only where nothing else of its topic is known."""

    def about(row):
        return row["path"], row["topic"]

    exactly = {about(row) for exact, row in [*known, *safe] if row["must"] and exact < 2}
    wanted = exactly | {about(row) for _, row in known if row["must"]}
    known = [(exact, row) for exact, row in known if exact < 2 or about(row) not in (exactly if row["must"] else wanted)]
    lines = [row for exact, row in known if row["must"] and exact == 0]

    def is_said(row):
        same = (other for other in lines if about(other) == about(row))
        return any(row["start"] <= other["start"] and other["end"] <= row["end"] for other in same)

    return [row for exact, row in known if not (row["must"] and exact > 0 and is_said(row))]


def find_sec_bugs(checkout):
    """Places of the samples of find-sec-bugs, and how many expectations there are that no rule of devflow is about."""
    samples, known, safe, n_other = Samples(checkout), [], [], 0
    for file in sorted(Path(checkout, "findsecbugs-plugin/src/test/java").rglob("*Test.java")):
        text = re.sub(r"(?<!:)//[^\n]*", "", re.sub(r"/\*.*?\*/", "", text_of(file), flags=re.DOTALL))
        constants = dict(re.findall(r'String\s+(\w+)\s*=\s*"([^"]*)"', text))
        for body in re.split(r"@Test\b", text)[1:]:
            test = JavaTest(body, constants)
            paths = [path for path in map(samples.find, test.classes) if path]
            for found, must in test.expectations():
                topic = topic_of(FIND_SEC_BUGS, str(found.get("bugType")))
                is_safe = must and topic in OF_VALUES and found.get("withPriority") in ("Low", "Ignore")
                n_other += not topic or is_safe
                if topic:
                    (safe if is_safe else known).extend(expected_place(found, must, paths, samples))
    return without_repetition(known, safe), n_other
