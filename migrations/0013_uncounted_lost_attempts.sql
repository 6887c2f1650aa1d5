-- How many lost attempts are in none of the sums, because what they cost is not known. NULL in rows of releases that did
-- not count them.

ALTER TABLE benchmark_results
    ADD COLUMN lost_attempts_cost_uncounted integer,
    ADD CONSTRAINT benchmark_results_lost_uncounted_check CHECK (lost_attempts_cost_uncounted >= 0) NOT VALID;

ALTER TABLE benchmark_model_summaries
    ADD COLUMN lost_attempts_cost_uncounted integer,
    ADD CONSTRAINT benchmark_model_summaries_lost_uncounted_check CHECK (lost_attempts_cost_uncounted >= 0) NOT VALID;

ALTER TABLE benchmark_runs
    ADD COLUMN lost_attempts_cost_uncounted integer,
    ADD CONSTRAINT benchmark_runs_lost_uncounted_check CHECK (lost_attempts_cost_uncounted >= 0) NOT VALID;
