-- WITH RECURSIVE
CREATE VIEW chain AS WITH RECURSIVE c AS (SELECT id, boss FROM teachers UNION SELECT c.id, t.boss FROM c JOIN teachers t ON t.id = c.boss) SELECT id, boss FROM c;
