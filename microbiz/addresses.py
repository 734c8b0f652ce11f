"""From where a request comes: through the shop's own proxies, and only from this machine in the demo."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseForbidden


def client_address(request: HttpRequest) -> str:
    """The caller's address, past as many proxies as MICROBIZ_PROXIES says are ours.

    Each proxy appends the address that it saw to X-Forwarded-For. What stands further left was sent by the caller
    and may be invented, so it is never believed.
    """
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if settings.PROXIES and len(seen) >= settings.PROXIES:
        return seen[-settings.PROXIES]
    # A server that listens on a Unix socket gives no address: its callers are on this machine.
    return request.META.get("REMOTE_ADDR") or "127.0.0.1"


class LoopbackOnlyMiddleware:
    """Refuses every caller from another machine: the demo's passwords are known to everybody."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not ip_address(client_address(request)).is_loopback:
            return HttpResponseForbidden("The demo answers on its own machine only.", content_type="text/plain")
        return self.get_response(request)
