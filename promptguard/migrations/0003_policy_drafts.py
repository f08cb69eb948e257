"""When a version of a guard policy was put in force; what it says can never be edited."""


from django.db import migrations, models

KEPT = """
CREATE FUNCTION promptguard_keep_policy() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'A version of a guard policy is never edited.' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep BEFORE UPDATE OF rules, version, author, note ON promptguard_guardpolicy FOR EACH ROW
    WHEN ((OLD.rules, OLD.version, OLD.author, OLD.note) IS DISTINCT FROM (NEW.rules, NEW.version, NEW.author, NEW.note))
    EXECUTE FUNCTION promptguard_keep_policy();
"""
UNDO = "DROP TRIGGER keep ON promptguard_guardpolicy; DROP FUNCTION promptguard_keep_policy;"


class Migration(migrations.Migration):

    dependencies = [
        ('promptguard', '0002_walls'),
    ]

    operations = [
        migrations.AddField(
            model_name='guardpolicy',
            name='activated_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(KEPT, UNDO),
    ]
