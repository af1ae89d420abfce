-- What a view is besides its query: whose rights it has, a barrier, a check option, columns' defaults.
--! template
CREATE TABLE t (n integer, m integer DEFAULT 3);
CREATE VIEW invoker WITH (security_invoker = true, security_barrier) AS SELECT n, m FROM t WHERE n > 0;
CREATE VIEW checked AS SELECT n, m FROM t WHERE n > 0 WITH LOCAL CHECK OPTION;
CREATE VIEW checked_again AS SELECT n, m FROM checked WHERE n < 10 WITH CASCADED CHECK OPTION;
ALTER VIEW checked_again ALTER m SET DEFAULT 8;
CREATE RECURSIVE VIEW upto (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM upto WHERE n < 3;
COMMENT ON COLUMN checked.n IS 'a column of a view';
--! use
INSERT INTO checked_again (n) VALUES (5);
INSERT INTO checked_again VALUES (-1);
--x violates check option
INSERT INTO checked_again VALUES (11);
--x violates check option
SELECT * FROM invoker;
--= 5|8
SELECT reloptions::text FROM pg_class WHERE oid = 'invoker'::regclass;
--= {security_invoker=true,security_barrier=true}
SELECT sum(n) FROM upto;
--= 6
