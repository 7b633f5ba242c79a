CREATE TYPE stage AS ENUM ('applied', 'interview', 'offer', 'hired', 'rejected');
CREATE TABLE departments (id integer PRIMARY KEY, name text NOT NULL, head integer);
CREATE TABLE jobs (id integer PRIMARY KEY, department_id integer NOT NULL, title text NOT NULL, salary_from numeric(9, 2), salary_to numeric(9, 2), open boolean NOT NULL);
CREATE TABLE candidates (id integer PRIMARY KEY, email text NOT NULL, source text);
CREATE TABLE applications (job_id integer, candidate_id integer, stage stage NOT NULL, applied_on date NOT NULL, PRIMARY KEY (job_id, candidate_id));
CREATE TABLE interviews (id bigint PRIMARY KEY, job_id integer NOT NULL, candidate_id integer NOT NULL, interviewer integer, score smallint, held_at timestamptz);
