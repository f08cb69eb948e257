"""The security policy of each tenant, resets of factors, reminders, and the operators' emergency codes."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from tenants.walls import Walls

SWEEP = """
-- When an organisation that asks for a second factor looks next who misses one: ids only, kept by a trigger, so that the sweep needs no right to read across tenants.
CREATE TABLE assurance_sweep (org_id uuid PRIMARY KEY, due_at timestamptz NOT NULL);
CREATE INDEX assurance_sweep_due ON assurance_sweep (due_at);
REVOKE INSERT, UPDATE, DELETE ON assurance_sweep FROM tidegate_app;
CREATE FUNCTION assurance_sweep_track() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.assurance_sweep WHERE org_id = OLD.org_id;
    ELSIF NOT NEW.require_factor THEN
        DELETE FROM public.assurance_sweep WHERE org_id = NEW.org_id;
    ELSE
        INSERT INTO public.assurance_sweep
            VALUES (NEW.org_id, coalesce(NEW.swept_at + interval '1 day', NEW.required_since))
            ON CONFLICT (org_id) DO UPDATE SET due_at = EXCLUDED.due_at;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION assurance_sweep_track FROM PUBLIC;
CREATE TRIGGER track AFTER INSERT OR DELETE OR UPDATE OF require_factor, required_since, swept_at
    ON assurance_securitypolicy FOR EACH ROW EXECUTE FUNCTION assurance_sweep_track();
"""
UNDO = """
DROP TRIGGER track ON assurance_securitypolicy; DROP FUNCTION assurance_sweep_track; DROP TABLE assurance_sweep;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0004_scope_of_one_transaction'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BreakGlass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('address', models.GenericIPAddressField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='FactorReset',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('until', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('org', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at'],
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['org', 'user', '-at'], name='assurance_reset_newest')],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('sent_at', models.DateTimeField()),
                ('org', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('org', 'user'), name='assurance_reminder_once')],
            },
        ),
        migrations.CreateModel(
            name='SecurityPolicy',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('require_factor', models.BooleanField(default=False)),
                ('required_since', models.DateTimeField(blank=True, null=True)),
                ('grace_days', models.PositiveSmallIntegerField(default=7)),
                ('excused_until', models.DateTimeField(blank=True, null=True)),
                ('idle_minutes', models.PositiveIntegerField(blank=True, null=True)),
                ('lifetime_hours', models.PositiveIntegerField(blank=True, null=True)),
                ('swept_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('org', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('org',), name='assurance_securitypolicy_once')],
            },
        ),
        Walls("SecurityPolicy"),
        Walls("FactorReset"),
        Walls("Reminder"),
        migrations.RunSQL(SWEEP, UNDO),
    ]
