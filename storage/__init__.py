"""Ground floor: tables, engine and sessions, queries, migrations. Imports none of ours."""
