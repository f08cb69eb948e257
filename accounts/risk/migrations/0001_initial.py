"""Sign-ins, alerts and holds, each behind its walls."""

import accounts.risk.rules
import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from tenants.walls import Touches, Walls

OWN_SIGN_INS = """
ALTER TABLE risk_signin ENABLE ROW LEVEL SECURITY;
ALTER TABLE risk_signin FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON risk_signin USING (user_id = (SELECT tidegate_user())) WITH CHECK (user_id = (SELECT tidegate_user()));
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0004_scope_of_one_transaction'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('client_id', models.CharField(blank=True, max_length=100)),
                ('rule', models.CharField(choices=[('R1', 'R1'), ('R2', 'R2'), ('R3', 'R3')], max_length=8)),
                ('severity', models.CharField(choices=[('medium', 'medium'), ('high', 'high'), ('critical', 'critical')], max_length=8)),
                ('evidence', models.JSONField()),
                ('stepped_up', models.BooleanField()),
                ('state', models.CharField(choices=[('open', 'Open'), ('confirmed', 'confirmed with a passkey'), ('harmless', 'it was them'), ('hostile', 'it was not them')], default='open', max_length=16)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('decided_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('org', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['org', '-created_at', 'id'], name='risk_alert_page')],
            },
        ),
        migrations.CreateModel(
            name='Decline',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('client_id', models.CharField(max_length=100)),
                ('at', models.DateTimeField()),
                ('org', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['org', 'at'], name='risk_decline_page')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('cause', models.CharField(choices=[('R1', 'R1'), ('R2', 'R2'), ('R3', 'R3')], max_length=8)),
                ('org', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('org', 'user'), name='risk_hold_once')],
            },
        ),
        migrations.CreateModel(
            name='RiskSettings',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('trusted_networks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None)),
                ('step_up_from', models.CharField(choices=[('medium', 'medium'), ('high', 'high')], default=accounts.risk.rules.Severity['HIGH'], max_length=8)),
                ('org', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('org',), name='risk_settings_once')],
            },
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('address', models.GenericIPAddressField(null=True)),
                ('device_known', models.BooleanField()),
                ('traits', models.BinaryField(max_length=32)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at'],
                'indexes': [models.Index(fields=['user', '-at'], name='risk_signin_page')],
            },
        ),
        Walls("Alert"),
        Walls("Decline"),
        Walls("Hold"),
        Walls("RiskSettings"),
        Touches("Hold", "user_id", ["since"]),
        migrations.RunSQL(OWN_SIGN_INS, migrations.RunSQL.noop),
    ]
