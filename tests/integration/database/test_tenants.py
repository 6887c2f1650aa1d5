"""Row level security and the privileges of the runtime role, as that role meets them."""

import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, UniqueViolation

from skill_benchmark.adapters.postgres import Connection, Cursor, tenant_transaction
from skill_benchmark.adapters.result_rows import (
    RESULT_COLUMNS,
    RESULT_FIXED,
    RESULT_KEY,
    VERDICT_COLUMNS,
    VERDICT_FIXED,
    VERDICT_KEY,
)
from tests.integration.database.conftest import RUNTIME, Connector
from tests.integration.database.rows import ROWS, insert, seed, valid_rows

THEIRS = valid_rows("_globex", first_id=2_000_001)


@pytest.fixture
def two_tenants(runtime: Connection) -> Connection:
    """The runtime role's connection to a database in which `acme` and `globex` have a row in every table."""
    for tenant_id, rows in (("acme", ROWS), ("globex", THEIRS)):
        with tenant_transaction(runtime, tenant_id) as cursor:
            seed(cursor, rows)
    return runtime


def skills(cursor: Cursor) -> list[str]:
    return [row["id"] for row in cursor.execute("SELECT id FROM skills ORDER BY id").fetchall()]


def fail_having_seen(cursor: Cursor, expected: list[str]) -> None:
    assert skills(cursor) == expected
    raise ZeroDivisionError


def visible(cursor: Cursor, table: str) -> tuple[str, ...]:
    """The tenants of which rows are seen."""
    query = sql.SQL("SELECT DISTINCT tenant_id FROM {}").format(sql.Identifier(table))
    return tuple(row["tenant_id"] for row in cursor.execute(query).fetchall())


def test_a_tenant_sees_its_own_rows_and_no_others(two_tenants: Connection) -> None:
    for tenant_id in ("acme", "globex", "acme"):
        with tenant_transaction(two_tenants, tenant_id) as cursor:
            assert {(table, visible(cursor, table)) for table in ROWS} == {(table, (tenant_id,)) for table in ROWS}


def test_without_a_tenant_there_is_no_row(connected: Connector, two_tenants: Connection) -> None:
    # In a session that had a tenant before, the setting is an empty string and not absent.
    for cursor in (connected(RUNTIME).cursor(), two_tenants.cursor()):
        assert {(table, visible(cursor, table)) for table in ROWS} == {(table, ()) for table in ROWS}


def test_without_a_tenant_nothing_can_be_written(runtime: Connection) -> None:
    for tenant in ({}, {"tenant_id": "acme"}, {"tenant_id": ""}):
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            insert(runtime.cursor(), "skills", **ROWS["skills"], **tenant)


def test_a_row_cannot_be_written_for_another_tenant(two_tenants: Connection) -> None:
    for table in ROWS.keys() - {"token_measurement_daily"}:
        with (
            pytest.raises(InsufficientPrivilege, match=f'row-level security policy for table "{table}"'),
            tenant_transaction(two_tenants, "acme") as cursor,
        ):
            insert(cursor, table, **THEIRS[table], tenant_id="globex")


def test_a_row_of_another_tenant_cannot_be_changed(two_tenants: Connection) -> None:
    with tenant_transaction(two_tenants, "acme") as cursor:
        assert cursor.execute("UPDATE skills SET name = 'Taken'").rowcount == 1
        cursor.execute(
            "UPDATE benchmark_runs SET execution_arn = 'taken' WHERE id = %s", [THEIRS["benchmark_runs"]["id"]]
        )
        assert cursor.rowcount == 0
    with tenant_transaction(two_tenants, "globex") as cursor:
        assert cursor.execute("SELECT name FROM skills").fetchall() == [{"name": "Greeting"}]


def test_a_row_cannot_be_given_to_another_tenant(two_tenants: Connection) -> None:
    with pytest.raises(InsufficientPrivilege), tenant_transaction(two_tenants, "acme") as cursor:
        cursor.execute("UPDATE skills SET tenant_id = 'globex'")


def test_after_an_error_the_next_tenant_still_sees_only_its_own(two_tenants: Connection) -> None:
    for tenant_id, own in (("acme", "greeting"), ("globex", "greeting_globex")):
        with pytest.raises(UniqueViolation), tenant_transaction(two_tenants, tenant_id) as cursor:
            insert(cursor, "skills", id=own, name="again")
        assert skills(two_tenants.cursor()) == []
        with pytest.raises(ZeroDivisionError), tenant_transaction(two_tenants, tenant_id) as cursor:
            fail_having_seen(cursor, [own])
    with tenant_transaction(two_tenants, "acme") as cursor:
        assert skills(cursor) == ["greeting"]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE skills DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE skills NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant_isolation ON skills",
        "CREATE POLICY all_rows ON skills USING (true)",
        f"ALTER ROLE {RUNTIME} BYPASSRLS",
        f"ALTER TABLE skills OWNER TO {RUNTIME}",
        "SET ROLE skill_benchmark_owner",
        "SET SESSION AUTHORIZATION postgres",
        "CALL isolate_tenants('skills')",
        "CREATE TABLE public.mine ()",
        "CREATE OR REPLACE FUNCTION current_tenant_id() RETURNS text LANGUAGE sql RETURN 'globex'",
        "SELECT * FROM skill_benchmark_migrations",
        "TRUNCATE token_measurements",
        "UPDATE token_measurement_daily SET measurements = 1",
        "UPDATE benchmark_results SET input_used = 'other'",
        "UPDATE benchmark_runs SET plan_sha256 = repeat('0', 64)",
        "DELETE FROM benchmark_runs",
        "DELETE FROM run_admissions",
        # The runtime role may make temporary tables, but attach none of our triggers to them.
        (
            "CREATE TEMPORARY TABLE fake (tenant_id text, id text, status text);"
            "CREATE TRIGGER fake AFTER INSERT ON fake FOR EACH ROW EXECUTE FUNCTION keep_run_admission()"
        ),
        "SET row_security TO off; SELECT * FROM skills",
    ],
)
def test_the_runtime_role_cannot_get_around_the_rules(two_tenants: Connection, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        two_tenants.execute(sql.SQL(statement))


def test_the_runtime_role_owns_nothing_and_has_no_attributes(owner: Connection) -> None:
    role = owner.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = %s",
        [RUNTIME],
    ).fetchone()
    assert role == dict.fromkeys(("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication"), False)
    owned = owner.execute("SELECT FROM pg_shdepend WHERE refobjid = %s::regrole AND deptype = 'o'", [RUNTIME])
    assert owned.fetchall() == []


def test_the_runtime_role_may_do_exactly_this(owner: Connection) -> None:
    held = owner.execute(
        """
        SELECT tablename, string_agg(privilege, ' ' ORDER BY privilege) AS privileges
        FROM pg_tables,
            unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
        WHERE schemaname = 'public' AND has_table_privilege(%s, tablename::regclass, privilege)
        GROUP BY tablename
        """,
        [RUNTIME],
    ).fetchall()
    expected = dict.fromkeys(ROWS, "INSERT SELECT") | {
        "token_measurement_daily": "SELECT",
        "benchmark_model_summaries": "INSERT SELECT UPDATE",
        "benchmark_model_pairs": "INSERT SELECT UPDATE",
        "run_admissions": "SELECT",
    }
    assert {row["tablename"]: row["privileges"] for row in held} == expected
    updatable = owner.execute(
        """
        SELECT table_name, array_agg(column_name::text) AS columns FROM information_schema.column_privileges
        WHERE grantee = %s AND privilege_type = 'UPDATE'
            AND table_name NOT IN ('benchmark_model_summaries', 'benchmark_model_pairs')
        GROUP BY 1
        """,
        [RUNTIME],
    ).fetchall()
    assert {row["table_name"]: set(row["columns"]) for row in updatable} == {
        "skills": {"current_version_id", "name", "rubric", "checks", "updated_at"},
        "benchmark_runs": {
            *("status", "scored_results", "started_at", "completed_at", "execution_arn", "error_type", "error_message"),
            *("best_model", "best_quality_score", "cheapest_model", "cheapest_cost_microcents"),
            *("best_model_tied_with", "ranking_basis", "warnings", "statistics_seed"),
            *("model_cost_microcents", "model_cost_uncounted", "lost_attempts_cost_microcents"),
            "lost_attempts_cost_uncounted",
            *("judge_cost_microcents", "judge_cost_uncounted", "redrives_at_end"),
            *("unfinished_answers", "unfinished_cost_microcents", "unfinished_cost_uncounted"),
        },
        # All that is not the place of a row in the plan of its run.
        "benchmark_results": set(RESULT_COLUMNS) - set(RESULT_KEY) - RESULT_FIXED,
        "run_admissions": {"granted", "held", "branches_in_flight", "execution_arn", "admitted_at"},
        "benchmark_verdicts": set(VERDICT_COLUMNS) - set(VERDICT_KEY) - VERDICT_FIXED,
    }


def test_every_table_is_isolated_for_its_owner_too(owner: Connection) -> None:
    tables = owner.execute(
        """
        SELECT relname, relrowsecurity AND relforcerowsecurity AS forced,
            (SELECT attnotnull FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_id') AS has_tenant,
            ARRAY(
                SELECT concat(polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
                FROM pg_policy WHERE polrelid = pg_class.oid
            ) AS policies
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
            AND relname <> 'skill_benchmark_migrations'
        """
    ).fetchall()
    own = "(tenant_id = current_tenant_id())"
    expected = {"forced": True, "has_tenant": True, "policies": [f"*{own}{own}"]}
    deployment = "(current_setting('app.scope'::text, true) = 'deployment'::text)"
    of_the_deployment = {**expected, "policies": [f"*{own}{own}", f"*{deployment}{deployment}"]}
    found = {row.pop("relname"): row for row in tables}
    assert found == {
        **dict.fromkeys(ROWS, expected),
        "run_admissions": of_the_deployment,
        "benchmark_runs": {
            **expected,
            "policies": [f"*{own}{own}", f"r{deployment.replace('deployment', 'retention')}"],
        },
    }


def test_every_key_and_every_reference_starts_with_the_tenant(owner: Connection) -> None:
    """But one: two tenants must not have runs of one id."""
    constraints = owner.execute(
        """
        SELECT conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f')
            AND conrelid <> 'skill_benchmark_migrations'::regclass
            AND NOT (
                EXISTS (
                    SELECT FROM pg_attribute
                    WHERE attrelid = conrelid AND attnum = conkey[1] AND attname = 'tenant_id'
                )
                AND (contype <> 'f' OR EXISTS (
                    SELECT FROM pg_attribute
                    WHERE attrelid = confrelid AND attnum = confkey[1] AND attname = 'tenant_id'
                ))
            )
        """
    ).fetchall()
    assert constraints == [{"conname": "benchmark_runs_id_key"}]


def test_the_owner_without_bypassrls_sees_nothing_without_a_tenant(owner: Connection, two_tenants: Connection) -> None:
    assert owner.execute("SELECT id FROM skills").fetchall() == []
