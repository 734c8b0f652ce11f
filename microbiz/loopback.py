"""The demo answers this machine only, whatever server it runs under."""

from ipaddress import ip_address

from django.http import HttpResponseForbidden


class LoopbackOnlyMiddleware:
    """Refuses every caller from another machine: the demo's passwords are known to everybody."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # A server that listens on a Unix socket gives no address: its callers are on this machine.
        address = request.META.get("REMOTE_ADDR") or "127.0.0.1"
        if not ip_address(address).is_loopback:
            return HttpResponseForbidden("The demo answers on its own machine only.", content_type="text/plain")
        return self.get_response(request)
