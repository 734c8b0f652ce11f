"""The system's own Chromium, and the three sizes at which every page must hold."""

import os
import shutil

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
SIZES = {"desk": (1400, 900), "tablet": (1024, 768), "phone": (390, 844)}


def chromium() -> str | None:
    """Its path: CHROMIUM in the environment, or what the system calls it."""
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def viewport(size: str) -> dict:
    width, height = SIZES[size]
    return {"width": width, "height": height}
