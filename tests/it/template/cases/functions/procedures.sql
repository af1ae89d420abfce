-- Procedures, with a transaction of their own.
--! template
CREATE TABLE t (n integer);
CREATE PROCEDURE fill(INOUT last integer, VARIADIC numbers integer[]) LANGUAGE plpgsql AS $$
DECLARE n integer;
BEGIN
    FOREACH n IN ARRAY numbers LOOP INSERT INTO t VALUES (n); COMMIT; last := n; END LOOP;
END $$;
COMMENT ON PROCEDURE fill(integer, integer[]) IS 'fills';
--! use
CALL fill(0, 1, 2);
SELECT sum(n) FROM t;
--= 3
SELECT obj_description('fill'::regproc, 'pg_proc');
--= fills
