-- One row an answer, and one row a judge call. Both are written once, by the completion of the run.

CREATE TABLE benchmark_results (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    id bigint GENERATED ALWAYS AS IDENTITY,
    benchmark_run_id text COLLATE "C" NOT NULL,
    model_name text COLLATE "C" NOT NULL,
    model_provider text NOT NULL,
    test_case_index integer NOT NULL,
    repeat_index integer NOT NULL,
    answer_id text COLLATE "C" NOT NULL, -- names the records of this answer
    outcome text NOT NULL,
    input_used text NOT NULL,
    output_produced text,
    expected_output text,
    had_reference boolean NOT NULL GENERATED ALWAYS AS (expected_output IS NOT NULL) STORED,
    text_sanitized boolean NOT NULL DEFAULT false, -- characters that cannot be stored were removed
    stop_reason text,
    input_tokens integer,
    output_tokens integer,
    cache_read_tokens integer,
    cache_write_tokens integer,
    total_tokens bigint
        GENERATED ALWAYS AS (input_tokens::bigint + output_tokens + cache_read_tokens + cache_write_tokens) STORED,
    latency_ms integer,
    first_token_ms integer,
    estimated_cost_microcents bigint,
    cost_missing_reason text,
    lost_attempts_cost_microcents bigint, -- billed for attempts whose answers were lost
    judge_cost_microcents bigint,
    quality_score numeric, -- this and the dimensions are means of the valid verdicts
    faithfulness_score numeric,
    relevancy_score numeric,
    precision_score numeric,
    recall_score numeric,
    quality_notes text,
    matches_expected boolean, -- what the judges say
    check_passed boolean, -- what a deterministic check says, where there is one
    check_results jsonb,
    injection_suspected boolean, -- NULL: the answer was not examined
    self_identification_redacted boolean,
    attempts integer,
    error_type text,
    error_message text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT benchmark_results_pkey PRIMARY KEY (tenant_id, id),
    -- Also the order in which the results of a run are read, page by page.
    CONSTRAINT benchmark_results_branch_key
        UNIQUE (tenant_id, benchmark_run_id, model_name, test_case_index, repeat_index),
    CONSTRAINT benchmark_results_run_fkey FOREIGN KEY (tenant_id, benchmark_run_id)
        REFERENCES benchmark_runs (tenant_id, id),
    CONSTRAINT benchmark_results_model_check CHECK (model_name <> '' AND model_provider <> ''),
    CONSTRAINT benchmark_results_answer_id_check CHECK (answer_id ~ '^[0-9a-f]{32}$'),
    CONSTRAINT benchmark_results_outcome_check
        CHECK (outcome IN ('scored', 'refused', 'truncated', 'model_error', 'judge_error', 'missing')),
    CONSTRAINT benchmark_results_scored_check CHECK (
        num_nonnulls(quality_score, faithfulness_score, relevancy_score, precision_score, recall_score)
        = CASE outcome WHEN 'scored' THEN 5 ELSE 0 END
    ),
    CONSTRAINT benchmark_results_answered_check
        CHECK (outcome NOT IN ('scored', 'judge_error') OR output_produced IS NOT NULL),
    CONSTRAINT benchmark_results_unscored_check CHECK (outcome = 'scored' OR error_type IS NOT NULL),
    CONSTRAINT benchmark_results_scores_check CHECK (
        LEAST(quality_score, faithfulness_score, relevancy_score, precision_score, recall_score) >= 0
        AND GREATEST(quality_score, faithfulness_score, relevancy_score, precision_score, recall_score) <= 100
    ),
    CONSTRAINT benchmark_results_matches_expected_check
        CHECK (matches_expected IS NULL OR (outcome = 'scored' AND expected_output IS NOT NULL)),
    CONSTRAINT benchmark_results_nonnegative_check CHECK (
        LEAST(
            test_case_index, repeat_index, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, latency_ms,
            first_token_ms, estimated_cost_microcents, lost_attempts_cost_microcents, judge_cost_microcents, attempts
        ) >= 0
    ),
    CONSTRAINT benchmark_results_usage_check
        CHECK (num_nulls(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens) IN (0, 4)),
    CONSTRAINT benchmark_results_cost_check CHECK (estimated_cost_microcents IS NULL OR cost_missing_reason IS NULL)
);

-- The failures of a run, in the same order; few, so that the index costs little.
CREATE INDEX benchmark_results_unscored
    ON benchmark_results (tenant_id, benchmark_run_id, outcome, model_name, test_case_index, repeat_index)
    WHERE outcome <> 'scored';

-- Keyed by the branch and not by the result's id: whoever writes both in bulk knows the one before and not the other.
CREATE TABLE benchmark_verdicts (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    benchmark_run_id text COLLATE "C" NOT NULL,
    model_name text COLLATE "C" NOT NULL,
    test_case_index integer NOT NULL,
    repeat_index integer NOT NULL,
    judge text COLLATE "C" NOT NULL,
    verdict_index smallint NOT NULL DEFAULT 0,
    status text NOT NULL,
    quality_score smallint,
    faithfulness_score smallint,
    relevancy_score smallint,
    precision_score smallint,
    recall_score smallint,
    quality_notes text,
    matches_expected boolean,
    had_reference boolean NOT NULL,
    same_family boolean, -- judge and model are of one family; NULL: not determined
    input_sha256 text COLLATE "C", -- of the exact request that the judge was sent
    rubric_sha256 text COLLATE "C" NOT NULL,
    prompt_version text NOT NULL,
    input_tokens integer,
    output_tokens integer,
    cache_read_tokens integer,
    cache_write_tokens integer,
    total_tokens bigint
        GENERATED ALWAYS AS (input_tokens::bigint + output_tokens + cache_read_tokens + cache_write_tokens) STORED,
    estimated_cost_microcents bigint,
    cost_missing_reason text,
    latency_ms integer,
    attempts integer,
    error_type text,
    error_message text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT benchmark_verdicts_pkey PRIMARY KEY
        (tenant_id, benchmark_run_id, model_name, test_case_index, repeat_index, judge, verdict_index),
    CONSTRAINT benchmark_verdicts_result_fkey
        FOREIGN KEY (tenant_id, benchmark_run_id, model_name, test_case_index, repeat_index)
        REFERENCES benchmark_results (tenant_id, benchmark_run_id, model_name, test_case_index, repeat_index),
    CONSTRAINT benchmark_verdicts_judge_check CHECK (judge <> ''),
    CONSTRAINT benchmark_verdicts_status_check
        CHECK (status IN ('scored', 'by_rule', 'unreadable', 'refused', 'truncated', 'failed')),
    CONSTRAINT benchmark_verdicts_scored_check CHECK (
        num_nonnulls(quality_score, faithfulness_score, relevancy_score, precision_score, recall_score)
        = CASE WHEN status IN ('scored', 'by_rule') THEN 5 ELSE 0 END
    ),
    CONSTRAINT benchmark_verdicts_scores_check CHECK (
        LEAST(quality_score, faithfulness_score, relevancy_score, precision_score, recall_score) >= 0
        AND GREATEST(quality_score, faithfulness_score, relevancy_score, precision_score, recall_score) <= 100
    ),
    CONSTRAINT benchmark_verdicts_matches_expected_check
        CHECK (matches_expected IS NULL OR (status IN ('scored', 'by_rule') AND had_reference)),
    -- A verdict whose exact question is not known cannot be checked by anyone.
    CONSTRAINT benchmark_verdicts_input_check CHECK (status <> 'scored' OR input_sha256 IS NOT NULL),
    CONSTRAINT benchmark_verdicts_sha256_check
        CHECK (input_sha256 ~ '^[0-9a-f]{64}$' AND rubric_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT benchmark_verdicts_nonnegative_check CHECK (
        LEAST(
            verdict_index, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
            estimated_cost_microcents, latency_ms, attempts
        ) >= 0
    ),
    CONSTRAINT benchmark_verdicts_usage_check
        CHECK (num_nulls(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens) IN (0, 4)),
    CONSTRAINT benchmark_verdicts_cost_check CHECK (estimated_cost_microcents IS NULL OR cost_missing_reason IS NULL)
);

CALL isolate_tenants('benchmark_results');
CALL isolate_tenants('benchmark_verdicts');
