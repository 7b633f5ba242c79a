package io.millrace.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.plan.Planner;
import io.millrace.sql.Sink;
import io.millrace.sql.SinkDefinition;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said about a mistake in CREATE SINK: where it is, what it is, and what to do. */
final class SinkMistakesTest {
    private static final String TABLES = """
            CREATE TABLE users (user_id bigint PRIMARY KEY, name text NOT NULL, settings json);
            CREATE TABLE notes (note text);
            CREATE TABLE clicks (user_id bigint) WITH (topic = 'clicks', format = 'json');
            """;
    private static final String VIEWS = """
            CREATE VIEW names AS SELECT user_id, name FROM users;
            CREATE VIEW settings AS SELECT name, settings FROM users;
            """;
    private static final String OPTIONS =
            "WITH (type = 'postgres', url = 'jdbc:postgresql://replica/app', user = 'writer')";

    /** The line of what is written behind {@link #VIEWS}. */
    private static final int LINE = 3;

    private final List<UserError> errors = new ArrayList<>();

    private ViewsFile.Reading read(String sinks) {
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "app", errors);
        ViewsFile.Reading reading = ViewsFile.readAll(VIEWS + sinks, "views.sql", catalog, errors);
        errors.addAll(SinkMistakes.of(reading.sinks()));
        errors.addAll(SinkMistakes.ofKeys(reading.sinks(), reading.views(), Planner.plan(reading.views())));
        return reading;
    }

    private UserError mistake(String sinks) {
        read(sinks);
        assertThat(errors.stream().map(UserError::render)).hasSize(1);
        return errors.get(0);
    }

    @Test
    void aSinkIsReadWithItsOptions() {
        ViewsFile.Reading reading =
                read("CREATE SINK copy FROM names WITH (type = 'postgres', url = 'jdbc:postgresql://r/a',"
                        + " table = 'users', schema = 'app', \"user\" = 'x', password = '${file:/etc/s.properties:p}', table_create = false,"
                        + " retry_attempts = -1, retry_jitter = 0.5, tasks = 4);"
                        + "CREATE SINK users_copy FROM public.users " + OPTIONS);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        assertThat(reading.sinks().get(0).sink())
                .isEqualTo(new Sink(
                        "copy",
                        "postgres",
                        "names",
                        Optional.empty(),
                        Map.of(
                                "url", "jdbc:postgresql://r/a",
                                "table", "users",
                                "schema", "app",
                                "user", "x",
                                "password", "${file:/etc/s.properties:p}",
                                "table_create", "false",
                                "retry_attempts", "-1",
                                "retry_jitter", "0.5",
                                "tasks", "4")));
        assertThat(reading.sinks().get(1).sink().tableTopic()).contains("app.users");
        assertThat(reading.sinks().get(0).option("table").orElseThrow().valuePlace())
                .hasToString("views.sql:" + LINE + ":93");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            userss | there is no table and no view "userss" before this sink | did you mean "users"? there are users, notes, clicks, names, settings
            later | there is no table and no view "later" before this sink | there are users
            notes | table "notes" has no primary key, by which its rows could be found in the target | declare the table's PRIMARY KEY in tables.sql, or let the sink read a view of it that has a key
            clicks | table "clicks" is an event topic, whose events are no rows that a target could keep | define a view of it, CREATE VIEW v AS SELECT ... FROM clicks
            settings | view settings has column settings in its key, whose type json has no equality, so that no table can have that key | give the view a key: select the tables' primary keys
            """)
    void aSourceThatCannotBeReplicatedIsRefused(String source, String message, String hint) {
        UserError error = mistake("CREATE SINK s FROM " + source + " " + OPTIONS + ";\n"
                + "CREATE VIEW later AS SELECT user_id FROM users;");
        assertThat(error.place().orElseThrow()).hasToString("views.sql:" + LINE + ":20");
        assertThat(error.getMessage()).isEqualTo(message);
        assertThat(error.hint().orElseThrow()).contains(hint);
    }

    /** PostgreSQL takes them by UNIQUE NULLS NOT DISTINCT. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", textBlock = """
            SELECT note, count(*) AS n FROM notes GROUP BY note | note
            SELECT name, user_id FROM users | -
            SELECT name, count(*) AS n FROM users GROUP BY name | -
            SELECT count(*) AS n FROM users | -
            SELECT note, count(*) AS n FROM notes WHERE note IS NOT NULL GROUP BY note | -
            SELECT note, count(*) AS n FROM notes WHERE note > 'a' AND length(note) < 3 GROUP BY note | -
            SELECT note, count(*) AS n FROM notes WHERE note > 'a' OR note IS NULL GROUP BY note | note
            SELECT coalesce(note, '') AS note, count(*) AS n FROM notes GROUP BY 1 | -
            SELECT nullif(name, 'x') AS name, count(*) AS n FROM users GROUP BY 1 | name
            SELECT u.user_id, v.user_id AS other FROM users u LEFT JOIN users v ON v.user_id = u.user_id + 1 | -
            SELECT v.user_id AS other, count(*) AS n FROM users u LEFT JOIN users v ON v.user_id = u.user_id + 1 GROUP BY 1 | other
            SELECT note FROM notes | note
            SELECT lower(note) AS note, count(*) AS n FROM notes WHERE note IS NOT NULL GROUP BY 1 | -
            SELECT lower(note) AS note, count(*) AS n FROM notes WHERE lower(note) <> 'a' GROUP BY 1 | -
            SELECT lower(note) AS note, count(*) AS n FROM notes GROUP BY 1 | note
            SELECT upper(note) AS note, note::varchar(3) AS short, count(*) AS n FROM notes WHERE note > '' GROUP BY 1, 2 | -
            SELECT nullif(note, 'x') AS note, count(*) AS n FROM notes WHERE note IS NOT NULL GROUP BY 1 | note
            SELECT note FROM notes WHERE note > 'a' UNION SELECT name FROM users | -
            SELECT note FROM notes WHERE note > 'a' UNION SELECT note FROM notes WHERE note IS NULL | note
            SELECT n.note, count(*) AS n FROM notes n JOIN users u ON u.name = n.note GROUP BY 1 | -
            SELECT n.note, count(*) AS n FROM (SELECT note FROM notes WHERE note > 'a') n JOIN users u ON u.name < n.note GROUP BY 1 | -
            SELECT n.note, count(*) AS n FROM users u LEFT JOIN notes n ON u.name = n.note GROUP BY 1 | note
            SELECT n.note, count(*) AS n FROM users u LEFT JOIN notes n ON u.name = n.note WHERE n.note <> 'a' GROUP BY 1 | -
            SELECT note, count(*) AS n FROM w GROUP BY 1 | -
            SELECT note, count(*) AS n FROM notes WHERE note IN (SELECT name FROM users) GROUP BY 1 | -
            SELECT DISTINCT note FROM notes WHERE note IS NOT NULL ORDER BY 1 LIMIT 3 | -
            """)
    void aKeyThatMayBeNullIsRefusedWhereTheTargetIsMySql(String query, String column) {
        String sink = "CREATE VIEW w AS SELECT * FROM notes WHERE note IS NOT NULL;CREATE VIEW v AS " + query
                + ";CREATE SINK s FROM v WITH (type = 'TYPE', url = 'jdbc:TYPE://r/a')";
        read(sink.replace("TYPE", "mysql"));
        if (column == null) {
            assertThat(errors.stream().map(UserError::render)).isEmpty();
        } else {
            assertThat(errors.stream().map(UserError::getMessage))
                    .containsExactly("view v has column " + column + " in its key, which may be NULL, and no column of"
                            + " a key may be NULL in MySQL and MariaDB");
        }
        errors.clear();
        read(sink.replace("'TYPE'", "'postgres'").replace("TYPE", "postgresql"));
        assertThat(errors.stream().map(UserError::render)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            users | "users" is defined twice | such as users_replica
            names | "names" is defined twice | a sink needs a name that no table, view, index or other sink has
            "a.b" | no connector can have the name "a.b", which this sink's connector would have | name it with letters, digits, '_' and '-', at most 100
            """)
    void aNameThatIsTakenOrNoneIsRefused(String name, String message, String hint) {
        UserError error = mistake("CREATE SINK " + name + " FROM users " + OPTIONS);
        assertThat(error.place().orElseThrow()).hasToString("views.sql:" + LINE + ":13");
        assertThat(error.getMessage()).isEqualTo(message);
        assertThat(error.hint().orElseThrow()).contains(hint);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            url = 'jdbc:postgresql://r/a' | 13 | sink s does not say its type | add type = 'postgres' to its options
            type = 'postgres' | 13 | sink s lacks the option url | The target database's JDBC address
            type = 'postgresql', url = 'x' | 39 | there is no sink of type 'postgresql' | did you mean 'postgres'?
            URL, tabel = 't' | 82 | unknown option "tabel" of a sink of type 'postgres' | did you mean table? there are url, user, password,
            URL, "retry.attempts" = 3 | 82 | unknown option "retry.attempts" of a sink of type 'postgres' | did you mean retry_attempts?
            URL, table = 'a', table = 'b' | 95 | option "table" is given twice | keep one of them
            URL, batch_max_rows = 0 | 99 | Invalid value 0 for configuration batch_max_rows: Value must be at least 1 | The most records that one transaction applies.
            URL, table_create = 'maybe' | 97 | Invalid value maybe for configuration table_create: Expected value to be either true or false | Whether a table that is missing is created
            URL, tasks = 'x' | 90 | Invalid value x for configuration tasks: Not a number of type INT | How many tasks share
            URL, password = 'secret' | 93 | option password is written out, but a secret must not be in SQL | write where the Connect worker finds it, such as '${file:
            URL, password = 'x${env:P}' | 93 | option password is written out, but a secret must not be in SQL | '${env:REPLICA_PASSWORD}'
            type = 'postgres', url = 'jdbc:mysql://r/a' | 57 | 'jdbc:mysql://r/a' is no address of a sink of type 'postgres' | it begins with jdbc:postgresql:
            type = 'mysql', url = 'jdbc:mysql://(host=h,user=u,password=secret)/a' | 54 | option url has a password in it | take it out, and add password = '${file:
            type = 'mysql', url = 'jdbc:postgresql://r/a' | 54 | 'jdbc:postgresql://r/a' is no address of a sink of type 'mysql' | it begins with jdbc:mariadb: or jdbc:mysql:
            type = 'http' | 13 | sink s lacks the option url | Where the requests go.
            type = 'http', url = 'ftp://hooks' | 53 | 'ftp://hooks' is no address of a sink of type 'http' | it begins with https:// or http://
            type = 'http', url = 'https://hooks', signature_secret = 'secret' | 89 | option signature_secret is written out, but a secret must not be in SQL | '${env:REPLICA_PASSWORD}'
            type = 'http', url = 'https://hooks', retry_topic_consumer = 'x' | 70 | unknown option "retry_topic_consumer" of a sink of type 'http' | tasks, "http.header.NAME", "retry.topic.client.NAME"
            type = 'http', url = 'https://hooks', retry_topic_attempts = 0 | 93 | Invalid value 0 for configuration retry_topic_attempts: Value must be at least 1 | After how many attempts
            type = 'http', url = '${env:HOOK}', retry_topic_delay_ms = 60000, batch_max_records = 5 | 91 | retry_topic_delay_ms needs batch_max_records = 1, as a record that is parked is sent alone and must have the idempotency key that it had | How long a record waits
            type = 'http', url = 'https://hooks', retry_topic_delay_ms = '${env:DELAY}' | 93 | option retry_topic_delay_ms is a reference, but it names the topics that the pipeline has read | write how many milliseconds
            type = 'http', url = 'https://hooks', "http.header.Idempotency-Key" = 'x' | 102 | http.header.Idempotency-Key is a header that the sink sets itself | It is the connector's own property.
            type = 'http', url = 'https://hooks', "http.header.a b" = 'x' | 90 | http.header.a b does not end in the name of a header | It is
            type = 'http', url = 'https://hooks', "http.header.Authorization" = 'Bearer secret' | 100 | option "http.header.Authorization" is written out, but a secret must not be in SQL | as in 'Bearer ${file:
            type = 'http', url = 'https://hooks', "retry.topic.client.ssl.key.password" = 'secret' | 110 | option "retry.topic.client.ssl.key.password" is written out, but a secret must not be in SQL | write where
            type = 'postgres', url = 'jdbc:postgresql://r/a', "http.header.A" = 'x' | 82 | unknown option "http.header.A" of a sink of type 'postgres' | there are url,
            type = 'postgres', url = 'jdbc:postgresql://r/a?user=u&password=secret' | 57 | option url has a password in it | take it out, and add password = '${file:
            type = 'postgres', url = 'jdbc:postgresql://u:secret@r/a' | 57 | option url has a password in it | take it out, and add password = '${file:
            """)
    void anOptionThatDoesNotHoldIsRefused(String options, int column, String message, String hint) {
        UserError error = mistake("CREATE SINK s FROM users WITH ("
                + options.replace("URL", "type = 'postgres', url = 'jdbc:postgresql://r/a'") + ")");
        assertThat(error.place().orElseThrow()).hasToString("views.sql:" + LINE + ":" + column);
        assertThat(error.getMessage()).isEqualTo(message);
        assertThat(error.hint().orElseThrow()).contains(hint);
        assertThat(error.render()).doesNotContain("secret@", "=secret", "'secret'");
    }

    @Test
    void whatTheWorkerAloneKnowsIsNotChecked() {
        read(
                "CREATE SINK s FROM users WITH (type = 'postgres', url = '${env:REPLICA_URL}', batch_max_rows = '${env:ROWS}');"
                        + "CREATE SINK t FROM users WITH (type = 'postgres', url = 'jdbc:postgresql://${env:HOST}/app')");
        assertThat(errors.stream().map(UserError::render)).isEmpty();
    }

    @Test
    void aSinkOfAServerHasHeadersAndRetryTopics() {
        SinkDefinition sink =
                read("CREATE SINK s FROM users WITH (type = 'http', url = 'https://hooks', \"http.header.X-Source\" = 'photos',"
                                + " \"http.header.Authorization\" = 'Bearer ${file:/etc/s.properties:p}', retry_topic_delay_ms = 90000,"
                                + " retry_topic_attempts = 5, \"retry.topic.client.security.protocol\" = 'SSL', tasks = 2)")
                        .sinks()
                        .get(0);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        PipelineConfig config = PipelineConfig.read(
                        "kafka.bootstrap.servers = kafka:9092\nsinks.consumer.override.fetch.max.bytes = 5",
                        "millrace.properties",
                        "app",
                        Map.of())
                .config();
        List<SinkConnectorConfig> connectors = SinkConnectorConfig.all(sink.sink(), config);
        assertThat(connectors).extracting(SinkConnectorConfig::name).containsExactly("app.s", "app.s.retry");
        assertThat(connectors.get(0).properties())
                .containsEntry("topics", "app.users,app.s.dlq.replay")
                .containsEntry("http.header.X-Source", "photos")
                .containsEntry("retry.topic.delay.ms", "90000")
                .containsEntry("retry.topic.consumer", "app.s.retry")
                .containsEntry("retry.topic.bootstrap.servers", "kafka:9092")
                .containsEntry("retry.topic.client.security.protocol", "SSL");
        assertThat(connectors.get(1).properties())
                .containsEntry("topics", "app.users.retry.90s")
                .containsEntry("http.header.Authorization", "Bearer ${file:/etc/s.properties:p}")
                .containsEntry("key.converter", "org.apache.kafka.connect.storage.StringConverter")
                .containsEntry("errors.deadletterqueue.topic.name", "app.s.dlq")
                .containsEntry("consumer.override.fetch.max.bytes", "5")
                .containsEntry("tasks.max", "2")
                .allSatisfy((property, value) ->
                        assertThat(property).doesNotContain("retry.topic", "replay.topic", "converter."));
        assertThat(connectors.get(0).ownTopics()).isEqualTo(Map.of("app.s.dlq.replay", Optional.empty()));
        assertThat(connectors.get(1).ownTopics()).isEqualTo(Map.of("app.users.retry.90s", Optional.of("app.users")));
    }

    @Test
    void twoSinksDoNotWriteOneTable() {
        UserError error = mistake(
                "CREATE SINK s FROM names WITH (type = 'postgres', url = 'jdbc:postgresql://r/a', table = 'users');\n"
                        + "CREATE SINK t FROM users WITH (type = 'postgres', url = 'jdbc:postgresql://r/a');");
        assertThat(error.place().orElseThrow()).hasToString("views.sql:" + (LINE + 1) + ":13");
        assertThat(error.getMessage()).isEqualTo("sinks s and t write the same table, users");
    }

    @Test
    void twoSinksMaySendToOneServer() {
        String hook =
                " WITH (type = 'http', url = 'https://hooks', batch_max_records = 10, signature_secret = '${env:HOOK}');";
        read("CREATE SINK s FROM users" + hook + "CREATE SINK t FROM users" + hook + "CREATE SINK u FROM settings"
                + hook);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
    }

    @Test
    void moreThanOneMistakeIsToldAtOnce() {
        read("CREATE SINK s FROM users WITH (type = 'postgres', user = 'u', tabel = 't', tasks = 0)");
        assertThat(errors).hasSize(3);
    }
}
