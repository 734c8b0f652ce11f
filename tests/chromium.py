"""The system's own Chromium, and the three sizes at which every page must hold."""

import os
import shutil

# Drawing by a process of its own takes a sixth of the browser's time and shows nothing else.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
SIZES = {"desk": (1400, 900), "tablet": (1024, 768), "phone": (390, 844)}


def chromium() -> str | None:
    """Its path: CHROMIUM in the environment, or what the system calls it; without windows where there is a choice."""
    names = [os.environ.get("CHROMIUM"), "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def viewport(size: str) -> dict:
    width, height = SIZES[size]
    return {"width": width, "height": height}
