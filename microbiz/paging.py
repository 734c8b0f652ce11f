"""Pages of lists that grow for ever."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property


class CappedPaginator(Paginator):
    """Counts and shows the first MOST rows alone, so that a page costs the same with a million rows behind it."""

    object_list: QuerySet
    MOST = 10_000

    @cached_property
    def _found(self) -> int:
        return self.object_list.values("pk")[: self.MOST + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._found, self.MOST)

    @cached_property
    def is_capped(self) -> bool:
        """Whether there are more rows than are counted: a search finds them."""
        return self._found > self.MOST
