-- One row a run: what was planned, how far it got, what came of it.
--
-- What was not measured is NULL, never 0, and a sum of money stands beside the number of results that it lacks.

CREATE TABLE benchmark_runs (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    id text COLLATE "C" NOT NULL, -- also names the execution and the prefix of the records
    skill_id text COLLATE "C" NOT NULL,
    skill_version_id bigint NOT NULL,
    triggered_by text NOT NULL,
    status text NOT NULL DEFAULT 'queued',
    models text[] COLLATE "C" NOT NULL,
    judges text[] COLLATE "C" NOT NULL,
    model_provider text NOT NULL,
    simulated boolean NOT NULL, -- the stand-in for the model API answered
    repeats integer NOT NULL,
    max_concurrency integer NOT NULL,
    planned_cases integer NOT NULL,
    planned_results integer NOT NULL,
    scored_results integer,
    best_model text COLLATE "C",
    best_quality_score numeric,
    cheapest_model text COLLATE "C",
    cheapest_cost_microcents bigint,
    model_cost_microcents bigint,
    model_cost_uncounted integer,
    lost_attempts_cost_microcents bigint, -- billed for attempts whose answers were lost
    judge_cost_microcents bigint,
    judge_cost_uncounted integer,
    plan_sha256 text COLLATE "C" NOT NULL,
    rubric_sha256 text COLLATE "C" NOT NULL,
    prompt_version text NOT NULL,
    idempotency_key text COLLATE "C",
    idempotency_body_sha256 text COLLATE "C",
    execution_arn text,
    error_type text,
    error_message text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    completed_at timestamptz,
    CONSTRAINT benchmark_runs_pkey PRIMARY KEY (tenant_id, id),
    -- The prefix of the records does not tell tenants apart.
    CONSTRAINT benchmark_runs_id_key UNIQUE (id),
    CONSTRAINT benchmark_runs_idempotency_key UNIQUE (tenant_id, idempotency_key),
    CONSTRAINT benchmark_runs_skill_version_fkey FOREIGN KEY (tenant_id, skill_id, skill_version_id)
        REFERENCES skill_versions (tenant_id, skill_id, id),
    -- What an execution may be called: 80 characters at most.
    CONSTRAINT benchmark_runs_id_check CHECK (id ~ '^run_[A-Za-z0-9_-]{1,76}$'),
    CONSTRAINT benchmark_runs_status_check
        CHECK (status IN ('queued', 'running', 'completed', 'completed_with_failures', 'failed', 'cancelled')),
    CONSTRAINT benchmark_runs_running_check CHECK (status <> 'running' OR started_at IS NOT NULL),
    CONSTRAINT benchmark_runs_ended_check CHECK ((status IN ('queued', 'running')) = (completed_at IS NULL)),
    CONSTRAINT benchmark_runs_completed_check CHECK (
        status NOT IN ('completed', 'completed_with_failures')
        OR (started_at IS NOT NULL AND scored_results IS NOT NULL)
    ),
    CONSTRAINT benchmark_runs_failed_check
        CHECK (status <> 'failed' OR (error_type IS NOT NULL AND error_message IS NOT NULL)),
    CONSTRAINT benchmark_runs_models_check
        CHECK (cardinality(models) >= 1 AND array_position(models, NULL) IS NULL AND '' <> ALL (models)),
    CONSTRAINT benchmark_runs_judges_check
        CHECK (cardinality(judges) >= 1 AND array_position(judges, NULL) IS NULL AND '' <> ALL (judges)),
    CONSTRAINT benchmark_runs_size_check CHECK (LEAST(repeats, max_concurrency, planned_cases) >= 1),
    CONSTRAINT benchmark_runs_planned_results_check
        CHECK (planned_results = planned_cases * cardinality(models) * repeats),
    CONSTRAINT benchmark_runs_scored_results_check CHECK (scored_results BETWEEN 0 AND planned_results),
    CONSTRAINT benchmark_runs_best_model_check CHECK (
        num_nulls(best_model, best_quality_score) IN (0, 2) AND (best_model IS NULL OR best_model = ANY (models))
    ),
    CONSTRAINT benchmark_runs_best_quality_score_check CHECK (best_quality_score BETWEEN 0 AND 100),
    CONSTRAINT benchmark_runs_cheapest_model_check CHECK (
        num_nulls(cheapest_model, cheapest_cost_microcents) IN (0, 2)
        AND (cheapest_model IS NULL OR cheapest_model = ANY (models))
    ),
    CONSTRAINT benchmark_runs_nonnegative_check CHECK (
        LEAST(
            cheapest_cost_microcents, model_cost_microcents, model_cost_uncounted, lost_attempts_cost_microcents,
            judge_cost_microcents, judge_cost_uncounted
        ) >= 0
    ),
    CONSTRAINT benchmark_runs_sha256_check CHECK (
        plan_sha256 ~ '^[0-9a-f]{64}$' AND rubric_sha256 ~ '^[0-9a-f]{64}$'
        AND idempotency_body_sha256 ~ '^[0-9a-f]{64}$'
    ),
    CONSTRAINT benchmark_runs_idempotency_check
        CHECK (num_nulls(idempotency_key, idempotency_body_sha256) IN (0, 2) AND length(idempotency_key) BETWEEN 1 AND 255)
);

-- The history of a skill and its latest run.
CREATE INDEX benchmark_runs_history ON benchmark_runs (tenant_id, skill_id, created_at DESC, id DESC);

-- The latest run with results; skills without a recent one.
CREATE INDEX benchmark_runs_latest_completed ON benchmark_runs (tenant_id, skill_id, completed_at DESC, id DESC)
    WHERE status IN ('completed', 'completed_with_failures');

-- What is to be resumed after a restart.
CREATE INDEX benchmark_runs_unfinished ON benchmark_runs (tenant_id, created_at, id)
    WHERE status IN ('queued', 'running');

CALL isolate_tenants('benchmark_runs');
