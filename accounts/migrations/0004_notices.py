"""What people were told by mail, the devices they use, and which key's end has to be told when."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

EXPIRY = """
-- When the next notice of a key's end is due: ids only, kept by a trigger, so that the sweep needs no right to read across tenants.
CREATE TABLE accounts_key_expiry (key_id uuid PRIMARY KEY, org_id uuid NOT NULL, due_at timestamptz NOT NULL);
CREATE INDEX accounts_key_expiry_due ON accounts_key_expiry (due_at);
REVOKE INSERT, UPDATE, DELETE ON accounts_key_expiry FROM tidegate_app;
CREATE FUNCTION accounts_key_expiry_track() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.accounts_key_expiry WHERE key_id = OLD.id;
    ELSIF NEW.expires_at IS NULL OR NEW.revoked_at IS NOT NULL OR NEW.notified_days = 0 THEN
        DELETE FROM public.accounts_key_expiry WHERE key_id = NEW.id;
    ELSE
        INSERT INTO public.accounts_key_expiry VALUES (NEW.id, NEW.org_id, NEW.expires_at - make_interval(days =>
            CASE WHEN NEW.notified_days IS NULL THEN 7 WHEN NEW.notified_days > 1 THEN 1 ELSE 0 END))
            ON CONFLICT (key_id) DO UPDATE SET due_at = EXCLUDED.due_at;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_key_expiry_track FROM PUBLIC;
CREATE TRIGGER track AFTER INSERT OR DELETE OR UPDATE OF expires_at, revoked_at, notified_days ON accounts_apikey
    FOR EACH ROW EXECUTE FUNCTION accounts_key_expiry_track();
"""
UNDO = "DROP TRIGGER track ON accounts_apikey; DROP FUNCTION accounts_key_expiry_track; DROP TABLE accounts_key_expiry;"


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_walls'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='notified_days',
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name='KnownDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.BinaryField(max_length=32)),
                ('seen_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'hash'), name='accounts_knowndevice_once')],
            },
        ),
        migrations.CreateModel(
            name='SentNotice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=60)),
                ('email', models.EmailField(max_length=254)),
                ('sent_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-sent_at'],
                'indexes': [models.Index(fields=['user', '-sent_at'], name='accounts_notice_page')],
            },
        ),
        migrations.RunSQL(EXPIRY, UNDO),
    ]
