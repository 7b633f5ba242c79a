CREATE TABLE teachers (id integer PRIMARY KEY, name text NOT NULL, boss integer);
CREATE TABLE courses (code text PRIMARY KEY, title text NOT NULL, credits smallint NOT NULL, teacher integer);
CREATE TABLE students (id integer PRIMARY KEY, name text NOT NULL, born date, year smallint NOT NULL);
CREATE TABLE enrolments (student integer, course text, term text, grade numeric(3, 1), PRIMARY KEY (student, course, term));
CREATE TABLE requirements (course text, needs text, PRIMARY KEY (course, needs));
