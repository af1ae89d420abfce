-- Checks and keys of single partitions.
--! template
CREATE TABLE whole (id integer NOT NULL, n integer CHECK (n > 0)) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF whole (CONSTRAINT small CHECK (n < 10), PRIMARY KEY (id)) FOR VALUES IN (1, 2);
ALTER TABLE part ALTER n SET DEFAULT 3;
CREATE TABLE rest PARTITION OF whole DEFAULT;
--! use
INSERT INTO part (id) VALUES (1);
SELECT n FROM whole;
--= 3
INSERT INTO whole VALUES (2, 11);
--x small
INSERT INTO whole VALUES (7, -1);
--x whole_n_check
INSERT INTO whole VALUES (1, 1);
--x part_pkey
