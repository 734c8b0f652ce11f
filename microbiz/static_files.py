"""How static files are named in production."""

from typing import ClassVar

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Each by a name with its content's hash, kept by browsers for good; our JavaScript modules import each other by it.

    A module that a page asks for by one name and another module by the other would run twice.
    """

    patterns: ClassVar = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((r"""(?P<matched>"(?P<url>\./\w+\.js)";)""", '"%(url)s";'),)),
    )
