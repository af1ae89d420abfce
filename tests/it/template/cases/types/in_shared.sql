-- Types of a shared schema stay there, those of an extension among them.
--! shared
CREATE TYPE public.color AS ENUM ('red');
CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
--! template
CREATE TABLE t (c public.color DEFAULT 'red', w public.citext UNIQUE CHECK (w <> 'no'), n integer, d daterange,
    EXCLUDE USING gist (n WITH =, d WITH &&));
CREATE INDEX t_w ON t USING hash (w);
--! use
INSERT INTO t (w) VALUES ('Ab');
INSERT INTO t (w) VALUES ('aB');
--x t_w_key
INSERT INTO t (w) VALUES ('NO');
--x t_w_check
SELECT c FROM t WHERE w = 'AB';
--= red
