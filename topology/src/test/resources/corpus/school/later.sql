-- rank()
CREATE VIEW places AS SELECT student, course, term, rank() OVER (PARTITION BY course, term ORDER BY grade) AS place FROM enrolments;
-- string_agg
CREATE VIEW transcripts AS SELECT student, string_agg(course, ' ' ORDER BY course, term) AS courses FROM enrolments GROUP BY student;
-- WITH RECURSIVE
CREATE VIEW chain AS WITH RECURSIVE c AS (SELECT id, boss FROM teachers UNION SELECT c.id, t.boss FROM c JOIN teachers t ON t.id = c.boss) SELECT id, boss FROM c;
-- stddev
CREATE VIEW spread AS SELECT course, stddev(grade) AS spread FROM enrolments GROUP BY course;
-- array_agg
CREATE VIEW terms AS SELECT student, array_agg(DISTINCT term ORDER BY term) AS terms FROM enrolments GROUP BY student;
