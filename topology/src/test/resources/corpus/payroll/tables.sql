CREATE TABLE departments (
    dept_no text PRIMARY KEY,
    name    text NOT NULL,
    budget  numeric(14, 2)
);

CREATE TABLE employees (
    emp_no     integer PRIMARY KEY,
    name       text NOT NULL,
    dept_no    text REFERENCES departments,
    boss       integer REFERENCES employees,
    hired      date NOT NULL,
    left_on    date,
    "e-mail"   text
);

CREATE TABLE salaries (
    emp_no integer NOT NULL REFERENCES employees,
    since  date NOT NULL,
    amount numeric(10, 2) NOT NULL,
    PRIMARY KEY (emp_no, since)
);

CREATE TABLE timesheets (
    emp_no  integer NOT NULL REFERENCES employees,
    day     date NOT NULL,
    project text NOT NULL,
    hours   numeric(4, 2) NOT NULL,
    PRIMARY KEY (emp_no, day, project)
);

CREATE TABLE leaves (
    id      integer PRIMARY KEY,
    emp_no  integer NOT NULL REFERENCES employees,
    kind    text NOT NULL,
    starts  date NOT NULL,
    ends    date NOT NULL
);

CREATE TABLE bonuses (
    id      integer PRIMARY KEY,
    emp_no  integer NOT NULL,
    percent numeric(5, 2),
    flat    numeric(10, 2)
);
