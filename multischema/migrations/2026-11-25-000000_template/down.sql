DROP TRIGGER notify_rename ON multischema.schemas;
DROP FUNCTION multischema.notify_rename;

CREATE OR REPLACE FUNCTION multischema.keep_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the name of schema "%" cannot be changed', OLD.name
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'change its label instead';
END
$$;

ALTER TABLE multischema.schemas DROP CONSTRAINT schemas_status_check;
ALTER TABLE multischema.schemas ADD CONSTRAINT schemas_status_check
    CHECK (status IN ('provisioning', 'active', 'suspended', 'archived', 'failed'));
ALTER TABLE multischema.schemas DROP COLUMN grants;

DELETE FROM multischema.settings WHERE key = 'ids';
DROP SCHEMA multischema_ids;
