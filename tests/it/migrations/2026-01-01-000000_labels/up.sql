CREATE TABLE labels (id integer PRIMARY KEY, document_id integer REFERENCES documents);
