DROP TABLE pupils;
DROP TYPE level;
