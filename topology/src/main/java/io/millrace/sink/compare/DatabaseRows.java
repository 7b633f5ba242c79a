package io.millrace.sink.compare;

import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Rows of a table in databases, all together, as of the shards of one. The databases compute the checksums; values are compared
 * by their texts under settings that are the same in every session.
 */
public final class DatabaseRows implements ComparedRows {
    private static final int FETCHED_ROWS = 5_000;

    private final List<Connection> connections;
    private final String table;
    private final List<String> texts;
    private final String keyDigest;
    private final String rowDigest;

    /**
     * A table's rows.
     *
     * @param connections of which each database's is one; not closed here
     * @param table its name as SQL writes it
     * @param columns the columns to compare, as SQL expressions of type text
     * @param key positions in {@code columns} of the key's
     */
    public DatabaseRows(List<Connection> connections, String table, List<String> columns, List<Integer> key) {
        this.connections = List.copyOf(connections);
        this.table = table;
        this.texts = List.copyOf(columns);
        this.keyDigest = digest(key.stream().map(columns::get).toList());
        this.rowDigest = digest(columns);
    }

    /** Has a session write values as every other that was prepared does. */
    public static void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';"
                    + " SET extra_float_digits = 3; SET bytea_output = 'hex'");
        }
    }

    /** A name in quotes. */
    public static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    /** A column's text. */
    public static String text(String column) {
        return quoted(column) + "::text";
    }

    private static String digest(List<String> texts) {
        return texts.stream()
                .map(text -> "coalesce(length(" + text + ")::text || ':' || " + text + ", '-')")
                .collect(Collectors.joining(" || ", "md5(convert_to(", ", 'UTF8'))"));
    }

    @Override
    public Map<String, Checksum> checksums(int digits, Collection<String> ranges) throws SQLException {
        String sql = "SELECT left(k, " + digits + "), count(*), sum(('x' || left(r, 16))::bit(64)::bigint::numeric)"
                + " FROM (SELECT " + keyDigest + " AS k, " + rowDigest + " AS r FROM " + table + ") d"
                + " WHERE left(k, ?) = ANY(?) GROUP BY 1";
        Map<String, Checksum> checksums = new HashMap<>();
        for (Connection connection : connections) {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                bind(statement, ranges);
                try (ResultSet found = statement.executeQuery()) {
                    while (found.next()) {
                        checksums.merge(
                                found.getString(1),
                                new Checksum(found.getLong(2), new BigInteger(found.getString(3))),
                                Checksum::and);
                    }
                }
            }
        }
        return checksums;
    }

    @Override
    public List<ComparedRow> rows(Collection<String> ranges) throws SQLException {
        String sql = "SELECT k, " + columnNames() + " FROM (SELECT " + keyDigest + " AS k, " + columnTexts() + " FROM "
                + table + ") d WHERE left(k, ?) = ANY(?)";
        List<ComparedRow> rows = new ArrayList<>();
        for (Connection connection : connections) {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setFetchSize(FETCHED_ROWS);
                bind(statement, ranges);
                try (ResultSet found = statement.executeQuery()) {
                    while (found.next()) {
                        String[] values = new String[texts.size()];
                        for (int i = 0; i < values.length; i++) {
                            values[i] = found.getString(i + 2);
                        }
                        rows.add(ComparedRow.of(found.getString(1), values));
                    }
                }
            }
        }
        return rows;
    }

    private String columnNames() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            names.add("v" + i);
        }
        return String.join(", ", names);
    }

    private String columnTexts() {
        List<String> named = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            named.add(texts.get(i) + " AS v" + i);
        }
        return String.join(", ", named);
    }

    private static void bind(PreparedStatement statement, Collection<String> ranges) throws SQLException {
        statement.setInt(1, ranges.iterator().next().length());
        statement.setArray(2, statement.getConnection().createArrayOf("text", ranges.toArray()));
    }
}
