"""What tests of imports share: a shop, files, and a whole run in one call."""

from pathlib import Path

import pytest

from inventory.imports.kinds import kind_of
from inventory.imports.models import ImportJob
from inventory.imports.operations import open_import, queue_import
from inventory.imports.run_operations import apply_rows, check_rows
from tests.factories import AdminFactory, ShopSettingsFactory, StoreFactory

MESSY = Path(__file__).parent.parent / "data" / "messy_import"
FULL_SIZE = Path(__file__).resolve().parents[2].parent / "shared" / "data"

# A list of products.
HEAD = "SKU,Name,UPC/EAN,Price,Category,Manufacturer"
LENS = "L-50,Lens 50 mm,4006381333931,1299.00,Cameras > Lenses,Canon"
CAP = "C-1,Cap,,5,,"


@pytest.fixture
def shop(db):
    return ShopSettingsFactory()


@pytest.fixture
def harbor(shop):
    return StoreFactory(code="HBR", name="Harbor")


@pytest.fixture
def boss(shop):
    return AdminFactory()


def messy(name):
    return (MESSY / name).read_bytes()


def text_file(*lines, encoding="utf-8"):
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def dry_run(content, name="list.csv", kind="products", **how) -> ImportJob:
    job = open_import(kind_of(kind), name=name, content=content, staff=None, in_background=False, **how)
    if job.status == ImportJob.Status.CHECKING:
        check_rows(job)
    return job


def take(content, name="list.csv", takes_all=True, **how) -> ImportJob:
    job = queue_import(dry_run(content, name, **how), takes_all=takes_all, in_background=False)
    apply_rows(job)
    return job


def wrong(job) -> dict[int, list[str]]:
    """The titles of what is wrong, by row."""
    return {row.number: [problem["title"] for problem in row.problems] for row in job.rows.filter(verdict="wrong")}
