"""What is unique is so within its tenant: an error about another tenant's value would tell that it is there."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("oauth", "0002_walls")]

    operations = [
        migrations.AlterField("application", "client_id", models.CharField(max_length=60)),
        migrations.AlterField("grant", "code", models.CharField(max_length=64)),
        migrations.AlterField("refreshtoken", "token_checksum", models.CharField(max_length=64)),
        migrations.AddConstraint(
            "application", models.UniqueConstraint(fields=("org", "client_id"), name="oauth_application_once")
        ),
        migrations.AddConstraint("grant", models.UniqueConstraint(fields=("org", "code"), name="oauth_grant_once")),
        migrations.AddConstraint(
            "refreshtoken", models.UniqueConstraint(fields=("org", "token_checksum"), name="oauth_refreshtoken_once")
        ),
    ]
