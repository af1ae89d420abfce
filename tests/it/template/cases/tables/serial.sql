-- A serial column has a sequence of its own, which starts fresh.
--! narrow
--! template
CREATE TABLE t (id serial PRIMARY KEY, big bigserial, small smallserial, name text);
SELECT nextval('t_id_seq'), nextval('t_id_seq');
--! use
INSERT INTO t (name) VALUES ('a'), ('b');
SELECT id, big, small FROM t ORDER BY id;
--= 1|1|1
--= 2|2|2
SELECT pg_get_serial_sequence('t', 'id'), pg_get_serial_sequence('t', 'big');
--= the_copy_abc.t_id_seq|the_copy_abc.t_big_seq
DROP TABLE t;
SELECT to_regclass('t_id_seq') IS NULL;
--= true
