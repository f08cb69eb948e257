"""What the daily look at a domain's record keeps, and when the next one is due: ids only, for the sweep to read."""

import accounts.sso.models
import django.utils.timezone
from django.db import migrations, models

DUE = """
-- Kept by a trigger, so that the sweep needs no right to read across tenants.
CREATE TABLE sso_domain_check (proof_id uuid PRIMARY KEY, org_id uuid NOT NULL, due_at timestamptz NOT NULL);
CREATE INDEX sso_domain_check_due ON sso_domain_check (due_at);
REVOKE INSERT, UPDATE, DELETE ON sso_domain_check FROM tidegate_app;
CREATE FUNCTION sso_domain_check_track() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.sso_domain_check WHERE proof_id = OLD.id;
    ELSE
        INSERT INTO public.sso_domain_check VALUES (NEW.id, NEW.org_id, NEW.check_at)
            ON CONFLICT (proof_id) DO UPDATE SET due_at = EXCLUDED.due_at;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION sso_domain_check_track FROM PUBLIC;
CREATE TRIGGER track_check AFTER INSERT OR DELETE OR UPDATE OF check_at ON sso_proveddomain
    FOR EACH ROW EXECUTE FUNCTION sso_domain_check_track();
-- Proofs from before: row-level security binds the owner too, so it is not forced while they are read.
ALTER TABLE sso_proveddomain NO FORCE ROW LEVEL SECURITY;
INSERT INTO sso_domain_check SELECT id, org_id, check_at FROM sso_proveddomain;
ALTER TABLE sso_proveddomain FORCE ROW LEVEL SECURITY;
"""
UNDO = (
    "DROP TRIGGER track_check ON sso_proveddomain; DROP FUNCTION sso_domain_check_track; DROP TABLE sso_domain_check;"
)


class Migration(migrations.Migration):
    dependencies = [
        ('sso', '0003_one_factor'),
    ]

    operations = [
        migrations.AddField(
            model_name='domain',
            name='lapsed_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='proveddomain',
            name='check_at',
            field=models.DateTimeField(default=accounts.sso.models.tomorrow),
        ),
        migrations.AddField(
            model_name='proveddomain',
            name='checked_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name='proveddomain',
            name='lapses_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='proveddomain',
            name='missing_checks',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='proveddomain',
            name='missing_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='proveddomain',
            name='notified_days',
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.RunSQL(DUE, UNDO),
    ]
