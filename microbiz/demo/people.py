"""Who works in the demo shop, and as whom to sign in."""

from dataclasses import dataclass

PASSWORD = "demo"  # noqa: S105 (on purpose known to everybody; demo mode answers on its own machine only)


@dataclass(frozen=True)
class Person:
    username: str
    first_name: str
    last_name: str
    role: str  # the name of its group, as in microbiz.roles
    pin: str
    stores: tuple[str, ...]  # codes


EVERYWHERE = ("EMAD", "WMAD", "JANE", "LACR")

PEOPLE = (
    Person("admin", "Ada", "Lindqvist", "Admin", "4711", EVERYWHERE),
    Person("manager", "Marcus", "Oyelaran", "Manager", "2580", EVERYWHERE),
    Person("backoffice", "Bea", "Novak", "Back Office", "3690", ("EMAD", "WMAD")),
    Person("cashier", "Carlos", "Meyer", "Senior Cashier", "1470", ("EMAD", "WMAD")),
    Person("junior", "June", "Park", "Junior Cashier", "1230", ("EMAD",)),
)


def table() -> str:
    """The logins as `make run` prints them."""
    lines = ["  Sign in as    password   PIN    role"]
    lines += [f"  {one.username:<13} {PASSWORD:<10} {one.pin:<6} {one.role}" for one in PEOPLE]
    return "\n".join(lines) + "\n"
