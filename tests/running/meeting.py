"""Two people who are served by different processes, made to meet where a lock should keep them apart.

What the processes do there stands in the database, where a test says it: `a_meeting`, `nets_taken_out`.
"""

import time
from contextlib import contextmanager
from importlib import import_module

from django.db import connection

# Where two may meet, before the function does its work or after it: by the name under which a test asks for it.
PLACES = {
    "taking": [
        ("serials.operations.attaching", "_put_on", "before"),
        ("serials.late_operations", "take_back_last", "before"),
    ],
    "making": [("serials.operations.attaching", "create", "before")],
    "paying": [("register.operations.completion", "lock_sale_in_shift", "after")],
    "counting": [("inventory.operations", "lock_levels", "after")],
}
# What refuses the second where no lock did: constraints of tables, and how far a history went when it was read. (After
# these, that no more serials are on record than units: without the constraints nobody counts that either.)
HOLD, RETURNED = "serials_serialhold_pkey", "register_salelineserial_returned_link_id_key"
NEXT, NUMBER = "serial_event_one_next", "serial_number_once_per_product"
NETS = {
    HOLD: "serials_serialhold",
    RETURNED: "register_salelineserial",
    NEXT: "serials_serialevent",
    NUMBER: "serials_serial",
}
AS_READ = "were moved since they were read"
IS_WAITED_FOR = "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
HOME = 1_000_000_000  # far more than ever come


@contextmanager
def a_meeting(place: str):
    """Inside, two who come to this place go on together. Yields what the request of each is to be wrapped in.

    Nobody waits for somebody who is done already, or who waits for a lock. A place by which nobody comes any more, like
    a function that was replaced, is an AssertionError: two who never meet prove nothing.
    """
    sequence = f"race_{place}"  # counts who came, also in transactions that are still open

    def to_the_end(take):
        def taken():
            try:
                return take()
            finally:
                execute(f"SELECT setval('{sequence}', last_value + {HOME}) FROM {sequence}")

        return taken

    execute(f"CREATE SEQUENCE {sequence} MINVALUE 0")
    execute(f"SELECT nextval('{sequence}')")  # 0: nobody came yet
    try:
        yield to_the_end
        [came] = execute(f"SELECT last_value %% {HOME} FROM {sequence}")
        assert came, f"nobody came by {PLACES[place]}"
    finally:
        execute(f"DROP SEQUENCE {sequence}")


@contextmanager
def nets_taken_out():
    """Inside, nothing below the locks keeps two apart. What they wrote has to be gone before it ends."""
    definitions = {}
    for net, table in NETS.items():
        [definitions[net]] = execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [net])
        execute(f"ALTER TABLE {table} DROP CONSTRAINT {net}")
    try:
        yield
    finally:
        for net, table in NETS.items():
            execute(f"ALTER TABLE {table} ADD CONSTRAINT {net} {definitions[net]}")


class Meeting:
    """Makes the places where they meet, as a middleware that asks nothing of a request: by then the apps are loaded."""

    def __init__(self, get_response):
        from serials import late_operations
        from serials.operations import moving

        self.get_response = get_response
        for place, functions in PLACES.items():
            for module, name, when in functions:
                make_place(place, import_module(module), name, when)
        condition, require_room = moving.Q, late_operations._Room.require

        def as_read(sequence, **rest):
            return condition(sequence=sequence, **rest) if is_there(HOLD) else condition(**rest)

        def required(room):
            if is_there(HOLD):
                require_room(room)

        moving.Q, late_operations._Room.require = as_read, required

    def __call__(self, request):
        return self.get_response(request)


def make_place(place: str, module, name: str, when: str) -> None:
    function = getattr(module, name)

    def met(*args, **kwargs):
        if when == "before":
            wait_for_the_other(place)
        result = function(*args, **kwargs)
        if when == "after":
            wait_for_the_other(place)
        return result

    setattr(module, name, met)


def wait_for_the_other(place: str) -> None:
    """Return once two have come, this one included, or nobody comes any more; after half a minute alone as well."""
    sequence = f"race_{place}"
    if not is_there(sequence):
        return
    ends = time.monotonic() + 30
    [came] = execute(f"SELECT nextval('{sequence}')")
    both = min(came + came % 2, HOME)
    while time.monotonic() < ends:
        [go_on] = execute(f"SELECT last_value >= %s OR {IS_WAITED_FOR} FROM {sequence}", [both])
        if go_on:
            return
        time.sleep(0.01)  # nobody is told when a sequence moves: it is asked again


def is_there(name: str) -> bool:
    """Whether the database has a table, an index or a sequence of this name."""
    [found] = execute("SELECT to_regclass(%s) IS NOT NULL", [name])
    return found


def execute(statement: str, values=()) -> tuple:
    """The first row that the database answers with, if any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone() if cursor.description else ()
