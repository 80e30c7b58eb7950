"""The `no-sleep-python` plugin. Change what it looks for; `devflow plugin test` runs the files in `cases`."""

import pathlib
import tomllib

import wit_world
from componentize_py_types import Err
from wit_world.imports import syntax
from wit_world.imports.types import (
    Category,
    Conclusion,
    Finding,
    Manifest,
    Operation,
    Place_Span,
    Report,
    RuleInfo,
    Scope,
    Severity,
)

# A module is run when the component is built, and what it has read then is in the component. A plugin itself can read no files.
PROJECT = tomllib.loads(pathlib.Path(__file__).with_name("pyproject.toml").read_text())["project"]

# Lower-case letters, digits and dashes.
RULE = "sleep-in-code"

QUERY = '(call function: [(identifier) (attribute)] @callee (#any-of? @callee "sleep" "time.sleep")) @here'


class WitWorld(wit_world.WitWorld):
    """What the component exports. The name of the class is fixed."""

    def manifest(self):
        operation = Operation(
            name="file",
            summary="Finds calls that sleep.",
            scope=Scope.FILE,
            asks_model=False,
            sees_project=False,
            needs_model=False,
            documents=[],
            options_schema='{"type":"object","additionalProperties":false,"properties":{}}',
        )
        rule = RuleInfo(
            id=RULE,
            severity=Severity.LOW,
            category=Category.PERFORMANCE,
            summary="The program waits for a fixed time.",
            confidence=80,
            limits=[],
            cwe=[],
            links=[],
            page="",
        )
        return Manifest(PROJECT["name"], PROJECT["version"], [operation], [rule])

    def inspect(self, operation, unit, options):
        try:
            return Report(findings(unit), [], [])
        except Err:
            raise
        except Exception as error:
            # Only the words of an `Err` reach the user; any other exception ends the plugin without one.
            place = error.__traceback__
            while place.tb_next:
                place = place.tb_next
            raise Err(f"{type(error).__name__}: {error} (line {place.tb_lineno})") from error

    def question(self, operation, unit, options):
        """This plugin never asks the model."""
        return None

    def conclude(self, operation, unit, options, exchange):
        return Conclusion(Report([], [], []), None)


def findings(unit):
    # The host parses the unit and compiles a list of queries once. This one is for Python; other languages have other nodes.
    if unit.language != "python":
        return []
    found = syntax.search([QUERY])
    return [sleep(capture.span) for capture in found.items if found.names[capture.name] == "here"]


def sleep(span):
    return Finding(
        rule=RULE,
        severity=Severity.LOW,
        category=Category.PERFORMANCE,
        message="this waits for a fixed time",
        place=Place_Span(span),
        suggestion="Wait for the event itself.",
        confidence=80,
        reasons=[],
        related=[],
        edits=[],
    )
