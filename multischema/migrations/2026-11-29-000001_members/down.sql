DROP TRIGGER notify_truncate ON multischema.schemas;
DROP FUNCTION multischema.notify_all();
DROP TABLE multischema.members;
DROP FUNCTION multischema.notify_members();
