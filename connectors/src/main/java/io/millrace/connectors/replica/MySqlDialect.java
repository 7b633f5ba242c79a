package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.FailureKind;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.ServiceLoader;
import org.apache.kafka.common.config.types.Password;

/** MySQL 8 and MariaDB 10.6 or later, by the driver that is found beside the plugin. */
final class MySqlDialect implements Dialect {
    static final List<String> PREFIXES = List.of("jdbc:mysql:", "jdbc:mariadb:");

    private static final int MS_PER_SECOND = 1_000;
    /** How much longer than a lock is waited for the driver waits for an answer, should the server be gone without a word. */
    private static final int GRACE_MS = 10_000;

    private static final int LOCK_WAIT = 1205;
    private static final int PACKET_TOO_LARGE = 1153;

    /** How many bytes the server takes at a time; null until it was asked. */
    private String largestPacket;

    @Override
    public Connection open(ReplicaSinkConfig config) throws SQLException {
        String url = config.getString(ReplicaSinkConfig.URL);
        Properties properties = properties(config);
        if (largestPacket == null) {
            try (Connection asking = connect(url, properties)) {
                largestPacket = largestPacket(asking);
            }
        }
        // A driver that knows refuses what is larger; a server would close the connection without a word.
        properties.setProperty("maxAllowedPacket", largestPacket);
        Connection opened = connect(url, properties);
        int seconds = Math.max(1, config.getInt(ReplicaSinkConfig.STATEMENT_TIMEOUT) / MS_PER_SECOND);
        try (Statement statement = opened.createStatement()) {
            // What does not fit is refused, not cut; and what others have committed while a lock was waited for is
            // seen.
            statement.execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
                    + " innodb_lock_wait_timeout = " + seconds + ", lock_wait_timeout = " + seconds);
            if (isMariaDb(opened)) {
                // A task that hangs must not keep its successor waiting, whose claim needs the offsets' rows; a
                // statement is
                // cut after a wait for a lock would be, as that says why.
                statement.execute("SET SESSION idle_transaction_timeout = " + seconds + ", max_statement_time = "
                        + (seconds + 1));
            }
            statement.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
            opened.setAutoCommit(false);
            return opened;
        } catch (SQLException e) {
            opened.close();
            throw e;
        }
    }

    /** Whether it is MariaDB, by either driver. */
    static boolean isMariaDb(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseProductVersion().contains("MariaDB")
                || connection.getMetaData().getDatabaseProductName().contains("MariaDB");
    }

    /**
     * A statement that alters a table, so that it ends however long it takes: one that was cut would begin anew each time it is
     * tried again. The driver waits no longer for it than for others, and the server goes on.
     */
    static String alteration(Connection connection, String alter) throws SQLException {
        return isMariaDb(connection) ? "SET STATEMENT max_statement_time = 0 FOR " + alter : alter;
    }

    private static String largestPacket(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT @@max_allowed_packet")) {
            result.next();
            return result.getString(1);
        }
    }

    private static Connection connect(String url, Properties properties) throws SQLException {
        // MariaDB's driver takes MySQL's addresses where they say that it may.
        String permitted = url + (url.contains("?") ? "&" : "?") + "permitMysqlScheme";
        for (String each : List.of(url, permitted)) {
            // Not by DriverManager, which does not see the drivers in a plugin's folder.
            for (Driver driver : ServiceLoader.load(Driver.class, MySqlDialect.class.getClassLoader())) {
                Connection opened = driver.acceptsURL(each) ? driver.connect(each, properties) : null;
                if (opened != null) {
                    return opened;
                }
            }
        }
        throw new SQLException("no driver for " + url.substring(0, url.indexOf(':', "jdbc:".length()))
                + " is in the plugin's folder: put MariaDB Connector/J (mariadb-java-client) or MySQL Connector/J there,"
                + " which docs/replicas.md explains");
    }

    private static Properties properties(ReplicaSinkConfig config) {
        Properties properties = new Properties();
        String user = config.getString(ReplicaSinkConfig.USER);
        if (!user.isEmpty()) {
            properties.setProperty("user", user);
        }
        Password password = config.getPassword(ReplicaSinkConfig.PASSWORD);
        if (!password.value().isEmpty()) {
            properties.setProperty("password", password.value());
        }
        properties.setProperty("connectTimeout", Integer.toString(config.getInt(ReplicaSinkConfig.CONNECTION_TIMEOUT)));
        properties.setProperty(
                "socketTimeout", Integer.toString(config.getInt(ReplicaSinkConfig.STATEMENT_TIMEOUT) + GRACE_MS));
        properties.setProperty("tcpKeepAlive", "true");
        return properties;
    }

    @Override
    public FailureKind kindOf(SQLException failure) {
        if (isTooLarge(failure)) {
            return FailureKind.RECORD;
        }
        return switch (failure.getErrorCode()) {
            // A packet too large, and a row that is.
            case PACKET_TOO_LARGE, 1118 -> FailureKind.RECORD;
            // Values out of range, cut, of another character set, too long; checks; signals of triggers.
            case 1264, 1265, 1292, 1366, 1406, 3819, 4025, 1644 -> FailureKind.RECORD;
            // Connections, disk, locks, time limits, shutdowns, servers that are read-only.
            case 1040, 1203, 1226, 1021, 1030, 1114, LOCK_WAIT, 1213, 1317, 1053, 1290, 1836, 1927, 1969, 3024 ->
                FailureKind.TRANSIENT;
            default -> byState(failure);
        };
    }

    private static FailureKind byState(SQLException failure) {
        String state = failure.getSQLState();
        if (state == null || state.length() != 5) {
            return FailureKind.TARGET;
        }
        return switch (state.substring(0, 2)) {
            case "08", "40" -> FailureKind.TRANSIENT;
            case "21", "22", "23", "45" -> FailureKind.RECORD;
            case "25" -> state.equals("25006") ? FailureKind.TRANSIENT : FailureKind.TARGET;
            default -> FailureKind.TARGET;
        };
    }

    /** The driver knows the server's limit, and refuses by itself. */
    private static boolean isTooLarge(SQLException failure) {
        return failure.getMessage() != null && failure.getMessage().contains("max_allowed_packet");
    }

    @Override
    public boolean copies() {
        return false;
    }

    @Override
    public Offsets offsets(String sink) {
        return new MySqlOffsets(sink);
    }

    @Override
    public Memory memory(String sink, String topic) {
        return new MySqlMemory(sink, topic);
    }

    @Override
    public Table table(ReplicaSinkConfig config, String topic) {
        return new MySqlTable(config, topic);
    }

    @Override
    public Rows rows(Table table, List<String> keyNames, boolean sharded) {
        return new MySqlRows((MySqlTable) table, keyNames, sharded);
    }
}
