"""Files that people send: how large they may be, and how a larger one is refused in words on its field.

The handler (FILE_UPLOAD_HANDLERS) stands before Django's own and keeps from them what is too large, so that it reaches
neither memory nor disk, whichever page it is sent to and whoever sends it. Of such a file its name and size are left:
enough for the field to say so.
"""

from contextlib import suppress
from io import BytesIO

from django import forms
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _

LARGEST_UPLOAD = 25 * 1024**2  # bytes of all files of a request together
MOST_READ_PAST = 200 * 1024**2  # bytes of a refused request that are read, for the browser to wait for its answer


class BoundedUploadHandler(FileUploadHandler):
    """Hands on the files of a request up to LARGEST_UPLOAD, and lets the rest of them pass by."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        """Raises RequestDataTooBig for what would occupy a thread for long; knows most large requests by their head."""
        if content_length > MOST_READ_PAST:
            raise RequestDataTooBig(f"The request has {content_length} bytes.")
        self.left = LARGEST_UPLOAD
        if content_length > LARGEST_UPLOAD + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self.left = 0  # the fields beside the files cannot make up for it

    def receive_data_chunk(self, raw_data, start):
        self.left -= len(raw_data)
        return None if self.left < 0 else raw_data

    def file_complete(self, file_size):
        if self.left >= 0:
            return None  # for the next handler to say
        return UploadedFile(BytesIO(), self.file_name, self.content_type, file_size, self.charset)


class UploadField(forms.FileField):
    """A file of at most LARGEST_UPLOAD bytes."""

    def to_python(self, data):
        file = super().to_python(data)
        if file is not None and file.size > LARGEST_UPLOAD:
            raise forms.ValidationError(too_large(file.size), code="too_large")
        return file


def too_large(size: int) -> str:
    """Why a file of `size` bytes is refused, and what to do."""
    return _("The file has %(size)d MB; up to %(limit)d MB can be read. Split it into several files.") % {
        "size": size // 1024**2 + 1,
        "limit": LARGEST_UPLOAD // 1024**2,
    }


def read_past(request: HttpRequest) -> None:
    """Take in what is left of a refused request: a browser that is still sending would never see the answer."""
    if int(request.META.get("CONTENT_LENGTH") or 0) <= MOST_READ_PAST:
        with suppress(UnreadablePostError):  # it sends no more, and reads nothing either
            while request.read(1024**2):
                pass
