-- Functions, views, tables and types that need each other in an order which their names do not have.
--! template
CREATE TYPE z_type AS ENUM ('a');
CREATE FUNCTION y_default() RETURNS z_type LANGUAGE sql IMMUTABLE RETURN 'a'::z_type;
CREATE TABLE x_table (k z_type DEFAULT y_default());
CREATE VIEW w_view AS SELECT k, count(*) FROM x_table GROUP BY k;
CREATE FUNCTION v_rows() RETURNS SETOF w_view LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM w_view; END;
CREATE MATERIALIZED VIEW u_mat AS SELECT r.k FROM v_rows() r;
CREATE VIEW t_view AS SELECT * FROM u_mat;
CREATE TYPE s_type AS (rows w_view, m u_mat);
CREATE TABLE a_table (s s_type, CHECK ((s).m IS NULL), r t_view DEFAULT ROW('a')::t_view);
--! use
INSERT INTO x_table DEFAULT VALUES;
SELECT * FROM v_rows();
--= a|1
REFRESH MATERIALIZED VIEW u_mat;
SELECT k FROM t_view;
--= a
INSERT INTO a_table (s) VALUES (NULL);
