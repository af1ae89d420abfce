-- A function that sets the search path to its schema, and other settings.
--! template
CREATE TABLE t (n integer DEFAULT 1);
CREATE FUNCTION here() RETURNS text LANGUAGE sql SET search_path = __template__, pg_temp AS 'SELECT current_schema()';
CREATE FUNCTION there() RETURNS text LANGUAGE sql SET search_path = "$user", public, "__template__", pg_temp SET work_mem = '1MB' AS
    $$SELECT current_setting('search_path') || current_setting('work_mem')$$;
CREATE FUNCTION nowhere() RETURNS text LANGUAGE sql SET search_path = '' AS $$SELECT coalesce(current_schema(), 'none')$$;
CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS 'BEGIN RETURN count(*) FROM t; END';
--! use
SET search_path = public;
SELECT the_copy_abc.here(), the_copy_abc.there(), the_copy_abc.nowhere(), the_copy_abc.counted();
--= the_copy_abc|"$user", public, the_copy_abc, pg_temp1MB|none|0
