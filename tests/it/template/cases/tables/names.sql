-- Names that are reserved, in mixed case, in quotes, as long as can be, and not of this alphabet.
--! template
CREATE TABLE "Select" ("Order" serial8 PRIMARY KEY, "group by" text DEFAULT 'it''s "x"', "a""b" integer, "tab	stop" integer);
CREATE TABLE "user" ("Select" bigint REFERENCES "Select", "naïve ☃" text);
CREATE INDEX "INDEX" ON "Select" ("group by", ("a""b" + 1));
CREATE TABLE "abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrstuvwxyz_123456789" (id bigserial PRIMARY KEY);
CREATE VIEW "View" AS SELECT "Order" AS "ORDER", "a""b" FROM "Select";
CREATE FUNCTION "Do It"("Arg" integer, "a""b" text DEFAULT 'x''y') RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE TYPE "Type" AS ENUM ('A', 'a', '"', '''', ' ', 'é');
CREATE TRIGGER "my ON the_copy trigger" BEFORE UPDATE OF "group by", "a""b" ON "Select" FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
--! use
INSERT INTO "Select" ("a""b") VALUES (7);
INSERT INTO "user" VALUES (1, 'x');
SELECT * FROM "View";
--= 1|7
SELECT "Do It"(5), enum_range(NULL::"Type")::text;
--= 5|{A,a,"\"",'," ",é}
SELECT "group by" FROM "Select";
--= it's "x"
