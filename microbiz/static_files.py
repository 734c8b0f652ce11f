"""How static files are named in production, and what of them is sent."""

import re
from typing import ClassVar

from django.core.files import File
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Only what is a comment wherever it stands: a whole line in JavaScript, anything in CSS (none of whose strings has /*).
COMMENTS = {
    "css/": re.compile(rb"/\*.*?\*/", re.DOTALL),
    "js/": re.compile(rb"^[ \t]*(//.*|/\*\*.*\*/)$", re.MULTILINE),
}


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Each by a name with its content's hash, kept by browsers for good; our JavaScript modules import each other by it.

    A module that a page asks for by one name and another module by the other would run twice. Comments of our own files
    are left out: they would be a seventh of what passes the wire. JavaScript keeps its lines, so that an error's line is
    the source's.
    """

    patterns: ClassVar = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((r"""(?P<matched>"(?P<url>\./\w+\.js)";)""", '"%(url)s";'),)),
    )

    def _save(self, name: str, content: File) -> str:
        for folder, comments in COMMENTS.items():
            if name.startswith(folder):
                content = ContentFile(comments.sub(b"", b"".join(content.chunks())))
        return super()._save(name, content)
