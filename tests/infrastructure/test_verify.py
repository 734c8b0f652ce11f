"""manage.py verify: what is wrong is named, and nothing is written."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from microbiz.laws.snapshot import snapshot
from settings_app.models import Store
from tests.factories import ProductFactory, StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


def verify(*arguments):
    out = StringIO()
    try:
        call_command("verify", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


@pytest.mark.by_hand
def test_a_level_without_its_movements_is_named():
    store, product = StoreFactory(), ProductFactory()
    assert verify()[0] == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_stocklevel (product_id, store_id, on_hand, serials, may_go_negative)"
            " VALUES (%s, %s, 3, 0, %s)",
            [product.pk, store.pk, False],
        )

    status, told = verify()

    assert status == 1
    assert (
        f"stock: {product.sku} at {store}: level 3, movements 0; last moved by nothing  {product.get_absolute_url()}"
        in told
    )
    assert verify("--law", "stock")[0] == 1
    assert verify("--law", "whereabouts")[0] == 0


def test_a_snapshot_refuses_to_write_and_leaves_the_connection_as_it_was():
    store = StoreFactory()
    with pytest.raises(DatabaseError), snapshot():
        Store.objects.update(name="Elsewhere")
    assert Store.objects.get().name == store.name
    Store.objects.update(name="Elsewhere")
    assert Store.objects.get().name == "Elsewhere"
