"""The SQL of the decision table: partitioned by month, append-only, walled by tenant. Used by the first migration."""

DECISIONS = """
CREATE TABLE audit_decision (
    id varchar(30) NOT NULL,
    org_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    environment varchar(16) NOT NULL,
    request_id varchar(64) NOT NULL,
    principal_kind varchar(16) NOT NULL,
    principal_id varchar(40) NOT NULL,
    principal_label varchar(120) NOT NULL,
    permission varchar(40) NOT NULL,
    resource varchar(120) NOT NULL,
    action varchar(16) NOT NULL,
    mode varchar(16) NOT NULL,
    reason_codes varchar(24)[] NOT NULL,
    policy_version varchar(40) NOT NULL,
    input_hash bytea,
    findings jsonb NOT NULL,
    timings jsonb NOT NULL,
    detail jsonb NOT NULL,
    PRIMARY KEY (org_id, created_at, id)
) PARTITION BY RANGE (created_at);
CREATE TABLE audit_decision_default PARTITION OF audit_decision DEFAULT;

-- Partitions are reached through their parent, whose policies hold; nobody but the owner touches one directly.
REVOKE ALL ON audit_decision_default FROM tidegate_app, tidegate_operator, tidegate_recorder;
REVOKE ALL ON audit_decision FROM tidegate_app;
GRANT SELECT, INSERT ON audit_decision TO tidegate_app;
GRANT INSERT ON audit_decision TO tidegate_recorder;
CREATE POLICY recorder ON audit_decision FOR INSERT TO tidegate_recorder WITH CHECK (true);

-- Makes the partitions of this month and of the `ahead` months after it, where they are missing.
CREATE FUNCTION audit_prepare_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    month timestamptz;
    name text;
    made integer := 0;
BEGIN
    FOR step IN 0..least(ahead, 24) LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => step);
        name := 'audit_decision_' || to_char(month AT TIME ZONE 'UTC', 'YYYYMM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_decision FOR VALUES FROM (%L) TO (%L)',
            name, month, month + make_interval(months => 1));
        EXECUTE format('REVOKE ALL ON public.%I FROM tidegate_app, tidegate_operator, tidegate_recorder', name);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
SELECT audit_prepare_partitions(3);
"""

UNDO = "DROP FUNCTION audit_prepare_partitions; DROP TABLE audit_decision;"
