"""Where the person is working."""

from django.utils import timezone
from django.utils.functional import SimpleLazyObject


class CurrentStoreMiddleware:
    """Sets `request.stores` (where the person may work) and `request.store` (where they do now).

    The store is kept in the session and falls back to the person's first. Its time zone is in force
    for the request: times are stored in UTC and shown as the clock on that store's wall.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.stores = SimpleLazyObject(lambda: _stores(request))
        request.store = None
        if request.user.is_authenticated:
            chosen = request.session.get("store_id")
            stores = list(request.stores)
            request.store = next((store for store in stores if store.pk == chosen), stores[0] if stores else None)
        if request.store is None:
            return self.get_response(request)
        with timezone.override(request.store.time_zone):
            return self.get_response(request)


def _stores(request):
    return list(request.user.stores_allowed()) if request.user.is_authenticated else []
