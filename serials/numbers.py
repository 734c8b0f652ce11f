"""Serial numbers as text: the one normaliser for entry, search, import and the unique index. No I/O.

A number is shown as it was entered (`normalise_number`) and is unique in one form (`number_key`). The key folds what
people and machines vary without meaning to: case, full-width letters, the many hyphens, invisible characters. It never
folds look-alikes (O and 0, S and 5): those are different real units, so they serve `near_misses`, a search, alone.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

from serials.errors import InvalidNumber

LONGEST = 64  # characters as shown
LONGEST_KEY = 128  # some characters unfold into several
LONGEST_RANGE = 1000
MOST_NEAR_MISSES = 2000

# Marks that a keyboard cannot tell apart on a label; NFKC leaves these as they are.
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, zero-width and direction marks, line separators
_LOOK_ALIKES = ("0oq", "1il", "5s", "2z", "8b", "6g", "uv", "vy", "mn")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz-"
_DIGITS = re.compile(r"([0-9]+)")
_SEPARATORS = re.compile(r"[\r\n\t,\v\f\u2028\u2029]+")


def normalise_number(raw: str) -> str:
    """The number as it is shown: without surrounding blanks, control characters and invisible marks.

    Inner blanks, leading zeros, case, `-`, `&`, quotes and markup characters stay as they are.
    """
    if _is_plain(raw):
        return raw.strip()
    composed = unicodedata.normalize("NFC", raw)
    return "".join(letter for letter in composed if unicodedata.category(letter) not in _INVISIBLE).strip()


def number_key(number: str) -> str:
    """The form in which a number is unique for its product, and in which it is searched."""
    if _is_plain(number):
        return number.strip().casefold()
    key = normalise_number(number)
    # Folding case can undo the composing and composing can bring case back, hence twice.
    for _round in range(2):
        key = unicodedata.normalize("NFKC", key.translate(_HYPHENS)).casefold()
    return normalise_number(unicodedata.normalize("NFKC", key))


def _is_plain(text: str) -> bool:
    """Whether nothing in it varies but case, as in nearly all numbers: a list of a thousand is folded many times over."""
    return text.isascii() and text.isprintable()


def valid_number(raw: str) -> str:
    """The number as it is shown, or InvalidNumber when nothing is left of it or it is too long."""
    number = normalise_number(raw)
    key = number_key(number)
    if not key:
        raise InvalidNumber(_("A serial number is missing: scan it or type it."))
    if len(number) > LONGEST or len(key) > LONGEST_KEY:
        raise InvalidNumber(
            _("“%(start)s…” has %(length)d characters; a serial number has at most %(most)d. Two codes in one?")
            % {"start": number[:20], "length": len(number), "most": LONGEST}
        )
    return number


def split_list(text: str) -> list[str]:
    """The numbers of a pasted list, in order, repeats included: one per line, or parted by tabs or commas."""
    numbers = (normalise_number(part) for part in _SEPARATORS.split(text))
    return [number for number in numbers if number]


def expand_range(first: str, last: str, limit: int = LONGEST_RANGE) -> list[str]:
    """Every number from `first` to `last`, counting up the one group of digits in which they differ.

    Raises InvalidNumber, saying why, when they differ in anything else, run backwards, or are more than `limit`.
    """
    first, last = valid_number(first), valid_number(last)
    low, high = _DIGITS.split(first), _DIGITS.split(last)
    differ = [at for at, part in enumerate(low) if at >= len(high) or number_key(part) != number_key(high[at])]
    if len(low) == len(high) and not differ:
        return [first]
    if len(low) != len(high) or len(differ) != 1 or differ[0] % 2 == 0:
        raise InvalidNumber(
            _("%(first)s and %(last)s differ in more than one group of digits, so the numbers between are not known.")
            % {"first": first, "last": last}
        )
    at = differ[0]
    start, end = low[at], high[at]
    if len(start) != len(end) and (start.startswith("0") or end.startswith("0")):
        raise InvalidNumber(
            _("%(first)s and %(last)s have different lengths, so their leading zeros do not fit together.")
            % {"first": first, "last": last}
        )
    count = int(end) - int(start) + 1
    if count < 1:
        raise InvalidNumber(_("%(last)s comes before %(first)s. Swap them.") % {"first": first, "last": last})
    if count > limit:
        raise InvalidNumber(
            _("%(first)s to %(last)s are %(count)d numbers; a range holds at most %(limit)d.")
            % {"first": first, "last": last, "count": count, "limit": limit}
        )
    before, after = "".join(low[:at]), "".join(low[at + 1 :])
    return [f"{before}{number:0{len(start)}d}{after}" for number in range(int(start), int(end) + 1)]


def near_misses(key: str) -> set[str]:
    """Keys that a slip turns into this one; at most MOST_NEAR_MISSES. For suggestions only, never for uniqueness.

    Likeliest first, so that a long key loses the least likely: look-alikes, two neighbours swapped, one character
    too many, one wrong, one missing.
    """
    found: dict[str, None] = {}
    for candidate in _slips(key):
        if candidate and candidate != key:
            found[candidate] = None
            if len(found) == MOST_NEAR_MISSES:
                break
    return set(found)


def _slips(key):
    for at, letter in enumerate(key):
        for group in _LOOK_ALIKES:
            if letter in group:
                yield from (key[:at] + other + key[at + 1 :] for other in group)
    for at in range(len(key) - 1):
        yield key[:at] + key[at + 1] + key[at] + key[at + 2 :]
    for at in range(len(key)):
        yield key[:at] + key[at + 1 :]
    for at in range(len(key)):
        yield from (key[:at] + other + key[at + 1 :] for other in _ALPHABET)
    for at in range(len(key) + 1):
        yield from (key[:at] + other + key[at:] for other in _ALPHABET)
