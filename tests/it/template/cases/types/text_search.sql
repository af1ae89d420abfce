-- A dictionary, a configuration with mappings, and an index that names it.
--! template
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION "My words" (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION "My words" ADD MAPPING FOR asciiword, word WITH plain, english_stem;
ALTER TEXT SEARCH CONFIGURATION "My words" ADD MAPPING FOR uint WITH simple;
CREATE TEXT SEARCH TEMPLATE t_simple (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY own (TEMPLATE = t_simple);
CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH CONFIGURATION bare (PARSER = p);
CREATE TABLE t (body text, words tsvector GENERATED ALWAYS AS (to_tsvector('"My words"', body)) STORED);
CREATE INDEX t_body ON t USING gin (to_tsvector('"My words"'::regconfig, body));
COMMENT ON TEXT SEARCH CONFIGURATION "My words" IS 'mine'; COMMENT ON TEXT SEARCH DICTIONARY plain IS 'plain';
--! use
INSERT INTO t VALUES ('the cats have 12 lives');
SELECT words FROM t;
--= '12':4 'cat':2 'live':5
SELECT count(*) FROM pg_depend WHERE objid = 't_body'::regclass AND refclassid = 'pg_ts_config'::regclass;
--= 1
SELECT ts_lexize('own', 'ABC')::text;
--= {abc}
