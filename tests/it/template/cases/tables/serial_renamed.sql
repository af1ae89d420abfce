-- A sequence is found by what it belongs to, and not by its name.
--! template
CREATE TABLE old (id bigserial PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY);
ALTER TABLE old RENAME TO new;
ALTER TABLE new RENAME COLUMN id TO number;
ALTER SEQUENCE old_id_seq RENAME TO numbers;
--! use
WITH i AS (INSERT INTO new DEFAULT VALUES RETURNING *) SELECT 1;
INSERT INTO new DEFAULT VALUES;
SELECT number, n FROM new;
--= 1|1
--= 2|2
SELECT pg_get_serial_sequence('new', 'number'), pg_get_serial_sequence('new', 'n');
--= the_copy_abc.numbers|the_copy_abc.old_n_seq
