"""The walls around disputes, and the list of organisations whose deadlines come near."""

from django.db import migrations

from tenants.walls import Walls

DUE = """
-- Tenants with a deadline ahead: ids only, so that the sweep needs no right to read across tenants.
CREATE POLICY sweep ON disputes_disputecase FOR SELECT TO tidegate_owner
    USING (due_at <= now() + interval '72 hours');
CREATE POLICY sweep ON disputes_fraudwarning FOR SELECT TO tidegate_owner USING (act_by <= now() + interval '24 hours');
CREATE FUNCTION disputes_due(most bigint) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT org_id FROM public.disputes_disputecase
        WHERE state IN ('detected', 'contained', 'drafting', 'pack_built', 'approved', 'staged')
            AND due_at <= now() + interval '72 hours' AND told_hours IS DISTINCT FROM 0
    UNION
    SELECT org_id FROM public.disputes_fraudwarning
        WHERE outcome = '' AND act_by <= now() + interval '24 hours' AND told_hours IS DISTINCT FROM 0
    LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION disputes_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION disputes_due TO tidegate_app;
"""
UNDO = """
DROP FUNCTION disputes_due; DROP POLICY sweep ON disputes_disputecase; DROP POLICY sweep ON disputes_fraudwarning;
"""


class Migration(migrations.Migration):
    dependencies = [("disputes", "0001_initial"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [
        Walls("DisputeCase"),
        Walls("DisputeStep", append_only=True),
        Walls("Proposal"),
        Walls("FraudWarning"),
        Walls("Debt"),
        migrations.RunSQL(DUE, UNDO),
    ]
