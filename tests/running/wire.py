"""What passes between a browser window and the server."""

from dataclasses import dataclass

from playwright.sync_api import Page


@dataclass
class Exchange:
    """One request and its answer."""

    address: str
    kind: str  # as the browser calls it: Document, Stylesheet, Script, Font, XHR, ...
    size: int = 0  # bytes of the answer as they passed the wire: headers, and the body as it was compressed


class Wire:
    """Listens to a window from now on."""

    def __init__(self, page: Page):
        self._page = page
        self._exchanges: dict[str, Exchange] = {}
        network = page.context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", self._asked)
        network.on("Network.loadingFinished", self._answered)
        network.send("Network.enable")

    def _asked(self, event: dict) -> None:
        self._exchanges[event["requestId"]] = Exchange(event["request"]["url"], event["type"])

    def _answered(self, event: dict) -> None:
        self._exchanges[event["requestId"]].size = int(event["encodedDataLength"])

    def taken(self) -> list[Exchange]:
        """What passed since the last time, in order, once nothing is under way."""
        self._page.wait_for_load_state("networkidle")
        exchanges, self._exchanges = list(self._exchanges.values()), {}
        return exchanges


def size_of(exchanges: list[Exchange], kind: str | None = None) -> int:
    """Bytes that passed, of one kind where it is given."""
    return sum(one.size for one in exchanges if kind in (None, one.kind))
