CREATE TABLE plans (code text PRIMARY KEY, monthly numeric(8, 2) NOT NULL, seats integer);
CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL, country text NOT NULL, trial boolean NOT NULL);
CREATE TABLE subscriptions (tenant uuid, plan text, started date NOT NULL, ended date, discount numeric(3, 2), PRIMARY KEY (tenant, plan, started));
CREATE TABLE invoices (no integer PRIMARY KEY, tenant uuid NOT NULL, issued date NOT NULL, amount numeric(10, 2) NOT NULL, paid_on date);
CREATE TABLE usage (tenant uuid, day date, feature text, calls bigint NOT NULL, PRIMARY KEY (tenant, day, feature));
