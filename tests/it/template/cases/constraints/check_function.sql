-- A check that calls a function of the schema, and one of a shared schema.
--! shared
CREATE FUNCTION public.is_even(n integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n % 2 = 0';
--! template
CREATE FUNCTION is_small(n integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n < 10; END';
CREATE TABLE t (n integer CHECK (is_small(n)) CHECK (public.is_even(n)));
--! use
INSERT INTO t VALUES (12);
--x t_n_check
INSERT INTO t VALUES (3);
--x t_n_check1
INSERT INTO t VALUES (4);
