-- Three levels, by list, hash and range.
--! template
CREATE TABLE top (region text, id integer, n integer) PARTITION BY LIST (region);
CREATE TABLE north PARTITION OF top FOR VALUES IN ('n', 'nw') PARTITION BY HASH (id);
CREATE TABLE north_0 PARTITION OF north FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE north_1 PARTITION OF north FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY RANGE (n, (id + 1));
CREATE TABLE north_1_all PARTITION OF north_1 FOR VALUES FROM (MINVALUE, MINVALUE) TO (MAXVALUE, MAXVALUE);
CREATE TABLE other PARTITION OF top DEFAULT;
--! use
INSERT INTO top SELECT 'n', i, i FROM generate_series(1, 20) i;
INSERT INTO top VALUES ('s', 1, 1);
SELECT (SELECT count(*) FROM north), (SELECT count(*) FROM other), (SELECT count(*) > 0 FROM north_1_all), (SELECT count(*) > 0 FROM north_0);
--= 20|1|true|true
