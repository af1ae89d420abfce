-- Storage, compression, statistics, options and collations of columns.
--! template
CREATE TABLE t (
    plain text,
    packed text COMPRESSION pglz,
    sampled text,
    sorted text COLLATE "C",
    many integer,
    fixed numeric(12, 2) NOT NULL DEFAULT 1.5,
    stamp timestamptz(3) DEFAULT now(),
    list text[] DEFAULT '{a,"b c"}',
    bits bit varying(5),
    span interval day to second(2)
);
ALTER TABLE t ALTER sampled SET STATISTICS 500, ALTER many SET (n_distinct = -0.5, n_distinct_inherited = 3), ALTER plain SET STORAGE EXTERNAL, ALTER fixed SET STORAGE MAIN;
--! use
SELECT attname, attstorage, attcompression, coalesce(attstattarget, -1), attoptions FROM pg_attribute WHERE attrelid = 't'::regclass AND attname IN ('plain', 'packed', 'sampled', 'many', 'fixed') ORDER BY attname;
--= fixed|m||-1|
--= many|p||-1|["n_distinct=-0.5","n_distinct_inherited=3"]
--= packed|x|p|-1|
--= plain|e||-1|
--= sampled|x||500|
INSERT INTO t (plain) VALUES ('x');
SELECT list, fixed FROM t;
--= ["a","b c"]|1.50
