DROP FUNCTION multischema.guard_template();
-- With it go the triggers on the template's tables.
DROP FUNCTION multischema.guard() CASCADE;
DROP FUNCTION multischema.assert_active(text, name, integer, integer);
DROP TABLE multischema.applied, multischema.settings, multischema.schemas;
DROP FUNCTION multischema.notify(), multischema.touch(), multischema.keep_name();
