CREATE VIEW passed AS SELECT DISTINCT student, course FROM enrolments WHERE grade <= 4.0;
CREATE VIEW credits AS SELECT s.id, s.name, coalesce(sum(c.credits), 0) AS credits FROM students s LEFT JOIN passed p ON p.student = s.id LEFT JOIN courses c ON c.code = p.course GROUP BY s.id;
CREATE VIEW honours AS SELECT id, name FROM credits WHERE credits >= 6;
CREATE VIEW course_results AS SELECT c.code, c.title, count(e.student) AS students, avg(e.grade) AS grade, min(e.grade) AS best FROM courses c LEFT JOIN enrolments e ON e.course = c.code GROUP BY c.code;
CREATE VIEW failing AS SELECT course, term FROM enrolments GROUP BY course, term HAVING bool_or(grade = 5.0);
CREATE VIEW may_take AS SELECT s.id, c.code FROM students s CROSS JOIN courses c WHERE NOT EXISTS (SELECT 1 FROM requirements r LEFT JOIN passed p ON p.course = r.needs AND p.student = 1 WHERE r.course = c.code AND p.student IS NULL);
CREATE VIEW teacher_load AS SELECT t.id, t.name, count(c.code) AS courses, sum(c.credits) AS credits FROM teachers t LEFT JOIN courses c ON c.teacher = t.id GROUP BY t.id;
CREATE VIEW bosses AS SELECT t.name, b.name AS boss FROM teachers t LEFT JOIN teachers b ON b.id = t.boss;
CREATE VIEW best_of_course AS SELECT course, student, grade FROM (SELECT e.*, row_number() OVER (PARTITION BY course ORDER BY grade, student, term) AS n FROM enrolments e WHERE grade IS NOT NULL) x WHERE n = 1;
CREATE VIEW repeated AS SELECT a.student, a.course FROM enrolments a JOIN enrolments b USING (student, course) WHERE a.term < b.term;
CREATE VIEW improved AS SELECT a.student, a.course, a.grade - b.grade AS better_by FROM enrolments a JOIN enrolments b ON a.student = b.student AND a.course = b.course AND a.term < b.term AND a.grade > b.grade;
CREATE VIEW year_sizes AS SELECT year, count(*) AS n, min(born) AS oldest FROM students GROUP BY year;
CREATE VIEW term_grades AS SELECT term, year, round(avg(grade), 2) AS grade FROM enrolments JOIN students ON id = student GROUP BY ROLLUP (term, year);
CREATE VIEW idle AS SELECT id FROM students WHERE id NOT IN (SELECT student FROM enrolments);
CREATE VIEW unknown_students AS SELECT student FROM enrolments EXCEPT SELECT id FROM students;
CREATE VIEW second_requirements AS SELECT a.course, b.needs FROM requirements a JOIN requirements b ON b.course = a.needs;
CREATE VIEW circular AS SELECT a.course FROM requirements a WHERE EXISTS (SELECT 1 FROM requirements b WHERE b.course = a.needs AND b.needs = a.course);
CREATE VIEW words AS SELECT CASE WHEN grade < 1.5 THEN 'very good' WHEN grade < 2.5 THEN 'good' WHEN grade <= 4 THEN 'sufficient' WHEN grade IS NULL THEN 'open' ELSE 'failed' END AS word, count(*) AS n FROM enrolments GROUP BY 1;
CREATE VIEW above_average AS SELECT e.student, e.course, e.term FROM enrolments e WHERE e.grade < (SELECT avg(x.grade) FROM enrolments x WHERE x.course = e.course);
CREATE VIEW names AS SELECT name, count(*) AS n FROM (SELECT name FROM students UNION ALL SELECT name FROM teachers) everyone GROUP BY name HAVING count(*) > 1;
CREATE VIEW classmates AS SELECT a.student AS one, b.student AS other, count(*) AS together FROM enrolments a JOIN enrolments b ON a.course = b.course AND a.term = b.term AND a.student < b.student GROUP BY 1, 2;
CREATE VIEW taught_by AS SELECT DISTINCT e.student, c.teacher FROM enrolments e JOIN courses c ON c.code = e.course WHERE c.teacher IS NOT NULL;
CREATE VIEW top_students AS SELECT student, count(*) AS courses, avg(grade) AS grade FROM enrolments WHERE grade IS NOT NULL GROUP BY student ORDER BY 3, student LIMIT 3;
CREATE VIEW school AS SELECT (SELECT count(*) FROM students) AS students, (SELECT avg(grade) FROM enrolments) AS grade, (SELECT max(credits) FROM credits) AS most;

CREATE VIEW places AS SELECT student, course, term, rank() OVER (PARTITION BY course, term ORDER BY grade) AS place FROM enrolments;

CREATE VIEW transcripts AS SELECT student, string_agg(course, ' ' ORDER BY course, term) AS courses FROM enrolments GROUP BY student;

CREATE VIEW spread AS SELECT course, stddev(grade) AS spread FROM enrolments GROUP BY course;

CREATE VIEW terms AS SELECT student, array_agg(DISTINCT term ORDER BY term) AS terms FROM enrolments GROUP BY student;

-- a subquery in a subquery, which reads the student two levels above
CREATE VIEW met_requirements AS
SELECT s.id, s.name
FROM students s
WHERE NOT EXISTS (
    SELECT 1 FROM enrolments e JOIN requirements r ON r.course = e.course
    WHERE e.student = s.id AND NOT EXISTS (
        SELECT 1 FROM enrolments d WHERE d.student = s.id AND d.course = r.needs AND d.grade >= 5));

-- correlated by an aggregate's result
CREATE VIEW as_many_credits AS
SELECT g.course, g.n, (SELECT max(c.title) FROM courses c WHERE c.credits = g.n) AS title
FROM (SELECT course, count(*) AS n FROM enrolments GROUP BY course) g;

-- of each row around the distinct values of two tables
CREATE VIEW people_of_a_course AS
SELECT c.code, p.who
FROM courses c
CROSS JOIN LATERAL (
    SELECT t.name AS who FROM teachers t WHERE t.id = c.teacher
    UNION
    SELECT s.name FROM enrolments e JOIN students s ON s.id = e.student WHERE e.course = c.code) p;
