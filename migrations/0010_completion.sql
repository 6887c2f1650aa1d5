-- A run that failed may be resumed, and what failed then gives way to what came later. What an answer or a verdict is
-- made of never changes, whoever has the right to update the row.

CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% keeps what was recorded', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER benchmark_results_keep
    BEFORE UPDATE ON benchmark_results
    FOR EACH ROW WHEN (OLD.outcome IN ('scored', 'refused', 'truncated'))
    EXECUTE FUNCTION refuse_change();

CREATE TRIGGER benchmark_verdicts_keep
    BEFORE UPDATE ON benchmark_verdicts
    FOR EACH ROW WHEN (OLD.status IN ('scored', 'by_rule'))
    EXECUTE FUNCTION refuse_change();
