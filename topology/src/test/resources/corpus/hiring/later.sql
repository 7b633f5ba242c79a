-- array_agg
CREATE VIEW interviewers AS SELECT job_id, array_agg(interviewer ORDER BY id) AS who FROM interviews GROUP BY job_id;
-- stddev
CREATE VIEW agreement AS SELECT job_id, candidate_id, stddev(score) AS spread FROM interviews GROUP BY job_id, candidate_id;
-- DISTINCT ON
CREATE VIEW first_application AS SELECT DISTINCT ON (candidate_id) candidate_id, job_id FROM applications ORDER BY candidate_id, applied_on, job_id;
-- rank()
CREATE VIEW ranked AS SELECT id, rank() OVER (ORDER BY salary_to DESC) AS place FROM jobs;
-- INTERSECT ALL
CREATE VIEW repeated AS SELECT candidate_id FROM applications INTERSECT ALL SELECT candidate_id FROM interviews;
