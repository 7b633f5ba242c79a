package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.connectors.replica.MariaDb;
import io.millrace.connectors.values.PostgresJson;
import io.millrace.row.SqlText;
import io.millrace.sink.compare.Comparison;
import io.millrace.sink.compare.DatabaseRows;
import io.millrace.sink.compare.MySqlForm;
import io.millrace.sink.compare.MySqlRows;
import io.millrace.sink.compare.RowDifference;
import io.millrace.sink.compare.ShownRows;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Values of every type that docs/replicas.md names for MariaDB have one form there, in PostgreSQL, and of what is served. */
@Tag("mariadb")
final class MySqlComparisonTest {
    private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());
    private static final int ROWS = 120;
    private static final int ALL = Integer.MAX_VALUE;

    /** A column: its type in PostgreSQL, in MariaDB, and values of it that a type of its own there can hold. */
    private record Kind(String type, String copied, List<String> values) {
        String name() {
            return "c " + type + " as " + copied;
        }

        MySqlForm form() {
            return new MySqlForm(type);
        }
    }

    private static Kind kind(String type, String copied, String... values) {
        return new Kind(type, copied, List.of(values));
    }

    private static final List<Kind> KINDS = List.of(
            kind("smallint", "smallint", "-32768", "0", "32767"),
            kind("integer", "int", "-2147483648", "7"),
            kind("integer", "bigint", "-2147483648", "7"),
            kind("integer", "longtext", "-1"),
            kind("bigint", "bigint", "-9223372036854775808", "9223372036854775807"),
            kind("numeric(12,4)", "decimal(12,4)", "1.5", "-0.0001", "0", "99999999.9999"),
            kind("numeric(12,4)", "decimal(30,10)", "1.5", "-0.0001", "0", "99999999.9999"),
            kind("numeric(5,0)", "decimal(5,0)", "-12345", "0"),
            kind("numeric(60,30)", "decimal(60,30)", "123456789012345678901234567890.123456789012345678901234567890"),
            kind("numeric", "longtext", "NaN", "1.10", "-123456789012345678901234567890.1234567890"),
            kind("real", "float", "0", "-0", "0.1", "1e-40", "-3.4028235e38", "16777216", "1e20", "5592405.5"),
            kind("real", "double", "0.1", "1e20", "-0"),
            kind("double precision", "double", "0", "-0", "0.1", "1e300", "5e-324", "1e15", "1e-5", "123456789.123"),
            kind("boolean", "tinyint(1)", "true", "false"),
            kind("boolean", "longtext", "true", "false"),
            kind("text", "longtext", "", "NULL", "it's \\ \"so\" ü😀", "trailing  ", " ", "a\nb\tc", "ÄÖ ß", "日本"),
            kind("character varying(5)", "varchar(5)", "ab😀", "a ", ""),
            kind("character(4)", "varchar(4)", "x", "abcd", "", "日本"),
            kind("bytea", "longblob", "\\x", "\\xdeadbeef", "\\x00275cff"),
            kind("bytea", "longtext", "\\x00275cff"),
            kind("date", "date", "1000-01-01", "9999-12-31", "2024-02-29"),
            kind("date", "longtext", "infinity", "0044-03-15 BC", "2024-02-29"),
            kind("time without time zone", "time(6)", "00:00", "24:00", "23:59:59.999999", "12:34:56", "10:20:30.5"),
            kind(
                    "timestamp without time zone",
                    "datetime(6)",
                    "2024-02-29 12:00:00.123",
                    "1000-01-01 00:00:00",
                    "9999-12-31 23:59:59.999999",
                    "2020-10-10 10:10:10"),
            kind("timestamp(3) without time zone", "datetime(6)", "2024-02-29 12:00:00.120", "2020-10-10 10:10:10"),
            kind("timestamp with time zone", "datetime(6)", "2024-02-29 12:00:00.123456+02", "2020-10-10 10:10:00+00"),
            kind(
                    "interval",
                    "varchar(127)",
                    "1 year 2 mons 3 days 04:05:06.789012",
                    "-1 month",
                    "-0.5 seconds",
                    "0",
                    "178000000 years",
                    "-1 year 2 days -03:00:00.000001",
                    "100:00:00"),
            kind("uuid", "varchar(36)", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
            kind("json", "longtext", "{\"b\": 1,  \"a\": [null, 1.0]}", "null", "\"a \\\"q\\\"\""),
            kind("jsonb", "longtext", "{\"a\": [null, 1.00000000000000000001]}", "null", "[]"),
            kind("mood", "varchar(63)", "sad", "happy"),
            kind("integer[]", "longtext", "{{1,NULL},{3,4}}", "{}", "{-1}", "[0:1]={1,2}"),
            kind("text[]", "longtext", "{a,NULL,\"NULL\",\"\"}", "{\"a b\",\"c\\\\d\",\"ü\\\"\"}"),
            kind("numeric(6,2)[]", "longtext", "{1.10,NaN,NULL}", "{}"),
            kind("double precision[]", "longtext", "{1e300,-0,NaN,Infinity,0.1}"),
            kind("real[]", "longtext", "{1e20,0.1}"),
            kind("boolean[]", "longtext", "{t,f,NULL}"),
            kind("jsonb[]", "longtext", "{\"{\\\"a\\\": 1}\",NULL,\"[1, 2]\"}", "{null}"),
            kind("timestamp without time zone[]", "longtext", "{\"2000-01-01 00:00:00.5\",infinity}"),
            kind("timestamp with time zone[]", "longtext", "{infinity,NULL}", "{\"2000-01-01 00:00:00+00\"}"),
            kind("date[]", "longtext", "{2000-01-01,infinity}"),
            kind("interval[]", "longtext", "{\"1 year -3 days\"}"),
            kind("bytea[]", "longtext", "{\"\\\\xdead\"}"),
            kind("mood[]", "longtext", "{sad,NULL}"),
            kind("character(4)[]", "longtext", "{x,abcd}"));

    private static EmbeddedPostgres server;
    private static MariaDb mariaDb;
    private static Connection source;
    private static Connection target;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(MariaDb.isInstalled(), "mariadbd is not on this machine: apt-get install mariadb-server");
        mariaDb = new MariaDb();
        server = EmbeddedPostgres.builder().start();
        execute(
                server.getPostgresDatabase().getConnection(),
                "CREATE DATABASE source TEMPLATE template0 ENCODING 'UTF8'");
        source = server.getDatabase("postgres", "source").getConnection();
        target = mariaDb.connect();
        DatabaseRows.prepare(source);
        MySqlRows.prepare(target);
        execute(source, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')");
        execute(source, "CREATE TABLE kinds (id text PRIMARY KEY, " + columns(Kind::type, '"') + ")");
        execute(
                target,
                "CREATE TABLE kinds (id varchar(750) PRIMARY KEY, " + columns(Kind::copied, '`')
                        + ") CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
        fill();
    }

    @AfterAll
    static void stop() throws Exception {
        if (mariaDb != null) {
            source.close();
            target.close();
            server.close();
            mariaDb.close();
        }
    }

    private static String columns(java.util.function.Function<Kind, String> type, char quote) {
        return KINDS.stream()
                .map(kind -> quote + kind.name() + quote + " " + type.apply(kind))
                .collect(Collectors.joining(", "));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The same rows on both sides, the target's as the sink writes them. */
    private static void fill() throws SQLException {
        Random random = new Random(SEED);
        String parameters = KINDS.stream().map(kind -> "?::" + kind.type()).collect(Collectors.joining(", "));
        try (PreparedStatement insert = source.prepareStatement("INSERT INTO kinds VALUES (?, " + parameters + ")")) {
            for (int row = 0; row < ROWS; row++) {
                insert.setString(1, "key " + row + (row % 2 == 0 ? " ü " : ""));
                for (int i = 0; i < KINDS.size(); i++) {
                    insert.setString(i + 2, row == 0 ? null : value(random, KINDS.get(i)));
                }
                insert.executeUpdate();
            }
        }
        String places = String.join(", ", Collections.nCopies(KINDS.size() + 1, "?"));
        try (PreparedStatement insert = target.prepareStatement("INSERT INTO kinds VALUES (" + places + ")");
                Statement statement = source.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM kinds")) {
            while (rows.next()) {
                insert.setString(1, rows.getString(1));
                for (int i = 0; i < KINDS.size(); i++) {
                    insert.setObject(i + 2, written(KINDS.get(i), rows.getString(i + 2)));
                }
                insert.executeUpdate();
            }
        }
    }

    private static String value(Random random, Kind kind) {
        if (random.nextInt(8) == 0) {
            return null;
        }
        if (random.nextBoolean() && kind.type().equals("double precision")) {
            double any = Double.longBitsToDouble(random.nextLong());
            return Double.toString(Double.isFinite(any) ? any : random.nextGaussian());
        }
        if (random.nextBoolean() && kind.type().equals("real")) {
            float any = Float.intBitsToFloat(random.nextInt());
            return Float.toString(Float.isFinite(any) ? any : (float) random.nextGaussian());
        }
        return kind.values().get(random.nextInt(kind.values().size()));
    }

    /** A value as the sink binds it, of PostgreSQL's text. */
    private static Object written(Kind kind, String text) {
        if (text == null) {
            return null;
        }
        if (kind.type().endsWith("[]")) {
            return PostgresJson.array(kind.type().substring(0, kind.type().length() - 2), text);
        }
        if (kind.type().equals("interval")) {
            return SqlText.isoInterval((Interval) SqlText.parse(SqlType.INTERVAL, text));
        }
        return switch (kind.copied()) {
            case "float" -> (double) Float.parseFloat(text);
            case "double" -> kind.type().equals("real") ? (double) Float.parseFloat(text) : Double.parseDouble(text);
            case "tinyint(1)" -> text.equals("t") ? 1 : 0;
            case "longblob" -> HexFormat.of().parseHex(text.substring(2));
            case "datetime(6)" -> text.replaceFirst("\\+00$", "");
            case "varchar(4)" -> text + " ".repeat(4 - text.codePointCount(0, text.length()));
            default -> kind.type().equals("boolean") ? Boolean.toString(text.equals("t")) : text;
        };
    }

    private static Comparison comparison() {
        List<MySqlForm> forms = new ArrayList<>(List.of(new MySqlForm("text")));
        KINDS.forEach(kind -> forms.add(kind.form()));
        List<String> inSource = new ArrayList<>(List.of(forms.get(0).inPostgres("id")));
        List<String> inTarget =
                new ArrayList<>(List.of(forms.get(0).inMySql("id", true).orElseThrow()));
        for (Kind kind : KINDS) {
            inSource.add(kind.form().inPostgres(DatabaseRows.quoted(kind.name())));
            inTarget.add(kind.form()
                    .inMySql(MySqlRows.quoted(kind.name()), kind.copied().matches("longtext|varchar.*"))
                    .orElseThrow(() -> new AssertionError(kind.name())));
        }
        return new Comparison(
                new ShownRows(new DatabaseRows(List.of(source), "kinds", inSource, List.of(0)), forms),
                new ShownRows(new MySqlRows(target, "kinds", inTarget, List.of(0)), forms),
                1_000,
                ALL);
    }

    private static List<String> differences(Comparison.Result result) {
        return result.differences().values().stream()
                .map(MySqlComparisonTest::difference)
                .toList();
    }

    private static String difference(RowDifference rows) {
        List<String> one = rows.source().orElseThrow();
        List<String> other = rows.target().orElseThrow();
        return IntStream.range(0, one.size())
                .filter(i -> !java.util.Objects.equals(one.get(i), other.get(i)))
                .mapToObj(i -> KINDS.get(i - 1).name() + ": " + one.get(i) + " / " + other.get(i))
                .collect(Collectors.joining(", "));
    }

    @Test
    void equalRowsHaveEqualChecksumsWhateverTheirTypes() throws SQLException {
        Comparison.Result result = comparison().all();
        assertThat(differences(result)).as("millrace.seed=%d", SEED).isEmpty();
        assertThat(result.rows()).isEqualTo(ROWS);
        assertThat(result.fetched()).isZero();
    }

    @Test
    void aValueThatDiffersIsFoundInEveryColumn() throws SQLException {
        for (Kind kind : KINDS) {
            String column = MySqlRows.quoted(kind.name());
            execute(target, "CREATE TABLE saved AS SELECT id, " + column + " AS v FROM kinds");
            execute(
                    target,
                    "UPDATE kinds SET " + column + " = NULL WHERE " + column + " IS NOT NULL ORDER BY id LIMIT 1");
            assertThat(differences(comparison().all()))
                    .as("millrace.seed=%d", SEED)
                    .singleElement()
                    .asString()
                    .startsWith(kind.name() + ": ");
            execute(target, "UPDATE kinds k JOIN saved s ON s.id = k.id SET k." + column + " = s.v");
            execute(target, "DROP TABLE saved");
        }
    }

    /** What is served are PostgreSQL's texts. */
    @Test
    void theFormOfPostgresTextIsWhatPostgresComputes() throws SQLException {
        for (Kind kind : KINDS) {
            String column = DatabaseRows.quoted(kind.name());
            try (Statement statement = source.createStatement();
                    ResultSet rows = statement.executeQuery(
                            "SELECT " + column + "::text, " + kind.form().inPostgres(column) + " FROM kinds")) {
                while (rows.next()) {
                    assertThat(kind.form().ofPostgresText(rows.getString(1)))
                            .as("%s, millrace.seed=%d", kind.name(), SEED)
                            .isEqualTo(rows.getString(2));
                }
            }
        }
    }

    @Test
    void floatingPointNumbersAreShownAsPostgresWritesThem() {
        MySqlForm form = new MySqlForm("double precision");
        for (String text : List.of("0.1", "1e+300", "5e-324", "-2.5", "1e-05", "123456789.123")) {
            assertThat(form.shown(form.ofPostgresText(text))).isEqualTo(text);
        }
        assertThat(form.shown(form.ofPostgresText("-0"))).isEqualTo("0");
        assertThat(new MySqlForm("real").shown(new MySqlForm("real").ofPostgresText("0.1")))
                .isEqualTo("0.1");
    }
}
