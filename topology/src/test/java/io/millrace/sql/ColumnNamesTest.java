package io.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The names of columns without an alias are PostgreSQL's, of a view and of a subquery. */
final class ColumnNamesTest {
    private static final String TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, name text, at timestamptz, n integer,"
            + " tags text[], doc jsonb, price numeric)";

    private static final List<String> ITEMS = List.of(
            "t.name",
            "id + 1",
            "- id",
            "'text'",
            "NOT id > 1",
            "name IS NULL",
            "name LIKE 'a%'",
            "id IN (1, 2)",
            "id BETWEEN 1 AND 2",
            "lower(name)",
            "id::text",
            "(id + 1)::text",
            "'1'::integer",
            "CAST(id AS double precision)",
            "'1 day'::interval",
            "interval '1 day'",
            "timestamptz '2024-01-01'",
            "date '2024-01-01'",
            "timestamp '2024-01-01 12:00'",
            "timestamp with time zone '2024-01-01 12:00+00'",
            "time '12:00'",
            "coalesce(name, 'x')",
            "nullif(id, 1)",
            "greatest(id, 1)",
            "least(id, 1)",
            "CASE WHEN id > 1 THEN 'a' END",
            "CASE WHEN id > 1 THEN 'a' ELSE name END",
            "CASE WHEN id > 1 THEN 'a' ELSE lower(name) END",
            "extract(year FROM at)",
            "date_part('year', at)",
            "at AT TIME ZONE 'UTC'",
            "substring(name FROM 1 FOR 2)",
            "substring(name, 1, 2)",
            "position('a' IN name)",
            "trim(name)",
            "trim(LEADING 'x' FROM name)",
            "trim(TRAILING FROM name)",
            "overlay(name PLACING 'x' FROM 1)",
            "char_length(name)",
            "ceil(price)",
            "ceiling(price)",
            "power(price, 2)",
            "price ^ 2",
            "name || 'x'",
            "doc -> 'a'",
            "doc ->> 'a'",
            "tags[1]",
            "tags[1:2]",
            "ARRAY[id, 1]",
            "(ARRAY[id, 1])[1]",
            "'x' = ANY (tags)",
            "jsonb_build_object('a', id)",
            "to_jsonb(t)",
            "row_to_json(t)",
            "EXISTS (SELECT 1 FROM t u WHERE u.id = t.id)",
            "NOT EXISTS (SELECT 1 FROM t u WHERE u.id = t.id)",
            "id IN (SELECT u.id FROM t u)",
            "id = ANY (SELECT u.id FROM t u)",
            "(SELECT u.name FROM t u WHERE u.id = t.id)",
            "(SELECT u.name AS other FROM t u WHERE u.id = t.id)",
            "(SELECT max(u.price) FROM t u WHERE u.n = t.n)",
            "(SELECT u.price + 1 FROM t u WHERE u.id = t.id)",
            "(SELECT max(u.price) FROM t u)::text",
            "(SELECT u.price + 1 FROM t u WHERE u.id = t.id)::text",
            "coalesce((SELECT max(u.price) FROM t u), 0)",
            "CASE WHEN id > 1 THEN 1 ELSE (SELECT max(u.n) FROM t u) END",
            "(SELECT count(*) FROM t u)",
            "(SELECT u.name FROM t u ORDER BY u.name, u.id LIMIT 1)",
            "(SELECT u.id FROM t u WHERE u.id = t.id UNION SELECT 1 AS one)",
            "(WITH c AS (SELECT max(price) AS most FROM t) SELECT most FROM c)",
            "(VALUES (1))",
            "ARRAY(SELECT u.id FROM t u WHERE u.n = t.n ORDER BY 1)",
            "row_number() OVER (ORDER BY id)",
            "sum(price) OVER (PARTITION BY n)",
            "lag(name) OVER (ORDER BY id)",
            "make_date(2024, 1, 1)",
            "age(at, timestamptz '2024-01-01')",
            "(at, at + interval '1 day') OVERLAPS (at, at)",
            "id IS DISTINCT FROM 1",
            "(id)",
            "round(price)",
            "regexp_match(name, 'a')",
            "string_to_array(name, ',')",
            "name COLLATE \"C\"",
            "normalize(name)");

    private static final List<String> AGGREGATES = List.of(
            "count(*)",
            "count(DISTINCT name)",
            "sum(price) FILTER (WHERE id > 1)",
            "array_agg(id ORDER BY id)",
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY id)",
            "stddev(price)",
            "every(id > 1)",
            "max(price) + 1",
            "max(price)::text",
            "json_agg(t ORDER BY id)",
            "string_agg(name, ',' ORDER BY id)",
            "grouping(n)");

    /** Queries with several columns. */
    private static final List<String> LISTS = List.of(
            "SELECT t.*, (SELECT max(u.price) FROM t u) AS most FROM t",
            "SELECT t.*, (SELECT max(u.price) FROM t u) FROM t",
            "SELECT t.*, EXISTS (SELECT FROM t u WHERE u.n = t.id), lower(name) AS low, n + 1 FROM t",
            "SELECT a.id AS one, b.* FROM t a JOIN t b ON b.n = a.id",
            "SELECT *, coalesce(n, 0) FROM t",
            "SELECT * FROM (SELECT t.*, (SELECT max(u.price) FROM t u) AS most FROM t) q",
            "SELECT t.*, (SELECT u.name FROM t u WHERE u.id = t.n) AS parent FROM t UNION ALL SELECT t.*, '' FROM t",
            "SELECT t.*, coalesce(t.n, 0), v.*, greatest(t.n, 1) FROM t JOIN (VALUES (1)) AS v (other) ON v.other = t.n",
            "SELECT *, greatest(t.n, 1) FROM t JOIN (SELECT id FROM t WHERE n > 1) u USING (id)",
            "SELECT *, greatest(t.n, 1) FROM t FULL JOIN (SELECT id, n AS m FROM t WHERE n > 1) u USING (id)",
            "VALUES (1, 'a')",
            "WITH c AS (VALUES (1, 'a')) SELECT * FROM c",
            "WITH c (x) AS (VALUES (1, 'a')) SELECT * FROM c",
            "WITH c AS (SELECT max(price), min(price) AS least FROM t) SELECT * FROM c",
            "SELECT * FROM (VALUES (1, 'a')) AS v",
            "SELECT * FROM (VALUES (1, 'a')) AS v (number)");

    @Test
    void columnsHaveTheNamesThatPostgresGivesThem() throws IOException, SQLException {
        List<String> differing = new ArrayList<>();
        try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
                Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(TABLE);
            for (String item : ITEMS) {
                compare(statement, "SELECT " + item + " FROM t", differing);
                compare(statement, "SELECT * FROM (SELECT " + item + " FROM t) AS q", differing);
            }
            for (String item : AGGREGATES) {
                compare(statement, "SELECT " + item + " FROM t GROUP BY n", differing);
            }
            for (String query : LISTS) {
                compare(statement, query, differing);
            }
        }
        assertThat(differing).isEmpty();
    }

    private static void compare(Statement statement, String query, List<String> differing) throws SQLException {
        List<String> expected = new ArrayList<>();
        try (ResultSet result = statement.executeQuery(query)) {
            for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                expected.add(result.getMetaData().getColumnLabel(i));
            }
        }
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLE + ";", "tables.sql", "test", errors);
        List<ViewDefinition> views = ViewsFile.read("CREATE VIEW v AS " + query + ";", "views.sql", catalog, errors);
        Object ours =
                errors.isEmpty() ? views.get(0).columnNames() : errors.get(0).render();
        if (!ours.equals(expected)) {
            differing.add(query + " is " + expected + ", not " + ours);
        }
    }
}
