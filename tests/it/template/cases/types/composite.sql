-- Composite types within each other, with an enum and a domain, and without any attribute.
--! template
CREATE TYPE kind AS ENUM ('home', 'work');
CREATE DOMAIN zip AS text CHECK (length(VALUE) = 5);
CREATE TYPE address AS (street text COLLATE "C", zip zip, kind kind, gone integer);
ALTER TYPE address DROP ATTRIBUTE gone;
ALTER TYPE address ADD ATTRIBUTE more numeric(10, 2);
CREATE TYPE person AS (name text, addresses address[], main address);
CREATE TYPE nothing AS ();
CREATE TABLE t (p person DEFAULT ROW('x', ARRAY[ROW('s', '12345', 'home', 1)::address], NULL)::person);
COMMENT ON COLUMN address.zip IS 'five digits';
--! use
INSERT INTO t DEFAULT VALUES;
SELECT (p).name, (p).addresses[1].zip, (p).addresses[1].kind, (p).addresses[1].more FROM t;
--= x|12345|home|1.00
SELECT ROW('s', '1', 'home', 1)::address;
--x zip_check
SELECT col_description('address'::regclass, 2);
--= five digits
