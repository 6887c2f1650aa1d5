-- What protects a deployment: a limit on the calls of a day, erasure, retention.

-- The runs of a tenant of one day.
CREATE INDEX benchmark_runs_of_day ON benchmark_runs (tenant_id, created_at);

-- The measurements of a run, which its erasure looks for; those of hooks have none.
CREATE INDEX token_measurements_of_run ON token_measurements (tenant_id, benchmark_run_id)
    WHERE benchmark_run_id IS NOT NULL;

-- Results, verdicts and labels of a run are deleted after a time, if the deployment says so. The row and its summaries
-- stay, and say it.
ALTER TABLE benchmark_runs ADD COLUMN results_expired_at timestamptz;

CREATE INDEX benchmark_runs_to_expire ON benchmark_runs (completed_at)
    WHERE results_expired_at IS NULL OR results_expired_at < completed_at; -- a run that was resumed has new ones

-- Retention looks for runs of all tenants. Nobody but the owner may, and only by name.
CREATE POLICY retention ON benchmark_runs FOR SELECT TO CURRENT_USER
    USING (current_setting('app.scope', true) = 'retention');
