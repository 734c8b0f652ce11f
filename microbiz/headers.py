"""What every answer tells the browser, beyond what Django's own settings say."""

# A till reads its scanner as a keyboard: it needs neither camera nor any other device of the browser's.
PERMISSIONS = ", ".join(f"{name}=()" for name in ("camera", "microphone", "geolocation", "payment", "usb", "serial"))


class PermissionsPolicyMiddleware:
    """No script of ours, or that somebody smuggled in, is given a camera, a place or a device."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
