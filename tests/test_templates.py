"""Promises of every template: its icons exist, and nothing in it needs an inline script or style."""

import re
from pathlib import Path

import pytest

from microbiz.places import PLACES

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SYMBOLS = set(re.findall(r'<symbol id="i-([^"]+)"', (ROOT / "static" / "icons.svg").read_text()))
FORBIDDEN = {
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle=", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.I),
    "an inline stylesheet": re.compile(r"<style", re.I),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+=", re.I),
    "hx-on, which needs eval": re.compile(r"\shx-on[:-]", re.I),
    "a trigger filter, which needs eval": re.compile(r'hx-trigger="[^"]*\['),
}


def names(path):
    return path.relative_to(ROOT).as_posix()


def icons_in(text):
    for tag in re.findall(r"{% icon ([^%]*)%}", text):
        yield from re.findall(r'^"([^"]+)"', tag.strip())
    yield from re.findall(r'<c-[a-z]+[^>]*\sicon="([a-z0-9-]+)"', text)


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_every_icon_is_in_the_sprite(path):
    assert set(icons_in(path.read_text())) - SYMBOLS == set(), "add it to static/vendor/icons.txt and run fetch.sh"


def test_the_icons_of_the_rail_are_in_the_sprite():
    assert {place.icon for place in PLACES} <= SYMBOLS


def test_the_sprite_is_what_the_list_says():
    assert set((ROOT / "static" / "vendor" / "icons.txt").read_text().split()) == SYMBOLS


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_the_content_security_policy_has_nothing_to_refuse(path):
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.S)
    text = re.sub(r"{[{%].*?[%}]}", "", text, flags=re.S)
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


def test_no_stylesheet_or_script_comes_from_elsewhere():
    for path in TEMPLATES:
        assert not re.search(r'(src|href)="https?://[^"]+\.(js|css)', path.read_text()), path
