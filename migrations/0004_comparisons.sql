-- What a comparison shows, computed once by the completion of the run, so that reading it scans no results.
--
-- Each figure stands beside the number of results it was made of; where it could not be made it is NULL.

CREATE TABLE benchmark_model_summaries (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    benchmark_run_id text COLLATE "C" NOT NULL,
    model_name text COLLATE "C" NOT NULL,
    model_provider text NOT NULL,
    test_cases integer NOT NULL,
    planned_results integer NOT NULL,
    scored_results integer NOT NULL,
    excluded_by_outcome jsonb NOT NULL, -- {"refused": 2, …}; an outcome that did not occur may be left out
    ranked boolean NOT NULL,
    not_ranked_reason text,
    mean_quality_score numeric,
    quality_sd numeric,
    quality_interval_low numeric, -- 95 %
    quality_interval_high numeric,
    quality_interval_method text,
    mean_faithfulness_score numeric,
    mean_relevancy_score numeric,
    mean_precision_score numeric,
    mean_recall_score numeric,
    top_score_share numeric, -- of the scored results, 0 to 1
    matched_results integer NOT NULL,
    match_counted_results integer NOT NULL, -- for which a judge or a check has decided
    match_rate numeric,
    match_interval_low numeric,
    match_interval_high numeric,
    latency_counted_results integer NOT NULL,
    latency_ms_mean numeric,
    latency_ms_p50 numeric,
    latency_ms_p95 numeric,
    first_token_ms_p50 numeric,
    first_token_ms_p95 numeric,
    tokens_counted_results integer NOT NULL,
    input_tokens bigint,
    output_tokens bigint,
    cache_read_tokens bigint,
    cache_write_tokens bigint,
    total_tokens bigint
        GENERATED ALWAYS AS (input_tokens + output_tokens + cache_read_tokens + cache_write_tokens) STORED,
    mean_input_tokens numeric,
    mean_output_tokens numeric,
    mean_total_tokens numeric,
    cost_counted_results integer NOT NULL,
    cost_uncounted_results integer NOT NULL, -- answers whose cost is not known
    estimated_cost_microcents bigint, -- of the counted
    mean_cost_microcents bigint,
    cost_per_scored_answer_microcents bigint,
    lost_attempts_cost_microcents bigint,
    judge_cost_microcents bigint,
    judge_cost_uncounted integer NOT NULL, -- judge calls whose cost is not known
    statistics jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT benchmark_model_summaries_pkey PRIMARY KEY (tenant_id, benchmark_run_id, model_name),
    CONSTRAINT benchmark_model_summaries_run_fkey FOREIGN KEY (tenant_id, benchmark_run_id)
        REFERENCES benchmark_runs (tenant_id, id),
    CONSTRAINT benchmark_model_summaries_nonnegative_check CHECK (
        LEAST(
            test_cases, scored_results, quality_sd, matched_results, latency_counted_results, latency_ms_mean,
            latency_ms_p50, latency_ms_p95, first_token_ms_p50, first_token_ms_p95, tokens_counted_results,
            input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_counted_results,
            cost_uncounted_results, estimated_cost_microcents, mean_cost_microcents,
            cost_per_scored_answer_microcents, lost_attempts_cost_microcents, judge_cost_microcents,
            judge_cost_uncounted
        ) >= 0
    ),
    -- Nothing disappears: what was not scored is excluded under an outcome.
    CONSTRAINT benchmark_model_summaries_excluded_check CHECK (
        planned_results = scored_results
            + COALESCE((excluded_by_outcome ->> 'refused')::integer, 0)
            + COALESCE((excluded_by_outcome ->> 'truncated')::integer, 0)
            + COALESCE((excluded_by_outcome ->> 'model_error')::integer, 0)
            + COALESCE((excluded_by_outcome ->> 'judge_error')::integer, 0)
            + COALESCE((excluded_by_outcome ->> 'missing')::integer, 0)
    ),
    CONSTRAINT benchmark_model_summaries_outcomes_check CHECK (
        excluded_by_outcome - ARRAY['refused', 'truncated', 'model_error', 'judge_error', 'missing'] = '{}'
    ),
    CONSTRAINT benchmark_model_summaries_ranked_check CHECK (ranked = (not_ranked_reason IS NULL)),
    CONSTRAINT benchmark_model_summaries_scored_check CHECK (
        num_nonnulls(
            mean_quality_score, mean_faithfulness_score, mean_relevancy_score, mean_precision_score, mean_recall_score,
            top_score_share
        ) = CASE WHEN scored_results > 0 THEN 6 ELSE 0 END
    ),
    CONSTRAINT benchmark_model_summaries_scores_check CHECK (
        LEAST(
            mean_quality_score, mean_faithfulness_score, mean_relevancy_score, mean_precision_score, mean_recall_score
        ) >= 0
        AND GREATEST(
            mean_quality_score, mean_faithfulness_score, mean_relevancy_score, mean_precision_score, mean_recall_score
        ) <= 100
    ),
    -- The ends of an interval may lie outside of the scale; cutting them off is for whoever shows them.
    CONSTRAINT benchmark_model_summaries_quality_interval_check CHECK (
        num_nulls(quality_interval_low, quality_interval_high, quality_interval_method) IN (0, 3)
        AND quality_interval_low <= quality_interval_high
    ),
    CONSTRAINT benchmark_model_summaries_shares_check CHECK (
        LEAST(top_score_share, match_rate) >= 0 AND GREATEST(top_score_share, match_rate) <= 1
    ),
    CONSTRAINT benchmark_model_summaries_match_check CHECK (
        matched_results <= match_counted_results AND (match_counted_results = 0) = (match_rate IS NULL)
    ),
    CONSTRAINT benchmark_model_summaries_match_interval_check CHECK (
        num_nulls(match_interval_low, match_interval_high) IN (0, 2) AND match_interval_low <= match_interval_high
    ),
    CONSTRAINT benchmark_model_summaries_latency_check CHECK (
        num_nonnulls(latency_ms_mean, latency_ms_p50, latency_ms_p95)
        = CASE WHEN latency_counted_results > 0 THEN 3 ELSE 0 END
    ),
    CONSTRAINT benchmark_model_summaries_tokens_check CHECK (
        num_nonnulls(
            input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, mean_input_tokens, mean_output_tokens,
            mean_total_tokens
        ) = CASE WHEN tokens_counted_results > 0 THEN 7 ELSE 0 END
    ),
    CONSTRAINT benchmark_model_summaries_cost_check CHECK (
        num_nonnulls(estimated_cost_microcents, mean_cost_microcents)
        = CASE WHEN cost_counted_results > 0 THEN 2 ELSE 0 END
    ),
    CONSTRAINT benchmark_model_summaries_counted_check CHECK (
        GREATEST(
            match_counted_results, latency_counted_results, tokens_counted_results,
            cost_counted_results + cost_uncounted_results
        ) <= planned_results
    )
);

-- The difference between two models of a run on the cases that both have: model_a minus model_b.
CREATE TABLE benchmark_model_pairs (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    benchmark_run_id text COLLATE "C" NOT NULL,
    model_a text COLLATE "C" NOT NULL,
    model_b text COLLATE "C" NOT NULL,
    cases integer NOT NULL,
    wins integer NOT NULL, -- of model_a
    ties integer NOT NULL,
    losses integer NOT NULL,
    difference numeric,
    interval_low numeric, -- 95 %
    interval_high numeric,
    p_value numeric,
    p_value_holm numeric,
    smallest_detectable_difference numeric,
    method text,
    verdict text, -- of model_a against model_b
    reason text, -- why a figure is missing
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT benchmark_model_pairs_pkey PRIMARY KEY (tenant_id, benchmark_run_id, model_a, model_b),
    CONSTRAINT benchmark_model_pairs_model_a_fkey FOREIGN KEY (tenant_id, benchmark_run_id, model_a)
        REFERENCES benchmark_model_summaries (tenant_id, benchmark_run_id, model_name),
    CONSTRAINT benchmark_model_pairs_model_b_fkey FOREIGN KEY (tenant_id, benchmark_run_id, model_b)
        REFERENCES benchmark_model_summaries (tenant_id, benchmark_run_id, model_name),
    CONSTRAINT benchmark_model_pairs_models_check CHECK (model_a <> model_b),
    CONSTRAINT benchmark_model_pairs_cases_check CHECK (cases = wins + ties + losses),
    CONSTRAINT benchmark_model_pairs_nonnegative_check
        CHECK (LEAST(cases, wins, ties, losses, smallest_detectable_difference) >= 0),
    CONSTRAINT benchmark_model_pairs_difference_check CHECK (
        (cases = 0) = (difference IS NULL) AND difference BETWEEN -100 AND 100
    ),
    CONSTRAINT benchmark_model_pairs_interval_check
        CHECK (num_nulls(interval_low, interval_high) IN (0, 2) AND interval_low <= interval_high),
    CONSTRAINT benchmark_model_pairs_p_value_check
        CHECK (num_nulls(p_value, p_value_holm) IN (0, 2) AND p_value >= 0 AND p_value <= p_value_holm AND p_value_holm <= 1),
    CONSTRAINT benchmark_model_pairs_verdict_check
        CHECK (verdict IN ('better', 'worse', 'equivalent', 'inconclusive')),
    CONSTRAINT benchmark_model_pairs_reason_check CHECK (verdict IS NOT NULL OR reason IS NOT NULL)
);

-- A pair is named once, in either order.
CREATE UNIQUE INDEX benchmark_model_pairs_once ON benchmark_model_pairs
    (tenant_id, benchmark_run_id, LEAST(model_a, model_b), GREATEST(model_a, model_b));

CALL isolate_tenants('benchmark_model_summaries');
CALL isolate_tenants('benchmark_model_pairs');
