from django.db import migrations, models

APPEND_ONLY = "REVOKE UPDATE, DELETE, TRUNCATE ON evidence_evidencekey FROM tidegate_app"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenants", "0002_initial")]
    operations = [
        migrations.CreateModel(
            name="EvidenceKey",
            fields=[
                ("kid", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("public", models.BinaryField(max_length=32)),
                ("wrapped", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["-created_at"]},
        ),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
