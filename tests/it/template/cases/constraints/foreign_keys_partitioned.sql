-- Foreign keys to a partitioned table, from one, and between two.
--! template
CREATE TABLE whole (id integer PRIMARY KEY, parent integer) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF whole FOR VALUES FROM (0) TO (10);
CREATE TABLE part_2 PARTITION OF whole FOR VALUES FROM (10) TO (20);
CREATE TABLE plain (id integer PRIMARY KEY, whole_id integer CONSTRAINT to_whole REFERENCES whole ON DELETE CASCADE);
ALTER TABLE whole ADD CONSTRAINT to_plain FOREIGN KEY (parent) REFERENCES plain;
CREATE TABLE other (id integer, whole_id integer REFERENCES whole) PARTITION BY LIST (id);
CREATE TABLE other_1 PARTITION OF other FOR VALUES IN (1);
CREATE TABLE other_rest PARTITION OF other DEFAULT;
ALTER TABLE part_1 ADD CONSTRAINT only_here FOREIGN KEY (parent) REFERENCES plain (id) ON DELETE SET NULL;
--! use
INSERT INTO whole VALUES (1), (11);
INSERT INTO plain VALUES (1, 11);
INSERT INTO plain VALUES (2, 12);
--x to_whole
INSERT INTO part_2 VALUES (12, 5);
--x to_plain
INSERT INTO other VALUES (1, 11), (2, 1);
INSERT INTO other VALUES (1, 15);
--x other_whole_id_fkey
DELETE FROM other;
DELETE FROM whole WHERE id = 11;
SELECT count(*) FROM plain;
--= 0
