"""The test vectors of scanned codes, as a scanner sends them and as they are to be read (tests/data)."""

import json
from pathlib import Path

from inventory.scans import GS

DATA = Path(__file__).parent / "data"


def vectors(path):
    with (DATA / path).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


# Kinds of vectors that test what a till does not do.
LEFT_OUT_KINDS = {
    "data_to_scan": "drawing symbols: what a printer encodes, not what a scanner sends",
    "digital_link_build": "making links: we only read them",
    "linter": "the content of coupons, IBANs, coordinates, patients' data: fields that a till does not use",
}
# Rules between fields that a till does not read (digital signatures, prices, logistics).
LEFT_OUT_RULES = {"validateAIrequisites", "validateDigSigRequiresSerialisedKey"}
LEFT_OUT = {
    "scan_with_symbology_id-007": "an empty symbol is sound GS1 and still nothing that one can sell",
    "scan_with_symbology_id-016": "as before",
    "digital_link_parse-013": "the scheme in mixed case is harmless",
    "digital_link_parse-044": "we take a GTIN without its leading zeros, as the engine does when told to",
    "digital_link_parse-048": "as before",
    "digital_link_parse-052": "as before",
    "digital_link_parse-113": "is valid only when unknown fields are permitted; we refuse them",
}
# Invalid as GS1, and they do not claim to be: plain text, which names no product.
PLAIN = {"bracketed_to_fnc1-017", "bracketed_to_fnc1-019", "fnc1_elementstring-002"}

ENGINE = [
    vector
    for vector in vectors("gs1/gs1_syntax_engine.jsonl")
    if vector["kind"] not in LEFT_OUT_KINDS
    and vector.get("rule") not in LEFT_OUT_RULES
    and vector["id"] not in LEFT_OUT
    and vector["kind"] != "gtin_check_digit"
]
CHECK_DIGITS = [v for v in vectors("gs1/gs1_syntax_engine.jsonl") if v["kind"] == "gtin_check_digit"]


def sent(vector):
    """The vector as a scanner sends it: FNC1 arrives as GS."""
    if vector["kind"] == "fnc1_elementstring":
        return vector["input"].replace("^", GS)
    return vector["input"]


def expected(vector):
    """Product and serial by the engine's own reading, where it gives one."""
    message = vector.get("expect") or ""
    if vector["kind"] == "fnc1_elementstring":
        message = vector["input"]
    gtin = message[3:17] if message.startswith("^01") else None
    # The product's number has a fixed length, so what follows it needs no separator.
    rest = "^" + message[17:].removeprefix("^") if gtin else message
    return gtin, rest.partition("^21")[2].partition("^")[0] or None
