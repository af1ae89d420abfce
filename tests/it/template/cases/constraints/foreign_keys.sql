-- Foreign keys with actions, to themselves, in circles, deferrable; to a unique index and with names.
--! template
CREATE TABLE a (id integer PRIMARY KEY, b_id integer, other integer, code text);
CREATE UNIQUE INDEX a_code ON a (code);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer REFERENCES a ON DELETE CASCADE ON UPDATE SET NULL);
ALTER TABLE a ADD CONSTRAINT round FOREIGN KEY (b_id) REFERENCES b DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE a ADD FOREIGN KEY (other) REFERENCES a ON DELETE SET DEFAULT;
CREATE TABLE c (code text REFERENCES a (code) ON UPDATE CASCADE, x integer, y integer,
    FOREIGN KEY (x) REFERENCES b ON DELETE SET NULL (x));
--! use
INSERT INTO a VALUES (1, 7, 1, 'one');
--x round
BEGIN; INSERT INTO a VALUES (1, 7, 1, 'one'); INSERT INTO b VALUES (7, 1); COMMIT;
INSERT INTO c VALUES ('one', 7);
UPDATE a SET code = 'uno';
SELECT code FROM c;
--= uno
SELECT conname, confdeltype, confupdtype, condeferred FROM pg_constraint WHERE contype = 'f' AND connamespace = 'the_copy_abc'::regnamespace ORDER BY 1;
--= a_other_fkey|d|a|false
--= b_a_id_fkey|c|n|false
--= c_code_fkey|a|c|false
--= c_x_fkey|n|a|false
--= round|a|a|true
SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confrelid IN ('a'::regclass, 'b'::regclass);
--= 5
