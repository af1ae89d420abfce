-- A default that calls a function of the schema.
--! template
CREATE FUNCTION fresh() RETURNS text LANGUAGE sql AS $$SELECT 'new in ' || current_schema()$$;
CREATE TABLE t (n integer, word text DEFAULT fresh(), day date DEFAULT CURRENT_DATE, who text DEFAULT CURRENT_USER);
--! use
INSERT INTO t (n) VALUES (1);
SELECT word, day = CURRENT_DATE FROM t;
--= new in the_copy_abc|true
