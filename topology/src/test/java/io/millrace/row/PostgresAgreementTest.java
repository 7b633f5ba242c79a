package io.millrace.row;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Order, equality, text and JSON of random values, held against PostgreSQL itself. */
class PostgresAgreementTest {
    private static final int VALUES = 150;

    private static EmbeddedPostgres postgres;
    private static Connection connection;

    record Answer(Object value, int rank, String text, String json) {}

    @BeforeContainer
    static void start() throws Exception {
        postgres = EmbeddedPostgres.start();
        connection =
                DriverManager.getConnection(postgres.getJdbcUrl("postgres", "postgres") + "&preferQueryMode=simple");
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            statement.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')");
        }
    }

    @AfterContainer
    static void stop() throws Exception {
        connection.close();
        postgres.close();
    }

    @Property(tries = 2)
    void keysAreOrderedAsPostgresOrdersAndTextsAreAsItPrints(@ForAll Random random) throws Exception {
        for (SqlType type : SqlValues.TYPES) {
            compare(type, ask(type, random));
        }
    }

    private static void compare(SqlType type, List<Answer> answers) {
        KeyCodec codec = KeyCodec.of(List.of(type));
        for (int i = 0; i < answers.size(); i++) {
            Answer answer = answers.get(i);
            if (answer.value() != null) {
                assertThat(SqlText.write(type, answer.value())).as("text").isEqualTo(answer.text());
                Object parsed = SqlText.parse(type, answer.text());
                assertThat(Row.of(parsed)).as("parsed").isEqualTo(Row.of(answer.value()));
            }
            StringBuilder json = new StringBuilder();
            RowJson.appendValue(json, type, answer.value());
            assertThat(json.toString()).as("JSON").isEqualTo(answer.json());
            if (i > 0) {
                Answer last = answers.get(i - 1);
                int order =
                        Arrays.compareUnsigned(codec.encodePrefix(last.value()), codec.encodePrefix(answer.value()));
                int expected = Integer.compare(last.rank(), answer.rank());
                String pair = type + ": " + last + ", " + answer;
                assertThat(Integer.signum(order)).as("key order of " + pair).isEqualTo(expected);
                assertThat(Integer.signum(new PostgresOrder(type).compare(last.value(), answer.value())))
                        .as("the tests' own order of " + pair)
                        .isEqualTo(expected);
            }
        }
    }

    /** Random values of a type, in PostgreSQL's order. */
    private static List<Answer> ask(SqlType type, Random random) throws SQLException {
        RandomGenerator<Object> generator = SqlValues.nullable(type).generator(1000, true);
        List<Object> values = new ArrayList<>();
        boolean text = type.kind() == Kind.TEXT || type.kind() == Kind.VARCHAR || type.kind() == Kind.CHAR;
        boolean arrayOfText = type.kind() == Kind.ARRAY && type.element().kind() == Kind.TEXT;
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS probe");
            statement.execute(
                    "CREATE TABLE probe (id integer, v " + type + (text || arrayOfText ? " COLLATE \"C\"" : "") + ")");
        }
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO probe VALUES (?, ?::" + type + ")")) {
            for (int i = 0; i < VALUES; i++) {
                Object value = generator.next(random).value();
                values.add(value);
                insert.setInt(1, i);
                insert.setString(2, value == null ? null : SqlText.write(type, value));
                insert.addBatch();
            }
            insert.executeBatch();
        }
        // json has no order, and that of jsonb is not the codec's, which leaves out the zeros behind a number.
        String order =
                switch (type.kind()) {
                    case JSON -> "v::text COLLATE \"C\"";
                    case JSONB -> "regexp_replace(v::text, '\\.?0+(?![0-9])', '', 'g') COLLATE \"C\"";
                    default -> "v";
                };
        List<Answer> answers = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT id, dense_rank() OVER (ORDER BY " + order
                        + "), v, coalesce(to_json(v)::text, 'null') FROM probe ORDER BY " + order)) {
            while (result.next()) {
                answers.add(new Answer(
                        values.get(result.getInt(1)), result.getInt(2), result.getString(3), result.getString(4)));
            }
        }
        return answers;
    }
}
