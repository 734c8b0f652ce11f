"""Where the page of a document is that a ledger refers to by model label and id."""

from django.apps import apps
from django.urls import NoReverseMatch


def document_url(document_type: str, document_id: int | None) -> str | None:
    """The address of a document's page, or None where it has none. Asks the database nothing."""
    if not document_type or document_id is None:
        return None
    try:
        model = apps.get_model(document_type)
    except LookupError:  # its app is no longer installed; the document's number still stands in the ledger
        return None
    if not hasattr(model, "get_absolute_url"):
        return None
    try:
        return model(pk=document_id).get_absolute_url()
    except NoReverseMatch:
        return None
