DROP FUNCTION multischema.end_migration;
DROP FUNCTION multischema.enter_migration;
DROP TABLE multischema.run_schemas;
DROP TABLE multischema.runs;
