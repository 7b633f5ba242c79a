-- EXCEPT ALL
CREATE VIEW left_over AS SELECT label FROM labels EXCEPT ALL SELECT lower(name) FROM teams;
