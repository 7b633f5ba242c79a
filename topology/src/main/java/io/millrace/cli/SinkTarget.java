package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.catalog.UserError;
import io.millrace.connectors.SecretReference;
import io.millrace.sink.compare.DatabaseRows;
import io.millrace.sink.compare.MySqlRows;
import io.millrace.sql.Sink;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The database that a sink writes to. Its address is the sink's own; references in it are looked up here as the Connect worker
 * looks them up there: files, this process's environment, and what the running stack's worker knows.
 */
final class SinkTarget {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(file|env):(?:([^}]*):)?([^}:]*)}");

    private static final List<String> MYSQL_PREFIXES = List.of("jdbc:mariadb:", "jdbc:mysql:");

    private final Sink sink;
    private final Optional<String> given;
    private final Optional<RunningStack> stack;

    /**
     * The target of a sink.
     *
     * @param given the address that the user names instead of the sink's own
     */
    SinkTarget(Sink sink, Optional<String> given, Optional<RunningStack> stack) {
        this.sink = sink;
        this.given = given;
        this.stack = stack;
    }

    /** The table's name as SQL writes it. */
    String table() {
        return (schema().isEmpty() ? "" : quoted(schema()) + ".") + quoted(name());
    }

    /** The table's own name. */
    String name() {
        String table = sink.options().containsKey("table") ? resolved("table") : sink.source();
        return table.replace("${table}", sink.source());
    }

    /** The name of the table's schema; empty for the session's own. */
    String schema() {
        return resolved("schema");
    }

    private String quoted(String name) {
        return isMySql() ? MySqlRows.quoted(name) : DatabaseRows.quoted(name);
    }

    /** Whether it is MariaDB or MySQL. */
    boolean isMySql() {
        return MYSQL_PREFIXES.stream().anyMatch(url()::startsWith);
    }

    /** The address, without what may be secret in it. */
    String address() {
        return url().replaceFirst("\\?.*", "");
    }

    private String url() {
        return given.orElseGet(() -> resolved("url"));
    }

    Connection connect() throws SQLException {
        Properties properties = new Properties();
        if (given.isEmpty()) {
            for (String option : new String[] {"user", "password"}) {
                if (sink.options().containsKey(option)) {
                    properties.setProperty(option, resolved(option));
                }
            }
        }
        String address = addressForDriver();
        try {
            return DriverManager.getConnection(address, properties);
        } catch (SQLException e) {
            throw VerifyCommand.unreachable(e, address);
        }
    }

    /** MariaDB's driver takes MySQL's addresses where they say that it may, and MySQL's does not mind. */
    private String addressForDriver() {
        String url = url();
        if (!isMySql()) {
            return url;
        }
        String permitted = url + (url.contains("?") ? "&" : "?") + "permitMysqlScheme";
        for (String each : List.of(url, permitted)) {
            if (DriverManager.drivers().anyMatch(driver -> accepts(driver, each))) {
                return each;
            }
        }
        throw UserError.of(
                UserError.Category.USAGE,
                "there is no driver for " + address(),
                "put MariaDB Connector/J beside millrace-topology.jar as mariadb-java-client.jar, as the build does");
    }

    private static boolean accepts(Driver driver, String url) {
        try {
            return driver.acceptsURL(url);
        } catch (SQLException e) {
            return false;
        }
    }

    private String resolved(String option) {
        String written = sink.options().getOrDefault(option, "");
        Matcher references = REFERENCE.matcher(written);
        StringBuilder resolved = new StringBuilder();
        while (references.find()) {
            String value = (references.group(1).equals("env")
                            ? variable(references.group(3))
                            : property(references.group(2), references.group(3)))
                    .orElseThrow(() -> unknown(option, written));
            references.appendReplacement(resolved, Matcher.quoteReplacement(value));
        }
        String text = references.appendTail(resolved).toString();
        if (SecretReference.isIn(text)) {
            throw unknown(option, written);
        }
        return text;
    }

    private UserError unknown(String option, String written) {
        return UserError.of(
                UserError.Category.USAGE,
                "the " + option + " of sink " + sink.name() + " is " + written
                        + ", which only the Connect worker can look up",
                "name the database with --target JDBC_URL");
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(System.getenv(name)).or(() -> stack.map(RunningStack::status)
                .map(status -> status.path("variables").path(name))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText));
    }

    private static Optional<String> property(String file, String key) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file == null ? "" : file))) {
            properties.load(reader);
            return Optional.ofNullable(properties.getProperty(key));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
