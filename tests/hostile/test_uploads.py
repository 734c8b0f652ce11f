"""More than a shop's file ever has, sent to everything that takes one: refused in words before it is taken in."""

import http.client
import re
from pathlib import Path

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inventory.imports.kinds import all_kinds
from microbiz import uploads
from receiving.operations import start_shipment
from tests import factories
from tests.running.server import ROOT, running, url_of_test_database
from tests.running.till import TOKEN_OF_FORM, Person

HUNDRED_MB = 100 * 1024**2
PIECE = b"SKU,Serial\r\n" * 20_000
BOUNDARY = "piece"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"{{}}\r\n\r\n'
NAMED = '; filename="list.csv"\r\nContent-Type: text/csv'


@pytest.fixture
def vendor(db):
    factories.ShopSettingsFactory()
    return factories.VendorFactory()


@pytest.fixture
def boss(vendor):
    return factories.AdminFactory(stores=[factories.StoreFactory()])


def addresses_that_take_a_file(vendor, boss):
    shipment = start_shipment(vendor, boss.stores.get(), staff=boss)
    return [
        reverse("receiving:file", args=[shipment.pk]),
        *(reverse("imports:new", args=[kind]) for kind in all_kinds()),
    ]


def source(pattern):
    folders = [
        path for path in ROOT.iterdir() if path.is_dir() and path.name not in (".venv", "tests", "build", "data")
    ]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".html")]
    return {str(path.relative_to(ROOT)) for path in files if re.search(pattern, path.read_text())}


@pytest.mark.once
def test_every_file_comes_through_the_one_field():
    """Whoever adds another upload adds it to `addresses_that_take_a_file`."""
    assert source(r"\b(FileField|ImageField)\b") == {"microbiz/uploads.py"}
    assert source(r"enctype=.multipart") == {"templates/imports/new.html", "templates/receiving/_file.html"}


# --- In small --------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_UPLOAD", 1000)


@pytest.mark.once
def test_a_file_that_is_too_large_is_refused_on_its_field(client, vendor, boss, small):
    client.force_login(boss)
    for address in addresses_that_take_a_file(vendor, boss):
        file = SimpleUploadedFile("list.csv", b"x" * 1001, "text/csv")
        answer = client.post(address, {"file": file})
        assert answer.status_code == 422, address
        page = answer.content.decode()
        assert 'id="id_file_error"' in page and "Split it into several files" in page, address


@pytest.mark.once
def test_nothing_beyond_the_limit_reaches_memory_or_disk(rf, small, settings):
    """The files of a request are counted together; what fits is kept whole."""
    request = rf.post("/", {"one": _file("one", 600), "two": _file("two", 600), "three": _file("three", 0)})
    one, two = request.FILES["one"], request.FILES["two"]
    assert (one.size, len(one.read())) == (600, 600)
    assert (two.size, two.read()) == (600, b"")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100  # then the head alone says that it is too much
    assert rf.post("/", {"one": _file("one", 1500)}).FILES["one"].read() == b""


def _file(name, size):
    return SimpleUploadedFile(f"{name}.csv", b"x" * size, "text/csv")


@pytest.mark.once
def test_what_would_occupy_a_thread_for_long_is_not_read_at_all(client, boss, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_READ_PAST", 1000)
    answer = client.post("/login/", {"file": _file("list", 2000)})
    assert answer.status_code == 413
    assert "too much at once" in answer.content.decode()


# --- On the running server ---------------------------------------------------------------------------------------------


def send(server, address, part, cookies, token):
    """POST 100 MB as one part of a form; its answer."""
    head, foot = HEAD.format(part).encode(), f"\r\n--{BOUNDARY}--\r\n".encode()
    count = HUNDRED_MB // len(PIECE) + 1
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.putrequest("POST", address)
    for name, value in {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(head) + count * len(PIECE) + len(foot)),
        "Cookie": "; ".join(f"{cookie}={value}" for cookie, value in cookies.items()),
        "X-CSRFToken": token,
    }.items():
        connection.putheader(name, value)
    connection.endheaders(head)
    for _ in range(count):
        connection.send(PIECE)
    connection.send(foot)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def workers(server):
    """The worker processes, each with the most memory that it ever had, in bytes."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    peak = re.compile(r"VmHWM:\s+(\d+) kB")
    return {pid: 1024 * int(peak.search(Path(f"/proc/{pid}/status").read_text())[1]) for pid in children}


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_hundred_megabytes_are_refused_in_words_and_take_no_memory(vendor, boss, tmp_path):
    """As a file by somebody at its page, and as a field by nobody at the door."""
    with running(url_of_test_database(), tmp_path, workers=1) as server:
        person = Person(server.url, boss.username)
        door = requests.get(f"{server.url}/login/", timeout=60)
        takes_file, *_others = addresses_that_take_a_file(vendor, boss)
        before = workers(server)
        status, page = send(server, takes_file, NAMED, person.session.cookies, person.token)
        assert (status, "The file has 101 MB; up to 25 MB can be read" in page) == (422, True)
        status, page = send(server, "/login/", "", door.cookies, TOKEN_OF_FORM.search(door.text)[1])
        assert (status, "That was too much at once" in page) == (413, True)
        after = workers(server)
        assert before.keys() == after.keys()
        assert max(after.values()) - max(before.values()) < HUNDRED_MB / 4
        assert person.get("/products/").status_code == 200
