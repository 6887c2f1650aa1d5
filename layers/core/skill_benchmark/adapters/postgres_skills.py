"""Skills, the versions of their text, and their training examples."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Json
from pydantic import TypeAdapter, ValidationError

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.adapters.postgres_pages import read_page
from skill_benchmark.domain.checks import Check, Checks
from skill_benchmark.domain.errors import InvalidInput, NotFound
from skill_benchmark.domain.mistakes import mistakes
from skill_benchmark.domain.plan import PlannedCase, TestCase, check_totals

Row = dict[str, Any]

_CHECKS = TypeAdapter[list[Check]](Checks)

_IS_TEST_CASE = (
    "feedback_type = 'training_example' AND status = 'accepted' "
    "AND example_input IS NOT NULL AND expected_output IS NOT NULL"
)

_EXAMPLE = "public_id AS id, skill_id, example_input, expected_output, text_sanitized, checks, created_at"
"""The column `id` counts the rows of all tenants, and nobody is told it."""


_SKILL = (
    "SELECT skills.name, skills.rubric, skills.checks, version.id AS version_id, version.version_number, "
    "version.content, version.content_sha256, skills.created_at, skills.updated_at FROM skills "
    "JOIN skill_versions version ON version.skill_id = skills.id"
)


@dataclass(frozen=True)
class Skill:
    """A skill with one version of its text, as they are stored."""

    skill_id: str
    name: str
    version_id: int
    version_number: int | None
    """None: a run brought this text, and nobody has registered it."""
    content: str
    content_sha256: str
    rubric: str | None
    """None: the service's own."""
    checks: list[dict[str, Any]] | None
    """As JSON."""
    created_at: datetime
    updated_at: datetime
    is_new: bool = False
    """The skill itself, and not only the version, was not there before."""


@dataclass(frozen=True)
class Registration:
    """What a skill is registered with, beside its text."""

    name: str
    rubric: str | None = None
    checks: Sequence[Check] | None = None


def put_skill(cursor: Cursor, skill_id: str, content: str, registration: Registration) -> Skill:
    """Register a skill, or a new version of it; the same text again is the version that is there."""
    inserted = cursor.execute(
        "INSERT INTO skills AS known (id, name, rubric, checks) VALUES (%(id)s, %(name)s, %(rubric)s, %(checks)s) "
        "ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, rubric = excluded.rubric, "
        "checks = excluded.checks, updated_at = now() "
        # A row that this very statement inserted has no transaction that deleted or locked it.
        "RETURNING xmax = 0 AS is_new",
        {
            "id": skill_id,
            "name": registration.name,
            "rubric": registration.rubric,
            "checks": _as_json(registration.checks),
        },
    ).fetchone()
    assert inserted is not None
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    # The upsert holds the skill's row, so that two versions cannot take one number. A trigger gives the number to the
    # version that a run has brought.
    cursor.execute(
        "INSERT INTO skill_versions (skill_id, version_number, content, content_sha256) "
        "SELECT %(id)s, coalesce(max(version_number), 0) + 1, %(content)s, %(sha256)s "
        "FROM skill_versions WHERE skill_id = %(id)s "
        "ON CONFLICT (tenant_id, skill_id, content_sha256) DO NOTHING",
        {"id": skill_id, "content": content, "sha256": sha256},
    )
    cursor.execute(
        "UPDATE skills SET current_version_id = version.id FROM skill_versions version "
        "WHERE skills.id = %(id)s AND version.skill_id = %(id)s AND version.content_sha256 = %(sha256)s",
        {"id": skill_id, "sha256": sha256},
    )
    return replace(current_skill(cursor, skill_id), is_new=inserted["is_new"])


def unregistered_version(cursor: Cursor, skill_id: str, content: str) -> Skill:
    """The version of a skill that has this text; a new text is a version without a number, and is not current.

    A skill that is not there is named by its id.
    """
    cursor.execute("INSERT INTO skills (id, name) VALUES (%(id)s, %(id)s) ON CONFLICT DO NOTHING", {"id": skill_id})
    # Whoever registers the same text at this moment would not see the version that it has to give a number to.
    cursor.execute("SELECT 1 FROM skills WHERE id = %s FOR NO KEY UPDATE", [skill_id])
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    cursor.execute(
        "INSERT INTO skill_versions (skill_id, content, content_sha256) VALUES (%s, %s, %s) "
        "ON CONFLICT (tenant_id, skill_id, content_sha256) DO NOTHING",
        [skill_id, content, sha256],
    )
    row = cursor.execute(
        f"{_SKILL} AND version.content_sha256 = %s WHERE skills.id = %s", [sha256, skill_id]
    ).fetchone()
    assert row is not None
    return Skill(skill_id=skill_id, **row)


def current_skill(cursor: Cursor, skill_id: str) -> Skill:
    """The version of a skill that is current. Raises NotFound, also for a skill that has none."""
    row = cursor.execute(
        f"{_SKILL} AND version.id = skills.current_version_id WHERE skills.id = %s", [skill_id]
    ).fetchone()
    if row is None:
        require_skill(cursor, skill_id)
        raise NotFound(
            f"skill {skill_id!r} has no registered text, only runs that brought their own; "
            f"register one with PUT /v1/skills/{skill_id}, or send `skill_content`"
        )
    return Skill(skill_id=skill_id, **row)


def require_skill(cursor: Cursor, skill_id: str) -> None:
    """Raises NotFound."""
    if cursor.execute("SELECT 1 FROM skills WHERE id = %s", [skill_id]).fetchone() is None:
        raise _unknown(skill_id)


def add_training_example(cursor: Cursor, skill_id: str, case: PlannedCase) -> Row:
    """Add a test case as an accepted training example. Raises NotFound."""
    require_skill(cursor, skill_id)
    row = cursor.execute(
        "INSERT INTO skill_feedback "  # noqa: S608 - a constant of this module
        "(skill_id, feedback_type, status, example_input, expected_output, text_sanitized, checks) "
        "VALUES (%s, 'training_example', 'accepted', %s, %s, %s, %s) "
        f"RETURNING {_EXAMPLE}",
        [skill_id, case.input, case.expected_output, case.text_sanitized, _as_json(case.checks)],
    ).fetchone()
    assert row is not None
    return row


def training_examples(cursor: Cursor, skill_id: str) -> list[TestCase]:
    """The accepted training examples of a skill that have an input and an output, oldest first.

    Raises InvalidInput, before any is read, when they are more than a run can have.
    """
    total = cursor.execute(
        "SELECT count(*) AS cases, coalesce(sum(octet_length(example_input) + octet_length(expected_output) "  # noqa: S608
        "+ coalesce(octet_length(checks::text), 0)), 0)::bigint AS bytes FROM skill_feedback "
        f"WHERE skill_id = %s AND {_IS_TEST_CASE}",
        [skill_id],
    ).fetchone()
    assert total is not None
    check_totals(total["cases"], total["bytes"])
    cursor.execute(
        "SELECT public_id, example_input, expected_output, checks FROM skill_feedback "  # noqa: S608 - a constant of this module
        f"WHERE skill_id = %s AND {_IS_TEST_CASE} ORDER BY created_at, public_id",
        [skill_id],
    )
    return [
        TestCase(
            input=row["example_input"],
            expected_output=row["expected_output"],
            checks=stored_checks(row["checks"], f"training example {row['public_id']}"),
        )
        for row in cursor
    ]


def count_training_examples(cursor: Cursor, skill_id: str) -> int:
    """How many test cases a skill has."""
    row = cursor.execute(
        f"SELECT count(*) AS cases FROM skill_feedback WHERE skill_id = %s AND {_IS_TEST_CASE}",  # noqa: S608 - a constant
        [skill_id],
    ).fetchone()
    assert row is not None
    cases: int = row["cases"]
    return cases


def stored_checks(checks: list[dict[str, Any]] | None, whose: str) -> list[Check] | None:
    """Checks as they were stored, by us or by whoever else writes to these tables. Raises InvalidInput."""
    if checks is None:
        return None
    try:
        return _CHECKS.validate_python(checks)
    except ValidationError as error:
        wrong = mistakes(error)[0]
        where = f"{wrong.place} of {whose}" if wrong.path else whose
        raise InvalidInput("checks", f"{where}: {wrong.message}; store others there") from error


def training_examples_page(
    cursor: Cursor, skill_id: str, *, after: tuple[datetime, UUID] | None, limit: int
) -> tuple[list[Row], bool]:
    """A page of the same, and whether there may be more.

    `after` holds created_at and id of the last row of the page before. Raises NotFound for a skill that is not there.
    """
    require_skill(cursor, skill_id)
    created_at, public_id = after or (None, None)
    return read_page(
        cursor,
        f"SELECT {_EXAMPLE} FROM skill_feedback WHERE skill_id = %(skill)s AND {_IS_TEST_CASE}"  # noqa: S608 - constants
        + (" AND (created_at, public_id) > (%(created_at)s, %(id)s)" if after else ""),
        order="created_at, id",
        long="example_input, expected_output, checks",
        limit=limit,
        values={"skill": skill_id, "created_at": created_at, "id": public_id},
    )


def _as_json(checks: Sequence[Check] | None) -> Json | None:
    return Json([check.model_dump(mode="json") for check in checks]) if checks else None


def _unknown(skill_id: str) -> NotFound:
    return NotFound(f"skill {skill_id!r} does not exist; register it with PUT /v1/skills/{skill_id}")
