"""The changelog keeps the form of Keep a Changelog."""

import re
from pathlib import Path

import skbits

TEXT = (Path(__file__).parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_releases_and_kinds_of_changes():
    assert TEXT.startswith("# Changelog\n")
    releases = re.findall(r"^## \[(.+?)\](?: - (.+))?$", TEXT, re.M)
    assert releases[0] == ("Unreleased", "")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for _, date in releases[1:])
    assert set(re.findall(r"^### (.+)$", TEXT, re.M)) <= KINDS
    assert len(re.findall(r"^## ", TEXT, re.M)) == len(releases)


def test_every_public_name_is_told():
    missing = [name for name in skbits.__all__ if name.isidentifier() and f"`{name}" not in TEXT]
    assert not missing
