"""Small marks in the pop-up: which character differs, what was searched, and what a button sends."""

import json
from difflib import SequenceMatcher

from django import template
from django.utils.html import format_html, format_html_join

from serials.numbers import number_key

register = template.Library()


@register.filter
def line_label(line) -> str:
    """The kind of a line as it stands in addresses: register.saleline."""
    return line._meta.label_lower


@register.filter
def marked(number: str, typed: str) -> str:
    """A number with what differs from `typed` marked."""
    parts = [
        ("{}" if kind == "equal" else "<mark>{}</mark>", number[start:end])
        for kind, _a, _b, start, end in SequenceMatcher(None, typed, number, autojunk=False).get_opcodes()
        if end > start
    ]
    return format_html_join("", "{}", ((format_html(form, text),) for form, text in parts))


@register.filter
def found_in(number: str, query: str) -> str:
    """A number with the searched part marked."""
    at = number_key(number).find(number_key(query)) if query else -1
    end = at + len(query)
    if at < 0 or len(number_key(number)) != len(number):
        return number
    return format_html("{}<mark>{}</mark>{}", number[:at], number[at:end], number[end:])


@register.filter
def swap_vals(code: str, instead: str) -> str:
    """What a button in a row sends: `code`, in place of the row's own number."""
    return json.dumps({"code": code, "instead": instead})


@register.filter
def codes_vals(numbers: list[str]) -> str:
    return json.dumps({"codes": "\n".join(numbers)})


@register.filter
def ends(numbers: list[str]) -> str:
    """The first two and the last of a list."""
    return ", ".join(numbers) if len(numbers) <= 3 else f"{numbers[0]}, {numbers[1]} … {numbers[-1]}"
