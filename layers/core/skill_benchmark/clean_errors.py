"""Errors of libraries, without the values that they quote: what somebody sent is in no log, no state and no console.

pydantic prints the input that it refused, PostgreSQL the row that broke a constraint, Python what is no number.
"""

import traceback
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

_OURS = ("functions", "local", "migrations", "skill_benchmark")
_NAMED_AT_MOST = 5


def described(error: BaseException) -> str:
    """What went wrong, in words that are ours or the name of a rule, and where it did."""
    if isinstance(error, ValidationError):
        return f"{error.title}: {', '.join(_refused(error))}"
    if _says_no_value(error):
        return str(error)
    if sqlstate := getattr(error, "sqlstate", None):
        diagnosis = getattr(error, "diag", None)
        names = (getattr(diagnosis, f"{kind}_name", None) for kind in ("constraint", "table", "column"))
        return " ".join(["SQLSTATE", sqlstate, *filter(None, names)])
    frames = traceback.extract_tb(error.__traceback__)
    return f"raised at {frames[-1].filename}:{frames[-1].lineno}" if frames else "raised elsewhere"


def without_values(error: Exception) -> Exception:
    """The error as it may leave a function: itself where its message holds no value, or one of the same name."""
    return error if described(error) == str(error) else _named_as(error)


def loggable(error: BaseException) -> BaseException:
    """A copy of an error and of what led to it, each as `described`, with their tracebacks."""
    copy = _named_as(error)
    copy.__traceback__ = error.__traceback__
    if error.__cause__:
        copy.__cause__ = loggable(error.__cause__)
    elif error.__context__ and not error.__suppress_context__:
        copy.__context__ = loggable(error.__context__)
    return copy


def _named_as(error: BaseException) -> Exception:
    kind = type(error)
    copy: Exception = type(kind.__name__, (Exception,), {"__module__": kind.__module__})(described(error))
    return copy


def _says_no_value(error: BaseException) -> bool:
    """Errors of our own, of AWS (operations and codes), of a connection to the database (hosts and users)."""
    kind = type(error)
    return (
        kind.__module__.partition(".")[0] in _OURS
        or isinstance(error, ClientError | BotoCoreError)
        or (kind.__module__.startswith("psycopg") and not getattr(error, "sqlstate", None))
    )


def _refused(error: ValidationError) -> Iterator[str]:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    for part in found[:_NAMED_AT_MOST]:
        # A name in it may be one that the sender chose.
        where = ".".join(str(name) if isinstance(name, int) or name.isidentifier() else "…" for name in part["loc"])
        yield f"{where or 'the whole'}: {part['type']}"
