"""Holds docs/properties.md and docs/SECURITY.md to the tests that they name."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECURITY = (ROOT / "docs" / "SECURITY.md").read_text()
ROWS = re.findall(r"^\| (\d+) \| .+? \| (.+) \|$", (ROOT / "docs" / "properties.md").read_text(), re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_property_names_its_tests():
    assert [int(number) for number, _tests in ROWS] == list(range(1, 29))
    assert all(TEST.search(tests) for _number, tests in ROWS)


def test_every_test_that_is_named_is_there():
    named = {pair for tests in (SECURITY, *(tests for _number, tests in ROWS)) for pair in TEST.findall(tests)}
    assert {pair for pair in named if pair[1] not in functions(ROOT / pair[0])} == set()


def functions(path):
    if not path.exists():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
