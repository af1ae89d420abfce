-- PostgreSQL writes this check in other words once it has read its own.
--! template
CREATE TABLE t (st varchar CHECK (st IN ('a', 'b')), n integer, CONSTRAINT n_in CHECK (n IN (1, 2) AND n <> ALL ('{3}'::int[])));
CREATE INDEX t_st ON t (n) WHERE st IN ('a', 'b');
CREATE VIEW v AS SELECT * FROM t WHERE st IN ('a', 'b');
CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM t WHERE st IN ('a', 'c'); END;
--! use
INSERT INTO t VALUES ('c', 1);
--x t_st_check
INSERT INTO t VALUES ('a', 3);
--x n_in
INSERT INTO t VALUES ('a', 1);
SELECT * FROM v;
--= a|1
SELECT f();
--= 1
