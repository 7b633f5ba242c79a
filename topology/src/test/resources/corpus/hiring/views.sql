CREATE VIEW open_jobs AS SELECT j.id, j.title, d.name AS department FROM jobs j JOIN departments d ON d.id = j.department_id WHERE j.open;
CREATE VIEW funnel AS
SELECT job_id, count(*) AS applied, count(*) FILTER (WHERE stage >= 'interview' AND stage <> 'rejected') AS interviewed,
       count(*) FILTER (WHERE stage IN ('offer', 'hired')) AS offered, count(*) FILTER (WHERE stage = 'hired') AS hired
FROM applications GROUP BY job_id;
CREATE VIEW department_funnel AS
SELECT d.id, d.name, sum(f.applied) AS applied, sum(f.hired) AS hired
FROM departments d JOIN jobs j ON j.department_id = d.id JOIN funnel f ON f.job_id = j.id GROUP BY d.id;
CREATE VIEW scores AS
SELECT a.job_id, a.candidate_id, a.stage, count(i.score) AS interviews, round(avg(i.score), 1) AS score
FROM applications a LEFT JOIN interviews i ON i.job_id = a.job_id AND i.candidate_id = a.candidate_id
GROUP BY a.job_id, a.candidate_id;
CREATE VIEW shortlist AS
SELECT job_id, candidate_id, score FROM (
    SELECT s.*, row_number() OVER (PARTITION BY job_id ORDER BY score DESC NULLS LAST, candidate_id) AS n FROM scores s WHERE stage <> 'rejected') x
WHERE n <= 2;
CREATE VIEW stage_mix AS SELECT stage, count(*) AS n, count(DISTINCT candidate_id) AS people FROM applications GROUP BY stage;
CREATE VIEW salary_bands AS SELECT title, min(salary_from) AS low, max(salary_to) AS high, avg((salary_from + salary_to) / 2) AS middle FROM jobs GROUP BY title;
CREATE VIEW serial_applicants AS SELECT c.id, c.email FROM candidates c WHERE (SELECT count(*) FROM applications a WHERE a.candidate_id = c.id) > 1;
CREATE VIEW cold AS SELECT c.id FROM candidates c WHERE NOT EXISTS (SELECT 1 FROM applications a JOIN jobs j ON j.id = a.job_id WHERE a.candidate_id = c.id AND j.open);
CREATE VIEW sources AS SELECT coalesce(c.source, 'unknown') AS source, count(a.job_id) AS applications FROM candidates c LEFT JOIN applications a ON a.candidate_id = c.id GROUP BY 1;
CREATE VIEW monthly AS SELECT date_trunc('month', applied_on) AS month, stage, count(*) AS n FROM applications GROUP BY ROLLUP (1, 2);
CREATE VIEW harsh AS
SELECT interviewer, avg(score) AS mean FROM interviews WHERE score IS NOT NULL GROUP BY interviewer HAVING avg(score) < (SELECT avg(score) FROM interviews);
CREATE VIEW double_booked AS
SELECT a.id, b.id AS other FROM interviews a JOIN interviews b ON a.interviewer = b.interviewer AND a.held_at = b.held_at AND a.id < b.id;
CREATE VIEW same_mail AS SELECT lower(split_part(email, '@', 2)) AS host, count(*) AS n FROM candidates GROUP BY 1 HAVING count(*) > 1;
CREATE VIEW waiting AS SELECT job_id, candidate_id FROM applications WHERE stage = 'applied' EXCEPT SELECT job_id, candidate_id FROM interviews;
CREATE VIEW pay_gap AS SELECT id, salary_to - salary_from AS span, round((salary_to / nullif(salary_from, 0) - 1) * 100, 1) AS percent FROM jobs;
CREATE VIEW best_paid AS SELECT id, title, salary_to FROM jobs WHERE salary_to IS NOT NULL ORDER BY salary_to DESC, id LIMIT 2 OFFSET 1;
CREATE VIEW heads AS SELECT d.name, c.email FROM departments d FULL JOIN candidates c ON c.id = d.head;

CREATE VIEW interviewers AS SELECT job_id, array_agg(interviewer ORDER BY id) AS who FROM interviews GROUP BY job_id;

CREATE VIEW agreement AS SELECT job_id, candidate_id, stddev(score) AS spread FROM interviews GROUP BY job_id, candidate_id;

CREATE VIEW first_application AS SELECT DISTINCT ON (candidate_id) candidate_id, job_id FROM applications ORDER BY candidate_id, applied_on, job_id;

CREATE VIEW ranked AS SELECT id, rank() OVER (ORDER BY salary_to DESC) AS place FROM jobs;

CREATE VIEW repeated AS SELECT candidate_id FROM applications INTERSECT ALL SELECT candidate_id FROM interviews;

CREATE VIEW not_invited AS SELECT job_id, candidate_id FROM applications EXCEPT ALL SELECT job_id, candidate_id FROM interviews;

-- A smallint and an integer meet as integers, an integer and a numeric as numerics.
CREATE VIEW scores_of_no_department AS SELECT score FROM interviews EXCEPT ALL SELECT head FROM departments;
CREATE VIEW pay_like_a_number AS
SELECT salary_from, id FROM jobs INTERSECT ALL (SELECT salary_to, id FROM jobs UNION ALL SELECT 50000, id FROM jobs) EXCEPT ALL SELECT id, head FROM departments;

CREATE VIEW left_after_all AS
WITH once AS (SELECT candidate_id, job_id FROM applications EXCEPT ALL SELECT candidate_id, job_id FROM applications WHERE stage = 'rejected')
SELECT candidate_id, count(*) AS n FROM (SELECT candidate_id FROM once UNION ALL SELECT candidate_id FROM interviews EXCEPT ALL SELECT head FROM departments) x
GROUP BY candidate_id HAVING count(*) > 1;

CREATE VIEW first_titles AS
SELECT id, title, (SELECT count(*) FROM applications a WHERE a.job_id = j.id) FROM jobs j ORDER BY title COLLATE "C", id LIMIT 5;

CREATE VIEW mornings_of_spring AS
SELECT i.id, i.held_at, a.applied_on
FROM interviews i
JOIN applications a USING (job_id, candidate_id)
WHERE a.applied_on >= date 'Jan 5, 2020' AND i.held_at < timestamp with time zone '2030-06-01 00:00+02' AND i.held_at::time <= time '23:00'
    AND EXISTS (SELECT 1 FROM candidates c WHERE c.id = i.candidate_id AND c.email > 'a' COLLATE "C");

CREATE VIEW jobs_applied_for AS
SELECT c.id, ARRAY(SELECT a.job_id FROM applications a WHERE a.candidate_id = c.id ORDER BY a.applied_on DESC, 1) AS jobs,
    ARRAY(SELECT DISTINCT i.score FROM interviews i WHERE i.candidate_id = c.id ORDER BY 1 NULLS FIRST) AS scores,
    ARRAY(SELECT i.held_at FROM interviews i WHERE i.candidate_id = c.id ORDER BY i.held_at DESC NULLS LAST, i.id LIMIT 2) AS latest
FROM candidates c;

CREATE VIEW departments_and_jobs AS
SELECT ARRAY(SELECT max(salary_to) FROM jobs GROUP BY department_id ORDER BY 1) AS most, cardinality(ARRAY(SELECT 1 FROM departments)) AS departments,
    ARRAY(SELECT head FROM departments UNION SELECT interviewer FROM interviews ORDER BY 1) AS people;
