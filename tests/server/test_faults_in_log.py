"""A fault of ours is logged whole but for what people are called: the database says it in plain."""

import logging

import pytest
import sqlalchemy as sa

from server import problems
from sync.errors import Refusal
from tests.world import HOME

NAME, PHONE = "Fadma Aït Lahcen", "+212600112233"


def logged(caplog, fault):
    caplog.clear()
    status, body = problems.of_fault(fault, "fr")
    (record,) = caplog.records
    assert (status, record.levelno) == (500, logging.ERROR)
    said = logging.Formatter().format(record)
    assert problems.reference_in(body) in said
    return said


def break_a_row(work):
    values = {"id": b"1" * 16, "name_fr": NAME, "phone": PHONE, "commune_code": HOME}
    work.connection.execute(sa.insert(work.tables.records["person"]).values(values))


def read_a_name_as_a_number(work):
    query = sa.select(sa.cast(sa.literal(NAME), sa.Integer), sa.literal(PHONE))
    if work.connection.dialect.name == "sqlite":
        query = sa.select(sa.func.json_extract(NAME, PHONE))
    work.connection.execute(query)


@pytest.mark.parametrize("command", [break_a_row, read_a_name_as_a_number])
def test_what_the_database_says_of_a_row_is_in_no_log(world, caplog, command):
    with pytest.raises(sa.exc.DBAPIError) as caught:
        world.database.write(command)

    said = logged(caplog, caught.value)

    assert NAME not in said
    assert PHONE not in said
    assert type(caught.value.orig).__name__ in said
    assert "[SQL: " in said
    assert f"in {command.__name__}" in said


def test_what_led_to_a_fault_is_told_from_its_beginning(caplog):
    def look_up():
        return {}["a key"]

    with pytest.raises(RuntimeError) as caught:  # noqa: PT012 - one fault that led to another
        try:
            look_up()
        except KeyError as first:
            raise RuntimeError("then") from first

    said = logged(caplog, caught.value)

    assert (
        said.index("in look_up")
        < said.index("KeyError: 'a key'")
        < said.index("RuntimeError: then")
    )


def test_a_refusal_is_no_fault(caplog):
    class Sorry(Refusal):
        code = "database_busy"

    assert problems.of_fault(Sorry(""), "fr")[0] == 503
    assert caplog.records == []
