import pytest
from biip.checksums import gs1_standard_check_digit
from hypothesis import given
from hypothesis import strategies as st

from inventory.scans import GS, barcode_key, gtin_problem, read_scan
from serials.numbers import normalise_number, number_key
from tests.gs1 import CHECK_DIGITS, ENGINE, PLAIN, expected, sent, vectors


@pytest.mark.parametrize("vector", [v for v in ENGINE if v["valid"]], ids=lambda v: v["id"])
def test_every_sound_gs1_vector_is_read(vector):
    scan = read_scan(sent(vector))
    gtin, serial = expected(vector)
    assert scan.problem is None
    if gtin:
        assert scan.gtin14 == gtin
    if serial:
        assert scan.serial == serial


@pytest.mark.parametrize(
    "vector", [v for v in ENGINE if not v["valid"] and v["id"] not in PLAIN], ids=lambda v: v["id"]
)
def test_every_unsound_gs1_vector_is_refused_with_a_reason(vector):
    scan = read_scan(sent(vector))
    assert scan.problem
    assert (scan.gtin14, scan.gtins, scan.serial) == (None, (), None)


@pytest.mark.parametrize("vector", [v for v in ENGINE if v["id"] in PLAIN], ids=lambda v: v["id"])
def test_what_does_not_claim_to_be_gs1_is_plain_text(vector):
    scan = read_scan(vector["input"])
    assert (scan.text, scan.gtins, scan.serial, scan.problem) == (vector["input"], (), None, None)


@pytest.mark.parametrize("vector", CHECK_DIGITS, ids=lambda v: v["id"])
def test_a_gtin_is_one_only_with_its_check_digit(vector):
    assert bool(read_scan(vector["input"]).gtins) == vector["valid"]
    assert (gtin_problem(vector["input"]) is None) == vector["valid"]


def test_enough_vectors_are_left_to_mean_something():
    assert len([v for v in ENGINE if v["valid"]]) > 70
    assert len([v for v in ENGINE if not v["valid"]]) > 60


@pytest.mark.parametrize("vector", vectors("gs1/biip_parse.jsonl"), ids=lambda v: v["id"])
def test_products_are_read_as_the_library_reads_them(vector):
    code, found = vector["input"], vector.get("result") or {}
    scan = read_scan(code)
    digits = code.strip()
    if digits.isascii() and digits.isdigit() and len(digits) in (8, 12, 13, 14) and found.get("gtin"):
        assert found["gtin"]["value"].zfill(14) in scan.gtins
        assert scan.serial is None  # never GS1, though biip finds element strings in many a plain EAN


@pytest.mark.parametrize(
    "code",
    [
        "(01)09521234543213(21)ABC123",
        "010952123454321321ABC123",
        f"{GS}010952123454321321ABC123",
        "]C1010952123454321321ABC123",
        "]d2010952123454321321ABC123",
        f"]Q30109521234543213{GS}21ABC123{GS}10LOT7",
        "]d201095212345432131726123110LOT|21ABC123",
        "https://example.com/01/09521234543213/21/ABC123",
        "https://id.gs1.org/gtin/9521234543213/ser/ABC123?17=261231",
        "\x02]C1010952123454321321ABC123\x03\r\n",
    ],
)
def test_one_gs1_scan_gives_product_and_serial(code):
    scan = read_scan(code)
    assert (scan.gtin14, scan.serial, scan.problem) == ("09521234543213", "ABC123", None)


@pytest.mark.parametrize(
    "code", ["036000291452", "0036000291452", "00036000291452", "]E00036000291452", "  036000291452\t"]
)
def test_upc_ean_and_gtin_14_are_one_product(code):
    assert read_scan(code).gtin14 == "00036000291452"
    assert barcode_key(code) == "00036000291452"


def test_a_plain_ean_is_never_read_as_gs1():
    scan = read_scan("2188060112340")  # (21)88060112340 to a careless reader
    assert (scan.gtin14, scan.serial) == ("02188060112340", None)


def test_eight_digits_that_may_be_either_ask_the_catalogue():
    scan = read_scan("12345670")
    assert scan.gtin14 is None
    assert scan.gtins == ("00000012345670", "00123456000070")


def test_eight_digits_known_as_ean_8_are_not_asked_about():
    assert read_scan("]E412345670").gtin14 == "00000012345670"


def test_a_upc_e_is_its_upc_a():
    assert barcode_key("04252614") == barcode_key("042100005264")


@pytest.mark.parametrize(
    "code", ["]C10109521234543214", "(01)09521234543214(21)A", f"{GS}0109521234543214", "]E05901234123458"]
)
def test_a_wrong_check_digit_is_refused_and_said(code):
    assert "check digit" in read_scan(code).problem


def test_a_code_without_marks_that_does_not_fit_gs1_is_plain_text():
    scan = read_scan("010952123454321421ABC123")  # its check digit is wrong: a serial may look like this
    assert (scan.text, scan.gtins, scan.serial, scan.problem) == ("010952123454321421ABC123", (), None, None)


def test_a_web_address_without_a_product_says_what_to_do():
    assert "Scan the barcode" in read_scan("https://example.com/support").problem


@pytest.mark.parametrize("serial", ["S1F0CSW8", "SC02WL123HX87", "1P2668KHU", "WD-WCAV5A957134", "A&B'\"<i>", "(R)12"])
def test_a_serial_is_never_cut_or_explained_away(serial):
    scan = read_scan(f"{serial}\r")
    assert (scan.text, scan.gtins, scan.serial, scan.problem) == (serial, (), None, None)


def test_the_aim_identifier_is_not_part_of_the_code():
    scan = read_scan("]A0SABC123")
    assert (scan.text, scan.symbology) == ("SABC123", "]A0")


def test_an_empty_scan_says_so():
    assert read_scan(" \r\n").problem


@pytest.mark.parametrize("text", ["1.23457E+12", "9.78E+12", "4,90154E+14", "123457E7"])
def test_a_gtin_damaged_by_a_spreadsheet_is_known_as_such(text):
    assert "spreadsheet" in gtin_problem(text)


@pytest.mark.parametrize("text", ["SHELF-12", "12345", "036000291452", "04252614"])
def test_own_codes_and_sound_gtins_have_no_problem(text):
    assert gtin_problem(text) is None


def test_a_wrong_check_digit_names_the_right_one():
    assert "end in 2" in gtin_problem("036000291453")


@given(st.text(max_size=120))
def test_no_code_at_all_breaks_the_reader(raw):
    scan = read_scan(raw)
    assert scan.problem is None or (scan.gtins == () and scan.serial is None)
    assert not any(ord(letter) < 32 for letter in scan.text)
    barcode_key(raw)


@given(st.from_regex(r"\A(?:\]C1|\]Q3|\x1d|\(01\)|https://a/01/)[0-9A-Za-z()/?=\x1d]{0,60}\Z"))
def test_no_claimed_gs1_breaks_the_reader(raw):
    read_scan(raw)


@given(st.text("0123456789", min_size=11, max_size=11))
def test_padding_does_not_make_another_barcode(payload):
    upc = payload + str(gs1_standard_check_digit(payload))
    assert barcode_key(upc) == barcode_key(f"0{upc}") == barcode_key(f"00{upc}") == f"00{upc}"


# What the vectors of serial numbers say of reading and normalising; formats by maker are no rule of ours.
SERIALS = vectors("serials/serial_test_vectors.jsonl")
READ_AS_SENT = {
    "imei": "grouping, length and check digit of a phone are not judged: the number stays as the label says",
    "dell": "an Express Service Code is another name, not the same text",
    "hdd": "WD- may or may not be printed; near misses and search find the other form",
    "mac": "colons stay",
    "lenovo": "two serials in one barcode cannot be told apart from one long one",
    "bikeindex_fold": "folding look-alikes merges different units",
    "placeholder": "CPSC or 123456 may be a real number in a shop; nothing is forbidden by its look",
}


@pytest.mark.parametrize("vector", [v for v in SERIALS if v["kind"] in READ_AS_SENT], ids=lambda v: v["id"])
def test_numbers_of_every_maker_are_kept_as_they_are(vector):
    assert normalise_number(vector["input"]) == vector["input"].strip()


PLAIN_SERIALS = [v for v in SERIALS if v["status"] == "valid" and v["input"] == v["canonical"]]


@pytest.mark.parametrize("vector", PLAIN_SERIALS, ids=lambda v: v["id"])
def test_a_plain_serial_is_read_as_itself(vector):
    scan = read_scan(vector["input"])
    assert (scan.text, scan.serial, scan.problem) == (vector["canonical"], None, None)


@pytest.mark.parametrize("number", ["sn-012", "sn-050", "sn-052"])
def test_scanner_and_paste_damage_is_repaired(number):
    vector = next(v for v in SERIALS if v["id"] == number)
    assert number_key(vector["input"]) == number_key(vector["canonical"])


@pytest.mark.parametrize("number", ["sn-037", "sn-040", "sn-042", "sn-043"])
def test_a_serial_inside_a_gs1_or_box_label_code_is_taken_out(number):
    vector = next(v for v in SERIALS if v["id"] == number)
    assert read_scan(vector["input"]).serial == vector["canonical"]


@pytest.mark.parametrize("number", ["sn-033", "sn-034", "sn-035"])
def test_a_data_identifier_outside_its_envelope_may_be_part_of_the_serial(number):
    vector = next(v for v in SERIALS if v["id"] == number)
    assert read_scan(vector["input"]).text == vector["input"]
