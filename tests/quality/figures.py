#!/usr/bin/env python3
"""Prints how good devflow's findings and scores are, measured on a folder of checkouts. docs/quality.md says what each figure means.

FOLDER holds `well` and `vulnerable`, with a project in each subfolder, and `suites` with the checkouts of the suites. Nothing is written there:
sets, copies and devflow's home are in a temporary folder, which is removed at the end. What is not there is said and left out.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

sys.dont_write_bytecode = True
import suites  # noqa: E402 - the line above keeps this import from leaving a folder behind

SETTINGS = """
[pipeline.everything]
operations = ["review:file", "refactor:smells", "refactor:coupling", "docs:check", "docs:architecture", "test-gen:gaps", "deps:audit"]
model.mode = "off"
"""
SEVERITIES = ("critical", "high", "medium", "low", "info")
# Defects that rules can find; the other two kinds of `devflow eval plant` are for the model.
STATIC_KINDS = (
    "same-branches,asked-twice,same-operands,empty-handler,bare-handler,shared-default,weak-hash,run-as-code,unchecked-certificate,open-loader,"
    "written-secret,unbounded-copy,set-in-condition,converting-equality,same-object,forced-value,lost-error"
)
N_PLANTED = 100
# Only the model speaks of these.
OF_THE_MODEL = {"access-control", "data-exposure", "injection", "unsafe-input"}
# They say `low` by themselves, and more only where the code shows more. The suites mark the plain cases.
OFTEN_LOW = {"debug-mode-enabled", "insecure-random", "swallowed-error"}
SEED = 7


class Failed(Exception):
    """A part that cannot be measured, with the reason."""


class File(NamedTuple):
    """What the figures need to know of a file in a report."""

    project: str
    path: str
    language: str
    role: str
    n_lines: int
    score: float
    has_hole: bool


class Report(NamedTuple):
    """What the figures need to know of a run over a project."""

    score: float
    findings: dict
    language: str
    files: list
    n_failed: int


class Rule(NamedTuple):
    """What devflow says of one of its rules."""

    severity: str
    category: str
    weaknesses: list


class Devflow:
    """The program, with a home and settings of its own."""

    def __init__(self, binary, scratch):
        self.binary, self.scratch = binary, scratch
        keep = {key: value for key, value in os.environ.items() if not key.startswith(("DEVFLOW_", "XAI_"))}
        own = {name: str(scratch / name.lower()) for name in ("DEVFLOW_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        self.environment = {**keep, **own}
        self.settings = scratch / "settings.toml"
        self.settings.write_text(SETTINGS, encoding="utf-8")

    def run(self, *arguments, folder=None):
        """What a command prints. Findings and files that could not be looked at are told by the status, too, and are no failure."""
        command = [self.binary, *map(str, arguments)]
        where = folder or self.scratch
        done = subprocess.run(command, cwd=where, env=self.environment, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode not in (0, 1, 3):
            said = [line for line in done.stderr.splitlines() if line.startswith("error")] or done.stderr.splitlines()[-1:]
            raise Failed(f"`devflow {arguments[0]} {arguments[1]}` ends with {done.returncode}: {' '.join(said)}")
        return done.stdout

    @cached_property
    def rules(self):
        """Rules by name. Weaknesses are asked for one rule at a time, and only where a suite is about them."""
        rules = {}
        for line in self.run("plugin", "list", "-v").splitlines():
            if found := re.match(rf" {{4}}({'|'.join(SEVERITIES)}) +(\w+) +([\w-]+) ", line):
                severity, category, name = found.groups()
                said = self.run("plugin", "why", name) if category == "security" else ""
                rules[name] = Rule(severity, category, re.findall(r"^  (CWE-\d+)$", said, re.MULTILINE))
        return rules

    def meant(self, topic):
        """The rules that a topic of a set means."""
        words = set(topic.split(","))
        return {name for name, rule in self.rules.items() if name in words or words.intersection(rule.weaknesses)}

    def score(self, head, places):
        """The figures of a set. Where a rule of the topic is low by itself, a low finding is enough; else it takes a medium one."""
        low = {name for name, rule in self.rules.items() if rule.severity in ("low", "info")} | OFTEN_LOW
        rows = [{**row, "at-least": "low"} if low & self.meant(row["topic"]) else row for row in places]
        path = self.scratch / "set.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in [head, *rows]), encoding="utf-8")
        return json.loads(self.run("eval", "score", path, "--format", "json"))

    def report(self, folder, name):
        """The report of a run with all operations."""
        text = self.run("run", "everything", ".", "--format", "json", "--config", self.settings, folder=folder)
        found = json.loads(text)
        lines, files = Counter(), []
        for file in found["files"]:
            if file["score"]:
                lines[file["language"]] += file["code_lines"]
                hole = any(one["category"] == "security" and one["severity"] in SEVERITIES[:3] for one in file["findings"])
                own = (name, file["path"], file["language"], file["role"], file["code_lines"])
                files.append(File(*own, file["score"]["overall"], hole))
        summary = found["summary"]
        language = max(lines, key=lines.get, default="none")
        overall = summary["score"]["overall"] if summary["score"] else None
        return Report(overall, summary["findings"], language, files, len(found["coverage"]["failed"]))


def share(part, whole):
    """`50.0 % (1 of 2)`."""
    return f"{100 * part / whole:.1f} % ({part:,} of {whole:,})" if whole else "nothing to measure"


def folders(path):
    """The projects in a folder, by name."""
    return {entry.name: entry.resolve() for entry in sorted(path.iterdir()) if entry.is_dir()} if path.is_dir() else {}


class Figures:
    """The parts, each a method that prints its figures."""

    def __init__(self, devflow, folder):
        self.devflow = devflow
        self.suites, self.well, self.vulnerable = (folders(folder / name) for name in ("suites", "well", "vulnerable"))

    @cached_property
    def well_reports(self):
        return {name: self.devflow.report(path, name) for name, path in self.well.items()}

    @cached_property
    def vulnerable_reports(self):
        return {name: self.devflow.report(path, name) for name, path in self.vulnerable.items()}

    @cached_property
    def planted(self):
        """For each well-kept project: the tally of defects planted into a copy, and the files of the copy that hold one."""
        found = {}
        for name, path in self.well.items():
            with tempfile.TemporaryDirectory(dir=self.devflow.scratch) as own:
                copy, marks = Path(own, "copy"), Path(own, "planted.jsonl")
                try:
                    options = ("-n", N_PLANTED, "--seed", SEED, "--only", STATIC_KINDS)
                    self.devflow.run("eval", "plant", path, "--into", copy, "-o", marks, *options)
                except Failed as reason:
                    # A small project may have no place that a defect fits.
                    if "can be changed" in str(reason):
                        continue
                    raise
                places = [json.loads(line) for line in marks.read_text(encoding="utf-8").splitlines()[1:]]
                spoilt = {row["path"] for row in places if row["must"]}
                tally = json.loads(self.devflow.run("eval", "score", marks, "--format", "json"))["all"]
                found[name] = (tally, [file for file in self.devflow.report(copy, name).files if file.path in spoilt])
        return found

    def imported(self, *arguments):
        """Head and places of a set that devflow makes of a suite."""
        path = self.devflow.scratch / "imported.jsonl"
        self.devflow.run("eval", "import", *arguments, "-o", path)
        head, *places = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        path.unlink()
        return head, places

    def print_set(self, name, head, places, note=""):
        tally = self.devflow.score(head, places)["all"]
        line = f"{name}: recall {share(tally['found'], tally['found'] + tally['missed'])}"
        if alarms := tally["false_alarms"]:
            line += f"; where nothing may be found, something is at {share(round(alarms['value'] * alarms['of']), alarms['of'])}"
        print(line + note)

    def semgrep(self):
        head, places = self.imported("semgrep", self.suites["semgrep-rules"])

        def is_meant(row):
            rules = self.devflow.meant(row["topic"]) - OF_THE_MODEL
            return any(self.devflow.rules[name].category == "security" for name in rules)

        self.print_set("semgrep, weaknesses that a rule is about", head, [row for row in places if is_meant(row)])
        self.print_set("semgrep, all weaknesses", head, places)

    def owasp(self):
        checkout = self.suites["BenchmarkJava"]
        table = max(checkout.glob("expectedresults-*.csv"))
        rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        names = {f"CWE-{row[3].strip()}": row[1].strip() for row in rows}
        topics = self.devflow.score(*self.imported("owasp", table, checkout))["topics"]
        print(f"{'category':14}{'real':>6}{'safe':>6}{'TPR':>8}{'FPR':>8}{'TPR-FPR':>9}")
        for topic in sorted(topics, key=lambda topic: names[topic["name"]]):
            real, safe = topic["recall"], topic["false_alarms"]
            rates = f"{100 * real['value']:8.1f}{100 * safe['value']:8.1f}{100 * (real['value'] - safe['value']):+9.1f}"
            print(f"{names[topic['name']]:14}{real['of']:6,}{safe['of']:6,}{rates}")
        mean = sum(topic["recall"]["value"] - topic["false_alarms"]["value"] for topic in topics) / len(topics)
        print(f"OWASP: mean of TPR - FPR {100 * mean:+.1f} over {len(topics)} categories")

    def derived(self, name, root, found):
        """Figures of places that suites.py makes of the tests of a suite."""
        places, n_other = found
        known = [row for row in places if row["topic"] in self.devflow.rules]
        path = self.devflow.scratch / "derived.jsonl"
        suites.write_set(path, root, known)
        head, *places_once = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        self.print_set(name, head, places_once, f"; left out: {n_other + len(places) - len(known):,}")

    def bandit(self):
        self.derived("bandit", self.suites["bandit"], suites.bandit(self.suites["bandit"]))

    def gosec(self):
        samples = self.devflow.scratch / "samples"
        self.derived("gosec", samples, suites.gosec(self.suites["gosec"], samples))

    def find_sec_bugs(self):
        checkout = self.suites["find-sec-bugs"]
        self.derived("find-sec-bugs", checkout, suites.find_sec_bugs(checkout))

    def well_kept(self):
        reports = self.well_reports.values()
        counts = {severity: sum(report.findings[severity] for report in reports) for severity in SEVERITIES}
        print(f"well-kept: {len(reports)} projects, {sum(counts.values()):,} findings:", ", ".join(f"{counts[one]:,} {one}" for one in SEVERITIES))
        files = [file for report in reports for file in report.files if file.n_lines >= 50]
        print("well-kept: files of at least 50 lines that score 99 or more:", share(sum(file.score >= 99 for file in files), len(files)))
        print(f"well-kept: files in which something failed: {sum(report.n_failed for report in reports):,}")
        both = {"well-kept": self.well_reports, "vulnerable": self.vulnerable_reports}
        table = defaultdict(lambda: {kind: [] for kind in both})
        for kind, known in both.items():
            for name, report in known.items():
                table[report.language][kind].append((report.score, name))
        for language, row in sorted(table.items()):
            lists = {kind: ", ".join(f"{name} {score}" for score, name in sorted(found, reverse=True)) for kind, found in row.items()}
            print(f"scores, {language}:", "; ".join(f"{kind} {text}" for kind, text in lists.items() if text))

    def print_pairs(self, label, files, most):
        """Compares each file with some well-kept ones of other projects, in the same language and of about the same size."""
        chance, lower, n_pairs = random.Random(SEED), 0, 0
        pool = defaultdict(list)
        for report in self.well_reports.values():
            for file in report.files:
                if file.role in ("source", "script") and file.n_lines >= 20:
                    pool[file.language].append(file)
        files = [file for file in files if file.n_lines >= 20]
        for file in files:
            alike = [other for other in pool[file.language] if file.n_lines / 1.5 <= other.n_lines <= file.n_lines * 1.5]
            alike = [other for other in alike if other.project != file.project]
            for other in chance.sample(alike, min(most, len(alike))):
                n_pairs += 1
                lower += file.score < other.score
        print(f"pairs, {label}: the worse of both scores lower in {share(lower, n_pairs)}, {len(files):,} files")

    def pairs(self):
        holes = [file for report in self.vulnerable_reports.values() for file in report.files if file.has_hole]
        self.print_pairs("vulnerable with a found hole", holes, 10)
        self.print_pairs("planted", [file for _, files in self.planted.values() for file in files], 4)

    def defects(self):
        tallies = [tally for tally, _ in self.planted.values()]
        found, missed, silent = (sum(tally[key] for tally in tallies) for key in ("found", "missed", "silent"))
        n_untouched = sum(tally["false_alarms"]["of"] for tally in tallies if tally["false_alarms"])
        alarms = share(n_untouched - silent, n_untouched)
        print(f"planted into {len(tallies)} projects: recall {share(found, found + missed)}; at untouched neighbours something is at {alarms}")


# What each part prints, and the folders that it needs.
PARTS = {
    "semgrep": (Figures.semgrep, ["suites/semgrep-rules"]),
    "owasp": (Figures.owasp, ["suites/BenchmarkJava"]),
    "bandit": (Figures.bandit, ["suites/bandit"]),
    "gosec": (Figures.gosec, ["suites/gosec"]),
    "find-sec-bugs": (Figures.find_sec_bugs, ["suites/find-sec-bugs"]),
    "well": (Figures.well_kept, ["well"]),
    "pairs": (Figures.pairs, ["well", "vulnerable"]),
    "planted": (Figures.defects, ["well"]),
}


def measured(figures, folder, chosen):
    """Prints the parts; gives the names of those that failed."""
    failed = []
    for name, (part, needs) in PARTS.items():
        if chosen not in (None, name):
            continue
        if not all(folders(folder / need) for need in needs):
            print(f"{name}: not there")
            continue
        try:
            part(figures)
        except (Failed, RuntimeError, ValueError, OSError) as reason:
            failed.append(name)
            print(f"{name}: could not be measured: {reason}")
        sys.stdout.flush()
    return failed


def main():
    own = Path(__file__).resolve().parents[2] / "target/release/devflow"
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, metavar="FOLDER")
    arguments.add_argument("--devflow", default=str(own) if own.exists() else "devflow", metavar="BINARY", help="default: the release build, else in PATH")
    arguments.add_argument("--only", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    given = arguments.parse_args()
    binary = shutil.which(given.devflow)
    if not binary or not given.folder.is_dir():
        arguments.error(f"there is no {'folder ' + str(given.folder) if binary else 'program ' + given.devflow}")
    # So that the temporary folder goes whoever ends the script.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="figures-") as scratch:
        devflow = Devflow(str(Path(binary).resolve()), Path(scratch).resolve())
        return 1 if measured(Figures(devflow, given.folder), given.folder, given.only) else 0


if __name__ == "__main__":
    sys.exit(main())
