"""Where the person is working, and whether they still are."""

import time
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from settings_app.models import Staff, Store
from settings_app.sessions import store_of_session

SEEN_AT = "seen_at"  # session keys
IS_LOCKED = "is_locked"


class StaffRequest(HttpRequest):
    """What a view behind the login is given, for the types: its person is one of the staff, at a store."""

    user: Staff  # type: ignore[assignment]  # Django also allows nobody
    store: Store | None
    stores: list[Store]
    htmx: HtmxDetails


class CurrentStoreMiddleware:
    """Sets `request.stores` (where the person may work) and `request.store` (where they do now).

    The store is kept in the session and falls back to the person's first. Its time zone is in force
    for the request: times are stored in UTC and shown as the clock on that store's wall.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.stores = SimpleLazyObject(lambda: _stores(request))
        request.store = _store(request) if request.user.is_authenticated else None
        if request.store is None:
            return self.get_response(request)
        with timezone.override(request.store.time_zone):
            return self.get_response(request)


class IdleLockMiddleware:
    """Locks a till that nobody touched for a while: every page leads to the PIN until somebody enters theirs.

    The session stays, so the store, the register and the sale that waits are still there afterwards.
    """

    OPEN_PATHS = ("/pin/", "/login/", "/logout/", "/healthz", "/static/")
    NOTED_EVERY = 60  # seconds: not every request writes its session

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_authenticated or request.path.startswith(self.OPEN_PATHS):
            return self.get_response(request)
        now = int(time.time())
        seen = request.session.get(SEEN_AT, now)
        if now - seen > settings.MICROBIZ_IDLE_MINUTES * 60:
            request.session[IS_LOCKED] = True
        if request.session.get(IS_LOCKED):
            return _to_page(request, "/pin/")
        if now - seen >= self.NOTED_EVERY or SEEN_AT not in request.session:
            request.session[SEEN_AT] = now
        return self.get_response(request)


class SignInForFragmentsMiddleware:
    """A fragment request whose login has expired sends the whole window to sign in, not a login page into a panel."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if (
            request.headers.get("HX-Request")
            and isinstance(response, HttpResponseRedirectBase)
            and response.url.startswith(settings.LOGIN_URL)
        ):
            return _to_page(request, settings.LOGIN_URL)
        return response


def _to_page(request, path):
    """Send the window there; afterwards it comes back to the page it shows now."""
    if request.headers.get("HX-Request"):
        current = request.htmx.current_url_abs_path
        return HttpResponseClientRedirect(f"{path}?{urlencode({REDIRECT_FIELD_NAME: current or '/'})}")
    back = request.get_full_path() if request.method == "GET" else "/"
    return redirect(f"{path}?{urlencode({REDIRECT_FIELD_NAME: back})}")


def _store(request):
    chosen = request.session.get("store_id")
    if store := store_of_session(request.user, chosen):
        return store
    stores = list(request.stores)
    return next((store for store in stores if store.pk == chosen), stores[0] if stores else None)


def _stores(request):
    return list(request.user.stores_allowed()) if request.user.is_authenticated else []
