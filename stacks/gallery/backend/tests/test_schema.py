"""database.sql and the models say the same."""

from sqlalchemy import Engine, inspect

from app.models import Base


def test_models_match_database_sql(orm: Engine) -> None:
    found = inspect(orm)
    assert set(found.get_table_names()) == set(Base.metadata.tables)
    for name, table in Base.metadata.tables.items():
        columns = {column["name"]: column for column in found.get_columns(name)}
        assert set(columns) == set(table.columns.keys()), name
        for column in table.columns:
            real = columns[column.name]
            dialect = orm.dialect
            assert real["type"].compile(dialect) == column.type.compile(dialect), f"{name}.{column.name}"
            if not column.computed:
                assert real["nullable"] == column.nullable, f"{name}.{column.name}"
        assert set(found.get_pk_constraint(name)["constrained_columns"]) == {c.name for c in table.primary_key}
