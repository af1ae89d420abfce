-- Partitions whose columns come in another order, and whose index has a name of its own.
--! template
CREATE TABLE whole (a integer NOT NULL, b text, CONSTRAINT whole_key UNIQUE (a)) PARTITION BY RANGE (a);
CREATE TABLE part (gone integer, b text, a integer NOT NULL, CONSTRAINT my_own_key UNIQUE (a));
ALTER TABLE part DROP gone;
ALTER TABLE whole ATTACH PARTITION part FOR VALUES FROM (0) TO (10);
CREATE INDEX whole_b ON ONLY whole (b);
CREATE INDEX part_b_by_hand ON part (b);
ALTER INDEX whole_b ATTACH PARTITION part_b_by_hand;
--! use
INSERT INTO whole VALUES (1, 'x');
SELECT * FROM part;
--= x|1
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent IN ('whole_key'::regclass, 'whole_b'::regclass) ORDER BY 1;
--= my_own_key
--= part_b_by_hand
