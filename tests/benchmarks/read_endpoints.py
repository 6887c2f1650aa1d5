"""`python -m tests.benchmarks.read_endpoints`: are reads as fast when there is ten thousand times as much data?

Two databases on one server: `small` has one run of 1,000 results, `large` has 10,000 of them (of 20 skills and 4
tenants, half of them of one skill) and one of 100,000 results; every result has its token measurement. What a response
holds is of one size in both (a page of 100 results, 4 models, 90 days); only what lies around it differs. Every request
goes through the real handler and is timed inside of its process, one call here, one call there.
"""

import argparse
import itertools
import json
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Self
from urllib.parse import urlencode

import psycopg
from psycopg import sql
from psycopg.abc import Params
from psycopg.rows import DictRow

from local.http.gateway import http_event
from skill_benchmark.adapters import postgres_reports
from skill_benchmark.adapters.postgres import Connection, tenant_transaction
from tests.benchmarks.database import HandlerProcess, Server, started

CALLS = 300
RESULTS = 10_000_000

_WARM_UP = 30
_RUNS_A_CHUNK = 100
_TENANT, _SKILL = "tenant-0", "skill-0"
_MODELS = ["claude-fable-5-5", "claude-haiku-5-5", "claude-opus-5-5", "claude-sonnet-5-5"]
_RESULTS_A_RUN = 1_000
_LARGEST_RUN = 100_000

# Half of the runs are of skill-0, the newest among them, which is the largest.
_PLAN_RUNS = """
CREATE TEMPORARY TABLE planned_runs AS
SELECT number, 'run_' || lpad(to_hex(number), 12, '0') || left(md5(number::text), 16) AS id,
    'tenant-' || mod(skill, 4) AS tenant_id, 'skill-' || skill AS skill_id,
    CASE number WHEN newest THEN %(newest_cases)s ELSE %(cases)s END AS cases,
    CASE number WHEN newest THEN %(newest_repeats)s ELSE 1 END AS repeats,
    now() - interval '365 days' * (newest - number) / (newest + 1) AS moment
FROM (SELECT %(runs)s - 1 AS newest) AS last, generate_series(0, newest) AS number, LATERAL (
    SELECT CASE WHEN mod(number, 2) = 0 OR number = newest THEN 0 ELSE 1 + mod(number / 2, 19) END AS skill
) AS spread
"""

_SKILLS = """
WITH known AS (
    INSERT INTO skills (tenant_id, id, name) SELECT DISTINCT tenant_id, skill_id, skill_id FROM planned_runs
    RETURNING tenant_id, id
)
INSERT INTO skill_versions (tenant_id, skill_id, version_number, content, content_sha256)
SELECT tenant_id, id, 1, 'Repeat the input.', encode(sha256('Repeat the input.'), 'hex') FROM known
"""

# The rows of some runs, and all that the completion of those runs computes of them.
_RUN_ROWS = """
WITH results AS (
    INSERT INTO benchmark_results (
        tenant_id, benchmark_run_id, model_name, model_provider, test_case_index, repeat_index, answer_id, outcome,
        input_used, output_produced, expected_output, stop_reason, input_tokens, output_tokens, cache_read_tokens,
        cache_write_tokens, latency_ms, first_token_ms, estimated_cost_microcents, judge_cost_microcents,
        valid_verdicts, quality_score, faithfulness_score, relevancy_score, precision_score, recall_score,
        quality_notes, matches_expected, attempts, error_type, error_message, created_at
    )
    SELECT run.tenant_id, run.id, model, 'anthropic', case_index, repeat_index,
        lpad(to_hex(run.number), 12, '0') || lpad(to_hex(case_index), 8, '0') || lpad(to_hex(place), 4, '0')
            || lpad(to_hex(repeat_index), 8, '0'),
        CASE WHEN scored THEN 'scored' ELSE 'refused' END,
        'Please repeat the words of case ' || case_index, 'The words of case ' || case_index, 'case ' || case_index,
        CASE WHEN scored THEN 'end_turn' ELSE 'refusal' END, 120 + mod(case_index, 40), 30 + noise, 0, 0,
        400 + 10 * noise, 120 + noise, 9000 + 100 * noise, 5000 + noise, scored::int,
        score, score, score - 1, score - 2, score - 3, CASE WHEN scored THEN 'Right, and a little wordy.' END,
        CASE WHEN scored THEN score > 70 END, 1,
        CASE WHEN NOT scored THEN 'refusal' END, CASE WHEN NOT scored THEN 'the model stopped with refusal' END,
        run.moment
    FROM planned_runs AS run, generate_series(0, run.cases - 1) AS case_index,
        unnest(%(models)s::text[]) WITH ORDINALITY AS answering (model, place),
        generate_series(0, run.repeats - 1) AS repeat_index,
        LATERAL (SELECT mod(31 * run.number + 7 * case_index + 13 * place::int + 3 * repeat_index, 37) AS noise,
            mod(case_index, 100) <> 7 AS scored) AS drawn,
        LATERAL (SELECT CASE WHEN scored THEN 60 + noise END AS score) AS judged
    WHERE run.number >= %(first)s AND run.number < %(end)s
    ORDER BY run.number, case_index, place, repeat_index
    RETURNING *
), measurements AS (
    INSERT INTO token_measurements (
        tenant_id, skill_id, benchmark_run_id, source, deduplication_key, model_name, model_provider, input_tokens,
        output_tokens, cache_read_tokens, cache_write_tokens, estimated_cost_microcents, latency_ms, measured_at
    )
    SELECT tenant_id, skill_id, benchmark_run_id, 'benchmark', answer_id, model_name, model_provider, input_tokens,
        output_tokens, cache_read_tokens, cache_write_tokens, estimated_cost_microcents, latency_ms, created_at
    FROM results JOIN planned_runs USING (tenant_id) WHERE planned_runs.id = benchmark_run_id
), of_cases AS (
    SELECT tenant_id, benchmark_run_id, model_name, test_case_index, avg(quality_score) AS quality
    FROM results WHERE outcome = 'scored' GROUP BY 1, 2, 3, 4
), pairs AS (
    INSERT INTO benchmark_model_pairs
        (tenant_id, benchmark_run_id, model_a, model_b, cases, wins, ties, losses, difference, verdict)
    SELECT tenant_id, benchmark_run_id, a.model_name, b.model_name, count(*),
        count(*) FILTER (WHERE a.quality > b.quality), count(*) FILTER (WHERE a.quality = b.quality),
        count(*) FILTER (WHERE a.quality < b.quality), avg(a.quality - b.quality), 'inconclusive'
    FROM of_cases AS a JOIN of_cases AS b USING (tenant_id, benchmark_run_id, test_case_index)
    WHERE a.model_name < b.model_name GROUP BY 1, 2, 3, 4
)
INSERT INTO benchmark_model_summaries (
    tenant_id, benchmark_run_id, model_name, model_provider, test_cases, planned_results, scored_results,
    excluded_by_outcome, ranked, mean_quality_score, quality_sd, mean_faithfulness_score, mean_relevancy_score,
    mean_precision_score, mean_recall_score, top_score_share, matched_results, match_counted_results, match_rate,
    latency_counted_results, latency_ms_mean, latency_ms_p50, latency_ms_p95, first_token_ms_p50, first_token_ms_p95,
    tokens_counted_results, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, mean_input_tokens,
    mean_output_tokens, mean_total_tokens, cost_counted_results, cost_uncounted_results, estimated_cost_microcents,
    mean_cost_microcents, cost_per_scored_answer_microcents, judge_cost_microcents, judge_cost_uncounted
)
SELECT tenant_id, benchmark_run_id, model_name, 'anthropic', count(DISTINCT test_case_index), count(*),
    count(quality_score), jsonb_build_object('refused', count(*) - count(quality_score)), true, avg(quality_score),
    stddev_samp(quality_score), avg(faithfulness_score), avg(relevancy_score), avg(precision_score), avg(recall_score),
    avg((quality_score >= 95)::int), count(*) FILTER (WHERE matches_expected), count(matches_expected),
    avg(matches_expected::int), count(latency_ms), avg(latency_ms),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY latency_ms), percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_ms),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY first_token_ms),
    percentile_disc(0.95) WITHIN GROUP (ORDER BY first_token_ms),
    count(*), sum(input_tokens), sum(output_tokens), 0, 0, avg(input_tokens), avg(output_tokens), avg(total_tokens),
    count(*), 0, sum(estimated_cost_microcents), round(avg(estimated_cost_microcents)),
    round(avg(estimated_cost_microcents) FILTER (WHERE outcome = 'scored')), sum(judge_cost_microcents), 0
FROM results GROUP BY 1, 2, 3
"""

_RUNS = """
INSERT INTO benchmark_runs (
    tenant_id, id, skill_id, skill_version_id, triggered_by, status, models, judges, model_provider, simulated, repeats,
    max_concurrency, planned_cases, planned_results, scored_results, best_model, best_quality_score, cheapest_model,
    cheapest_cost_microcents, model_cost_microcents, model_cost_uncounted, judge_cost_microcents, judge_cost_uncounted,
    plan_sha256, rubric_sha256, prompt_version, created_at, started_at, completed_at
)
SELECT tenant_id, run.id, skill_id, version.id, 'api', 'completed_with_failures', %(models)s, '{claude-opus-5-5}',
    'anthropic', false, repeats, 20, cases, planned, scored, best[1], quality, cheapest[1], price, model_cost, 0,
    judge_cost, 0, repeat('0', 64), repeat('0', 64), 'judge-1', moment, moment, moment
FROM planned_runs AS run JOIN skill_versions AS version USING (tenant_id, skill_id) JOIN (
    SELECT tenant_id, benchmark_run_id AS id, sum(planned_results) AS planned, sum(scored_results) AS scored,
        array_agg(model_name ORDER BY mean_quality_score DESC) AS best, max(mean_quality_score) AS quality,
        array_agg(model_name ORDER BY cost_per_scored_answer_microcents) AS cheapest,
        min(cost_per_scored_answer_microcents) AS price, sum(estimated_cost_microcents) AS model_cost,
        sum(judge_cost_microcents) AS judge_cost
    FROM benchmark_model_summaries GROUP BY 1, 2
) AS summed USING (tenant_id) WHERE summed.id = run.id
"""

# The main app's calls of skill-0, three a day, model and source: the days of a trend are the same in both databases.
_HOOKS = """
INSERT INTO token_measurements (tenant_id, skill_id, source, model_name, model_provider, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, estimated_cost_microcents, latency_ms, measured_at)
SELECT 'tenant-0', 'skill-0', source, model, 'anthropic', 100, 40, 0, 0, 9000 + day, 700, now() - interval '1 day' * day
FROM generate_series(0, 364) AS day, generate_series(1, 3), unnest(%(models)s::text[]) AS model,
    unnest(%(sources)s::text[]) AS source
"""

_ROLLUP = """
INSERT INTO token_measurement_daily (
    tenant_id, skill_id, day, model_name, model_provider, source, measurements, cost_counted, estimated_cost_microcents
)
SELECT tenant_id, skill_id, (measured_at AT TIME ZONE 'UTC')::date, model_name, model_provider, source,
    count(*), count(estimated_cost_microcents), sum(estimated_cost_microcents)
FROM token_measurements GROUP BY 1, 2, 3, 4, 5, 6
"""


def fill(server: Server, dbname: str, runs: int, newest_results: int, hooks: Sequence[str]) -> None:
    """A database of `runs` runs, of which the newest has `newest_results` results and each other one 1,000."""
    server.create_database(dbname)
    cases = _RESULTS_A_RUN // len(_MODELS)
    repeats = 5 if newest_results > _RESULTS_A_RUN else 1
    sizes = {"runs": runs, "cases": cases, "newest_repeats": repeats}
    sizes |= {"newest_cases": newest_results // len(_MODELS) // repeats}
    begun = time.monotonic()
    with server.loading(), server.administrator(dbname) as connection:
        # No trigger runs: the keys are right by construction, and the rollup is filled once, at the end.
        connection.execute("SET session_replication_role TO replica")
        connection.execute("SET work_mem TO '256MB'")
        connection.execute(_PLAN_RUNS, sizes)
        connection.execute("ANALYZE planned_runs")
        connection.execute(_SKILLS)
        written = 0
        # The newest is a chunk of its own.
        ends = [*range(_RUNS_A_CHUNK, runs - 1, _RUNS_A_CHUNK), runs - 1, runs]
        for first, end in itertools.pairwise([0, *ends]):
            connection.execute(_RUN_ROWS, {"first": first, "end": end, "models": _MODELS})
            written += newest_results if end == runs else (end - first) * _RESULTS_A_RUN
            rate = written / (time.monotonic() - begun)
            print(f"\r  {dbname}: {written:,} results, {rate:,.0f} a second ", end="", flush=True)
        connection.execute(_HOOKS, {"models": _MODELS, "sources": list(hooks)})
        connection.execute(_RUNS, {"models": _MODELS})
        connection.execute(_ROLLUP)
        connection.execute("VACUUM (ANALYZE)")
        counts = {
            table: connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            for table in ("benchmark_runs", "benchmark_results", "token_measurements", "token_measurement_daily")
        }
        size = connection.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
    rows = ", ".join(f"{row[0]:,} {table}" for table, row in counts.items() if row)
    print(f"\r  {dbname}: {rows}; {size[0] if size else '?'}, {time.monotonic() - begun:.0f} s to fill")


class _Reader:
    """The read API over one database, in a process of its own."""

    def __init__(self, handler: HandlerProcess) -> None:
        self._handler = handler

    def seconds(self, path: str) -> float:
        return self._send(path)[0]

    def get(self, path: str) -> Any:
        return json.loads(self._send(path)[1]["body"])

    def _send(self, path: str) -> tuple[float, Any]:
        path, _, query = path.partition("?")
        seconds, answer = self._handler.invoke(http_event("GET", path, query, {"x-tenant-id": _TENANT}, None))
        if answer["statusCode"] != 200:
            raise SystemExit(f"{path}?{query}: {answer['statusCode']} {answer['body']}")
        return seconds, answer

    def requests(self) -> dict[str, list[str]]:
        """The paths of each read; where there are several runs or pages, each call asks for another."""
        skill = f"/v1/skills/{_SKILL}"
        runs = [f"/v1/runs/{run['id']}" for run in self.get(f"{skill}/runs?limit=500")["items"]]
        pages = [f"{runs[0]}/results"]
        while cursor := self.get(pages[-1])["next_cursor"]:
            pages.append(f"{runs[0]}/results?{urlencode({'cursor': cursor})}")
        quarter = len(pages) // 4
        return {
            "comparison": [f"{run}/comparison" for run in runs],
            "latest run with results": [f"{skill}/runs/latest"],
            "first page of results": [f"{run}/results" for run in runs],
            "middle page of results": pages[quarter : len(pages) - quarter],
            "cost trend of 90 days": [f"{skill}/cost-trend?days=90"],
        }


def report(results: int = RESULTS, calls: int = CALLS) -> None:
    print("\nreads through the handler, small and large by turns")
    with started() as server, ExitStack() as handlers:
        fill(server, "small", 1, _RESULTS_A_RUN, ["assistant", "editor"])
        fill(server, "large", max(2, results // _RESULTS_A_RUN), min(_LARGEST_RUN, results // 10), ["assistant"])
        small, large = (
            _Reader(handlers.enter_context(HandlerProcess("functions.read_api.app", server.environment(dbname))))
            for dbname in ("small", "large")
        )
        _compare(small, large, calls)
        with server.runtime("large") as connection:
            _explain(connection)


def _compare(small: _Reader, large: _Reader, calls: int) -> None:
    of_small, of_large = small.requests(), large.requests()
    print(f"  ms, {calls} calls each          small p50    p95     large p50    p95       p50 ratio   p95 ratio")
    for name in of_small:
        taken: dict[_Reader, list[float]] = {small: [], large: []}
        turns = [(small, itertools.cycle(of_small[name])), (large, itertools.cycle(of_large[name]))]
        for number in range(_WARM_UP + calls):
            for reader, paths in reversed(turns) if number % 2 else turns:
                seconds = reader.seconds(next(paths))
                if number >= _WARM_UP:
                    taken[reader].append(seconds)
        (small_p50, small_p95), (large_p50, large_p95) = map(_percentiles, taken.values())
        print(
            f"  {name:<26} {small_p50:10.2f} {small_p95:6.2f}    {large_p50:10.2f} {large_p95:6.2f}"
            f"    {large_p50 / small_p50:10.2f} × {large_p95 / small_p95:9.2f} ×",
            flush=True,
        )


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    hundredths = statistics.quantiles(seconds, n=100, method="inclusive")
    return hundredths[49] * 1000, hundredths[94] * 1000


class _ExplainingCursor(psycopg.Cursor[DictRow]):
    """Prints the plan of each SELECT before it runs it."""

    def execute(
        self, query: Any, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        if "set_config" not in query:
            print(f"\n    {query}")
            for row in super().execute(f"EXPLAIN (ANALYZE, BUFFERS) {query}", params).fetchall():
                print(f"      {row['QUERY PLAN']}")
        return super().execute(query, params, prepare=prepare, binary=binary)


def _explain(connection: Connection) -> None:
    """The plans of the adapter's own statements, as the functions' role and under its tenant's row level security."""
    connection.cursor_factory = _ExplainingCursor
    with tenant_transaction(connection, _TENANT) as cursor:
        print("\n  latest run of the skill")
        run = postgres_reports.latest_completed_run(cursor, _SKILL)
        run_id = run["id"]
        print("\n  comparison")
        postgres_reports.get_run(cursor, run_id)
        postgres_reports.model_summaries(cursor, run)
        postgres_reports.model_pairs(cursor, run_id, after=None)
        print("\n  first page of results")
        postgres_reports.results_page(cursor, run, after=None, limit=100)
        print("\n  middle page of results")
        postgres_reports.results_page(cursor, run, after=(_MODELS[1], 1_000_000, 0), limit=100)
        print("\n  cost trend")
        postgres_reports.cost_trend(cursor, _SKILL, 90)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.read_endpoints", description=__doc__)
    parser.add_argument("--results", type=int, default=RESULTS, help="results in the large database")
    parser.add_argument("--calls", type=int, default=CALLS, help="calls of each read in each database")
    options = parser.parse_args()
    report(options.results, options.calls)


if __name__ == "__main__":
    main()
