"""What is done to the shop's settings and to people's access."""

from django.db import transaction
from django.db.models import F

from settings_app.models import DocumentCounter


@transaction.atomic
def next_number(prefix: str) -> str:
    """The next document number with this prefix, such as H1-004213.

    Holds the counter until the transaction ends, so numbers have no gaps; take it before other locks.
    """
    if not DocumentCounter.objects.filter(pk=prefix).update(last=F("last") + 1):
        DocumentCounter.objects.bulk_create([DocumentCounter(prefix=prefix)], ignore_conflicts=True)
        DocumentCounter.objects.filter(pk=prefix).update(last=F("last") + 1)
    return str(DocumentCounter.objects.get(pk=prefix))
