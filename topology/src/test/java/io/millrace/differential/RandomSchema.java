package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random tables, in SQL and as declared: keys of one or two columns, or none, and columns of most types. */
public final class RandomSchema {
    /** The database that the tables belong to: their topics are {@code test.<table>}. */
    public static final String DATABASE = "test";

    private static final List<String> KEYS = List.of(
            "id integer PRIMARY KEY",
            "id integer PRIMARY KEY",
            "id bigint PRIMARY KEY",
            "k text PRIMARY KEY",
            "id integer, k text, PRIMARY KEY (id, k)",
            "k varchar(10), d0 date, id smallint, PRIMARY KEY (id, k)");
    private static final List<String> ALWAYS = List.of("a integer", "s text");
    private static final List<String> SOMETIMES = List.of(
            "b bigint NOT NULL",
            "n numeric(8,2)",
            "f boolean",
            "m smallint",
            "v varchar(10) NOT NULL",
            "d date",
            "t timestamptz",
            "w timestamp",
            "g double precision",
            "u uuid",
            "e integer[]");

    private static final List<String> IDS =
            List.of("e_id integer", "e_id bigint", "e_id text", "e_id numeric(8,2)", "e_id uuid NOT NULL");

    private final String sql;
    private final String postgresSql;
    private final Catalog catalog;

    /** The schema that the random numbers lead to. */
    public RandomSchema(Random random) {
        this(tables(random), "", "");
    }

    /** The schema that the random numbers lead to, perhaps with an event topic, whose events come again, beside the tables. */
    static RandomSchema withEvents(Random random) {
        String tables = tables(random);
        if (random.nextInt(3) > 0) {
            return new RandomSchema(tables, "", "");
        }
        String events = "CREATE TABLE events (" + columns(pick(IDS, random), random) + ")";
        return new RandomSchema(tables, events, " WITH (topic = 'events', format = 'json', deduplicate_by = 'e_id')");
    }

    private RandomSchema(String tables, String events, String options) {
        this.sql = tables + events + options;
        this.postgresSql = tables + events;
        List<UserError> errors = new ArrayList<>();
        this.catalog = TablesFile.read(sql, "tables.sql", DATABASE, errors);
        assertThat(errors.stream().map(UserError::render)).as(sql).isEmpty();
    }

    private static String tables(Random random) {
        StringBuilder tables = new StringBuilder();
        int count = 2 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            // The first has a key: some queries tell rows apart by it.
            tables.append(table("t" + i, i == 0 || random.nextInt(3) > 0, random));
        }
        return tables.toString();
    }

    private static String table(String name, boolean keyed, Random random) {
        String columns = columns(keyed ? pick(KEYS, random) : "", random);
        return "CREATE TABLE " + name + " (" + columns + ");\n"
                + (keyed ? "" : "ALTER TABLE " + name + " REPLICA IDENTITY FULL;\n");
    }

    private static String columns(String first, Random random) {
        List<String> columns = new ArrayList<>();
        if (!first.isEmpty()) {
            columns.add(first);
        }
        columns.addAll(ALWAYS);
        for (String column : SOMETIMES) {
            if (random.nextInt(5) < 2) {
                columns.add(column);
            }
        }
        return String.join(", ", columns);
    }

    private static String pick(List<String> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** The text of tables.sql. */
    public String sql() {
        return sql;
    }

    /** The statements that make the tables in PostgreSQL, to which an event topic is a table. */
    String postgresSql() {
        return postgresSql;
    }

    public Catalog catalog() {
        return catalog;
    }

    /** The tables in declared order. */
    public List<Table> tables() {
        return List.copyOf(catalog.tables().values());
    }
}
