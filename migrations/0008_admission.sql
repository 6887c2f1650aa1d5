-- Places for calls of models: one row for each unfinished run, of all tenants, from which they are shared out.

CREATE TABLE run_admissions (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    benchmark_run_id text COLLATE "C" NOT NULL,
    model_provider text COLLATE "C" NOT NULL,
    triggered_by text NOT NULL, -- decides the priority
    wanted integer NOT NULL, -- calls in flight that the run can use
    granted integer NOT NULL DEFAULT 0, -- calls in flight that it may have; 0 while it waits
    held integer NOT NULL DEFAULT 0, -- calls that it still has in flight where it gave some up
    branches_in_flight integer, -- of one test case; decided at admission and fixed from then on
    execution_arn text, -- the execution that was admitted
    queued_at timestamptz NOT NULL DEFAULT now(),
    admitted_at timestamptz,
    CONSTRAINT run_admissions_pkey PRIMARY KEY (tenant_id, benchmark_run_id),
    CONSTRAINT run_admissions_run_fkey FOREIGN KEY (tenant_id, benchmark_run_id)
        REFERENCES benchmark_runs (tenant_id, id),
    CONSTRAINT run_admissions_places_check CHECK (wanted >= 1 AND granted >= 0 AND held >= granted),
    CONSTRAINT run_admissions_branches_check CHECK (branches_in_flight >= 1)
);

CALL isolate_tenants('run_admissions');

-- Who shares out places sees the claims of all tenants: ids and numbers, no text. A transaction asks for it by name.
CREATE POLICY deployment ON run_admissions
    USING (current_setting('app.scope', true) = 'deployment')
    WITH CHECK (current_setting('app.scope', true) = 'deployment');

-- By trigger, so that the places of a run are free when its row ends, however it ended, and so that the release before
-- this one, which knows no admission, is counted too.
CREATE FUNCTION keep_run_admission() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.status NOT IN ('queued', 'running') THEN
        DELETE FROM run_admissions WHERE tenant_id = NEW.tenant_id AND benchmark_run_id = NEW.id;
        RETURN NULL;
    END IF;
    INSERT INTO run_admissions (tenant_id, benchmark_run_id, model_provider, triggered_by, wanted)
    VALUES (
        NEW.tenant_id, NEW.id, NEW.model_provider, NEW.triggered_by,
        LEAST(NEW.max_concurrency, NEW.planned_results)
    )
    ON CONFLICT DO NOTHING;
    IF NEW.status = 'running' THEN
        UPDATE run_admissions SET granted = wanted, held = wanted, admitted_at = now()
        WHERE tenant_id = NEW.tenant_id AND benchmark_run_id = NEW.id AND granted = 0;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER benchmark_runs_admission
    AFTER INSERT OR UPDATE OF status ON benchmark_runs
    FOR EACH ROW EXECUTE FUNCTION keep_run_admission();

-- Runs that are unfinished now. The owner is bound by row level security too, but for this statement.
ALTER TABLE benchmark_runs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE run_admissions NO FORCE ROW LEVEL SECURITY;
INSERT INTO run_admissions (
    tenant_id, benchmark_run_id, model_provider, triggered_by, wanted, granted, held, queued_at
)
SELECT
    tenant_id, id, model_provider, triggered_by, LEAST(max_concurrency, planned_results),
    CASE status WHEN 'running' THEN LEAST(max_concurrency, planned_results) ELSE 0 END,
    CASE status WHEN 'running' THEN LEAST(max_concurrency, planned_results) ELSE 0 END,
    created_at
FROM benchmark_runs WHERE status IN ('queued', 'running');
ALTER TABLE run_admissions FORCE ROW LEVEL SECURITY;
ALTER TABLE benchmark_runs FORCE ROW LEVEL SECURITY;
