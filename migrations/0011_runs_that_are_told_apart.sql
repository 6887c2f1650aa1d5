-- A run may bring a text of its own, which is kept as a version without a number: nobody has registered it.
ALTER TABLE skill_versions ALTER COLUMN version_number DROP NOT NULL;

-- The text of such a version is registered later, also by the release before this one: the number that the new row
-- would have had goes to the row that is there.
CREATE FUNCTION number_known_version() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE skill_versions SET version_number = NEW.version_number
    WHERE tenant_id = NEW.tenant_id AND skill_id = NEW.skill_id AND content_sha256 = NEW.content_sha256
        AND version_number IS NULL;
    RETURN NEW;
END
$$;

CREATE TRIGGER skill_versions_number_known
    BEFORE INSERT ON skill_versions
    FOR EACH ROW WHEN (NEW.version_number IS NOT NULL)
    EXECUTE FUNCTION number_known_version();

ALTER TABLE benchmark_runs
    -- How often its execution had been redriven when the row ended. Who writes after that is a later redrive, or late.
    ADD COLUMN redrives_at_end integer,
    -- Answers that a run which ended early had begun and not finished. They are no results, and were paid for.
    ADD COLUMN unfinished_answers integer,
    ADD COLUMN unfinished_cost_microcents bigint,
    ADD COLUMN unfinished_cost_uncounted integer; -- calls without a known price
