-- Casts (which `pg_dump` leaves out when it dumps one schema) from, to and between types of the schema, by function, by text and without any.
--! template
CREATE TYPE celsius AS (degrees numeric);
CREATE TYPE fahrenheit AS (degrees numeric);
CREATE FUNCTION to_f(c celsius) RETURNS fahrenheit LANGUAGE sql IMMUTABLE AS 'SELECT ROW(c.degrees * 9 / 5 + 32)::fahrenheit';
CREATE CAST (celsius AS fahrenheit) WITH FUNCTION to_f(celsius) AS IMPLICIT;
CREATE TYPE state AS ENUM ('on', 'off');
CREATE CAST (state AS integer) WITH INOUT AS ASSIGNMENT;
CREATE CAST (fahrenheit AS text) WITH INOUT;
CREATE TABLE t (c celsius, f fahrenheit);
COMMENT ON CAST (celsius AS fahrenheit) IS 'warmer';
--! use
INSERT INTO t VALUES (ROW(100));
UPDATE t SET f = c;
SELECT (f).degrees::integer, f::text FROM t;
--= 212|(212.0000000000000000)
SELECT castcontext, castmethod FROM pg_cast WHERE casttarget = 'fahrenheit'::regtype;
--= i|f
