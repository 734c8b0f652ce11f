"""Pages of lists that grow for ever."""

from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Paginator
from django.db.models import IntegerField, QuerySet, Subquery
from django.utils.functional import cached_property

MOST = 10_000  # that are counted


class CappedPaginator(Paginator):
    """Counts and shows the first MOST rows alone, so that a page costs the same with a million rows behind it.

    Rows that are hard to count may be told as all those of another query, `out_of`, but for so many.
    """

    object_list: QuerySet

    def __init__(self, rows: QuerySet, per_page: int, *, out_of: QuerySet | None = None, but: int = 0):
        super().__init__(rows, per_page)
        self._counted, self._but = rows if out_of is None else out_of, but

    @cached_property
    def _found(self) -> int:
        counted = self._counted.order_by().values("pk")[: MOST + 1 + self._but].count()
        return max(counted - self._but, 0)  # some may be gone by now

    @cached_property
    def count(self) -> int:
        return min(self._found, MOST)

    @cached_property
    def is_capped(self) -> bool:
        """Whether there are more rows than are counted: a search finds them."""
        return self._found > MOST


class CountToMost(Subquery):
    """How many rows there are of a query, which may refer to the outer one: at most MOST and one more are counted."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet):
        super().__init__(rows.order_by().values("pk")[: MOST + 1])


def count_in_words(count: int) -> str:
    """A count by `CountToMost`: 12, or 10,000+."""
    return f"{intcomma(MOST)}+" if count > MOST else intcomma(count)
