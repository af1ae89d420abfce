DROP FUNCTION multischema.end_migration;
DROP FUNCTION multischema.may_have_ids;
DROP FUNCTION multischema.ids_made;
DROP FUNCTION multischema.enter_migration;
DROP TABLE multischema.run_schemas;
DROP TABLE multischema.runs;
