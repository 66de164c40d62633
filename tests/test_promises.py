"""What the README promises: each test that it names is there, and says what it is about."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## What skbits promises\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| (.+) \| \[`(test_\w+)`\]\((tests/[\w/]+\.py)\) \|$", SECTION, re.M)


def test_every_row_is_read():
    lines = [line for line in SECTION.splitlines() if line.startswith("| ")]
    assert lines[0] == "| promise | test |"
    assert len(lines) - 1 == len(ROWS) > 0


@pytest.mark.parametrize(("name", "file"), [row[1:] for row in ROWS])
def test_the_test_of_a_promise_exists_and_is_run(name, file):
    (test,) = (
        node
        for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    assert "skip" not in "".join(map(ast.unparse, test.decorator_list))
