"""The walls around packs and submissions; what is approved cannot change any more; which packs a worker owes."""

from django.db import migrations

from tenants.walls import Walls

FIXED = """
-- A pack that is built stays what it is, and an approval stays with what it approved; void and submitted are the end.
CREATE FUNCTION evidence_pack_is_fixed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.case_id, NEW.as_of, NEW.said, NEW.preparer_id)
            IS DISTINCT FROM (OLD.case_id, OLD.as_of, OLD.said, OLD.preparer_id)
        OR OLD.manifest_sha256 <> '' AND (NEW.manifest, NEW.manifest_sha256, NEW.archive_sha256, NEW.kid)
            IS DISTINCT FROM (OLD.manifest, OLD.manifest_sha256, OLD.archive_sha256, OLD.kid)
        OR OLD.approver_id <> '' AND (NEW.approver_id, NEW.approval, NEW.approved_at)
            IS DISTINCT FROM (OLD.approver_id, OLD.approval, OLD.approved_at)
        OR OLD.state IN ('void', 'submitted') AND NEW.state <> OLD.state
    THEN
        RAISE EXCEPTION 'What is in a pack of evidence does not change: void it and build another one.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fixed BEFORE UPDATE ON evidence_evidencepack
    FOR EACH ROW EXECUTE FUNCTION evidence_pack_is_fixed();
"""
DUE = """
-- Packs on which work is owed: ids only, so that the sweep needs no right to read across tenants.
CREATE POLICY sweep ON evidence_evidencepack FOR SELECT TO tidegate_owner
    USING (owed <> '' AND due_at <= now());
CREATE FUNCTION evidence_due(most bigint) RETURNS TABLE (org_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.org_id, p.id FROM public.evidence_evidencepack p WHERE p.owed <> '' AND p.due_at <= now()
    ORDER BY p.due_at LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION evidence_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION evidence_due TO tidegate_app;
"""
UNDO = """
DROP FUNCTION evidence_due; DROP POLICY sweep ON evidence_evidencepack;
DROP TRIGGER fixed ON evidence_evidencepack; DROP FUNCTION evidence_pack_is_fixed;
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_packs"), ("disputes", "0002_walls")]
    operations = [
        Walls("EvidencePack"),
        Walls("Submission"),
        migrations.RunSQL(FIXED + DUE, UNDO),
    ]
