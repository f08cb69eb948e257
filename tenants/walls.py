"""Migration operations that build the second and third walls around a tenant table, in the table's own migration."""

from collections.abc import Iterable

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from tenants.scope import OrgForeignKey

APPLICATION_ROLE = "tidegate_app"
OPERATOR_ROLE = "tidegate_operator"
OWN_ROWS = "org_id = (SELECT tidegate_org())"


class Walls(Operation):
    """Force row-level security on a model's table and make its references composite.

    `readable_by` is a further SQL condition under which rows may be read (not written), such as a person's own
    memberships. `append_only` takes UPDATE and DELETE from the application's role.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, readable_by: str = "", append_only: bool = False) -> None:
        self.model = model
        self.readable_by = readable_by
        self.append_only = append_only

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        for statement in self._statements(model):
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        for policy in ("tenant", "readable", "operator"):
            schema_editor.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Build the tenant walls around {self.model}"

    def _statements(self, model: type[Model]) -> Iterable[str]:
        table = model._meta.db_table
        yield from row_level_security(table, OWN_ROWS, self.readable_by)
        yield f"ALTER TABLE {table} ADD CONSTRAINT {table}_org_id_id UNIQUE (org_id, id)"
        for field in model._meta.local_fields:
            if isinstance(field, OrgForeignKey):
                yield composite_reference(table, field)
        if self.append_only:
            yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APPLICATION_ROLE}"


def row_level_security(table: str, condition: str, readable_by: str = "") -> Iterable[str]:
    """Yield the statements that let `table`'s rows be seen and written only where `condition` holds."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY tenant ON {table} USING ({condition}) WITH CHECK ({condition})"
    if readable_by:
        yield f"CREATE POLICY readable ON {table} FOR SELECT USING ({readable_by})"
    yield f"CREATE POLICY operator ON {table} FOR SELECT TO {OPERATOR_ROLE} USING (true)"
    yield f"GRANT SELECT ON {table} TO {OPERATOR_ROLE}"


def composite_reference(table: str, field: OrgForeignKey) -> str:
    """Return the statement by which `field` can only point at a row of the same tenant."""
    target = field.remote_field.model._meta.db_table
    name = f"{table}_{field.column}_same_org"
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (org_id, {field.column}) "
        f"REFERENCES {target} (org_id, id) DEFERRABLE INITIALLY IMMEDIATE"
    )


class Touches(Operation):
    """Bump the stamp of a row's tenant (or person) whenever one of `columns` changes; cached credentials then reload.

    `subject` is the column that holds the id whose stamp is bumped.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, subject: str, columns: Iterable[str]) -> None:
        self.model = model
        self.subject = subject
        self.columns = tuple(columns)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(
            f"CREATE TRIGGER touch AFTER INSERT OR DELETE OR UPDATE OF {', '.join(self.columns)} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION tidegate_touch('{self.subject}')"
        )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"DROP TRIGGER IF EXISTS touch ON {table}")

    def describe(self) -> str:
        return f"Bump the stamp when {self.model} changes"
