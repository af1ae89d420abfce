-- Names with quotes, dots, dollars, spaces, of 63 bytes, reserved, and like those of PostgreSQL's own objects.
--! template
CREATE TABLE "select" ("from" integer PRIMARY KEY, "a ""quoted"" name" text, "dot.ted" text, "$dollar$" text DEFAULT '$$ "x" '' \ %s %I');
CREATE TABLE "order by" (oid integer REFERENCES "select");
CREATE TABLE "012345678901234567890123456789012345678901234567890123456789012" (n integer CONSTRAINT "c12345678901234567890123456789012345678901234567890123456789012" CHECK (n > 0));
CREATE TABLE "Ünïcödé 表" ("spalte ä" integer);
CREATE VIEW "a view; DROP TABLE x; --" AS SELECT "from" AS "order", "dot.ted" FROM "select";
CREATE FUNCTION "f(x)"("arg ""one""" integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE SEQUENCE "it's a sequence";
CREATE TABLE uses (n bigint DEFAULT nextval('"it''s a sequence"'));
CREATE TYPE "My Enum" AS ENUM ('A b');
CREATE TABLE "user" ("type" "My Enum" DEFAULT 'A b', "group" "My Enum"[]);
--! use
INSERT INTO "select" ("from", "dot.ted") VALUES (1, 'd');
INSERT INTO "order by" VALUES (2);
--x violates foreign key constraint
SELECT "$dollar$" FROM "select";
--= $$ "x" ' \ %s %I
SELECT * FROM "a view; DROP TABLE x; --";
--= 1|d
INSERT INTO uses DEFAULT VALUES;
SELECT n, "f(x)"(7) FROM uses;
--= 1|7
INSERT INTO "012345678901234567890123456789012345678901234567890123456789012" VALUES (0);
--x violates check constraint "c12345678901234567890123456789012345678901234567890123456789012"
INSERT INTO "user" DEFAULT VALUES;
SELECT "type" FROM "user";
--= A b
