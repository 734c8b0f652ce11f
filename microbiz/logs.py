"""Log lines without secrets: no PIN, card, password or customer data leaves the process."""

PRIVATE_WORDS = {
    *("password", "pin", "secret", "token", "cookie", "session", "authorization"),
    *("card", "customer", "email", "phone"),
}
HIDDEN = "(hidden)"


def hide_private_values(logger, method_name, event_dict):
    """Blank every value whose key names something private, and what people typed into an address."""
    for key, value in event_dict.items():
        if key in ("request", "path") and isinstance(value, str):
            event_dict[key] = value.split("?", 1)[0]
        elif PRIVATE_WORDS & set(key.lower().split("_")):
            event_dict[key] = HIDDEN
    return event_dict
