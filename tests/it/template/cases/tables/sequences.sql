-- A sequence that belongs to nobody keeps all its options, and starts fresh.
--! template
CREATE SEQUENCE numbers AS integer START 100 INCREMENT 5 MINVALUE 10 MAXVALUE 200 CACHE 1 CYCLE;
CREATE SEQUENCE small AS smallint;
CREATE UNLOGGED SEQUENCE quick;
SELECT nextval('numbers'), setval('small', 77);
--! use
SELECT nextval('numbers'), nextval('numbers'), nextval('small');
--= 100|105|1
SELECT data_type, start_value, min_value, max_value, cycle FROM pg_sequences WHERE schemaname = 'the_copy_abc' AND sequencename = 'numbers';
--= integer|100|10|200|true
SELECT relpersistence FROM pg_class WHERE oid = 'quick'::regclass;
--= u
